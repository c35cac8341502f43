package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/haochaping/haochaping/internal/store"
)

// listImport is what importing departments, regions and items have in common.
type listImport struct {
	config.Storage
	File  string `arg:"" help:"xlsx 或 csv；首行为列名。"`
	Apply bool   `help:"执行导入；缺省只检查并显示会有什么变化。"`
}

type importDepartmentsCommand struct{ listImport }

// Help tells the columns.
func (*importDepartmentsCommand) Help() string {
	return "列：编码、名称、所属区划（12 位编码，或名称如 广州市/越秀区）、原编码（选填；几个用顿号分开）。原编码名下的评价、办件、差评工单和统计全部归到现编码，管辖原编码的账号、通知订阅和为它设的工单时限改为现编码的；此后再以原编码报来的，也计入现编码。"
}

// Run imports departments.
func (i *importDepartmentsCommand) Run(c *console) error {
	return i.run(c, "部门", (*org.Service).PlanDepartments)
}

type importRegionsCommand struct{ listImport }

// Help tells the columns.
func (*importRegionsCommand) Help() string {
	return "列：编码、名称、原编码（选填；几个用顿号分开，须为同一级）。原编码名下的评价、办件、差评工单和统计全部归到现编码，管辖原编码的账号、通知订阅和为它设的工单时限改为现编码的，没有单独写一行的下级区划按编码随同归并；此后再以原编码报来的，也计入现编码。"
}

// Run imports regions.
func (i *importRegionsCommand) Run(c *console) error {
	return i.run(c, "区划", (*org.Service).PlanRegions)
}

type importItemsCommand struct{ listImport }

// Help tells the columns.
func (*importItemsCommand) Help() string {
	return "列：编码、名称、部门编码、原编码（选填；几个用顿号分开）。原编码名下的评价、办件和统计全部归到现编码；此后再以原编码报来的，也计入现编码。"
}

// Run imports items.
func (i *importItemsCommand) Run(c *console) error {
	return i.run(c, "事项", (*org.Service).PlanItems)
}

// run says what importing the file would do, and does so when it is told to. Exit status 1 when anything in the file is wrong.
func (i *listImport) run(c *console, what string, planned func(*org.Service, context.Context, []sheet.Row) (*org.Plan, error)) error {
	rows, err := sheet.ReadFile(i.File, org.PageName, sheet.Usual())
	if err != nil {
		return err
	}
	if err := presentToTry(&i.Storage, i.Apply); err != nil {
		return err
	}
	r, err := openRegisters(c, &i.Storage)
	if err != nil {
		return err
	}
	defer r.store.Close() //nolint:errcheck // everything is committed
	plan, err := planned(r.Service, c, rows)
	if err != nil {
		return err
	}
	c.printf("%s", registersOutcome(what, plan))
	return r.finish(c, plan, i.Apply)
}

// registers is an open database with its regions and departments.
type registers struct {
	*org.Service
	store    *store.Store
	registry *org.Registry
}

// openRegisters opens the database for its registers. That needs no key, but an embedded database is never made without one.
func openRegisters(ctx context.Context, storage *config.Storage) (*registers, error) {
	if err := storage.Check(); err != nil {
		return nil, err
	}
	registry := org.NewRegistry(nil, nil)
	if storage.Embedded() {
		if _, err := readKeys(storage); err != nil {
			return nil, err
		}
	}
	s, err := openStore(ctx, storage, registry)
	if err != nil {
		return nil, err
	}
	if storage.Embedded() {
		err = s.Migrate(ctx)
	} else {
		err = s.CheckSchema(ctx)
	}
	if err == nil {
		err = s.Load(ctx, store.Registers{Registry: registry, Entities: catalog.NewEntitySet(nil), Tags: catalog.NewTags(nil)})
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &registers{org.NewService(s, registry), s, registry}, nil
}

// finish does what a plan says when it is told to, and moves the records.
func (r *registers) finish(c *console, plan *org.Plan, apply bool) error {
	switch {
	case len(plan.Faults) > 0:
		return exit(1)
	case !apply:
		c.printf("以上是预演，什么也没有改动；确认无误后加 --apply 执行。\n")
		return nil
	}
	begin := time.Now()
	if plan.Len() > 0 {
		if err := r.Apply(c, plan); err != nil {
			return err
		}
		c.printf("已登记。\n")
	}
	if r.registry.Successions().Len() == 0 {
		return nil
	}
	return r.move(c, begin)
}

// move moves records under codes that were given up, with a progress bar.
func (r *registers) move(c *console, begin time.Time) error {
	of, err := r.store.CountRecords(c)
	if err != nil {
		return err
	}
	last := 0
	err = r.MoveRecords(c, func(seen, moved int) {
		last = moved
		_, _ = fmt.Fprintf(c.err, "\r%s", gauge("归并", min(seen, of), max(of, 1)))
	})
	if err != nil {
		_, _ = fmt.Fprintln(c.err)
		if c.Err() != nil {
			return errors.New("已中断；并入关系已登记，记录由运行中的服务继续归并，也可再次执行本命令")
		}
		return err
	}
	_, _ = fmt.Fprintf(c.err, "\r%s\n", gauge("归并", max(of, 1), max(of, 1)))
	c.printf("已归并 %d 条记录，用时 %.1f 秒。此后仍以原编码报来的计入现编码；运行中的服务会再归并途中的记录。\n", last, time.Since(begin).Seconds())
	return nil
}

// registersOutcome says what a plan would do.
func registersOutcome(what string, p *org.Plan) string {
	var text strings.Builder
	if len(p.Faults) > 0 {
		fmt.Fprintf(&text, "有 %d 处错误，改正后再导入：\n", len(p.Faults))
		for _, f := range p.Faults {
			fmt.Fprintf(&text, "  %s\n", f)
		}
		return text.String()
	}
	fmt.Fprintf(&text, "%s：新增 %d，更改 %d，不变 %d；库中有而表中没有的，保持不变", what, p.New, p.Changed, p.Same)
	if p.Missing > 0 { // of items they are not counted
		fmt.Fprintf(&text, "（%d 个）", p.Missing)
	}
	text.WriteByte('\n')
	few(&text, len(p.Changes), func(n int) string {
		change := p.Changes[n]
		return fmt.Sprintf("%s %s 的%s：%s → %s", change.Code, change.Name, change.What, orEmpty(change.From), orEmpty(change.To))
	})
	if len(p.Successions) > 0 {
		fmt.Fprintf(&text, "原编码归到现编码：%d 个\n", len(p.Successions))
		few(&text, len(p.Successions), func(n int) string { return p.Successions[n].Former + " → " + p.Successions[n].Code })
	}
	if len(p.Along) > 0 {
		fmt.Fprintf(&text, "随同归并的下级区划：%d 个\n", len(p.Along))
		few(&text, len(p.Along), func(n int) string { return p.Along[n].Code + " " + p.Along[n].Name })
	}
	return text.String()
}

// few writes lines, not too many.
func few(text *strings.Builder, count int, line func(n int) string) {
	for n := range count {
		if n == shownChanges {
			fmt.Fprintf(text, "  ……其余 %d 个从略\n", count-n)
			return
		}
		fmt.Fprintf(text, "  %s\n", line(n))
	}
}
