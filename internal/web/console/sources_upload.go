package console

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
)

type affairsUploadPage struct {
	Frame
	Form Form
	// What a list would do, or did; nil before one was looked at.
	Tally                         *affair.Tally
	File, Key, Source             string
	Rows, New, Changed, Same, Bad int64
	Hidden                        int64 // rejected rows beyond those told
	Ignored, Lacking              []string
	Done                          bool
}

// fileSource is the source of lists when nobody says another one.
const fileSource = "file"

var sourceForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,32}$`)

// showUpload is GET /console/sources/upload.
func (h *Handler) showUpload(w http.ResponseWriter, r *http.Request) error {
	return h.drawUpload(w, r, affairsUploadPage{Source: fileSource}, nil)
}

func (h *Handler) drawUpload(w http.ResponseWriter, r *http.Request, page affairsUploadPage, err error) error {
	page.Frame = h.frame(w, r, "导入已办事项")
	page.Form = newForm(sourcesPath+"/upload", "检查文件", err,
		Input{
			Name: fileField, Label: "表格文件", Kind: FileInput, Required: true, Accept: ".xlsx,.csv",
			Hint: "csv 或 xlsx，首行为列名，最大 20 MB；更大的请分成几个，或由技术人员用命令导入",
		},
		Input{Name: "source", Label: "来源名称", Value: page.Source, Most: 32, Required: true, Hint: "字母、数字、下划线或短横线；同一来源请一直用同一个", Complete: "off"})
	page.Form.Cancel = sourcesPath
	if page.Tally != nil {
		t := page.Tally
		of := func(state affair.State) int64 { return int64(t.Count[state]) }
		page.New, page.Changed, page.Same, page.Bad = of(affair.New), of(affair.Changed), of(affair.Same), of(affair.Rejected)
		page.Rows, page.Hidden = int64(t.Rows), page.Bad-int64(len(t.First))
	}
	return h.write(w, page.Form.status(), "affairs-upload", page)
}

// uploadAffairs is POST /console/sources/upload: it says what a list would do, and, sent again, does it.
func (h *Handler) uploadAffairs(w http.ResponseWriter, r *http.Request) error {
	if !h.Sources.uploading.TryLock() {
		return fault.NewTooMany("另一个文件正在处理，请稍等一会儿再试", 10*time.Second)
	}
	defer h.Sources.uploading.Unlock()
	up, err := h.uploaded(w, r, h.Sources.Uploads, "affairs")
	page := affairsUploadPage{Source: strings.TrimSpace(r.PostFormValue("source"))}
	if err == nil {
		err = h.checkSource(page.Source)
	}
	if err == nil {
		page.File, page.Key = up.Name, up.Key
		page.Done = r.PostFormValue("apply") == "yes"
		err = h.takeList(r, up, &page)
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawUpload(w, r, affairsUploadPage{Source: page.Source}, err)
	}
	if page.Done {
		h.forget(r, h.Sources.Uploads, "affairs", up)
	}
	return h.drawUpload(w, r, page, nil)
}

func (h *Handler) checkSource(name string) error {
	switch {
	case !sourceForm.MatchString(name):
		return fault.NewInvalid(fault.Violation{Field: "source", Reason: "应为 1 到 32 位字母、数字、下划线或短横线"})
	case slices.Contains(h.Sources.Configured, name):
		return fault.NewInvalid(fault.Violation{Field: "source", Reason: "是前置库的名称，请另取一个"})
	}
	return nil
}

// takeList looks at a list, or takes it in when that is asked for; what became of its rows goes to the page.
func (h *Handler) takeList(r *http.Request, up *upload, page *affairsUploadPage) error {
	list, err := affair.ReadList(up.Name, up.Data)
	if err != nil {
		return fileFault(strings.ReplaceAll(err.Error(), "\n", "；"))
	}
	defer list.Close() //nolint:errcheck // it was only read
	page.Tally, page.Ignored, page.Lacking = affair.NewTally(), list.Ignored, list.Lacking()
	judged := func(b affair.Batch, verdicts []affair.Verdict) error {
		page.Tally.Add(list, &b, verdicts)
		return nil
	}
	if !page.Done {
		return listFault(h.Sources.Affairs.PreviewAll(r.Context(), list.Batches(page.Source), judged))
	}
	entry := audit.Entry{Action: "affairs.import", Object: "source:" + page.Source, Before: "begun"}
	if err := h.Audit.Note(r.Context(), entry); err != nil {
		return fmt.Errorf("note an import: %w", err)
	}
	err = h.Sources.Affairs.Stream(r.Context(), list.Batches(page.Source), judged)
	t := page.Tally
	entry.Before, entry.After = "", fmt.Sprintf("rows=%d new=%d changed=%d same=%d rejected=%d", t.Rows, t.Count[affair.New], t.Count[affair.Changed],
		t.Count[affair.Same], t.Count[affair.Rejected])
	if noted := h.Audit.Note(r.Context(), entry); noted != nil {
		err = errors.Join(err, fmt.Errorf("note an import: %w", noted))
	}
	return listFault(err)
}

// listFault makes what is wrong with a list's form a fault of the file; what is wrong with us stays as it is.
func listFault(err error) error {
	var f *fault.Error
	if asFault(err, &f) && f.Kind == fault.Invalid && len(f.Violations) == 0 {
		return fileFault(err.Error())
	}
	return err
}
