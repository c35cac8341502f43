package console

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Uploads keep a file that was uploaded from looking at what it would do until doing it, sealed and for some time. *store.Sessions
// are such.
type Uploads interface {
	FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error
}

const (
	// maxUpload is the most bytes of a file; longer lists are for the commands.
	maxUpload = 20 << 20
	// uploadRoom is what a form with a file may have beside it.
	uploadRoom = 1 << 20
	// uploadAge is how long a file is kept.
	uploadAge = 30 * time.Minute
	// uploadPatience is how long a file may take to come, and a list to be taken.
	uploadPatience = 5 * time.Minute
	uploadField    = "upload"
	fileField      = "file"
	mostFileName   = 100 // characters
)

// upload is a file that was uploaded, now or a step before.
type upload struct {
	Name string
	Data []byte
	Key  string // what the next step sends instead of the file
}

// uploaded reads what a form sends: a file, which is kept, or the key of one that was kept for the same person and purpose.
func (h *Handler) uploaded(w http.ResponseWriter, r *http.Request, keep Uploads, purpose string) (*upload, error) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(uploadPatience)) // where that can't be set the server's own holds
	_ = control.SetWriteDeadline(time.Now().Add(2 * uploadPatience))
	// All of it stays in memory, since what goes to a temporary file is not sealed.
	if err := r.ParseMultipartForm(maxUpload + uploadRoom); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the route bounds the body, see Handler.admit
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return nil, fileFault(fmt.Sprintf("超过了 %d MB 的上限，请分成几个文件，或由技术人员用命令导入", maxUpload>>20))
		}
		return nil, fileFault("没有收完整，请重新上传")
	}
	if err := readable(r); err != nil {
		return nil, err
	}
	if key := r.PostFormValue(uploadField); key != "" {
		return keptUpload(r, keep, purpose, key)
	}
	file, header, err := r.FormFile(fileField)
	if err != nil {
		return nil, fileFault("请选择一个文件")
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(file, maxUpload+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read an upload: %w", err)
	case len(data) > maxUpload:
		return nil, fileFault(fmt.Sprintf("超过了 %d MB 的上限，请分成几个文件，或由技术人员用命令导入", maxUpload>>20))
	case len(data) == 0:
		return nil, fileFault("文件是空的，请另选一个")
	}
	up := &upload{Name: fileName(header.Filename), Data: data, Key: rand.Text()}
	kept := append([]byte(up.Name+"\x00"), data...)
	if err := keep.CommitCtx(r.Context(), uploadToken(r, purpose, up.Key), kept, h.Now().Add(uploadAge)); err != nil {
		return nil, fmt.Errorf("keep an upload: %w", err)
	}
	return up, nil
}

func fileFault(reason string) error {
	return fault.NewInvalid(fault.Violation{Field: fileField, Reason: reason})
}

// fileName is a file's name as it is shown.
func fileName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == utf8.RuneError {
			return -1
		}
		return c
	}, filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	if letters := []rune(name); len(letters) > mostFileName {
		name = string(letters[len(letters)-mostFileName:])
	}
	return name
}

// uploadToken names a kept file, for one person and purpose.
func uploadToken(r *http.Request, purpose, key string) string {
	return "upload:" + purpose + ":" + staff(r).Login + ":" + key
}

func keptUpload(r *http.Request, keep Uploads, purpose, key string) (*upload, error) {
	kept, found, err := keep.FindCtx(r.Context(), uploadToken(r, purpose, key))
	if err != nil {
		return nil, fmt.Errorf("find an upload: %w", err)
	}
	name, data, whole := bytes.Cut(kept, []byte{0})
	if !found || !whole {
		return nil, fileFault("文件已经不在了（保留 30 分钟），请重新上传")
	}
	return &upload{string(name), data, key}, nil
}

// forget forgets a kept file that has been used. That it can't is no fault: it goes by itself.
func (h *Handler) forget(r *http.Request, keep Uploads, purpose string, up *upload) {
	if err := keep.DeleteCtx(r.Context(), uploadToken(r, purpose, up.Key)); err != nil {
		h.Log.Warn("forget an upload", "error", err)
	}
}

// asFault is errors.As for faults.
func asFault(err error, f **fault.Error) bool { return errors.As(err, f) }
