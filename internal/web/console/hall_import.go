package console

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/haochaping/haochaping/internal/venue"
)

// shownLines is how many faults or changes of a list are shown; the rest is counted.
const shownLines = 200

type hallImportPage struct {
	Frame
	Form    Form
	Plan    *venue.Plan
	Counts  []hallImportCount
	Faults  []venue.Fault
	Changes []venue.Change
	More    int // faults or changes that are not shown
	ID      string
	Name    string
	Nothing bool // the list says what is stored already
	Again   bool // another plan than was shown before
}

type hallImportCount struct {
	What string
	venue.Count
}

// drawHallImport draws the page with a plan, or without one.
func (h *Handler) drawHallImport(w http.ResponseWriter, r *http.Request, page hallImportPage, err error) error {
	page.Form = newForm(hallsPath+"/import", "上传并预演", err, Input{
		Name: "file", Label: "填好的表格", Kind: FileInput, Accept: ".xlsx,.csv", Required: true, Hint: "xlsx 或 csv，最大 8 MB、5 万行",
	})
	page.Form.Cancel = hallsPath
	page.Frame = h.frame(w, r, "导入大厅窗口")
	status := page.Form.status()
	if p := page.Plan; p != nil {
		page.Faults = p.Faults[:min(len(p.Faults), shownLines)]
		page.Changes = p.Changes[:min(len(p.Changes), shownLines)]
		page.More = max(len(p.Faults), len(p.Changes)) - max(len(page.Faults), len(page.Changes))
		page.Nothing = len(p.Faults) == 0 && p.New.Total()+p.Changed.Total() == 0
		page.Counts = []hallImportCount{{"新增", p.New}, {"更改", p.Changed}, {"不变", p.Same}, {"库中有而表中没有，保持不变", p.Missing}}
		if len(p.Faults) > 0 {
			status = http.StatusUnprocessableEntity
		}
	}
	if page.Again {
		status = http.StatusConflict
	}
	return h.write(w, status, "halls-import", page)
}

// showHallImport is GET /console/halls/import.
func (h *Handler) showHallImport(w http.ResponseWriter, r *http.Request) error {
	return h.drawHallImport(w, r, hallImportPage{}, nil)
}

// examineHallImport is POST /console/halls/import: it says what would happen, cell by cell, and changes nothing.
func (h *Handler) examineHallImport(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(exportPatience)) // where that can't be set the server's own holds
	_ = control.SetWriteDeadline(time.Now().Add(2 * exportPatience))
	name, data, err := sentFile(r, "file", venue.MaxUpload)
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawHallImport(w, r, hallImportPage{}, err)
	}
	plan, id, err := h.Venues.Imports.Examine(r.Context(), staff(r).Login, name, data, bound(r))
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawHallImport(w, r, hallImportPage{}, err)
	}
	return h.drawHallImport(w, r, hallImportPage{Plan: plan, ID: id, Name: name}, nil)
}

// sentFile reads a file that was sent; most is in bytes.
func sentFile(r *http.Request, field string, most int64) (name string, data []byte, err error) {
	refuse := func(reason string) error { return fault.NewInvalid(fault.Violation{Field: field, Reason: reason}) }
	file, header, err := r.FormFile(field)
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return "", nil, refuse("文件超过了 8 MB 的上限，请分成几个文件")
	case err != nil:
		return "", nil, refuse("请选择填好的表格")
	}
	defer file.Close() //nolint:errcheck // it was only read
	if err := readable(r); err != nil {
		return "", nil, err
	}
	if header.Size > most {
		return "", nil, refuse("文件超过了 8 MB 的上限，请分成几个文件")
	}
	if data, err = io.ReadAll(io.LimitReader(file, most+1)); err != nil {
		return "", nil, refuse("文件没有收完整，请再上传一次")
	}
	return strings.ToValidUTF8(filepath.Base(header.Filename), ""), data, nil
}

// applyHallImport is POST /console/halls/import/apply: exactly what was shown, or nothing.
func (h *Handler) applyHallImport(w http.ResponseWriter, r *http.Request) error {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportPatience)) // where that can't be set there is none
	id := r.PostFormValue("id")
	plan, err := h.Venues.Imports.Apply(r.Context(), staff(r).Login, id, bound(r))
	var changed *venue.PlanChangedError
	switch {
	case errors.As(err, &changed):
		if len(changed.Plan.Faults) > 0 {
			id = ""
		}
		return h.drawHallImport(w, r, hallImportPage{Plan: changed.Plan, ID: id, Name: r.PostFormValue("name"), Again: true}, nil)
	case fault.KindOf(err) == fault.Missing:
		return h.drawHallImport(w, r, hallImportPage{}, fault.NewInvalid(fault.Violation{Field: "file", Reason: "这次预演已经导入，或已过期、被后来上传的代替。请重新上传"}))
	case err != nil:
		return err
	}
	n := plan.New
	return h.done(w, r, hallsPath, "已导入：新增大厅 "+strconv.Itoa(n.Halls)+"、窗口 "+strconv.Itoa(n.Windows)+"、工作人员 "+strconv.Itoa(n.Officers)+"，更改 "+strconv.Itoa(plan.Changed.Total())+" 处。")
}

// hallsTemplate is GET /console/halls/template: a workbook to fill in.
func (h *Handler) hallsTemplate(w http.ResponseWriter, _ *http.Request) error {
	attach(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "大厅窗口-模板.xlsx", "template.xlsx")
	return sheet.Write(w, venue.Template(h.Registry.Regions())...)
}
