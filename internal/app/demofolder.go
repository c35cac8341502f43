package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/haochaping/haochaping/internal/backup"
)

// What a demo keeps in its folder. The mark says that the database is a demo's, and is locked while one runs.
const (
	demoDatabase = "haochaping.db"
	demoMark     = "haochaping.demo"
)

// claimFolder makes a folder a demo's own, until the mark that it gives is closed. A database that no demo made is never touched: made-up
// reviews would count in it, and its accounts be given the demo's password. Nor is one of a demo that runs, whose password would change.
func claimFolder(folder string) (mark *os.File, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("无法建立文件夹 %s：%w", folder, err)
	}
	name := filepath.Join(folder, demoMark)
	_, unmarked := os.Stat(name)
	if _, err := os.Stat(filepath.Join(folder, demoDatabase)); errors.Is(unmarked, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("文件夹 %s 里已有数据库 %s，不是演示建立的。演示会写入虚构的评价和账号，请另选一个空的文件夹", folder, demoDatabase)
	}
	if mark, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600); err != nil { //nolint:gosec // the person names the folder
		return nil, err
	}
	if err := backup.Lock(mark); err != nil {
		return nil, errors.Join(fmt.Errorf("另一个演示正在使用文件夹 %s，请先结束它，或另选一个文件夹", folder), mark.Close())
	}
	return mark, nil
}
