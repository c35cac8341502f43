package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/klauspost/compress/gzhttp"
)

// Formats of exports, in the address.
const (
	formatName = "format"
	csvFormat  = "csv"
	xlsxFormat = "xlsx"
)

// exportPiece is how many rows are read at once where a list bounds them no further.
const exportPiece = 200

// maxExport is the most rows of an export.
const maxExport = 1_000_000

const (
	// exportPatience is how long the next piece of an export, some 300 KB, may take to be read by the browser.
	exportPatience = 2 * time.Minute
	// exportLongest is how long all of it may take: a reader who is always just quick enough must not hold a place for days. Nobody
	// holds a transaction meanwhile, for pieces are read one by one.
	exportLongest = 2 * time.Hour
)

// export streams rows as CSV or XLSX, as the address says. each gives the rows to yield one after the other until there are no
// more or yield gives an error, which each gives back. What fails before the first byte is an answer of its own; later the
// connection is broken off, so that nobody takes half a file for a whole one. The audit log
// notes that it was asked for, and by which filters.
func (h *Handler) export(w http.ResponseWriter, r *http.Request, name string, columns []string, each func(yield func(row []string) error) error) error {
	format := r.URL.Query().Get(formatName)
	if format != csvFormat && format != xlsxFormat {
		return fault.NewInvalidPage("请选择导出 CSV 或 XLSX")
	}
	entry := audit.Entry{Action: "export", Object: "export:" + r.URL.Path, After: filtersTold(r)}
	if err := h.Audit.Note(r.Context(), entry); err != nil {
		return fmt.Errorf("note an export: %w", err)
	}
	file := fmt.Sprintf("%s-%d.%s", name, beijing.Day(h.Now()), format)
	to := &exporting{ResponseWriter: w, control: http.NewResponseController(w), file: file, format: format, end: time.Now().Add(exportLongest)}
	rows, err := sheet.NewRows(to, format == xlsxFormat, name, columns)
	if err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	state := h.exporting.begin(r, h.Now())
	defer func() { // also when a page panics
		if state.ended.IsZero() {
			h.exporting.end(state, h.Now(), true, "导出中断了，没有得到完整的文件，请重试。")
		}
	}()
	err = each(func(row []string) error {
		n := state.rows.Load()
		if n >= maxExport {
			return fault.NewConflict("超过一百万行，请缩小条件后分几次导出")
		}
		if n%1000 == 0 {
			if err := r.Context().Err(); err != nil {
				return err
			}
			to.patience()
		}
		state.rows.Add(1)
		return rows.Write(row)
	})
	if err == nil {
		to.patience()
		err = rows.Close()
	}
	if err == nil {
		h.exporting.end(state, h.Now(), false, "")
		return nil
	}
	var told *fault.Error
	if errors.As(err, &told) {
		h.exporting.end(state, h.Now(), true, sentence(told))
	}
	if !to.begun {
		return err
	}
	h.Log.Warn("an export ended early", "export", name, "rows", state.rows.Load(), "error", err)
	panic(http.ErrAbortHandler)
}

// filtersTold are an export's filters for the audit log; of what was typed, which may be personal, only that it was.
func filtersTold(r *http.Request) string {
	var told []string
	query := r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name == progressName {
			continue
		}
		value := query.Get(name)
		if strings.ContainsFunc(value, func(c rune) bool { return c > unicode.MaxASCII }) || name == "text" {
			value = "…"
		}
		told = append(told, name+"="+value)
	}
	return strings.Join(told, " ")
}

// exporting sends the headers with the first byte.
type exporting struct {
	http.ResponseWriter
	control      *http.ResponseController
	file, format string
	begun        bool
	end          time.Time
}

// patience lets the next piece take its time, as long as all of it does not take for ever.
func (e *exporting) patience() {
	until := time.Now().Add(exportPatience)
	if until.After(e.end) {
		until = e.end
	}
	_ = e.control.SetWriteDeadline(until) // where that can't be set there is none
}

// Write implements io.Writer.
func (e *exporting) Write(text []byte) (int, error) {
	if !e.begun {
		e.begun = true
		e.patience()
		kind := "text/csv; charset=utf-8"
		if e.format == xlsxFormat {
			kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		}
		header := e.Header()
		if e.format == xlsxFormat {
			header.Set(gzhttp.HeaderNoCompression, "packed already") // it is taken away again
		}
		header.Set("Content-Type", kind)
		header.Set("Content-Disposition", "attachment; filename=export."+e.format+"; filename*=UTF-8''"+url.PathEscape(e.file))
		header.Set("X-Content-Type-Options", "nosniff")
	}
	return e.ResponseWriter.Write(text)
}
