package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

const figuresPath = "/console/figures"

// FigurePages are what the page of figures is made of.
type FigurePages struct {
	Figures  Figures
	Entities *catalog.EntitySet
	// Root is the platform's own region, as on the board.
	Root string
}

// Figures are what the board shows, and what only supervisors see; figures.Service has them.
type Figures interface {
	SupervisedTable(ctx context.Context, asked figures.Supervised) (table figures.Table, all int, err error)
	UnitTotal(ctx context.Context, scope figures.Scope, u figures.Unit) (figures.Counts, error)
	UnitCases(ctx context.Context, scope figures.Scope, u figures.Unit) (cases figures.Cases, known bool, err error)
	UnitResponse(ctx context.Context, scope figures.Scope, u figures.Unit) (response figures.Response, known bool, err error)
	Score(c figures.Counts) float64
	GoodRate(c figures.Counts) float64
	Bad(c figures.Counts) int64
}

// figuresRoutes are what answers below /console/figures.
func (h *Handler) figureRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: figuresPath, action: identity.SeeFigures, do: h.showFigures},
		{method: http.MethodGet, pattern: figuresPath + "/export", action: identity.Export, do: h.exportFigures},
	}
}

// periods are those offered by name, as on the board, beside the usual one: 近30天.
var periods = []Choice{{"today", "今天"}, {"7d", "近7天"}, {"month", "本月"}, {"quarter", "本季度"}, {"year", "本年"}}

// figuresState is what the page shows, as its address says.
type figuresState struct {
	filters Filters
	sets    []figures.SupervisedSet
	asked   figures.Supervised
	unit    figures.Unit
	wrong   error // with the days that were chosen: the usual ones are shown
}

// chosenPeriod is the time that the filters choose, from a day on until today; else the usual one, with what is wrong with theirs.
func chosenPeriod(filters Filters, now time.Time) (period figures.Period, wrong error) {
	name, from, to := filters.Get("period"), filters.Day("from"), filters.Day("to")
	switch today := beijing.Day(now); {
	case from != 0 && to != 0:
		name = fmt.Sprintf("%08d-%08d", from, to)
	case from != 0:
		name = fmt.Sprintf("%08d-%08d", from, max(from, today))
	case to != 0:
		wrong = fault.NewInvalid(fault.Violation{Field: "from", Reason: "请也选择从哪一天开始"})
	}
	if wrong == nil {
		if period, wrong = figures.ParsePeriod(name, now); wrong == nil {
			return period, nil
		}
	}
	period, err := figures.ParsePeriod(figures.DefaultPeriod, now)
	return period, cmp.Or(err, wrong)
}

// figuresOf reads it from the address, within the scope of who asks.
func (h *Handler) figuresOf(r *http.Request) (*figuresState, error) {
	of := staff(r)
	var entities, channels []Choice
	for _, e := range h.Figures.Entities.Current() {
		entities = append(entities, Choice{e.Code, e.Name})
	}
	for _, c := range catalog.Channels() {
		channels = append(channels, Choice{c.Code, c.Name})
	}
	filters := []Filter{
		{Name: "period", Label: "时段", Kind: ChoiceFilter, Choices: periods},
		{Name: "from", Label: "或从", Kind: DayFilter},
		{Name: "to", Label: "到", Kind: DayFilter},
	}
	if near := nearer(of, r); of.Hall == "" && of.Department == "" {
		filters = append(filters,
			Filter{Name: "region", Label: "区划", Kind: ChoiceFilter, Choices: h.regionsFor(of)},
			Filter{Name: "department", Label: "部门", Kind: ChoiceFilter, Choices: h.departmentsFor(near)},
			Filter{Name: "hall", Label: "大厅", Kind: ChoiceFilter, Choices: h.hallsFor(near)})
	}
	filters = append(filters,
		Filter{Name: "entity", Label: "评价对象", Kind: ChoiceFilter, Choices: entities},
		Filter{Name: "channel", Label: "渠道", Kind: ChoiceFilter, Choices: channels},
		Filter{Name: "rank", Label: "排名方法", Kind: ChoiceFilter, Choices: []Choice{{"fair", "公平排名"}}},
	)
	s := &figuresState{filters: readFilters(r, filters...)}
	scope, ok := of.Narrow(identity.Scope{Region: s.filters.Get("region"), Department: s.filters.Get("department"), Hall: s.filters.Get("hall")})
	if !ok {
		return nil, missing()
	}
	var period figures.Period
	period, s.wrong = chosenPeriod(s.filters, h.Now())
	region := h.figuresRegion(scope)
	s.unit = figures.Unit{Department: scope.Department, Hall: scope.Hall}
	s.asked = figures.Supervised{
		Scope: figures.Scope{Region: region, Span: period.Span, Entity: s.filters.Get("entity"), Channel: s.filters.Get("channel")},
		Unit:  s.unit, Period: period, Fair: s.filters.Get("rank") == "fair",
	}
	s.sets = figures.SupervisedTables(region, s.unit)
	s.asked.Name = r.URL.Query().Get("by")
	if s.asked.Name == "" && len(s.sets) > 0 {
		s.asked.Name = s.sets[0].Tables[0].Name
	}
	if s.set() < 0 {
		return nil, fault.NewMissing("您的管理范围内没有这个统计表，请从上面的栏目中选择")
	}
	return s, nil
}

