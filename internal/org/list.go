package org

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/sheet"
)

// PageName is the page of a workbook that holds a list of departments, regions or items; without it the first one is read.
const PageName = "名单"

// Fault is what is wrong with one cell of a list.
type Fault struct {
	// Cell is how people call it, such as B7; empty when the whole list is meant.
	Cell string
	// Reason is Chinese, names the column and says what would be right.
	Reason string
	// Field is what of an Entry is meant: code, name, region or former; empty for all of it, and in a list.
	Field string

	row, column int
}

func (f Fault) String() string {
	if f.Cell == "" {
		return f.Reason
	}
	return f.Cell + " " + f.Reason
}

// field is a column of a list.
type field int

const (
	codeField field = iota
	nameField
	regionField
	itemDepartmentField
	formerField
	listFields
)

// heading is what a field is called and what may stand in it.
type heading struct {
	names    []string // the first is ours
	required bool
	most     int // characters
}

// Lists of departments and of regions have the same columns, but a region needs no other one.
var (
	departmentHeadings = map[field]heading{
		codeField:   {names: []string{"编码", "部门编码"}, required: true, most: 50},
		nameField:   {names: []string{"名称", "部门名称"}, required: true, most: 100},
		regionField: {names: []string{"所属区划", "区划", "区划编码"}, required: true, most: 60},
		formerField: {names: []string{"原编码", "原部门编码", "曾用编码"}, most: 500},
	}
	itemHeadings = map[field]heading{
		codeField:           {names: []string{"编码", "事项编码", "实施清单编码"}, required: true, most: 32},
		nameField:           {names: []string{"名称", "事项名称"}, required: true, most: mostItemName},
		itemDepartmentField: {names: []string{"部门编码", "部门"}, required: true, most: 50},
		formerField:         {names: []string{"原编码", "原事项编码", "曾用编码"}, most: 500},
	}
	regionHeadings = map[field]heading{
		codeField:   {names: []string{"编码", "区划编码", "区划代码"}, required: true, most: 12},
		nameField:   {names: []string{"名称", "区划名称"}, required: true, most: 50},
		formerField: {names: []string{"原编码", "原区划编码", "曾用编码"}, most: 500},
	}
)

// ignored are people's own columns, and those that an export adds for them.
var ignored = map[Kind][]string{OfRegion: {"序号", "备注"}, OfDepartment: {"序号", "备注"}, OfItem: {"序号", "备注", "部门名称"}}

// headRows is where the heads are looked for: people put a title above.
const headRows = 10

// line is a row of a list.
type line struct {
	row    int
	code   string
	name   string
	region string
	// department is that of an item.
	department string
	former     []string
}

// list is what a spreadsheet says.
type list struct {
	kind     Kind
	headings map[field]heading
	at       [listFields]int // where each field stands; -1 when it does not
	lines    []*line
	faults   []Fault
	form     bool // a person told it in a form: he knows of no rows
}

// readEntry reads what a form tells under the heads: one row, also where nothing was told.
func readEntry(head sheet.Row, cells []string, kind Kind, gazetteer *Gazetteer) *list {
	l := newList(kind)
	l.form = true
	l.heads([]sheet.Row{head})
	l.lines = append(l.lines, l.line(sheet.Row{Number: 2, Cells: cells}, gazetteer))
	return l
}

func newList(kind Kind) *list {
	l := &list{kind: kind, headings: departmentHeadings}
	switch kind {
	case OfRegion:
		l.headings = regionHeadings
	case OfItem:
		l.headings = itemHeadings
	}
	return l
}

// readList reads the rows of a spreadsheet.
func readList(rows []sheet.Row, kind Kind, gazetteer *Gazetteer) *list {
	l := newList(kind)
	rows, ok := l.heads(rows)
	if !ok {
		return l
	}
	seen := map[string]*line{}
	for _, row := range rows {
		if one := l.line(row, gazetteer); one != nil {
			l.take(one, seen)
		}
	}
	if len(l.lines) == 0 && len(l.faults) == 0 {
		l.faults = append(l.faults, Fault{Reason: "表中没有一行内容，请从表头下面一行开始填写"})
	}
	return l
}

// take adds a line, or joins it with the one before of the same code: each may tell another former code.
func (l *list) take(one *line, seen map[string]*line) {
	first := seen[one.code]
	switch {
	case first == nil || one.code == "":
		seen[one.code] = one
		l.lines = append(l.lines, one)
	case first.name != one.name || first.region != one.region || first.department != one.department || len(one.former) == 0:
		l.wrong(one.row, codeField, "“"+one.code+"”已在第 "+strconv.Itoa(first.row)+" 行；同一编码写几行时，各行应写不同的原编码，其余相同")
	default:
		first.former = append(first.former, one.former...)
	}
}

