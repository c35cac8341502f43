package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Column is a column of a page that is written.
type Column struct {
	Name string
	// Width is in characters, a Chinese one counting two.
	Width float64
	// Required columns have another colour and a star in their head.
	Required bool
	// Hint is shown beside a cell of a form while it is filled in.
	Hint string
	// Choices are what a cell of a form may hold; nil for anything.
	Choices []string
}

// Page is one page of a workbook that is written.
type Page struct {
	Name    string
	Columns []Column
	Rows    [][]string
	// Form is a page that people fill in: with hints, choices, and Required shown.
	Form bool
	// Wrap breaks long lines.
	Wrap bool
}

// formRows is for how many rows a form offers its hints and choices.
const formRows = 20_000

// Write writes a workbook; the first page is the one that shows. Every cell is text, so that no code loses its zeros and
// nothing is ever computed.
func Write(to io.Writer, pages ...Page) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	w := &writing{book: book}
	for i, page := range pages {
		if i == 0 {
			err = book.SetSheetName(book.GetSheetName(0), page.Name)
		} else {
			_, err = book.NewSheet(page.Name)
		}
		if err != nil {
			return fmt.Errorf("page %s: %w", page.Name, err)
		}
		if err := w.page(page); err != nil {
			return fmt.Errorf("page %s: %w", page.Name, err)
		}
	}
	if _, err := book.WriteTo(to); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// writing makes the styles of a workbook as they are asked for.
type writing struct{ book *excelize.File }

const (
	fontName     = "Microsoft YaHei"
	headRequired = "1560BD" // the pages' brand
	headOptional = "5C6470" // muted on the pages
	lineColor    = "DFE3E8"
	textFormat   = 49 // @: what is typed stays as it is typed
)

func (w *writing) page(page Page) error {
	if page.Form {
		if err := w.offer(page); err != nil {
			return err
		}
	}
	stream, err := w.book.NewStreamWriter(page.Name)
	if err != nil {
		return err
	}
	text, err := w.style(page.Wrap)
	if err != nil {
		return err
	}
	head := make([]any, len(page.Columns))
	for i, column := range page.Columns {
		style, err := w.head(column.Required)
		if err != nil {
			return err
		}
		name := column.Name
		if page.Form && column.Required {
			name += "*"
		}
		head[i] = excelize.Cell{StyleID: style, Value: name}
		err = errors.Join(stream.SetColWidth(i+1, i+1, column.Width), stream.SetColStyle(i+1, i+1, text))
		if err != nil {
			return err
		}
	}
	err = stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	if err := stream.SetRow("A1", head, excelize.RowOpts{Height: 26}); err != nil {
		return err
	}
	for n, row := range page.Rows {
		cells := make([]any, len(row))
		for i, cell := range row {
			cells[i] = excelize.Cell{StyleID: text, Value: cell}
		}
		if err := stream.SetRow(CellName(0, n+2), cells); err != nil {
			return err
		}
	}
	return stream.Flush()
}

// offer adds the hints and choices of a form.
func (w *writing) offer(page Page) error {
	for i, column := range page.Columns {
		rule := excelize.NewDataValidation(true)
		rule.SetSqref(CellName(i, 2) + ":" + CellName(i, formRows+1))
		if column.Choices != nil {
			if err := rule.SetDropList(column.Choices); err != nil {
				return err
			}
			rule.SetError(excelize.DataValidationErrorStyleStop, column.Name, "请选择："+strings.Join(column.Choices, "、"))
		}
		if column.Hint != "" {
			rule.SetInput(column.Name, column.Hint)
		}
		if column.Choices == nil && column.Hint == "" {
			continue
		}
		if err := w.book.AddDataValidation(page.Name, rule); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) style(wrap bool) (int, error) {
	return w.book.NewStyle(&excelize.Style{
		Font: &excelize.Font{Family: fontName, Size: 11}, NumFmt: textFormat,
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: wrap},
	})
}

func (w *writing) head(required bool) (int, error) {
	color := headOptional
	if required {
		color = headRequired
	}
	return w.book.NewStyle(&excelize.Style{
		Font: &excelize.Font{Family: fontName, Size: 11, Bold: true, Color: "FFFFFF"}, NumFmt: textFormat,
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}},
		Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "left"},
		Border:    []excelize.Border{{Type: "right", Color: lineColor, Style: 1}},
	})
}