// set is which of the sets the table stands in that was asked for; -1 for none.
func (s *figuresState) set() int {
	return slices.IndexFunc(s.sets, func(set figures.SupervisedSet) bool { return titleIn(set, s.asked.Name) != "" })
}

// titleIn is what a set calls a table; empty where it has none of that name.
func titleIn(set figures.SupervisedSet, name string) string {
	for _, t := range set.Tables {
		if t.Name == name {
			return t.Title
		}
	}
	return ""
}

// tabs are the kinds of tables to choose, and the tables of the one that is shown. Another kind shows what the present one does, by
// halls as by halls.
func (s *figuresState) tabs() (kinds, tables []figuresTab) {
	at := s.set()
	address := func(name string) string {
		query := s.filters.query()
		query.Set("by", name)
		return figuresPath + "?" + query.Encode()
	}
	for i, set := range s.sets {
		leads := set.Tables[0].Name
		for _, t := range set.Tables {
			if t.Title == titleIn(s.sets[at], s.asked.Name) {
				leads = t.Name
			}
			if i == at {
				tables = append(tables, figuresTab{address(t.Name), t.Title, t.Name == s.asked.Name})
			}
		}
		kinds = append(kinds, figuresTab{address(leads), set.Title, i == at})
	}
	return kinds, tables
}

// figuresTab is a table to choose.
type figuresTab struct {
	Address, Text string
	Here          bool
}

// figureCell is a cell of a table; Code stands below a name.
type figureCell struct {
	Text, Code string
	Number     bool
}

// figure is one figure with how it is called.
type figure struct{ Title, Value, Unit string }

type figuresPage struct {
	Frame
	List
	Kinds   []figuresTab
	Tables  []figuresTab
	Whole   []figure
	Of      string // whose figures these are, and of which time
	Columns []figures.Column
	Rows    [][]figureCell
	Note    string
	By      string
	Wrong   string // with the days that were chosen
}

// showFigures is GET /console/figures.
func (h *Handler) showFigures(w http.ResponseWriter, r *http.Request) error {
	s, err := h.figuresOf(r)
	if err != nil {
		return err
	}
	pager := readPager(r)
	s.asked.From, _ = small(pager.After)
	s.asked.From, s.asked.Limit = max(0, s.asked.From), PageSize
	table, all, err := h.supervisedTable(r.Context(), s.asked)
	if err != nil {
		return err
	}
	whole, err := h.whole(r.Context(), s.asked.Scope, s.unit)
	if err != nil {
		return err
	}
	next := ""
	if s.asked.From+PageSize < all {
		next = strconv.Itoa(s.asked.From + PageSize)
	}
	page := figuresPage{
		Frame: h.frame(w, r, "统计排名"), Whole: whole, Note: table.Note, By: s.asked.Name,
		Of: h.figuresFor(s) + " · " + s.asked.Period.Title() + "（" + s.asked.Period.Span.Title() + "）",
	}
	page.List = newList(figuresPath, s.filters, pager, len(table.Rows), next, table.Note)
	page.keep("by", s.asked.Name)
	if staff(r).May(identity.Export) {
		page.exports(figuresPath + "/export")
		page.CSV, page.XLSX = with(page.CSV, "by", s.asked.Name), with(page.XLSX, "by", s.asked.Name)
	}
	if len(table.Rows) == 0 {
		page.Empty = table.Note
	}
	page.Kinds, page.Tables = s.tabs()
	page.draw(&table)
	status := http.StatusOK
	for _, v := range violationsOf(s.wrong) {
		page.Wrong, status = v.Reason+"。现在显示的是"+s.asked.Period.Title()+"。", http.StatusUnprocessableEntity
	}
	return h.write(w, status, "figures", page)
}

