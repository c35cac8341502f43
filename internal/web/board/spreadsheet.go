package board

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"

	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/xuri/excelize/v2"
)

// csv is the table for spreadsheets, marked as UTF-8, with what it is about and the formulas below.
func (f *file) csv() ([]byte, error) {
	var text bytes.Buffer
	text.WriteString("\ufeff")
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	head := make([]string, len(f.Columns))
	for i := range f.Columns {
		head[i] = f.head(i)
	}
	rows := [][]string{head}
	for _, cells := range f.Rows {
		row := make([]string, len(cells))
		for i, cell := range cells {
			row[i] = written(cell)
		}
		rows = append(rows, row)
	}
	rows = append(rows, nil)
	for _, line := range f.about() {
		rows = append(rows, []string{line[0], sheet.Inert(line[1])})
	}
	for i, column := range f.Columns {
		if column.Formula != "" {
			rows = append(rows, []string{f.head(i), sheet.Inert(column.Formula)})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return text.Bytes(), nil
}

// head is a column's title with its unit: 好评率（%）.
func (f *file) head(i int) string {
	if c := f.Columns[i]; c.Unit != "" {
		return sheet.Inert(c.Title + "（" + c.Unit + "）")
	}
	return sheet.Inert(f.Columns[i].Title)
}

func written(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return sheet.Inert(fmt.Sprint(v))
	}
}

// sheetNames are those of a workbook.
const (
	sheetOfFigures  = "数据"
	sheetOfFormulas = "说明"
)

// xlsx is the table as a workbook: figures are numbers, texts stay texts, formulas on a page of their own.
func (f *file) xlsx() (content []byte, err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName(book.GetSheetName(0), sheetOfFigures); err != nil {
		return nil, err
	}
	if _, err := book.NewSheet(sheetOfFormulas); err != nil {
		return nil, err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	head := make([]any, len(f.Columns))
	for i := range f.Columns {
		head[i] = excelize.Cell{StyleID: bold, Value: f.head(i)}
	}
	rows := append([][]any{head}, f.Rows...)
	if err := writeSheet(book, sheetOfFigures, 16, rows); err != nil {
		return nil, err
	}
	var notes [][]any
	for _, line := range f.about() {
		notes = append(notes, []any{excelize.Cell{StyleID: bold, Value: line[0]}, line[1]})
	}
	for i, column := range f.Columns {
		if column.Formula != "" {
			notes = append(notes, []any{excelize.Cell{StyleID: bold, Value: f.head(i)}, column.Formula})
		}
	}
	if err := writeSheet(book, sheetOfFormulas, 40, notes); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := book.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return out.Bytes(), nil
}

// writeSheet writes values; a text is stored as one whatever it begins with.
func writeSheet(book *excelize.File, name string, width float64, rows [][]any) error {
	stream, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if len(rows) > 0 && len(rows[0]) > 0 {
		if err := stream.SetColWidth(1, len(rows[0]), width); err != nil {
			return err
		}
	}
	for n, row := range rows {
		if err := stream.SetRow("A"+strconv.Itoa(n+1), row); err != nil {
			return err
		}
	}
	return stream.Flush()
}
