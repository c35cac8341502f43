package console

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

// rejectedView is a rejected row as people see it: masked.
type rejectedView struct {
	SerialNo, Where string
	At              time.Time
	Reasons         []string
	Cells           []Choice // title and content
}

type sourcePage struct {
	Frame
	List
	One       sourceRow
	Cursor    string
	Rows      []rejectedView
	MayChange bool
	Awaited   bool // it will be read again
}

// showSource is GET /console/sources/of/{source}.
func (h *Handler) showSource(w http.ResponseWriter, r *http.Request) error {
	one, err := h.source(r)
	if err != nil {
		return err
	}
	filters := readFilters(r, Filter{Name: "text", Label: "办件编号"})
	pager := readPager(r)
	rows, next, err := h.rejectedPage(r, one.Name, filters.Get("text"), pager)
	if err != nil {
		return err
	}
	page := sourcePage{
		Frame: h.frame(w, r, one.Name), One: one, MayChange: staff(r).May(identity.ChangeSources), Rows: rows,
		List: newList(one.Link, filters, pager, len(rows), next, "没有未收的行。"),
	}
	if staff(r).May(identity.Export) {
		page.exports(one.Link + "/export")
	}
	if one.Pulled {
		if page.Awaited, err = h.Sources.States.AwaitedAgain(r.Context(), one.Name); err != nil {
			return err
		}
		if cursor, known, err := h.Sources.Affairs.Reached(r.Context(), one.Name); err != nil {
			return err
		} else if known {
			page.Cursor = cursor.Value
		}
	}
	return h.write(w, http.StatusOK, "source", page)
}

// errEnough ends a reading that has found enough.
var errEnough = errors.New("enough")

// seenRejected is how many rejected rows one page looks through for those that somebody may see.
const seenRejected = 5000

// rejectedPage reads a page of the rejected rows that who asks may see.
func (h *Handler) rejectedPage(r *http.Request, source, text string, pager Pager) (rows []rejectedView, next string, err error) {
	seen, last := 0, ""
	err = h.Sources.Affairs.RejectedAfter(r.Context(), source, keyOfPage(pager.After), func(row affair.RejectedRow) error {
		if len(rows) == PageSize || seen == seenRejected {
			next = pageOfKey(last)
			return errEnough
		}
		seen++
		last = row.Key
		if h.seesRejected(staff(r), &row) && (text == "" || strings.HasPrefix(row.SerialNo, text)) {
			rows = append(rows, viewRejected(&row))
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return rows, next, err
}

// seesRejected says whether a rejected row is in somebody's scope: by the region that it names, or its department's. One that
// is nowhere is for who sees everything.
func (h *Handler) seesRejected(of *identity.Staff, row *affair.RejectedRow) bool {
	if of.Seat == "" {
		return true
	}
	var region, department string
	for i, title := range row.Columns {
		if f := affair.FieldByTitle(title); f != nil && i < len(row.Cells) {
			switch f.Name {
			case "regionCode":
				region, _ = org.NormalizeRegion(row.Cells[i])
			case "departmentCode":
				department = row.Cells[i]
			}
		}
	}
	if d, ok := h.Registry.Department(department); ok && region == "" {
		region = d.RegionCode
	}
	return region != "" && seesRegion(of, region)
}

func viewRejected(row *affair.RejectedRow) rejectedView {
	v := rejectedView{SerialNo: row.SerialNo, Where: row.Where, At: row.At}
	for _, violation := range row.Violations {
		title := ""
		if f := affair.FieldByTitle(violation.Field); f != nil {
			title = f.Title + " "
		}
		v.Reasons = append(v.Reasons, title+violation.Reason)
	}
	for i, title := range row.Columns {
		if i < len(row.Cells) && row.Cells[i] != "" {
			v.Cells = append(v.Cells, Choice{titleName(title), affair.MaskCell(title, row.Cells[i])})
		}
	}
	return v
}

func titleName(title string) string {
	if f := affair.FieldByTitle(title); f != nil {
		return f.Title
	}
	return title
}

// mostKey is the most bytes of a row's key that an address takes; of a longer one the beginning serves.
const mostKey = 74

func pageOfKey(key string) string {
	for len(key) > mostKey || !utf8.ValidString(key) {
		key = key[:min(mostKey, len(key)-1)]
	}
	return base64.RawURLEncoding.EncodeToString([]byte(key))
}

func keyOfPage(text string) string {
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !utf8.Valid(key) || strings.ContainsRune(string(key), 0) {
		return ""
	}
	return string(key)
}

// exportRejected is GET /console/sources/of/{source}/export?format=. It is masked as on the screen; who has to put rows right
// takes them from their source.
func (h *Handler) exportRejected(w http.ResponseWriter, r *http.Request) error {
	if !staff(r).May(identity.SeeSources) {
		return errForbidden
	}
	one, err := h.source(r)
	if err != nil {
		return err
	}
	text := readFilters(r, Filter{Name: "text", Label: "办件编号"}).Get("text")
	columns := []string{"未收原因", "位置", "最近一次"}
	fields := affair.Fields()
	for i := range fields {
		columns = append(columns, fields[i].MaskedTitle())
	}
	return h.export(w, r, "未收办件", columns, func(yield func([]string) error) error {
		return h.Sources.Affairs.RejectedAfter(r.Context(), one.Name, "", func(row affair.RejectedRow) error {
			if !h.seesRejected(staff(r), &row) || !strings.HasPrefix(row.SerialNo, text) {
				return nil
			}
			v := viewRejected(&row)
			cells := []string{strings.Join(v.Reasons, "；"), v.Where, view.Moment(v.At)}
			for i := range fields {
				cell := ""
				for _, c := range v.Cells {
					if c.Value == fields[i].Title {
						cell = c.Text
					}
				}
				cells = append(cells, cell)
			}
			return yield(cells)
		})
	})
}
