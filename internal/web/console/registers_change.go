package console

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

type entryPage struct {
	Frame
	One           entryRow
	Word, Path    string
	Regions       bool
	MayChange     bool
	Change, Merge Form
	Moving        org.Progress
}

// showEntry is GET /console/regions/of/{region} and /console/departments/of/{department}.
func (h *Handler) showEntry(w http.ResponseWriter, r *http.Request, g register) error {
	one, err := h.entry(r, g)
	if err != nil {
		return err
	}
	return h.drawEntry(w, r, g, one, org.Entry{Name: one.Name, Region: one.Region}, nil, "", nil)
}

// seenField holds the mark of what the person saw, so that nobody changes what somebody else has placed meanwhile.
const seenField = "seen"

// seenMark is that mark; who sends none saw nothing that is there.
func seenMark(r *http.Request) string { return cmp.Or(r.PostFormValue(seenField), "none") }

// drawEntry draws a region or a department with its forms, and what is wrong with either.
func (h *Handler) drawEntry(w http.ResponseWriter, r *http.Request, g register, one entryRow, e org.Entry, changing error, into string, merging error) error {
	rows := []entryRow{one}
	if err := h.countReviews(r.Context(), g, rows); err != nil {
		return err
	}
	moving, err := h.Registers.Service.Moving(r.Context())
	if err != nil {
		return err
	}
	page := entryPage{
		One: rows[0], Word: g.word, Path: g.path, Regions: g.kind == org.OfRegion, MayChange: staff(r).May(identity.ChangeRegisters), Moving: moving,
	}
	send := "保存"
	if one.Pending {
		send = "确认"
	}
	seen := Input{Name: seenField, Kind: HiddenInput, Value: one.Seen}
	page.Change = newForm(one.Link+"/change", send, changing, append([]Input{seen}, h.entryInputs(g, e)...)...)
	page.Merge = newForm(one.Link+"/merge", "并入", merging, seen, Input{
		Name: "into", Label: "现编码", Value: into, Hint: "并入哪一个" + g.word + "：写它的编码，或完整的名称", Most: 100, Required: true, Complete: "off",
	})
	page.Merge.Danger = true
	page.Frame = h.frame(w, r, yesNo(one.Name != "", one.Name, one.Code))
	return h.write(w, max(page.Change.status(), page.Merge.status()), "register-one", page)
}

func (h *Handler) entryInputs(g register, e org.Entry) []Input {
	inputs := []Input{{Name: "name", Label: "名称", Value: e.Name, Most: 100, Required: true, Complete: "off"}}
	if g.kind == org.OfDepartment {
		inputs = append(inputs, Input{
			Name: "region", Label: "所属区划", Value: e.Region, Most: 60, Required: true, Complete: "off",
			Hint: "12位编码，或名称如 广州市/越秀区。改了以后，新的评价计入新的区划，以前的仍计入原来的",
		})
	}
	return inputs
}

// applied stores a plan that is all within the scope of who asks; its faults become violations of a form's fields.
func (h *Handler) applied(r *http.Request, plan *org.Plan) error {
	if err := faultsOf(plan); err != nil {
		return err
	}
	if err := mayTouch(staff(r), plan); err != nil {
		return err
	}
	if plan.Len() == 0 {
		return nil
	}
	return h.Registers.Service.Apply(r.Context(), plan)
}

func faultsOf(plan *org.Plan) error {
	var violations []fault.Violation
	for _, f := range plan.Faults {
		violations = append(violations, fault.Violation{Field: f.Field, Reason: f.Reason})
	}
	if violations == nil {
		return nil
	}
	return fault.NewInvalid(violations...)
}

// mayTouch refuses a plan that changes anything out of somebody's scope.
func mayTouch(of *identity.Staff, plan *org.Plan) error {
	for _, t := range plan.Touches() {
		inside := seesRegion(of, t.Code)
		switch t.Kind {
		case org.OfDepartment:
			inside = of.Covers(identity.Place{Region: t.Region, Department: t.Code})
		case org.OfItem:
			inside = of.Covers(identity.Place{Region: t.Region, Department: t.Department})
		}
		if !inside {
			return fault.NewInvalid(fault.Violation{Field: "region", Reason: t.Code + " 不在您的管理范围内，没有保存"})
		}
	}
	return nil
}

// changeEntry is POST .../change: it renames, moves, and places what waits.
func (h *Handler) changeEntry(w http.ResponseWriter, r *http.Request, g register) error {
	one, err := h.entry(r, g)
	if err != nil {
		return err
	}
	e := org.Entry{Code: one.Code, Name: r.PostFormValue("name"), Region: r.PostFormValue("region"), Seen: map[string]string{one.Code: seenMark(r)}}
	plan, err := h.Registers.Service.PlanEntry(r.Context(), g.kind, e)
	if err == nil {
		err = h.applied(r, plan)
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		if now, gone := h.entry(r, g); gone == nil {
			one = now // with what somebody else has made of it
		}
		return h.drawEntry(w, r, g, one, e, err, "", nil)
	}
	return h.done(w, r, one.Link, yesNo(one.Pending, "已确认。", "已保存。"))
}

