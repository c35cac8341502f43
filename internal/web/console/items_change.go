package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

type itemPage struct {
	Frame
	One         itemRow
	MayChange   bool
	Form, Merge Form
	Moving      org.Progress
}

// itemTyped is what somebody wrote into the forms of an item.
type itemTyped struct{ name, department, into string }

// itemProblems are what is wrong with either form; nil for nothing.
type itemProblems struct{ changing, merging error }

func (h *Handler) drawItem(w http.ResponseWriter, r *http.Request, i *org.Item, typed itemTyped, wrong itemProblems) error {
	row := h.itemRow(*i)
	counts, err := h.Registers.Counts.ReviewsOfItems(r.Context(), []string{i.Code})
	if err != nil {
		return err
	}
	row.Reviews = counts[i.Code]
	page := itemPage{One: row, MayChange: staff(r).May(identity.ChangeRegisters)}
	if page.Moving, err = h.Registers.Service.Moving(r.Context()); err != nil {
		return err
	}
	seen := Input{Name: seenField, Kind: HiddenInput, Value: i.Seen()}
	page.Form = newForm(row.Link+"/change", yesNo(i.Pending, "确认", "保存"), wrong.changing, seen,
		Input{Name: "name", Label: "名称", Value: typed.name, Most: 100, Required: true, Complete: "off"},
		Input{Name: "department", Label: "部门编码", Value: typed.department, Hint: "办理这个事项的部门，须已登记", Most: 50, Required: true, Complete: "off"})
	page.Merge = newForm(row.Link+"/merge", "并入", wrong.merging, seen, Input{
		Name: "into", Label: "现编码", Value: typed.into, Hint: "并入哪一个事项：写它的编码，或完整的名称", Most: 100, Required: true, Complete: "off",
	})
	page.Merge.Danger = true
	page.Frame = h.frame(w, r, yesNo(i.Name != "", i.Name, i.Code))
	return h.write(w, max(page.Form.status(), page.Merge.status()), "item", page)
}

// item finds the one that a route is about, within the scope of who asks.
func (h *Handler) item(r *http.Request) (*org.Item, error) {
	return h.Registers.Service.Item(r.Context(), r.PathValue("item"), pendingBounds(staff(r)))
}

// showItem is GET /console/items/of/{item}.
func (h *Handler) showItem(w http.ResponseWriter, r *http.Request) error {
	i, err := h.item(r)
	if err != nil {
		return err
	}
	return h.drawItem(w, r, i, itemTyped{name: i.Name, department: i.DepartmentCode}, itemProblems{})
}

// changeItem is POST /console/items/of/{item}/change: it renames, moves, and places what waits.
func (h *Handler) changeItem(w http.ResponseWriter, r *http.Request) error {
	i, err := h.item(r)
	if err != nil {
		return err
	}
	typed := itemTyped{name: r.PostFormValue("name"), department: r.PostFormValue("department")}
	department := typed.department
	if d, ok := h.Registry.Department(department); ok && !staff(r).Covers(identity.Place{Region: d.RegionCode, Department: d.Code}) {
		department = "" // to him there is none
	}
	err = h.Registers.Service.PlaceItem(r.Context(), org.Item{Code: i.Code, Name: typed.name, DepartmentCode: department}, seenMark(r))
	if err != nil {
		if !isFault(err) {
			return err
		}
		if now, gone := h.item(r); gone == nil {
			i = now
		}
		return h.drawItem(w, r, i, typed, itemProblems{changing: err})
	}
	return h.done(w, r, h.itemRow(*i).Link, yesNo(i.Pending, "已确认。", "已保存。"))
}

// mergeItem is POST /console/items/of/{item}/merge: what stands under the code counts under another one from now on.
func (h *Handler) mergeItem(w http.ResponseWriter, r *http.Request) error {
	i, err := h.item(r)
	if err != nil {
		return err
	}
	into := strings.TrimSpace(r.PostFormValue("into"))
	again := func(err error) error {
		if !isFault(err) {
			return err
		}
		ofField(err, "into")
		return h.drawItem(w, r, i, itemTyped{i.Name, i.DepartmentCode, into}, itemProblems{merging: err})
	}
	if err := h.Registers.Service.ItemSince(i, seenMark(r)); err != nil {
		return again(err)
	}
	target, err := h.targetItem(r, into)
	if err != nil {
		return again(err)
	}
	plan, err := h.Registers.Service.PlanMerge(r.Context(), org.OfItem, i.Code, target.Code)
	if err == nil {
		err = faultsOf(plan)
	}
	if err != nil {
		return again(err)
	}
	if !sure(r) {
		return h.confirmItemMerge(w, r, i, target)
	}
	if err := h.Registers.Service.Apply(r.Context(), plan); err != nil {
		return again(err)
	}
	return h.done(w, r, h.itemRow(*target).Link, i.Code+" 已并入 "+target.Name+"。以前的记录正在归并，过一会儿统计就会跟上。")
}

func (h *Handler) confirmItemMerge(w http.ResponseWriter, r *http.Request, i, target *org.Item) error {
	counts, err := h.Registers.Counts.ReviewsOfItems(r.Context(), []string{i.Code})
	if err != nil {
		return err
	}
	return h.confirm(w, r, Confirmation{
		Title: "把 " + yesNo(i.Name != "", i.Name, i.Code) + " 并入 " + target.Name, Send: "并入", Cancel: h.itemRow(*i).Link, Danger: true,
		Happens: []string{
			fmt.Sprintf("%s %s 名下的评价（现有 %d 条）、办件和统计，全部归到 %s %s", i.Code, i.Name, counts[i.Code], target.Code, target.Name),
			"以后再以 " + i.Code + " 报来的，也计入 " + target.Name,
			"记录在后台逐步归并，期间统计会陆续变化",
			"不能撤销",
		},
	})
}

// mostNamesakes is how many items with a name in theirs are looked at for the one that is called so.
const mostNamesakes = 200

// targetItem finds what an item is to become part of, by its code or its whole name, within the scope of who asks.
func (h *Handler) targetItem(r *http.Request, text string) (*org.Item, error) {
	refuse := func(reason string) (*org.Item, error) {
		return nil, fault.NewInvalid(fault.Violation{Field: "into", Reason: reason})
	}
	if text == "" {
		return refuse("请填写现编码")
	}
	bounds := pendingBounds(staff(r))
	found, err := h.Registers.Service.Items(r.Context(), org.ItemFilter{Code: text, Bounds: bounds, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		similar, err := h.Registers.Service.Items(r.Context(), org.ItemFilter{Text: text, Placed: true, Bounds: bounds, Limit: mostNamesakes})
		if err != nil {
			return nil, err
		}
		for _, one := range similar {
			if one.Name == text {
				found = append(found, one)
			}
		}
	}
	switch {
	case len(found) == 0:
		return refuse("您的范围内没有这个事项，请核对编码或名称")
	case len(found) > 1:
		return refuse(fmt.Sprintf("有 %d 个事项叫这个名称，请改写编码", len(found)))
	case found[0].Pending:
		return refuse("它自己也待确认，请先确认它")
	}
	return &found[0], nil
}
