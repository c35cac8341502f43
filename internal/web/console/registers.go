package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

// RegisterNeeds are what 区划, 部门 and 事项 are made of; all are required.
type RegisterNeeds struct {
	Service *org.Service
	Counts  ReviewCounts
	Uploads Uploads
}

// ReviewCounts counts reviews under codes.
type ReviewCounts interface {
	// ReviewsUnder is how many reviews count under each of some codes of regions (a region's own and all below it) or
	// departments; codes without any are left out.
	ReviewsUnder(ctx context.Context, kind org.Kind, codes []string) (map[string]int64, error)
	// ReviewsOfItems is that for items.
	ReviewsOfItems(ctx context.Context, codes []string) (map[string]int64, error)
}

// register is 区划 or 部门: what their pages have in common.
type register struct {
	kind       org.Kind
	path, word string
	id         string // the name of the code in addresses
	columns    []string
}

var (
	regionRegister     = register{org.OfRegion, "/console/regions", "区划", "region", []string{"编码", "名称", "备注"}}
	itemRegister       = register{kind: org.OfItem, path: itemsPath, word: "事项"}
	departmentRegister = register{org.OfDepartment, "/console/departments", "部门", "department", []string{"编码", "名称", "所属区划", "备注"}}
)

// registerRoutes are the lines of 区划, 部门 and 事项.
func (h *Handler) registerRoutes() (table []route) {
	const get, post = http.MethodGet, http.MethodPost
	type handle = func(w http.ResponseWriter, r *http.Request) error
	for _, g := range []register{regionRegister, departmentRegister} {
		on := func(do func(w http.ResponseWriter, r *http.Request, g register) error) handle {
			return func(w http.ResponseWriter, r *http.Request) error { return do(w, r, g) }
		}
		one := g.path + "/of/{" + g.id + "}"
		table = append(table,
			route{method: get, pattern: g.path, action: identity.SeeRegisters, do: on(h.listRegister)},
			route{method: get, pattern: g.path + "/export", action: identity.Export, do: on(h.exportRegister)},
			route{method: get, pattern: g.path + "/new", action: identity.ChangeRegisters, do: on(h.newEntry)},
			route{method: post, pattern: g.path + "/new", action: identity.ChangeRegisters, do: on(h.createEntry)},
			route{method: get, pattern: g.path + "/import", action: identity.ChangeRegisters, do: on(h.showImport)},
			route{method: post, pattern: g.path + "/import", action: identity.ChangeRegisters, do: on(h.importRegister), most: maxUpload + uploadRoom},
			route{method: get, pattern: one, action: identity.SeeRegisters, do: on(h.showEntry)},
			route{method: post, pattern: one + "/change", action: identity.ChangeRegisters, do: on(h.changeEntry)},
			route{method: post, pattern: one + "/merge", action: identity.ChangeRegisters, do: on(h.mergeEntry)},
		)
	}
	ofItems := func(do func(w http.ResponseWriter, r *http.Request, g register) error) handle {
		return func(w http.ResponseWriter, r *http.Request) error { return do(w, r, itemRegister) }
	}
	return append(table,
		route{method: get, pattern: itemsPath, action: identity.SeeRegisters, do: h.listItems},
		route{method: get, pattern: itemsPath + "/export", action: identity.Export, do: h.exportItems},
		route{method: get, pattern: itemsPath + "/import", action: identity.ChangeRegisters, do: ofItems(h.showImport)},
		route{method: post, pattern: itemsPath + "/import", action: identity.ChangeRegisters, do: ofItems(h.importRegister), most: maxUpload + uploadRoom},
		route{method: post, pattern: itemsPath + "/confirm", action: identity.ChangeRegisters, do: h.confirmItems},
		route{method: get, pattern: itemsPath + "/of/{item}", action: identity.SeeRegisters, do: h.showItem},
		route{method: post, pattern: itemsPath + "/of/{item}/change", action: identity.ChangeRegisters, do: h.changeItem},
		route{method: post, pattern: itemsPath + "/of/{item}/merge", action: identity.ChangeRegisters, do: h.mergeItem},
	)
}

// entryRow is a region or a department in a list.
type entryRow struct {
	Code, Name         string
	Region, RegionName string // of a department; of a region the one above
	Level              string
	Pending            bool
	Odd                bool  // of a region: it has not the form of a region's code, and can only become part of another
	Reviews            int64 // of a pending one
	Link               string
	Seen               string // the mark of what the person saw
}

func (g register) link(code string) string { return g.path + "/of/" + url.PathEscape(code) }

// levelNames are the levels of regions in words.
var levelNames = map[org.Level]string{
	org.LevelProvince: "省级", org.LevelCity: "市级", org.LevelCounty: "县级", org.LevelTown: "镇街", org.LevelVillage: "村居",
}

// seesRegion says whether a region is within the scope of somebody: for who is bounded by a unit, where that is.
func seesRegion(of *identity.Staff, code string) bool {
	return identity.Scope{Region: of.Seat}.Covers(identity.Place{Region: code})
}

// entries are the regions or departments that somebody sees, by code.
func (h *Handler) entries(of *identity.Staff, g register) (rows []entryRow) {
	if g.kind == org.OfDepartment {
		for _, d := range h.Registry.Departments() {
			if of.Covers(identity.Place{Region: d.RegionCode, Department: d.Code}) {
				rows = append(rows, h.departmentRow(d))
			}
		}
		return rows
	}
	for _, region := range h.Registry.Regions() {
		if seesRegion(of, region.Code) {
			rows = append(rows, h.regionRow(region))
		}
	}
	return rows
}