// mergeEntry is POST .../merge: what stands under the code counts under another one from now on.
func (h *Handler) mergeEntry(w http.ResponseWriter, r *http.Request, g register) error {
	one, err := h.entry(r, g)
	if err != nil {
		return err
	}
	into := strings.TrimSpace(r.PostFormValue("into"))
	again := func(err error) error {
		if !isFault(err) {
			return err
		}
		ofField(err, "into")
		if now, gone := h.entry(r, g); gone == nil {
			one = now
		}
		return h.drawEntry(w, r, g, one, org.Entry{Name: one.Name, Region: one.Region}, nil, into, err)
	}
	target, err := h.target(r, g, one.Code, into)
	if err != nil {
		return again(err)
	}
	plan, err := h.Registers.Service.PlanEntry(r.Context(), g.kind, org.Entry{Code: target.Code, Name: target.Name, Region: target.Region, Former: one.Code, Seen: map[string]string{one.Code: seenMark(r)}})
	if err == nil {
		err = faultsOf(plan)
	}
	if err == nil {
		err = mayTouch(staff(r), plan)
	}
	if err != nil {
		return again(err)
	}
	if !sure(r) {
		return h.confirmMerge(w, r, g, one, target, plan)
	}
	if err := h.Registers.Service.Apply(r.Context(), plan); err != nil {
		return again(err)
	}
	if one.Odd {
		return h.done(w, r, target.Link, "以后以“"+one.Code+"”报来的，都计入"+target.Name+"。")
	}
	return h.done(w, r, target.Link, one.Code+" 已并入 "+target.Name+"。以前的记录正在归并，过一会儿统计就会跟上。")
}

// violationsOf are those of a fault, to be changed in place.
func violationsOf(err error) (list []*fault.Violation) {
	var f *fault.Error
	if asFault(err, &f) {
		for i := range f.Violations {
			list = append(list, &f.Violations[i])
		}
	}
	return list
}

// ofField makes all that an error says the words of one field of a form.
func ofField(err error, field string) {
	for _, v := range violationsOf(err) {
		v.Field = field
	}
}

func (h *Handler) confirmMerge(w http.ResponseWriter, r *http.Request, g register, one, target entryRow, plan *org.Plan) error {
	counts, err := h.Registers.Counts.ReviewsUnder(r.Context(), g.kind, []string{one.Code})
	if err != nil {
		return err
	}
	happens := []string{
		fmt.Sprintf("%s %s 名下的评价（现有 %d 条）、办件、差评工单和统计，全部归到 %s %s", one.Code, one.Name, counts[one.Code], target.Code, target.Name),
		"以后再以 " + one.Code + " 报来的，也计入 " + target.Name,
		"为 " + one.Code + " 设的账号、通知订阅和工单时限，改为 " + target.Name + " 的",
		"记录在后台逐步归并，期间统计会陆续变化",
		"不能撤销",
	}
	if one.Odd {
		happens = []string{
			"以后再以“" + one.Code + "”报来的，计入 " + target.Code + " " + target.Name,
			"以前报来的不变，仍计入当时部门所在的区划",
			"不能撤销",
		}
	}
	if n := len(plan.Along); n > 0 {
		happens = append(happens, fmt.Sprintf("它下面的 %d 个区划按编码随同并入", n))
	}
	return h.confirm(w, r, Confirmation{
		Title: "把 " + yesNo(one.Name != "", one.Name, one.Code) + " 并入 " + target.Name, Send: "并入", Cancel: one.Link, Danger: true, Happens: happens,
	})
}

// target finds what a code is to become part of, by its own code or its whole name, within the scope of who asks.
func (h *Handler) target(r *http.Request, g register, of, text string) (entryRow, error) {
	var found []entryRow
	for _, e := range h.entries(staff(r), g) {
		if e.Code == text {
			found = []entryRow{e}
			break
		}
		if e.Name == text && text != "" && !e.Pending {
			found = append(found, e)
		}
	}
	var reason string
	switch {
	case text == "":
		reason = "请写明并入哪一个" + g.word
	case len(found) == 0:
		reason = "您的范围内没有这个" + g.word + "，请核对编码或名称"
	case len(found) > 1:
		reason = fmt.Sprintf("有 %d 个%s叫这个名称，请改写编码", len(found), g.word)
	case found[0].Code == of && !found[0].Pending:
		reason = "不能并入它自己，请写另一个" + g.word
	case found[0].Pending:
		reason = "它自己也待确认，请先确认它"
	default:
		return found[0], nil
	}
	return entryRow{}, fault.NewInvalid(fault.Violation{Field: "into", Reason: reason})
}

// newEntry is GET /console/regions/new and /console/departments/new.
func (h *Handler) newEntry(w http.ResponseWriter, r *http.Request, g register) error {
	return h.drawNewEntry(w, r, g, org.Entry{}, nil)
}

func (h *Handler) drawNewEntry(w http.ResponseWriter, r *http.Request, g register, e org.Entry, err error) error {
	hint := "报送时用的部门编码，一般是统一社会信用代码"
	if g.kind == org.OfRegion {
		hint = "12位数字，下级的开头几位与上级相同"
	}
	inputs := append([]Input{{Name: "code", Label: "编码", Value: e.Code, Hint: hint, Most: 50, Required: true, Focus: true, Complete: "off"}}, h.entryInputs(g, e)...)
	form := newForm(g.path+"/new", "新增"+g.word, err, inputs...)
	form.Cancel = g.path
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, "新增"+g.word), form, ""})
}

// createEntry is POST /console/regions/new and /console/departments/new.
func (h *Handler) createEntry(w http.ResponseWriter, r *http.Request, g register) error {
	e := org.Entry{Code: strings.TrimSpace(r.PostFormValue("code")), Name: r.PostFormValue("name"), Region: r.PostFormValue("region")}
	plan, err := h.Registers.Service.PlanEntry(r.Context(), g.kind, e)
	if err == nil && len(plan.Faults) == 0 && plan.New == 0 {
		err = fault.NewInvalid(fault.Violation{Field: "code", Reason: "已有这个编码，请在列表里找到它修改"})
	}
	if err == nil {
		err = h.applied(r, plan)
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawNewEntry(w, r, g, e, err)
	}
	return h.done(w, r, g.path, "已新增 "+e.Name+"。")
}
