package figures

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
)

// Column is a figure of a table with its definition: Formula says in Chinese how it is made, Unit is 条, 件, 分, % or empty.
type Column struct{ Key, Title, Formula, Unit string }

// Table is figures as they are shown, downloaded and reported. Cells are string, int64, float64, or nil where there is
// nothing to make a figure of.
type Table struct {
	Name, Title string
	Columns     []Column
	Rows        [][]any
	Note        string
	// Apart is the part of Note that says what of the whole is in none of the rows; empty where nothing is missing.
	Apart string
}

// filled is what a table is filled with.
type filled struct {
	rows        [][]any
	note, apart string
}

// plan is how a public table is made: its columns, and from where its rows come.
type plan struct {
	name, title string
	columns     func(s *Service) []Column
	fill        func(s *Service, ctx context.Context, scope Scope, period Period) (filled, error)
}

// plans are all public tables.
func plans() []plan {
	ranked := func(name, title string, subject Subject, of string) plan {
		return plan{
			name, title, func(s *Service) []Column { return s.rankingColumns(of) },
			func(s *Service, ctx context.Context, scope Scope, period Period) (filled, error) {
				return s.rankingRows(ctx, subject, scope, period)
			},
		}
	}
	return []plan{
		{"summary", "总体情况", (*Service).summaryColumns, (*Service).summaryRows},
		ranked("regions", "地区排名", Regions, "地区"),
		ranked("departments", "本级部门排名", Departments, "部门"),
		ranked("alldepartments", "部门排名（含下级）", AllDepartments, "部门"),
		ranked("halls", "大厅排名", Halls, "大厅"),
		{"entities", "按评价对象", func(s *Service) []Column { return s.shareColumns("评价对象") }, (*Service).entityRows},
		{"channels", "按渠道", func(s *Service) []Column { return s.shareColumns("渠道") }, (*Service).channelRows},
		{"stars", "按星级", (*Service).starColumns, (*Service).starRows},
		{"praised", "好评集中在", func(s *Service) []Column { return s.tagColumns(true) }, tagRows(true)},
		{"complained", "差评集中在", func(s *Service) []Column { return s.tagColumns(false) }, tagRows(false)},
		{"trend", "变化趋势", (*Service).trendColumns, (*Service).trendRows},
		{"hours", "今天各小时", (*Service).hourColumns, (*Service).hourRows},
		{"response", "主动评价率", (*Service).responseColumns, (*Service).responseRows},
	}
}

// OfToday says that a table is of today whatever the period, and is compared with nothing.
func OfToday(table string) bool { return table == "hours" }

// TableNames are the names of all public tables.
func TableNames() (names []string) {
	for _, p := range plans() {
		names = append(names, p.name)
	}
	return names
}

// Definitions are all public tables without rows: what there is, and how every figure is made.
func (s *Service) Definitions() (tables []Table) {
	for _, p := range plans() {
		tables = append(tables, Table{Name: p.name, Title: p.title, Columns: p.columns(s)})
	}
	return tables
}

// Table makes a public table of a scope in a period; the scope's own days are passed over.
func (s *Service) Table(ctx context.Context, name string, scope Scope, period Period) (Table, error) {
	all := plans()
	i := slices.IndexFunc(all, func(p plan) bool { return p.name == name })
	if i < 0 {
		return Table{}, fault.NewMissing("没有这个统计表，应为 " + strings.Join(TableNames(), "、"))
	}
	scope.Span = period.Span
	with, err := all[i].fill(s, ctx, scope, period)
	if err != nil {
		return Table{}, fmt.Errorf("table %s: %w", name, err)
	}
	table := Table{Name: name, Title: all[i].title, Columns: all[i].columns(s)}
	table.fill(with, "这段时间没有评价。")
	return table, nil
}

// fill gives a table its rows, and the words that stand there when there are none.
func (t *Table) fill(with filled, nothing string) {
	t.Rows, t.Apart = with.rows, with.apart
	if t.Note = with.note + with.apart; t.Note == "" && len(t.Rows) == 0 {
		t.Note = nothing
	}
}

// Records are the rows by the keys of their columns.
func (t *Table) Records() []map[string]any {
	records := make([]map[string]any, len(t.Rows))
	for i, row := range t.Rows {
		records[i] = make(map[string]any, len(row))
		for n, cell := range row {
			records[i][t.Columns[n].Key] = cell
		}
	}
	return records
}

// Column finds a column by its key; -1 when there is none.
func (t *Table) Column(key string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key })
}
