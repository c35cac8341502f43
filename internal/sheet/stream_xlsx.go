package sheet

import (
	"errors"
	"io"

	"github.com/xuri/excelize/v2"
)

// xlsxRows streams a page of an xlsx. What is unzipped of it lies in a temporary file.
type xlsxRows struct {
	book   *excelize.File
	lines  *excelize.Rows
	page   string
	number int
	limits Limits
	cells  int // empty ones too
}

func streamXLSX(file io.ReaderAt, size int64, page string, limits Limits) (*xlsxRows, error) {
	book, err := openBook(file, size, limits)
	if err != nil {
		return nil, err
	}
	name, err := choosePage(book, page)
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	lines, err := book.Rows(name)
	if err != nil {
		return nil, errors.Join(refuse("工作表“%s”读不了：%v", name, err), book.Close())
	}
	return &xlsxRows{book: book, lines: lines, page: name, limits: limits}, nil
}

func (x *xlsxRows) next() (Row, error) {
	if !x.lines.Next() {
		if err := x.lines.Error(); err != nil {
			return Row{}, refuse("工作表“%s”读不了：%v", x.page, err)
		}
		return Row{}, io.EOF
	}
	x.number++
	cells, err := x.lines.Columns()
	if err != nil {
		return Row{}, refuse("工作表“%s”第 %d 行读不了：%v", x.page, x.number, err)
	}
	if x.cells += len(cells); x.cells > cellsPerRow*max(x.limits.Rows, 1) {
		return Row{}, refuse("表格里空白单元格太多，请把数据复制到新的表格中再导入")
	}
	if x.number > x.limits.Rows {
		return Row{}, refuse("超过了 %d 行的上限，请分成几个文件导入", x.limits.Rows)
	}
	return Row{Number: x.number, Cells: cells}, nil
}

func (x *xlsxRows) Close() error { return errors.Join(x.lines.Close(), x.book.Close()) }
