package console

import (
	"context"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrator"
)

// ownPages is what people are told where no app stands behind a review.
const ownPages = "系统自己的评价页面"

// appCode is an app's code as people read it.
func appCode(code string) string {
	if code == integrator.Pages {
		return ownPages
	}
	return code
}

// appNames are what codes of apps are called; who has no name is not in it.
func (h *Handler) appNames(ctx context.Context) (map[string]string, error) {
	apps, err := h.Reviews.Apps(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{integrator.Pages: ownPages}
	for _, a := range apps {
		if a.Name != "" {
			names[a.Code] = a.Name
		}
	}
	return names, nil
}

// supervisedTable is a table of figures; those of apps, of which figures know the codes, with the names that people know.
func (h *Handler) supervisedTable(ctx context.Context, asked figures.Supervised) (table figures.Table, all int, err error) {
	table, all, err = h.Figures.Figures.SupervisedTable(ctx, asked)
	if err != nil || asked.Name != "apps" && asked.Name != "responseapps" {
		return table, all, err
	}
	names, err := h.appNames(ctx)
	if err != nil {
		return figures.Table{}, 0, err
	}
	code, name := table.Column("code"), table.Column("name")
	for _, row := range table.Rows {
		if called, ok := names[shownCell(row[code])]; ok {
			row[name] = called
		}
	}
	return table, all, nil
}
