package venue

import (
	"cmp"
	"slices"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

// Fault is what is wrong with one cell.
type Fault struct {
	// Cell is how people call it, such as B7; empty when the whole list is meant.
	Cell string
	// Reason is Chinese, names the column and says what would be right.
	Reason string

	row, column int
}

func (f Fault) String() string {
	if f.Cell == "" {
		return f.Reason
	}
	return f.Cell + " " + f.Reason
}

// list is what a spreadsheet says: halls, windows and officers in the order of their first rows.
type list struct {
	halls    []*entry
	windows  []*entry
	officers []*entry
	faults   []Fault
	at       [fields]int // where each field stands; -1 when it does not
}

// entry is a hall, a window or an officer as its first row, and those after it, say.
type entry struct {
	row    int
	values [fields]string
	hall   *entry // of a window or an officer
	window *entry // of an officer who has one
}

func (e *entry) region() string { return e.values[region] }

// headRows is where the heads are looked for: people put a title above.
const headRows = 10

var (
	hallFields    = []field{region, level, hallName, address, telephone, hours, hallCode}
	windowFields  = []field{departmentName, departmentCode, windowNumber, windowName, windowCode}
	officerFields = []field{workNo, officerName}
)

// reading reads the rows of a spreadsheet one by one.
type reading struct {
	list
	places   *places
	seen     map[string]*entry // halls by region and name, windows by hall and number, officers by hall and work number
	last     *entry            // the hall of the row before
	window   *entry            // the window of the row before
	row      sheet.Row
	values   [fields]string
	spoiled  [fields]bool
	hallKeys map[*entry]string
}

func read(rows []sheet.Row, registry *org.Registry) *list {
	r := &reading{places: newPlaces(registry), seen: map[string]*entry{}, hallKeys: map[*entry]string{}}
	rows, ok := r.heads(rows)
	if ok {
		for _, row := range rows {
			r.line(row)
		}
		if len(r.halls) == 0 && len(r.faults) == 0 {
			r.faults = append(r.faults, Fault{Reason: "表中没有一个大厅，请从表头下面一行开始填写"})
		}
	}
	slices.SortStableFunc(r.faults, compareFaults)
	return &r.list
}

func compareFaults(a, b Fault) int {
	return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
}

// heads finds the row of heads and what each means, and gives the rows below it.
func (r *reading) heads(rows []sheet.Row) ([]sheet.Row, bool) {
	n := slices.IndexFunc(rows[:min(len(rows), headRows)], func(row sheet.Row) bool {
		return slices.ContainsFunc(row.Cells, func(cell string) bool { f, ok := fieldOf(sheet.Head(cell)); return ok && f == hallName })
	})
	if n < 0 {
		r.faults = append(r.faults, Fault{Reason: "找不到表头：前几行里应有一行写着列名 区划、层级、大厅名称……，请用模板填写"})
		return nil, false
	}
	for f := range fields {
		r.at[f] = -1
	}
	r.row = rows[n]
	for i, cell := range r.row.Cells {
		head := sheet.Head(cell)
		if head == "" || slices.Contains(ignored, head) {
			continue
		}
		f, ok := fieldOf(head)
		switch {
		case !ok:
			r.fault(i, "没有“"+cell+"”这一列；请改为模板中的列名，不需要的列请删除，或命名为“备注”")
		case r.at[f] >= 0:
			r.fault(i, "与 "+sheet.CellName(r.at[f], r.row.Number)+" 是同一列，请删除一个")
		default:
			r.at[f] = i
		}
	}
	whole := true
	for f := range fields {
		if r.at[f] < 0 && columns[f].required && (slices.Contains(hallFields, f) || r.near(f)) {
			r.faults = append(r.faults, Fault{Reason: "缺少“" + columns[f].name + "”这一列", row: r.row.Number})
			whole = false
		}
	}
	return rows[n+1:], whole
}

// near says whether another column of the same kind as f is there: a list may do without windows or officers, but not
// have half of them.
func (r *reading) near(f field) bool {
	for _, kind := range [][]field{windowFields, officerFields} {
		if slices.Contains(kind, f) {
			return slices.ContainsFunc(kind, func(g field) bool { return r.at[g] >= 0 && g != windowCode })
		}
	}
	return false
}

func (r *reading) fault(column int, reason string) {
	r.faults = append(r.faults, Fault{
		Cell: sheet.CellName(column, r.row.Number), Reason: reason, row: r.row.Number, column: column,
	})
}

// wrong is a fault of a field of the row.
func (r *reading) wrong(f field, reason string) {
	r.spoiled[f] = true
	r.fault(r.at[f], columns[f].name+" "+reason)
}

func (r *reading) cell(f field, row int) string { return sheet.CellName(r.at[f], row) }

// line reads a row: a hall, or none where it is that of the row above; then a window, an officer, or both.
func (r *reading) line(row sheet.Row) {
	r.row, r.values, r.spoiled = row, [fields]string{}, [fields]bool{}
	for f := range fields {
		if r.at[f] < 0 {
			continue
		}
		text, reason := columns[f].read(row.Cell(r.at[f]))
		r.values[f] = text
		if reason != "" {
			r.wrong(f, reason)
		}
	}
	if r.empty(hallFields) && r.empty(windowFields) && r.empty(officerFields) {
		return
	}
	begun := len(r.halls) + len(r.windows) + len(r.officers)
	before := len(r.faults)
	above := r.empty(hallFields)
	hall := r.hall()
	if hall == nil {
		return
	}
	window := r.windowOf(hall, above)
	r.officerOf(hall, window)
	if len(r.halls)+len(r.windows)+len(r.officers) == begun && len(r.faults) == before {
		r.wrong(hallName, "这一行与前面的行重复，请删除")
	}
	r.last, r.window = hall, window
}

func (r *reading) empty(of []field) bool {
	return !slices.ContainsFunc(of, func(f field) bool { return r.values[f] != "" })
}

// hall is the hall of the row; nil when the row has none and none stands above.
func (r *reading) hall() *entry {
	if r.empty(hallFields) {
		if r.last == nil {
			r.wrong(hallName, "不能为空")
		}
		return r.last
	}
	code := ""
	if text := r.values[region]; text != "" && !r.spoiled[region] {
		var reason string
		if code, reason = r.places.Find(text); reason != "" {
			r.wrong(region, reason)
		} else {
			r.values[region] = code
		}
	}
	key := "h\x00" + r.values[region] + "\x00" + r.values[hallName]
	first := r.seen[key]
	if first == nil || r.values[hallName] == "" {
		hall := &entry{row: r.row.Number, values: r.values}
		r.demand(hallFields)
		if code != "" && !r.spoiled[level] && r.values[level] != "" {
			if reason := r.places.fits(code, r.values[level]); reason != "" {
				r.wrong(region, reason)
			}
		}
		r.seen[key], r.hallKeys[hall] = hall, key
		r.halls = append(r.halls, hall)
		return hall
	}
	r.agree(first, hallFields, "同一大厅应相同")
	return first
}

// demand faults what is empty and must not be.
func (r *reading) demand(of []field) {
	for _, f := range of {
		if columns[f].required && r.values[f] == "" && r.at[f] >= 0 {
			r.wrong(f, "不能为空")
		}
	}
}

// agree faults what differs from what an earlier row says of the same thing. What is empty differs from nothing.
func (r *reading) agree(first *entry, of []field, rule string) {
	for _, f := range of {
		if r.values[f] != "" && !r.spoiled[f] && r.values[f] != first.values[f] {
			if first.values[f] == "" {
				r.wrong(f, "与 "+r.cell(f, first.row)+"（空）不一致，"+rule)
				continue
			}
			r.wrong(f, "与 "+r.cell(f, first.row)+" 的“"+first.values[f]+"”不一致，"+rule)
		}
	}
}

// windowOf is the window of the row. A row of nothing but an officer is of the window above.
func (r *reading) windowOf(hall *entry, above bool) *entry {
	if r.empty(windowFields) {
		if above && !r.empty(officerFields) {
			return r.window
		}
		return nil
	}
	key := "w" + r.hallKeys[hall] + "\x00" + r.values[windowNumber]
	first := r.seen[key]
	if first == nil || r.values[windowNumber] == "" {
		window := &entry{row: r.row.Number, values: r.values, hall: hall}
		r.demand(windowFields)
		r.seen[key] = window
		r.windows = append(r.windows, window)
		return window
	}
	r.agree(first, windowFields, "同一大厅内的窗口号不能重复，同一窗口的各行应相同")
	return first
}

// officerOf reads the officer of the row.
func (r *reading) officerOf(hall, window *entry) {
	if r.empty(officerFields) {
		return
	}
	key := "o" + r.hallKeys[hall] + "\x00" + r.values[workNo]
	first := r.seen[key]
	if first == nil || r.values[workNo] == "" {
		r.demand(officerFields)
		officer := &entry{row: r.row.Number, values: r.values, hall: hall, window: window}
		r.seen[key] = officer
		r.officers = append(r.officers, officer)
		return
	}
	switch {
	case r.values[officerName] != first.values[officerName]:
		r.agree(first, officerFields, "同一大厅内的工号不能重复")
	case window != first.window && !r.spoiled[workNo]:
		r.wrong(workNo, "已在 "+r.cell(workNo, first.row)+" 登记在另一窗口；轮岗人员请只写一行，并把窗口各列留空")
	}
}