// heads finds the row of heads and what each means, and gives the rows below it.
func (l *list) heads(rows []sheet.Row) ([]sheet.Row, bool) {
	n := slices.IndexFunc(rows[:min(len(rows), headRows)], func(row sheet.Row) bool {
		return slices.ContainsFunc(row.Cells, func(cell string) bool { return slices.Contains(l.headings[nameField].names, sheet.Head(cell)) })
	})
	if n < 0 {
		l.faults = append(l.faults, Fault{Reason: "找不到表头：前几行里应有一行写着列名 " + l.columns()})
		return nil, false
	}
	for f := range l.at {
		l.at[f] = -1
	}
	for i, cell := range rows[n].Cells {
		head := sheet.Head(cell)
		if head == "" || slices.Contains(ignored[l.kind], head) {
			continue
		}
		f := listFields
		for candidate, h := range l.headings {
			if slices.Contains(h.names, head) {
				f = candidate
			}
		}
		switch {
		case f == listFields:
			l.fault(i, rows[n].Number, "没有“"+cell+"”这一列，列名应为 "+l.columns()+"；不需要的列请删除，或命名为“备注”")
		case l.at[f] >= 0:
			l.fault(i, rows[n].Number, "与 "+sheet.CellName(l.at[f], rows[n].Number)+" 是同一列，请删除一个")
		default:
			l.at[f] = i
		}
	}
	whole := true
	for f := range listFields {
		if h := l.headings[f]; h.required && l.at[f] < 0 {
			l.faults = append(l.faults, Fault{Reason: "缺少“" + h.names[0] + "”这一列", row: rows[n].Number})
			whole = false
		}
	}
	return rows[n+1:], whole
}

// columns are our names of the columns.
func (l *list) columns() string {
	var names []string
	for f := range listFields {
		if h, ok := l.headings[f]; ok {
			names = append(names, h.names[0])
		}
	}
	return strings.Join(names, "、")
}

func (l *list) fault(column, row int, reason string) {
	l.faults = append(l.faults, Fault{Cell: sheet.CellName(column, row), Reason: reason, row: row, column: column})
}

// wrong is a fault of a field of a row.
func (l *list) wrong(row int, f field, reason string) {
	l.fault(l.at[f], row, l.headings[f].names[0]+" "+reason)
}

// line reads a row; nil when there is nothing in it, but for a form's.
func (l *list) line(row sheet.Row, gazetteer *Gazetteer) *line {
	var values [listFields]string
	empty := true
	for f := range listFields {
		if l.at[f] < 0 {
			continue
		}
		text, reason := sheet.Text(row.Cell(l.at[f]), l.headings[f].most, f != nameField)
		empty = empty && text == ""
		values[f] = text
		if reason != "" {
			l.wrong(row.Number, f, reason)
		}
	}
	if empty && !l.form {
		return nil
	}
	for f := range listFields {
		if l.headings[f].required && values[f] == "" {
			l.wrong(row.Number, f, "不能为空")
		}
	}
	one := &line{row: row.Number, name: values[nameField]}
	one.code = l.code(row.Number, codeField, values[codeField], gazetteer.registry)
	for _, former := range strings.FieldsFunc(values[formerField], func(r rune) bool { return strings.ContainsRune("、,;/ ", r) }) {
		one.former = append(one.former, l.code(row.Number, formerField, former, gazetteer.registry))
	}
	if text := values[regionField]; text != "" {
		code, reason := gazetteer.Find(text)
		if reason != "" {
			l.wrong(row.Number, regionField, reason)
		}
		one.region = code
	}
	if text := values[itemDepartmentField]; text != "" {
		one.department = l.department(row.Number, text, gazetteer.registry)
	}
	return one
}

// department is the code of a department that is there.
func (l *list) department(row int, text string, registry *Registry) string {
	d, found := registry.Department(text)
	switch {
	case !found:
		l.wrong(row, itemDepartmentField, "没有部门编码“"+text+"”，请先登记部门，或核对编码")
	case d.Code != text:
		l.wrong(row, itemDepartmentField, "“"+text+"”已并入“"+d.Code+"”，请改写为 "+d.Code)
	}
	return d.Code
}

// code gives a code its form; a region's has 12 digits. What arrived as a region and is none can only be given up.
func (l *list) code(row int, f field, text string, registry *Registry) string {
	if text == "" {
		return text
	}
	if spoiled := Spoiled(text); spoiled != "" {
		l.wrong(row, f, spoiled)
		return text
	}
	if l.kind != OfRegion {
		return text
	}
	code, ok := NormalizeRegion(text)
	if !ok && f == formerField {
		if _, arrived := registry.Region(text); arrived {
			return text
		}
	}
	if !ok {
		l.wrong(row, f, "应为 2 至 12 位数字的区划编码，现为“"+text+"”")
		return text
	}
	return code
}

func compareFaults(a, b Fault) int {
	return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
}
