package sheet

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// FiguresPage is one page of a workbook of figures: a title, a table whose numbers are numbers, and notes below.
type FiguresPage struct {
	Name    string // of the page, at most 31 characters
	Title   string
	Columns []string
	// Rows hold string, int64, float64 or nil.
	Rows  [][]any
	Notes []string
}

// WriteFigures writes a workbook of figures, ready for print on A4; the first page is the one that shows. Nothing in it is
// computed.
func WriteFigures(to io.Writer, pages ...FiguresPage) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	styles, err := newFigureStyles(book)
	if err != nil {
		return err
	}
	for i, page := range pages {
		if i == 0 {
			err = book.SetSheetName(book.GetSheetName(0), page.Name)
		} else {
			_, err = book.NewSheet(page.Name)
		}
		if err == nil {
			err = styles.write(book, &page)
		}
		if err != nil {
			return fmt.Errorf("page %s: %w", page.Name, err)
		}
	}
	if _, err := book.WriteTo(to); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

type figureStyles struct{ title, head, text, whole, decimal, note int }

const (
	wholeFormat   = 3 // #,##0
	decimalFormat = 4 // #,##0.00
)

func newFigureStyles(book *excelize.File) (s figureStyles, err error) {
	border := []excelize.Border{
		{Type: "left", Color: lineColor, Style: 1},
		{Type: "right", Color: lineColor, Style: 1},
		{Type: "top", Color: lineColor, Style: 1},
		{Type: "bottom", Color: lineColor, Style: 1},
	}
	cell := func(format int, horizontal string, wrap bool) *excelize.Style {
		return &excelize.Style{
			Font: &excelize.Font{Family: fontName, Size: 10}, NumFmt: format, Border: border,
			Alignment: &excelize.Alignment{Vertical: "center", Horizontal: horizontal, WrapText: wrap},
		}
	}
	head := cell(textFormat, "center", true)
	head.Font = &excelize.Font{Family: fontName, Size: 10, Bold: true, Color: "FFFFFF"}
	head.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{headRequired}}
	for _, one := range []struct {
		to    *int
		style *excelize.Style
	}{
		{&s.title, &excelize.Style{Font: &excelize.Font{Family: fontName, Size: 14, Bold: true}}},
		{&s.head, head},
		{&s.text, cell(textFormat, "left", true)},
		{&s.whole, cell(wholeFormat, "right", false)},
		{&s.decimal, cell(decimalFormat, "right", false)},
		{&s.note, &excelize.Style{Font: &excelize.Font{Family: fontName, Size: 10, Color: headOptional}}},
	} {
		if *one.to, err = book.NewStyle(one.style); err != nil {
			return s, err
		}
	}
	return s, nil
}

// headRow is where the head of a page's table stands, below its title.
const headRow = 2

func (s *figureStyles) write(book *excelize.File, page *FiguresPage) error {
	stream, err := book.NewStreamWriter(page.Name)
	if err != nil {
		return err
	}
	for column := range page.Columns {
		if err := stream.SetColWidth(column+1, column+1, page.width(column)); err != nil {
			return err
		}
	}
	err = stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: headRow, TopLeftCell: "A3", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	if err := stream.SetRow("A1", []any{excelize.Cell{StyleID: s.title, Value: page.Title}}, excelize.RowOpts{Height: 24}); err != nil {
		return err
	}
	head := make([]any, len(page.Columns))
	for i, name := range page.Columns {
		head[i] = excelize.Cell{StyleID: s.head, Value: name}
	}
	if err := stream.SetRow(CellName(0, headRow), head, excelize.RowOpts{Height: 30}); err != nil {
		return err
	}
	row := headRow + 1
	for _, values := range page.Rows {
		cells := make([]any, len(values))
		for i, value := range values {
			cells[i] = s.cell(value)
		}
		if err := stream.SetRow(CellName(0, row), cells); err != nil {
			return err
		}
		row++
	}
	for _, note := range page.Notes {
		if err := stream.SetRow(CellName(0, row), []any{excelize.Cell{StyleID: s.note, Value: note}}); err != nil {
			return err
		}
		row++
	}
	if err := stream.Flush(); err != nil {
		return err
	}
	return printOut(book, page.Name)
}

func (s *figureStyles) cell(value any) excelize.Cell {
	style := s.text
	switch value.(type) {
	case int64:
		style = s.whole
	case float64:
		style = s.decimal
	}
	return excelize.Cell{StyleID: style, Value: value}
}

// Bounds of a column's width, in characters, a Chinese one counting two.
const (
	narrowest = 8.0
	widest    = 48.0
)

// width is what the longest cell of a column needs; a head may break into two lines.
func (p *FiguresPage) width(column int) float64 {
	longest := (places(p.Columns[column]) + 1) / 2
	for _, row := range p.Rows {
		if column < len(row) && row[column] != nil {
			longest = max(longest, places(fmt.Sprint(row[column])))
		}
	}
	return min(widest, max(narrowest, float64(longest)+2))
}

// places is how much room a text takes: a character beyond Latin takes two.
func places(text string) (n int) {
	for _, r := range text {
		n++
		if r > 0x2e7f {
			n++
		}
	}
	return n
}

// printOut makes a page ready for print: A4 across, as wide as the paper, its head on every sheet.
func printOut(book *excelize.File, page string) error {
	paper, across, wide, long, fit := 9, "landscape", 1, 0, true
	return errors.Join(
		book.SetPageLayout(page, &excelize.PageLayoutOptions{Size: &paper, Orientation: &across, FitToWidth: &wide, FitToHeight: &long}),
		book.SetSheetProps(page, &excelize.SheetPropsOptions{FitToPage: &fit}),
		book.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("'%s'!$%d:$%d", page, headRow, headRow), Scope: page,
		}),
	)
}