func (h *Handler) departmentRow(d org.Department) entryRow {
	return entryRow{
		Code: d.Code, Name: d.Name, Region: d.RegionCode, RegionName: h.Registry.RegionName(d.RegionCode), Pending: d.Pending,
		Link: departmentRegister.link(d.Code), Seen: d.Seen(),
	}
}

func (h *Handler) regionRow(region org.Region) entryRow {
	row := entryRow{Code: region.Code, Name: region.Name, Pending: region.Pending, Link: regionRegister.link(region.Code), Seen: region.Seen()}
	if !org.IsRegion(region.Code) {
		row.Odd = true
		return row
	}
	row.Level = levelNames[org.LevelOf(region.Code)]
	if places := org.Ancestors(region.Code); len(places) > 2 {
		row.Region = places[len(places)-2].Code
		row.RegionName = h.Registry.RegionName(row.Region)
	}
	return row
}

// entry finds the one that a route is about, within the scope of who asks.
func (h *Handler) entry(r *http.Request, g register) (entryRow, error) {
	code := r.PathValue(g.id)
	if g.kind == org.OfDepartment {
		d, ok := h.Registry.Department(code)
		if !ok {
			return entryRow{}, missing()
		}
		return h.departmentRow(d), cmp.Or(within(r, identity.Place{Region: d.RegionCode, Department: d.Code}), g.given(code, d.Code, d.Name))
	}
	region, ok := h.Registry.Region(code)
	if !ok || !seesRegion(staff(r), region.Code) {
		return entryRow{}, missing()
	}
	return h.regionRow(region), g.given(code, region.Code, region.Name)
}

// given says what became of a code that was given up.
func (g register) given(code, now, name string) error {
	if code == now {
		return nil
	}
	return fault.NewConflict(g.word + " " + code + " 已并入 " + now + " " + name + "，请到那里查看和修改")
}

func (g register) filters(r *http.Request) Filters {
	filters := []Filter{
		{Name: "text", Label: "编码或名称", Most: 64},
		{Name: "region", Label: "所属区划编码", Most: 12},
		{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: []Choice{{"pending", "待确认"}, {"placed", "已确认"}}},
	}
	if g.kind == org.OfRegion {
		filters = append(filters, Filter{Name: "level", Label: "级别", Kind: ChoiceFilter, Choices: []Choice{
			{"省级", "省级"}, {"市级", "市级"}, {"县级", "县级"}, {"镇街", "镇街"}, {"村居", "村居"},
		}})
	}
	return readFilters(r, filters...)
}

// filteredEntries are those that filters leave.
func (h *Handler) filteredEntries(r *http.Request, g register, f Filters) []entryRow {
	from, to := "", ""
	if region, ok := org.NormalizeRegion(f.Get("region")); ok {
		from, to = org.Range(region)
	}
	return slices.DeleteFunc(h.entries(staff(r), g), func(e entryRow) bool {
		at := e.Code
		if g.kind == org.OfDepartment {
			at = e.Region
		}
		switch text := f.Get("text"); {
		case text != "" && !strings.HasPrefix(e.Code, text) && !strings.Contains(e.Name, text):
		case f.Get("region") != "" && (to == "" || at < from || at >= to):
		case f.Get("state") == "pending" && !e.Pending, f.Get("state") == "placed" && e.Pending:
		case f.Get("level") != "" && f.Get("level") != e.Level:
		default:
			return false
		}
		return true
	})
}

type registerPage struct {
	Frame
	List
	Entries   []entryRow
	Word      string
	Path      string
	Regions   bool // 区划, else 部门
	MayChange bool
	Moving    org.Progress
}

// listRegister is GET /console/regions and /console/departments.
func (h *Handler) listRegister(w http.ResponseWriter, r *http.Request, g register) error {
	filters, pager := g.filters(r), readPager(r)
	key := func(e *entryRow) string { return e.Code }
	rows, next := more(behind(h.filteredEntries(r, g, filters), pager.After, key), key)
	if err := h.countReviews(r.Context(), g, rows); err != nil {
		return err
	}
	moving, err := h.Registers.Service.Moving(r.Context())
	if err != nil {
		return err
	}
	page := registerPage{
		Frame: h.frame(w, r, g.word), Entries: rows, Word: g.word, Path: g.path, Regions: g.kind == org.OfRegion,
		MayChange: staff(r).May(identity.ChangeRegisters), Moving: moving,
		List: newList(g.path, filters, pager, len(rows), next, "您的范围内还没有"+g.word+"。"),
	}
	if staff(r).May(identity.Export) {
		page.exports(g.path + "/export")
	}
	return h.write(w, http.StatusOK, "register", page)
}

// countReviews counts the reviews of pending ones.
func (h *Handler) countReviews(ctx context.Context, g register, rows []entryRow) error {
	var codes []string
	for _, row := range rows {
		if row.Pending {
			codes = append(codes, row.Code)
		}
	}
	if codes == nil {
		return nil
	}
	counts, err := h.Registers.Counts.ReviewsUnder(ctx, g.kind, codes)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Reviews = counts[rows[i].Code]
	}
	return nil
}

// exportRegister is GET /console/regions/export and /console/departments/export. What it gives can be imported again.
func (h *Handler) exportRegister(w http.ResponseWriter, r *http.Request, g register) error {
	if !staff(r).May(identity.SeeRegisters) {
		return errForbidden
	}
	rows := h.filteredEntries(r, g, g.filters(r))
	return h.export(w, r, g.word, g.columns, func(yield func([]string) error) error {
		for _, e := range rows {
			row := []string{e.Code, e.Name}
			if g.kind == org.OfDepartment {
				row = append(row, e.Region)
			}
			if err := yield(append(row, yesNo(e.Pending, "待确认", ""))); err != nil {
				return err
			}
		}
		return nil
	})
}
