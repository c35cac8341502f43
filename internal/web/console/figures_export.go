package console

import (
	"fmt"
	"net/http"
	"strconv"
)

// exportFigures is GET /console/figures/export?format=: the whole table with its units.
func (h *Handler) exportFigures(w http.ResponseWriter, r *http.Request) error {
	s, err := h.figuresOf(r)
	if err != nil {
		return err
	}
	if s.wrong != nil {
		return s.wrong
	}
	table, _, err := h.supervisedTable(r.Context(), s.asked)
	if err != nil {
		return err
	}
	var columns []string
	for _, c := range table.Columns {
		if c.Unit != "" {
			c.Title += "（" + c.Unit + "）"
		}
		columns = append(columns, c.Title)
	}
	return h.export(w, r, "统计排名-"+table.Title, columns, func(yield func([]string) error) error {
		for _, row := range table.Rows {
			cells := make([]string, len(row))
			for i, cell := range row {
				cells[i] = exportedCell(cell)
			}
			if err := yield(cells); err != nil {
				return err
			}
		}
		return nil
	})
}

// exportedCell is a cell as programs read it.
func exportedCell(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
