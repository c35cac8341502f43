package app

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

// Columns that an exported list of rejected rows has beside its own. An import reads columnCorrects and passes over the others.
const (
	columnReason   = "未收原因"
	columnSource   = "来源"
	columnWhere    = "位置"
	columnCorrects = "未收编号"
)

// pageOfAffairs is the page of a workbook that is read when it has one of that name.
const pageOfAffairs = "已办事项"

// affairList is a file of completed affairs, its first row read.
type affairList struct {
	*sheet.Stream
	reader   *affair.Reader
	name     string
	columns  []string
	fields   []*affair.Field // of the columns; nil where one means nothing
	corrects int             // the column of that name; -1 without one
	ignored  []string
}

func openAffairs(file string) (*affairList, error) {
	stream, err := sheet.Open(file, pageOfAffairs, sheet.Long())
	if err != nil {
		return nil, err
	}
	l := &affairList{Stream: stream, name: filepath.Base(file)}
	if err := l.head(); err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	return l, nil
}

// head reads the columns' titles.
func (l *affairList) head() error {
	row, err := l.Next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s 是空的：首行应为列名", l.name)
	case err != nil:
		return err
	case row.Fault != "":
		return fmt.Errorf("%s：%s", l.name, row.Fault)
	}
	l.columns = row.Cells
	if l.reader, err = affair.NewReader(l.columns); err != nil {
		return fmt.Errorf("%s 的首行：%w", l.name, err)
	}
	for _, column := range l.columns {
		l.fields = append(l.fields, affair.FieldByTitle(column))
	}
	l.corrects = slices.Index(l.columns, columnCorrects)
	own := []string{columnReason, columnSource, columnWhere, columnCorrects}
	l.ignored = slices.DeleteFunc(slices.Clone(l.reader.Unknown), func(column string) bool { return slices.Contains(own, column) })
	return nil
}

// row judges a row by itself.
func (l *affairList) row(row sheet.Row) affair.Row {
	r := affair.Row{Where: fmt.Sprintf("%s 第 %d 行", l.name, row.Number), Cells: row.Cells, Corrects: row.Cell(l.corrects)}
	if row.Fault != "" {
		r.Violations = []fault.Violation{{Field: wholeRow, Reason: row.Fault}}
		// Its cells are unknown; what stands behind the last column tells it from others of its kind.
		r.Cells = append(make([]string, len(l.columns)), r.Where)
		return r
	}
	for i, cell := range row.Cells[:min(len(row.Cells), len(l.fields))] {
		if l.Workbook && l.fields[i] != nil && l.fields[i].IsTime() {
			row.Cells[i] = workbookMoment(cell)
		}
	}
	r.Affair, r.Violations = l.reader.Read(row.Cells)
	if len(row.Cells) > len(l.columns) {
		r.Violations = append(r.Violations, fault.Violation{
			Field: wholeRow, Reason: fmt.Sprintf("有 %d 格，而首行只有 %d 列；可能某格中的逗号没有加引号", len(row.Cells), len(l.columns)),
		})
	}
	for i, cell := range row.Cells[:min(len(row.Cells), len(l.fields))] {
		if reason := spoiled(l.fields[i], cell); reason != "" {
			r.Violations = append(r.Violations, fault.Violation{Field: l.fields[i].Name, Reason: reason})
		}
	}
	return r
}

// wholeRow is the field of a fault that no one cell has.
const wholeRow = "row"

// unreadable stands for what could not be read as text.
const unreadable = string(utf8.RuneError)

var scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?[Ee]\+?[0-9]{1,2}$`)

// spoiled tells what spreadsheet programs and other encodings do to a cell.
func spoiled(f *affair.Field, cell string) string {
	switch {
	case f == nil:
	case strings.Contains(cell, unreadable):
		return "含有无法识别的字符，编码可能与其余各行不同"
	case len(cell) <= 24 && !f.IsTime() && !f.IsNumber() && strings.ContainsAny(cell, "eE") && scientific.MatchString(cell):
		return "被表格软件变成了 " + cell + "，位数已丢失；请从源系统重新导出，并把这一列设为文本"
	}
	return ""
}

// workbookEpoch is day 0 of a workbook's dates, which counts a 29 February 1900 that never was.
var workbookEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, beijing.Zone)

var workbookNumber = regexp.MustCompile(`^[0-9]{5}(\.[0-9]+)?$`)

// workbookMoment writes the number of days that a workbook has for a date as a date; anything else stays.
func workbookMoment(cell string) string {
	if !workbookNumber.MatchString(cell) {
		return cell
	}
	days, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return cell
	}
	return beijing.FormatSecond(workbookEpoch.Add(time.Duration(days * float64(24*time.Hour))).Round(time.Second))
}

// place says where a field stands, for people.
func (l *affairList) place(field string) string {
	for i, f := range l.fields {
		if f != nil && f.Name == field {
			return fmt.Sprintf("%s 列（%s）", sheet.ColumnName(i), l.columns[i])
		}
	}
	return ""
}
