package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/haochaping/haochaping/internal/sheet"
)

// workbook is how the name of one ends; a spreadsheet program goes by it.
const workbook = ".xlsx"

// writeWorkbook makes a file of pages, which must be called a workbook.
func writeWorkbook(name string, pages ...sheet.Page) error {
	if !strings.EqualFold(filepath.Ext(name), workbook) {
		return fmt.Errorf("%s 应以 %s 结尾：写的是电子表格，用别的名字打不开", name, workbook)
	}
	return createFile(name, 0o644, func(to io.Writer) error { return sheet.Write(to, pages...) })
}

// createList makes a file of a list, which is a csv whatever it is called, but must not be called a workbook.
func createList(name string, mode fs.FileMode, write func(io.Writer) error) error {
	if strings.EqualFold(filepath.Ext(name), workbook) {
		return fmt.Errorf("%s 应以 .csv 结尾：写的是 csv，用别的名字打不开", name)
	}
	return createFile(name, mode, write)
}

// createFile makes a file. It never overwrites one: it may be the one that was filled in.
func createFile(name string, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // the person names the file
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("文件 %s 已经存在，未改动；请换一个文件名", name)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// replaceFile makes a file or a new version of it, whole or not at all.
func replaceFile(name string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".haochaping-*")
	if err != nil {
		return fmt.Errorf("生成 %s：%w", name, err)
	}
	err = errors.Join(write(file), file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
