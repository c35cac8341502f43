package apis

import (
	"context"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// column is a figure of a table with its definition.
type column struct {
	Key     string `json:"key"`
	Title   string `json:"title"`
	Formula string `json:"formula"` // how it is made, in Chinese; empty where a name or a code says all
	Unit    string `json:"unit"`
}

// place is a region.
type place struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// span is a period, with its first and last day yyyymmdd.
type span struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	From  int    `json:"from"`
	To    int    `json:"to"`
}

// table is figures with all that is needed to read them.
type table struct {
	Name    string           `json:"name"`
	Title   string           `json:"title"`
	Region  place            `json:"region"`
	Period  span             `json:"period"`
	Before  *span            `json:"before,omitempty"` // what the period is compared with; nothing of a table of today
	Entity  string           `json:"entity"`
	Channel string           `json:"channel"`
	Columns []column         `json:"columns"`
	Rows    []map[string]any `json:"rows"`
	Total   int              `json:"total"` // rows before the limit
	Note    string           `json:"note"`
}

// table is the route of a public table.
func (h *Handler) table(name string) *v1Route {
	return &v1Route{
		parameters: []string{"region", "period", "entity", "channel", "limit"}, most: mostRows, standard: mostRows,
		data: func(ctx context.Context, q *v1Query) (any, error) {
			period := q.period
			if figures.OfToday(name) {
				var err error
				if period, err = figures.ParsePeriod("today", h.Now()); err != nil {
					return nil, err
				}
			}
			t, err := h.Figures.Table(ctx, name, q.scope, period)
			if err != nil {
				return nil, err
			}
			records := t.Records()
			data := table{
				Name: t.Name, Title: t.Title, Region: h.place(q.scope.Region), Period: spanOf(period),
				Entity: q.scope.Entity, Channel: q.scope.Channel, Columns: columnsOf(&t), Total: len(records), Note: t.Note,
				Rows: records[:min(len(records), q.limit)],
			}
			if !figures.OfToday(name) {
				before := spanOf(period.Before())
				data.Before = &before
			}
			return data, nil
		},
	}
}

func (h *Handler) place(code string) place {
	if code == org.AllRegions {
		return place{code, "全部地区"}
	}
	return place{code, h.Registry.RegionName(code)}
}

func spanOf(p figures.Period) span { return span{p.Name, p.Title(), p.Span.From, p.Span.To} }

func columnsOf(t *figures.Table) []column {
	columns := make([]column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = column(c)
	}
	return columns
}

// definition says what a table holds.
type definition struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Columns []column `json:"columns"`
}

// definitions is the route of how every figure is made, with the settings of this server.
func (h *Handler) definitions() *v1Route {
	return &v1Route{lasting: true, data: func(context.Context, *v1Query) (any, error) {
		all := []definition{}
		for _, t := range h.Figures.Definitions() {
			all = append(all, definition{t.Name, t.Title, columnsOf(&t)})
		}
		return all, nil
	}}
}
