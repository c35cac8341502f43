package console

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

const itemsPath = "/console/items"

// itemRow is an item in a list.
type itemRow struct {
	org.Item
	DepartmentName, Link string
	Reviews              int64 // of a pending one
	// Ready says that it waits, and that nothing else is missing: it can be confirmed as it is.
	Ready bool
}

func (h *Handler) itemRow(i org.Item) itemRow {
	row := itemRow{Item: i, DepartmentName: h.departmentName(i.DepartmentCode), Link: itemsPath + "/of/" + url.PathEscape(i.Code)}
	d, ok := h.Registry.Department(i.DepartmentCode)
	row.Ready = i.Pending && i.Name != "" && ok && !d.Pending
	return row
}

type itemsPage struct {
	Frame
	List
	Items []itemRow
	// MayConfirm offers to confirm several at once, MayChange to import.
	MayConfirm, MayChange bool
}

func itemFilters(r *http.Request) (Filters, org.ItemFilter) {
	filters := readFilters(r,
		Filter{Name: "text", Label: "编码或名称", Most: 64},
		Filter{Name: "department", Label: "部门编码", Most: 50},
		Filter{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: []Choice{{"pending", "待确认"}, {"placed", "已确认"}}},
	)
	f := org.ItemFilter{
		Text: filters.Get("text"), Pending: filters.Get("state") == "pending", Placed: filters.Get("state") == "placed", Bounds: pendingBounds(staff(r)),
		Department: filters.Get("department"),
	}
	return filters, f
}

// listItems is GET /console/items.
func (h *Handler) listItems(w http.ResponseWriter, r *http.Request) error {
	filters, f := itemFilters(r)
	pager := readPager(r)
	f.After, f.Limit = pager.After, PageSize+1
	items, err := h.Registers.Service.Items(r.Context(), f)
	if err != nil {
		return err
	}
	items, next := more(items, func(i *org.Item) string { return i.Code })
	page := itemsPage{Frame: h.frame(w, r, "事项"), List: newList(itemsPath, filters, pager, len(items), next, "您的范围内还没有事项。评价报来以后，它的事项会出现在这里。")}
	if staff(r).May(identity.Export) {
		page.exports(itemsPath + "/export")
	}
	page.MayChange = staff(r).May(identity.ChangeRegisters)
	var pending []string
	for _, i := range items {
		row := h.itemRow(i)
		page.Items = append(page.Items, row)
		page.MayConfirm = page.MayConfirm || row.Ready && page.MayChange
		if i.Pending {
			pending = append(pending, i.Code)
		}
	}
	if pending != nil {
		counts, err := h.Registers.Counts.ReviewsOfItems(r.Context(), pending)
		if err != nil {
			return err
		}
		for n := range page.Items {
			page.Items[n].Reviews = counts[page.Items[n].Code]
		}
	}
	return h.write(w, http.StatusOK, "items", page)
}

// exportItems is GET /console/items/export?format=.
func (h *Handler) exportItems(w http.ResponseWriter, r *http.Request) error {
	if !staff(r).May(identity.SeeRegisters) {
		return errForbidden
	}
	_, f := itemFilters(r)
	f.Limit = 1000
	return h.export(w, r, "事项", []string{"编码", "名称", "部门编码", "部门名称", "备注"}, func(yield func([]string) error) error {
		for {
			items, err := h.Registers.Service.Items(r.Context(), f)
			if err != nil || len(items) == 0 {
				return err
			}
			for _, i := range items {
				if err := yield([]string{i.Code, i.Name, i.DepartmentCode, h.itemRow(i).DepartmentName, yesNo(i.Pending, "待确认", "")}); err != nil {
					return err
				}
			}
			f.After = items[len(items)-1].Code
		}
	})
}

// confirmItems is POST /console/items/confirm: it places items as they came, each by itself.
func (h *Handler) confirmItems(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalidPage("提交的内容无法识别，请回到列表重新选择")
	}
	codes := r.PostForm["item"]
	if len(codes) == 0 || len(codes) > PageSize {
		return fault.NewInvalidPage("请先在列表里勾选要确认的事项")
	}
	done, left, others := 0, 0, 0
	for _, code := range codes {
		i, err := h.Registers.Service.Item(r.Context(), code, pendingBounds(staff(r)))
		if err != nil {
			return err
		}
		if !i.Pending {
			others++
			continue
		}
		if !h.itemRow(*i).Ready {
			left++
			continue
		}
		item := org.Item{Code: i.Code, Name: i.Name, DepartmentCode: h.settled(i.DepartmentCode)}
		switch err := h.Registers.Service.PlaceItem(r.Context(), item, i.Seen()); {
		case fault.KindOf(err) == fault.Conflict:
			others++
		case err != nil:
			return err
		default:
			done++
		}
	}
	said := "已确认 " + strconv.Itoa(done) + " 个事项。"
	if left > 0 {
		said += "另有 " + strconv.Itoa(left) + " 个没有名称，或部门还没有确认，请逐个填写。"
	}
	if others > 0 {
		said += "有 " + strconv.Itoa(others) + " 个刚才已由别人确认，没有改动。"
	}
	return h.done(w, r, itemsPath+"?state=pending", said)
}

// settled is the code that a department's counts under now.
func (h *Handler) settled(department string) string {
	d, _ := h.Registry.Department(department)
	return d.Code
}