// draw draws a table: a code stands below its name.
func (p *figuresPage) draw(table *figures.Table) {
	code, name := table.Column("code"), table.Column("name")
	for i, c := range table.Columns {
		if i != code {
			p.Columns = append(p.Columns, c)
		}
	}
	for _, row := range table.Rows {
		var cells []figureCell
		for i, cell := range row {
			shown := figureCell{Text: shownCell(cell), Number: i != name}
			if i == name && row[code] != cell {
				shown.Code = shownCell(row[code])
			}
			if i != code {
				cells = append(cells, shown)
			}
		}
		p.Rows = append(p.Rows, cells)
	}
}

// keep carries a value that is no filter through the list's addresses.
func (l *List) keep(name, value string) {
	for _, address := range []*string{&l.Newer, &l.Older} {
		*address = with(*address, name, value)
	}
	for i := range l.Chips {
		l.Chips[i].Without = with(l.Chips[i].Without, name, value)
	}
}

// with adds a value to an address; nothing to none.
func with(address, name, value string) string {
	switch {
	case address == "":
		return ""
	case strings.Contains(address, "?"):
		return address + "&" + name + "=" + value
	default:
		return address + "?" + name + "=" + value
	}
}

// figuresRegion is the region whose figures somebody of a scope sees: the platform's own where nothing bounds him.
func (h *Handler) figuresRegion(scope identity.Scope) string {
	switch {
	case scope.Region != "":
		return scope.Region
	case scope.Everywhere():
		return h.Figures.Root
	default:
		return org.AllRegions
	}
}

// figuresFor is whose figures these are.
func (h *Handler) figuresFor(s *figuresState) string {
	region := s.asked.Scope.Region
	if region == org.AllRegions || !s.unit.None() {
		region = ""
	}
	return h.scopeName(identity.Scope{Region: region, Department: s.unit.Department, Hall: s.unit.Hall})
}

// whole are the figures of all of a scope.
func (h *Handler) whole(ctx context.Context, scope figures.Scope, unit figures.Unit) ([]figure, error) {
	f := h.Figures.Figures
	counts, err := f.UnitTotal(ctx, scope, unit)
	if err != nil {
		return nil, err
	}
	cases, known, err := f.UnitCases(ctx, scope, unit)
	if err != nil {
		return nil, err
	}
	response, told, err := f.UnitResponse(ctx, scope, unit)
	if err != nil {
		return nil, err
	}
	rate := func(n, of int64, rate float64) string {
		if of == 0 {
			return "—"
		}
		return view.Decimal(rate)
	}
	all := []figure{
		{"评价数", view.Whole(counts.Total()), "条"},
		{"平均分", rate(0, counts.Total(), f.Score(counts)), "分"},
		{"好评率", rate(0, counts.Total(), f.GoodRate(counts)), "%"},
		{"差评数", view.Whole(f.Bad(counts)), "条"},
	}
	if told {
		all = append(all,
			figure{"主动评价率", rate(0, response.Completed, response.Rate()), "%"}, figure{"未评率", rate(0, response.Completed, response.UnreviewedRate()), "%"},
			figure{"覆盖率", rate(0, response.Items, response.Coverage()), "%"})
	}
	if known {
		all = append(all,
			figure{"差评整改率", rate(0, cases.Opened, cases.RectifiedRate()), "%"}, figure{"按期整改率", rate(0, cases.Opened, cases.InTimeRate()), "%"},
			figure{"回访率", rate(0, cases.Opened, cases.CalledBackRate()), "%"}, figure{"回访满意率", rate(0, cases.CalledBack, cases.SatisfiedRate()), "%"})
	}
	return all, nil
}

// shownCell is a cell as people read it.
func shownCell(cell any) string {
	switch v := cell.(type) {
	case nil:
		return "—"
	case int64:
		return view.Whole(v)
	case float64:
		return view.Decimal(v)
	default:
		return fmt.Sprint(v)
	}
}
