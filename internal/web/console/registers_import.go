package console

import (
	"context"
	"net/http"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

// shownFaults and shownChanges are how much of a plan a page shows.
const (
	shownFaults  = 200
	shownChanges = 100
)

type registerImportPage struct {
	Frame
	Word, Path string
	Form       Form
	// What a file would do; nil before one was looked at.
	Plan    *org.Plan
	File    string
	Key     string
	Sign    string
	Faults  []org.Fault
	Hidden  int64 // faults beyond those shown
	Changes []org.Change
	More    int64 // changes beyond those shown
	Again   bool
}

// showImport is GET /console/regions/import and /console/departments/import.
func (h *Handler) showImport(w http.ResponseWriter, r *http.Request, g register) error {
	return h.drawImport(w, r, g, registerImportPage{}, nil)
}

func (h *Handler) drawImport(w http.ResponseWriter, r *http.Request, g register, page registerImportPage, err error) error {
	columns := map[org.Kind]string{
		org.OfRegion: "编码、名称、原编码（选填）", org.OfDepartment: "编码、名称、所属区划、原编码（选填）", org.OfItem: "编码、名称、部门编码、原编码（选填）",
	}[g.kind]
	page.Word, page.Path = g.word, g.path
	page.Frame = h.frame(w, r, "导入"+g.word)
	page.Form = newForm(g.path+"/import", "检查文件", err, Input{
		Name: fileField, Label: "表格文件", Kind: FileInput, Required: true, Accept: ".xlsx,.csv",
		Hint: "xlsx 或 csv，最大 20 MB。列：" + columns + "。可以先导出，改好再导入；写了原编码的，原编码的记录归到现编码",
	})
	page.Form.Cancel = g.path
	return h.write(w, page.Form.status(), "register-import", page)
}

// planOf says what rows of a list would do.
func (h *Handler) planOf(g register) func(context.Context, []sheet.Row) (*org.Plan, error) {
	switch g.kind {
	case org.OfRegion:
		return h.Registers.Service.PlanRegions
	case org.OfItem:
		return h.Registers.Service.PlanItems
	}
	return h.Registers.Service.PlanDepartments
}

// importRegister is POST .../import: it says what a file would do, and, sent again, does exactly that.
func (h *Handler) importRegister(w http.ResponseWriter, r *http.Request, g register) error {
	purpose := string(g.kind)
	up, err := h.uploaded(w, r, h.Registers.Uploads, purpose)
	var rows []sheet.Row
	if err == nil {
		rows, err = sheet.Read(up.Data, org.PageName, sheet.Usual())
	}
	var plan *org.Plan
	if err == nil {
		plan, err = h.planOf(g)(r.Context(), rows)
	}
	if err == nil && len(plan.Faults) == 0 {
		err = mayTouch(staff(r), plan)
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawImport(w, r, g, registerImportPage{}, err)
	}
	page := registerImportPage{Plan: plan, File: up.Name, Key: up.Key, Sign: plan.Sign(), Faults: plan.Faults, Changes: plan.Changes}
	if looked := r.PostFormValue("plan"); looked == page.Sign && len(plan.Faults) == 0 {
		if err := h.Registers.Service.Apply(r.Context(), plan); err != nil {
			if !isFault(err) {
				return err
			}
			return h.drawImport(w, r, g, registerImportPage{}, err)
		}
		h.forget(r, h.Registers.Uploads, purpose, up)
		return h.done(w, r, g.path, "已导入。"+yesNo(len(plan.Successions) > 0, "原编码的记录正在归并，过一会儿统计就会跟上。", ""))
	} else if looked != "" {
		page.Again = true
	}
	if n := len(page.Faults); n > shownFaults {
		page.Faults, page.Hidden = page.Faults[:shownFaults], int64(n-shownFaults)
	}
	if n := len(page.Changes); n > shownChanges {
		page.Changes, page.More = page.Changes[:shownChanges], int64(n-shownChanges)
	}
	return h.drawImport(w, r, g, page, nil)
}

// RegistersWaiting says on 首页 how many codes wait to be placed.
type RegistersWaiting struct{ Service *org.Service }

// Waiting implements the console's Waiting.
func (n RegistersWaiting) Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error) {
	if !of.May(identity.SeeRegisters) {
		return nil, nil
	}
	p, err := n.Service.CountPending(ctx, pendingBounds(of))
	if err != nil {
		return nil, err
	}
	var waits []Wait
	for _, one := range []struct {
		label, path string
		count       int
	}{{"待确认的区划", regionRegister.path, p.Regions}, {"待确认的部门", departmentRegister.path, p.Departments}, {"待确认的事项", itemsPath, p.Items}} {
		if one.count > 0 {
			waits = append(waits, Wait{Label: one.label, Count: int64(one.count), Link: one.path + "?state=pending"})
		}
	}
	return waits, nil
}

func pendingBounds(of *identity.Staff) org.Bounds {
	b := of.Bounds()
	return org.Bounds{RegionFrom: b.RegionFrom, RegionTo: b.RegionTo, Department: b.Department}
}
