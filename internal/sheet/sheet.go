// Package sheet reads the spreadsheets that people fill in, xlsx and csv, and writes those that they are given. It knows
// nothing of what they mean. What it reads comes from outside: it is bounded in every direction.
package sheet

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/haochaping/haochaping/internal/fault"
)

// Row is a row that holds anything.
type Row struct {
	// Number is the row's number as the person sees it, from 1.
	Number int
	// Cells are trimmed; the empty ones at the end are left out.
	Cells []string
	// Fault says why a row of a stream could not be taken apart; it has no cells then.
	Fault string
}

// Cell is a cell by its column, from 0; empty when the row does not reach that far.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// CellName is how people call a cell: B7 for column 1 of row 7.
func CellName(column, row int) string {
	return ColumnName(column) + strconv.Itoa(row)
}

// ColumnName is how people call a column, from 0: A, B, ... Z, AA.
func ColumnName(column int) string {
	if column < 0 {
		return ""
	}
	return ColumnName(column/26-1) + string(rune('A'+column%26))
}

// Limits bound what is read.
type Limits struct {
	Bytes    int64 // of the file
	Unzipped int64 // of everything in an xlsx, so that a small file can't be a bomb
	Rows     int   // that hold anything
	Columns  int
}

// Usual are limits that no honest list of a province's halls comes near to.
func Usual() Limits {
	return Limits{Bytes: 32 << 20, Unzipped: 512 << 20, Rows: 200_000, Columns: 64}
}

// collector gathers rows within limits.
type collector struct {
	limits Limits
	rows   []Row
	seen   int // cells, empty ones too
}

// cellsPerRow is how many cells a row may hold on average before the limit of columns is taken off: bounds the time that
// empty cells can cost.
const cellsPerRow = 1 << 10

func (c *collector) add(number int, cells []string) error {
	if c.seen += len(cells); c.seen > cellsPerRow*max(c.limits.Rows, 1) {
		return refuse("表格里空白单元格太多，请把数据复制到新的表格中再导入")
	}
	for i, cell := range cells {
		cells[i] = trim(cell)
	}
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	switch {
	case len(cells) == 0:
		return nil
	case len(cells) > c.limits.Columns:
		return refuse("%s 有内容，超出了 %d 列的上限，请删除多余的列", CellName(len(cells)-1, number), c.limits.Columns)
	case len(c.rows) == c.limits.Rows:
		return refuse("超过了 %d 行的上限，请分成几个文件导入", c.limits.Rows)
	}
	c.rows = append(c.rows, Row{Number: number, Cells: cells})
	return nil
}

// trim cuts white space at both ends, and what can't be seen.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

func refuse(format string, arguments ...any) error {
	return &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf(format, arguments...)}
}
