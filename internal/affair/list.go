package affair

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

// Columns that an exported list of rejected rows has beside its own. An import reads ColumnCorrects and passes over the others.
const (
	ColumnReason   = "未收原因"
	ColumnSource   = "来源"
	ColumnWhere    = "位置"
	ColumnCorrects = "未收编号"
)

// pageOfAffairs is the page of a workbook that is read when it has one of that name.
const pageOfAffairs = "已办事项"

// List is a file of completed affairs, its first row read.
type List struct {
	*sheet.Stream
	reader   *Reader
	name     string
	columns  []string
	fields   []*Field // of the columns; nil where one means nothing
	corrects int      // the column of that name; -1 without one
	// Ignored are columns that mean nothing to us.
	Ignored []string
}

// OpenList opens a list by its file's name. Close it.
func OpenList(file string) (*List, error) {
	stream, err := sheet.Open(file, pageOfAffairs, sheet.Long())
	if err != nil {
		return nil, err
	}
	return newList(stream, filepath.Base(file))
}

// ReadList opens a list that was sent to us, by its content and the name that people know it by. Close it.
func ReadList(name string, data []byte) (*List, error) {
	stream, err := sheet.OpenData(name, data, pageOfAffairs, sheet.Sent())
	if err != nil {
		return nil, err
	}
	return newList(stream, name)
}

func newList(stream *sheet.Stream, name string) (*List, error) {
	l := &List{Stream: stream, name: name}
	if err := l.head(); err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	return l, nil
}

// head reads the columns' titles.
func (l *List) head() error {
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
	if l.reader, err = NewReader(l.columns); err != nil {
		return errors.Join(fmt.Errorf("%s 的首行：%w", l.name, err), l.lower())
	}
	for _, column := range l.columns {
		l.fields = append(l.fields, FieldByTitle(column))
	}
	l.corrects = slices.Index(l.columns, ColumnCorrects)
	own := []string{ColumnReason, ColumnSource, ColumnWhere, ColumnCorrects}
	l.Ignored = slices.DeleteFunc(slices.Clone(l.reader.Unknown), func(column string) bool { return slices.Contains(own, column) })
	return nil
}

// Lacking are the titles of what the list has no column of, one of which a column that was ignored may mean.
func (l *List) Lacking() (titles []string) {
	for i := range fields {
		if !slices.Contains(l.fields, &fields[i]) {
			titles = append(titles, fields[i].Title)
		}
	}
	return titles
}

// headRows is how many rows are looked at for titles that stand below a heading.
const headRows = 10

// lower says that the titles stand in another row than the first; nil when none of the next ones has them.
func (l *List) lower() error {
	for range headRows {
		row, err := l.Next()
		if err != nil {
			return nil //nolint:nilerr // the first row's fault is told
		}
		if _, err := NewReader(row.Cells); err == nil {
			return fmt.Errorf("列名在第 %d 行：请删去它上面的各行，让列名成为首行", row.Number)
		}
	}
	return nil
}

// row judges a row by itself.
func (l *List) row(row sheet.Row) Row {
	r := Row{Where: fmt.Sprintf("%s 第 %d 行", l.name, row.Number), Cells: row.Cells, Corrects: row.Cell(l.corrects)}
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
func spoiled(f *Field, cell string) string {
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

// Place says where a field stands, for people.
func (l *List) Place(field string) string {
	for i, f := range l.fields {
		if f != nil && f.Name == field {
			return fmt.Sprintf("%s 列（%s）", sheet.ColumnName(i), l.columns[i])
		}
	}
	return ""
}

// Batches reads the list batch by batch.
func (l *List) Batches(source string) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for {
			batch := Batch{Source: source, Columns: l.columns, Rows: make([]Row, 0, MaxBatch)}
			var end error
			for len(batch.Rows) < MaxBatch && end == nil {
				var row sheet.Row
				if row, end = l.Next(); end == nil {
					batch.Rows = append(batch.Rows, l.row(row))
				}
			}
			switch {
			case len(batch.Rows) > 0 && !yield(batch, nil), errors.Is(end, io.EOF):
				return
			case end != nil:
				yield(Batch{}, end)
				return
			}
		}
	}
}

// PreviewAll says of every batch what taking it would do, and tells judged.
func (s *Service) PreviewAll(ctx context.Context, batches iter.Seq2[Batch, error], judged func(Batch, []Verdict) error) error {
	for batch, err := range batches {
		if err != nil {
			return err
		}
		verdicts, err := s.Preview(ctx, batch)
		if err != nil {
			return err
		}
		if err := judged(batch, verdicts); err != nil {
			return err
		}
	}
	return nil
}
