package app

import (
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/sheet"
)

// sheets are the pages of the report's workbook: one a table, and one that says how every figure is made.
func (r *monthReport) sheets() []sheet.FiguresPage {
	var pages []sheet.FiguresPage
	definitions := sheet.FiguresPage{Name: "指标口径", Title: "指标口径", Columns: []string{"表", "指标", "单位", "口径"}}
	for _, name := range r.order {
		table := r.tables[name]
		page := sheet.FiguresPage{Name: table.Title, Title: r.name() + " " + table.Title + " " + r.period.Title(), Rows: table.Rows}
		for _, c := range table.Columns {
			page.Columns = append(page.Columns, headOf(c))
			if c.Formula != "" {
				definitions.Rows = append(definitions.Rows, []any{table.Title, c.Title, c.Unit, c.Formula})
			}
		}
		if table.Note != "" {
			page.Notes = []string{table.Note}
		}
		pages = append(pages, page)
	}
	return append(pages, definitions)
}

// headOf is the head of a column, with its unit where that is not understood.
func headOf(c figures.Column) string {
	if c.Unit == "%" {
		return c.Title + "（%）"
	}
	return c.Title
}
