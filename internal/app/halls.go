package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/haochaping/haochaping/internal/venue"
)

// importCommands bring lists in. Each is a dry run unless it is told --apply.
type importCommands struct {
	Halls       importHallsCommand       `cmd:"" help:"导入大厅、窗口和工作人员（xlsx 或 csv）；缺省只预演，加 --apply 才导入。"`
	Departments importDepartmentsCommand `cmd:"" help:"导入部门，可写明原编码以改编码或合并（xlsx 或 csv）；缺省只预演，加 --apply 才导入。"`
	Regions     importRegionsCommand     `cmd:"" help:"导入区划，可写明原编码以改编码或合并（xlsx 或 csv）；缺省只预演，加 --apply 才导入。"`
	Items       importItemsCommand       `cmd:"" help:"导入事项，可写明原编码以改编码或合并（xlsx 或 csv）；缺省只预演，加 --apply 才导入。"`
	Tags        importTagsCommand        `cmd:"" help:"导入评价标签，每组更新为新版本（xlsx 或 csv）；缺省只预演，加 --apply 才导入。"`
	Affairs     importAffairsCommand     `cmd:"" help:"导入已办事项（csv 或 xlsx，不限行数）；缺省只预演，加 --apply 才导入。"`
}

// exportCommands give lists out.
type exportCommands struct {
	Halls    exportHallsCommand    `cmd:"" help:"导出大厅、窗口和工作人员，带系统分配的编码；改好后可再导入。"`
	Rejected exportRejectedCommand `cmd:"" help:"导出未收的已办事项及原因（csv）；改正后可再导入。"`
	Orphans  exportOrphansCommand  `cmd:"" help:"导出一段时间后仍没有办件的评价（csv）。"`
}

type importHallsCommand struct {
	config.Storage
	File     string `arg:"" optional:"" help:"填好的表格。"`
	Template string `help:"生成空白模板，不导入。" placeholder:"FILE.xlsx"`
	Apply    bool   `help:"执行导入；缺省只检查并显示会有什么变化。"`
}

// Run writes the template, or says what importing the file would do, and does so when it is told to. Exit status 1 when
// anything in the file is wrong.
func (i *importHallsCommand) Run(c *console) error {
	if (i.File == "") == (i.Template == "") {
		return errors.New("须给出要导入的文件，或用 --template 文件.xlsx 生成模板")
	}
	if i.Template != "" {
		if err := writeWorkbook(i.Template, venue.Template(org.Guangdong())...); err != nil {
			return err
		}
		c.printf("已生成 %s：在“%s”表中填写，填法见“填写说明”和“示例”。\n", i.Template, venue.PageName)
		return nil
	}
	begin := time.Now()
	rows, err := sheet.ReadFile(i.File, venue.PageName, sheet.Usual())
	if err != nil {
		return err
	}
	if err := presentToTry(&i.Storage, i.Apply); err != nil {
		return err
	}
	halls, err := openHalls(c, &i.Storage)
	if err != nil {
		return err
	}
	defer halls.Close() //nolint:errcheck // everything is committed
	plan, err := halls.Plan(c, rows)
	if err != nil {
		return err
	}
	c.printf("%s", outcome(plan))
	switch {
	case len(plan.Faults) > 0:
		return exit(1)
	case !i.Apply:
		c.printf("以上是预演，什么也没有改动；确认无误后加 --apply 导入。\n")
		return nil
	}
	if plan.New.Total()+plan.Changed.Total() == 0 {
		c.printf("没有需要导入的内容。\n")
		return nil
	}
	err = halls.Apply(c, plan, func(done, of int) { _, _ = fmt.Fprintf(c.err, "\r%s", gauge("导入", done, of)) })
	_, _ = fmt.Fprintln(c.err)
	if err != nil {
		return err
	}
	c.printf("已导入，用时 %.1f 秒。取编码：haochaping export halls 文件.xlsx\n", time.Since(begin).Seconds())
	return nil
}

// shownChanges is how many changes are printed.
const shownChanges = 100

// outcome says what a plan would do.
func outcome(p *venue.Plan) string {
	var text strings.Builder
	if len(p.Faults) > 0 {
		fmt.Fprintf(&text, "有 %d 处错误，改正后再导入：\n", len(p.Faults))
		for _, f := range p.Faults {
			fmt.Fprintf(&text, "  %s\n", f)
		}
		return text.String()
	}
	for _, line := range []struct {
		what  string
		count venue.Count
	}{{"新增", p.New}, {"更改", p.Changed}, {"不变", p.Same}, {"库中有而表中没有，保持不变", p.Missing}} {
		fmt.Fprintf(&text, "%s：大厅 %d，窗口 %d，工作人员 %d\n", line.what, line.count.Halls, line.count.Windows, line.count.Officers)
	}
	for n, change := range p.Changes {
		if n == shownChanges {
			fmt.Fprintf(&text, "  ……其余 %d 处更改从略\n", len(p.Changes)-n)
			break
		}
		fmt.Fprintf(&text, "  %s %s 的%s：%s → %s\n", change.Cell, change.Of, change.Column, orEmpty(change.From), orEmpty(change.To))
	}
	return text.String()
}

func orEmpty(text string) string {
	if text == "" {
		return "（空）"
	}
	return text
}

// gauge is one line of progress.
func gauge(what string, done, of int) string {
	filled := barWidth * done / of
	return fmt.Sprintf("%s [%s%s] %d / %d", what, strings.Repeat("█", filled), strings.Repeat("·", barWidth-filled), done, of)
}

type exportHallsCommand struct {
	config.Storage
	site
	File string `arg:"" help:"要生成的 xlsx 文件。"`
}

// Run writes the list.
func (e *exportHallsCommand) Run(c *console) error {
	if err := e.check(); err != nil {
		return err
	}
	if err := presentDatabase(&e.Storage); err != nil {
		return err
	}
	halls, err := openHalls(c, &e.Storage)
	if err != nil {
		return err
	}
	defer halls.Close() //nolint:errcheck // nothing was written
	if err := halls.Load(c); err != nil {
		return err
	}
	if err := writeWorkbook(e.File, halls.directory.Export(e.codes(0).Address)); err != nil {
		return err
	}
	c.printf("已导出 %d 个大厅到 %s\n", len(halls.directory.Halls()), e.File)
	e.warn(c)
	return nil
}

// hallList is an open database with its halls.
type hallList struct {
	*venue.Service
	io.Closer
	directory *venue.Directory
}

// openHalls opens the database for its halls.
func openHalls(ctx context.Context, storage *config.Storage) (*hallList, error) {
	r, err := openRegisters(ctx, storage)
	if err != nil {
		return nil, err
	}
	directory := venue.NewDirectory()
	return &hallList{venue.NewService(r.store, directory, r.registry), r.store, directory}, nil
}
