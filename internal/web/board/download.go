package board

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// format is a form of files.
type format struct {
	name, title, contentType string
	write                    func(f *file) ([]byte, error)
}

var formats = []format{
	{"csv", "CSV", "text/csv; charset=utf-8", (*file).csv},
	{"xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (*file).xlsx},
	{"json", "JSON", "application/json; charset=utf-8", (*file).json},
}

// file is a table with what it is about.
type file struct {
	figures.Table
	region, period, days, entity, channel string
}

// download serves a table of the state as a file.
func (h *Handler) download(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r)
	if err != nil {
		return err
	}
	if err := onlyKnown(values); err != nil {
		return err
	}
	table, form, _ := strings.Cut(r.PathValue("file"), ".")
	known := slices.ContainsFunc(formats, func(f format) bool { return f.name == form })
	if !slices.Contains(figures.TableNames(), table) || !known {
		return fault.NewMissing("没有这个文件，请从效能监督页面下载。")
	}
	s, err := h.parseState(values)
	if err != nil {
		return err
	}
	// What does not change the table must not make it twice.
	s.by, s.fair, s.all, s.embed, s.block = subjects[0].name, false, false, false, ""
	if figures.OfToday(table) {
		s.period = "today"
	}
	d, err := h.cache.get(r.Context(), shown{s, table, form})
	if err != nil {
		return err
	}
	// The name in two forms (RFC 6266): for old programs, and in Chinese (RFC 8187, formerly 5987).
	w.Header().Set("Content-Disposition", `attachment; filename="`+table+"."+form+`"; filename*=UTF-8''`+url.PathEscape(d.name))
	d.kept.Serve(w, r)
	return nil
}

// parameters are those that a state has in an address.
var parameters = []string{"region", "period", "from", "to", "entity", "channel", "by", "rank", "show", "embed", "block"}

// onlyKnown refuses parameters that there are not, for a filter that is misspelt would give a file of all, and those that stand twice. Pages take any, for those who
// count visits add some.
func onlyKnown(values url.Values) error {
	var wrongs []fault.Violation
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(parameters, name):
			wrongs = append(wrongs, fault.Violation{Field: name, Reason: "没有这个参数，应为 region、period、entity、channel"})
		case len(values[name]) > 1:
			wrongs = append(wrongs, fault.Violation{Field: name, Reason: "只能写一次"})
		}
	}
	if len(wrongs) > 0 {
		return fault.NewInvalid(wrongs...)
	}
	return nil
}

// file makes a table of the state into a file.
func (w *work) file(ctx context.Context, name, form string) (*drawn, error) {
	table, err := w.h.Figures.Table(ctx, name, w.scope, w.period)
	if err != nil {
		return nil, err
	}
	f := &file{Table: table, region: w.name(ofRegion, w.region), period: w.period.Title(), days: w.period.Span.Title(), entity: "全部", channel: "全部"}
	if w.state.entity != "" {
		f.entity = w.name(ofEntity, w.state.entity)
	}
	if w.state.channel != "" {
		f.channel = catalog.ChannelName(w.state.channel)
	}
	w.recheck(name, &table)
	period := f.period
	if figures.OfToday(name) { // a file of today is one of that day tomorrow
		period = f.days
	}
	form0 := formats[slices.IndexFunc(formats, func(f format) bool { return f.name == form })]
	body, err := form0.write(f)
	if err != nil {
		return nil, err
	}
	return &drawn{
		kept: respond.Keep(form0.contentType, body), names: w.found,
		name: strings.Join([]string{f.region, table.Title, period}, "-") + "." + form,
	}, nil
}

// recheck remembers the names of those whom a table ranks.
func (w *work) recheck(name string, table *figures.Table) {
	kind, named := map[string]int{"regions": ofRegion, "departments": ofDepartment, "alldepartments": ofDepartment, "halls": ofHall}[name]
	at := table.Column("code")
	if !named || at < 0 {
		return
	}
	for _, row := range table.Rows {
		if code, ok := row[at].(string); ok {
			w.name(kind, code)
		}
	}
}

// about are lines that say what the table is about.
func (f *file) about() [][2]string {
	lines := [][2]string{
		{"区划", f.region}, {"时间", f.period + "（" + f.days + "）"}, {"评价对象", f.entity}, {"渠道", f.channel},
	}
	if f.Note != "" {
		lines = append(lines, [2]string{"说明", f.Note})
	}
	return lines
}

// json is the table with its definitions.
func (f *file) json() ([]byte, error) {
	type column struct {
		Key     string `json:"key"`
		Title   string `json:"title"`
		Formula string `json:"formula"`
		Unit    string `json:"unit"`
	}
	data := struct {
		Title   string           `json:"title"`
		Region  string           `json:"region"`
		Period  string           `json:"period"`
		Days    string           `json:"days"`
		Entity  string           `json:"entity"`
		Channel string           `json:"channel"`
		Columns []column         `json:"columns"`
		Rows    []map[string]any `json:"rows"`
		Note    string           `json:"note"`
	}{f.Title, f.region, f.period, f.days, f.entity, f.channel, []column{}, f.Records(), f.Note}
	for _, c := range f.Columns {
		data.Columns = append(data.Columns, column(c))
	}
	return json.MarshalIndent(data, "", "  ")
}
