package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/xuri/excelize/v2"
)

// Read reads a file of any of the forms, told apart by what is in it, not by its name: xlsx; csv in UTF-8, UTF-16 with a
// byte order mark, or GBK (GB 18030), its cells parted by comma, tab or semicolon. page names the page of an xlsx; without
// such a page the first one that is not hidden is read.
func Read(data []byte, page string, limits Limits) ([]Row, error) {
	switch {
	case int64(len(data)) > limits.Bytes:
		return nil, refuse("文件超过了 %d MB 的上限", limits.Bytes>>20)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readXLSX(data, page, limits)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return nil, refuse("是旧版 xls 格式，或设了打开密码；请去掉密码，另存为 xlsx 再导入")
	default:
		return readCSV(data, limits)
	}
}

// ReadFile is Read for a file by its name.
func ReadFile(name, page string, limits Limits) ([]Row, error) {
	file, err := os.Open(name) //nolint:gosec // the person names his own file
	if err != nil {
		return nil, fmt.Errorf("打不开文件：%w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(file, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("读不了文件：%w", err)
	}
	rows, err := Read(data, page, limits)
	if err != nil {
		return nil, fmt.Errorf("%s：%w", filepath.Base(name), err)
	}
	return rows, nil
}

// inMemory is how much of a page or of the shared texts is unzipped in memory; what is larger goes to a temporary file.
const inMemory = 8 << 20

// mostPages is how many pages a workbook may have.
const mostPages = 1000

// openBook opens a workbook that was looked at before.
func openBook(file io.ReaderAt, size int64, limits Limits) (*excelize.File, error) {
	slim, err := slimmed(file, size, limits)
	if err != nil {
		return nil, err
	}
	defer slim.Close() //nolint:errcheck // what writes into it ends with it
	book, err := excelize.OpenReader(slim, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: limits.Unzipped, UnzipXMLSizeLimit: min(inMemory, limits.Unzipped),
	})
	if err != nil {
		return nil, refuse("不是可以读取的 xlsx 文件，或内容过大：%v", err)
	}
	if pages := len(book.GetSheetList()); pages > mostPages {
		return nil, errors.Join(refuse("有 %d 个工作表，请只留下名单所在的", pages), book.Close())
	}
	return book, nil
}

func readXLSX(data []byte, page string, limits Limits) (rows []Row, err error) {
	book, err := openBook(bytes.NewReader(data), int64(len(data)), limits)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	name, err := choosePage(book, page)
	if err != nil {
		return nil, err
	}
	lines, err := book.Rows(name)
	if err != nil {
		return nil, refuse("工作表“%s”读不了：%v", name, err)
	}
	defer func() { err = errors.Join(err, lines.Close()) }()
	c := &collector{limits: limits}
	for number := 1; lines.Next(); number++ {
		cells, err := lines.Columns()
		if err != nil {
			return nil, refuse("工作表“%s”第 %d 行读不了：%v", name, number, err)
		}
		if err := c.add(number, cells); err != nil {
			return nil, err
		}
	}
	if err := lines.Error(); err != nil {
		return nil, refuse("工作表“%s”读不了：%v", name, err)
	}
	return c.rows, nil
}

func choosePage(book *excelize.File, page string) (string, error) {
	first := ""
	for _, name := range book.GetSheetList() {
		if name == page {
			return name, nil
		}
		if visible, err := book.GetSheetVisible(name); err == nil && visible && first == "" {
			first = name
		}
	}
	if first == "" {
		return "", refuse("没有可以读取的工作表")
	}
	return first, nil
}
