package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/beijing"
)

// Bounds of the disk's checks.
const (
	littleRoom   = 5 << 30 // for some days, at a city's pace
	noRoom       = 1 << 30
	backupLate   = 26 * time.Hour // a day and the time that it takes
	backupTooOld = 7 * 24 * time.Hour
)

func lookAtDisk(_ context.Context, p *patient) (found []finding) {
	folders := map[string]string{}
	if p.Embedded() {
		folders["数据"] = filepath.Dir(p.EmbeddedFile())
	}
	if p.Backups != "" {
		folders["备份"] = p.Backups
	}
	for _, what := range []string{"数据", "备份"} {
		if folders[what] == "" {
			continue
		}
		free, known, err := freeSpace(folders[what])
		if err != nil {
			found = append(found, unasked(err)...)
		} else if known {
			found = append(found, roomFinding(what, folders[what], free))
		}
	}
	if len(found) == 0 {
		found = append(found, well("数据库在别处，请在那台机器上看磁盘空间"))
	}
	return found
}

func roomFinding(what, folder string, free int64) finding {
	says := fmt.Sprintf("%s目录 %s 还剩 %s", what, folder, size(free))
	full := "新的评价一律不能接收"
	if what == "备份" {
		full = "做不成新的备份"
	}
	switch {
	case free < noRoom:
		return finding{bad, says, "请立即腾出空间：写满后" + full}
	case free < littleRoom:
		return finding{attention, says, "请尽快腾出空间或扩容"}
	}
	return well("%s", says)
}

func lookAtBackups(_ context.Context, p *patient) []finding {
	if p.Backups == "" {
		return []finding{{attention, "没有指定备份目录，未检查备份", "请定期运行 haochaping backup --to 目录，并用 doctor --backups 目录 检查"}}
	}
	files, err := filepath.Glob(filepath.Join(p.Backups, "*"+backup.Extension))
	if _, stat := os.Stat(p.Backups); err != nil || stat != nil {
		return []finding{{bad, "打不开备份目录 " + p.Backups, "请核对目录名和权限"}}
	}
	engine := "postgres"
	if p.Embedded() {
		engine = "sqlite"
	}
	var newest time.Time
	var file string
	others := 0
	var unreadable []finding
	for _, name := range files {
		head, err := backup.ReadHead(name)
		switch {
		case err != nil:
			unreadable = append(unreadable, finding{bad, "备份 " + name + "：" + words(err), "请移走它，另做一份备份"})
		case p.keys != nil && !head.Of(p.keys, engine):
			others++
		case head.At.After(newest):
			newest, file = head.At, name
		}
	}
	return append(unreadable, ageFinding(file, others, newest, p.now()))
}

func ageFinding(file string, others int, at, now time.Time) finding {
	const do = "请运行 haochaping backup --to 目录，并核对定时任务"
	switch {
	case file == "" && others > 0:
		return finding{bad, fmt.Sprintf("目录中没有这个数据库的备份（有 %d 份是别的数据库的）", others), do}
	case file == "":
		return finding{bad, "目录中没有这个数据库的备份", do}
	}
	says := fmt.Sprintf("最近一份 %s，时刻 %s", filepath.Base(file), beijing.FormatSecond(at))
	switch age := now.Sub(at); {
	case age > backupTooOld:
		return finding{bad, says + "，已超过 7 天", do}
	case age > backupLate:
		return finding{attention, says + "，已超过一天", do}
	}
	return well("%s；可用 haochaping backup verify 核对", says)
}
