package console

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// keptField carries through the pages of a login what was typed into a form when the login before it had ended. It stays with the
// browser: it stands in no address, and nothing of it is stored here.
const keptField = "kept"

// maxKept is how many bytes of a form are kept, as browsers send it.
const maxKept = 64 << 10

// notKept is what no person typed, and what nobody is to read in a page.
var notKept = map[string]bool{
	sureField: true, listField: true, "version": true, "once": true, "state": true, "id": true, "password": true, "again": true, "old": true,
}

// kept is a form that was sent too late: where to, and what was in it.
type kept struct {
	address string
	fields  url.Values
}

// keep is what was typed into the form of a request, for a page of the login; empty where nothing was, or too much.
func (h *Handler) keep(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/console/account") {
		return "" // passwords and codes
	}
	fields := maps.Clone(r.PostForm)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		if h.token(r) == "" {
			return "" // who never was logged in has no files of ours to send
		}
		fields = textFields(r)
	}
	typed := false
	for name, values := range fields {
		typed = typed || !notKept[name] && strings.Join(values, "") != ""
	}
	delete(fields, "password")
	delete(fields, "again")
	delete(fields, "old")
	text := r.URL.RequestURI() + "\n" + fields.Encode()
	if !typed || len(text) > maxKept {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// textFields are those of a form with files; of the files nothing. It reads all of it, for a browser tells its person nothing
// of an answer that comes while it is sending.
func textFields(r *http.Request) url.Values {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil
	}
	fields, left := url.Values{}, int64(maxKept)
	for {
		part, err := parts.NextPart()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return nil
			}
			return fields
		}
		if part.FileName() != "" || part.FormName() == "" {
			_, _ = io.Copy(io.Discard, part) // what is wrong with it shows at the next one
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if left -= int64(len(text)); err != nil || left < 0 {
			return nil
		}
		fields.Add(part.FormName(), string(text))
	}
}

// readKept reads what keep wrote; false for anything else.
func readKept(text string) (kept, bool) {
	if text == "" || len(text) > 2*maxKept {
		return kept{}, false
	}
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return kept{}, false
	}
	address, typed, _ := strings.Cut(string(decoded), "\n")
	fields, err := url.ParseQuery(typed)
	path, _, _ := strings.Cut(address, "?")
	return kept{address, fields}, err == nil && under(path)
}

// resume draws the page that a person who is through now wanted to go to, with what he had typed in its form again. Where there
// is no such form any more it sends him to the page as it is.
func (h *Handler) resume(w http.ResponseWriter, r *http.Request, token, to string, k kept) error {
	there, err := url.Parse(local(to))
	if err != nil {
		return err
	}
	again := r.Clone(r.Context())
	again.Method, again.URL, again.Body, again.ContentLength = http.MethodGet, there, http.NoBody, 0
	again.Form, again.PostForm, again.MultipartForm = nil, nil, nil
	for _, name := range []string{"Cookie", "Content-Type", "Content-Length"} {
		again.Header.Del(name)
	}
	again.AddCookie(&http.Cookie{Name: h.sessionName(), Value: token}) //nolint:gosec // goes to our own page
	said := saidValue("登录已过期，刚才的操作没有执行。您填写的内容还在，请看一遍再提交。")
	again.AddCookie(&http.Cookie{Name: saidCookie, Value: said}) //nolint:gosec // goes to our own page
	page := &drawn{header: http.Header{}}
	if !strings.HasSuffix(there.Path, "/export") { // no page, and long
		h.mux().ServeHTTP(page, again)
	}
	filled, ok := refill(page.Bytes(), k.address, k.fields)
	if page.status != http.StatusOK || !ok {
		return h.done(w, r, local(to), "登录已过期，刚才的操作没有执行。请重新操作。")
	}
	page.header.Del("Content-Length")
	page.header.Del("Set-Cookie")
	maps.Copy(w.Header(), page.header)
	w.WriteHeader(page.status)
	_, err = w.Write(filled)
	return err
}

// drawn is an answer that waits.
type drawn struct {
	bytes.Buffer
	header http.Header
	status int
}

func (d *drawn) Header() http.Header { return d.header }

func (d *drawn) WriteHeader(status int) { d.status = status }
