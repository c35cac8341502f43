package app

import (
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/venue"
)

// mergeCommands make one of two. Each is a dry run unless it is told --apply. Departments, regions and items are
// merged by importing their lists.
type mergeCommands struct {
	Halls    mergeHallsCommand    `cmd:"" help:"把一个大厅并入另一个：窗口、人员和全部记录归到后者。缺省只预演，加 --apply 才执行。"`
	Entities mergeEntitiesCommand `cmd:"" help:"把一个评价对象编码并入另一个。缺省只预演，加 --apply 才执行。"`
}

// merge is what both have in common.
type merge struct {
	config.Storage
	Former string `arg:"" help:"并入别处的原编码。"`
	Code   string `arg:"" help:"现编码。"`
	Apply  bool   `help:"执行；缺省只检查。"`
}

type mergeHallsCommand struct{ merge }

// Run merges halls.
func (m *mergeHallsCommand) Run(c *console) error {
	if err := presentDatabase(&m.Storage); err != nil {
		return err
	}
	r, err := openRegisters(c, &m.Storage)
	if err != nil {
		return err
	}
	defer r.store.Close() //nolint:errcheck // everything is committed
	directory := venue.NewDirectory()
	if err := venue.NewService(r.store, directory, r.registry).Load(c); err != nil {
		return err
	}
	former, ok := directory.Hall(m.Former)
	if !ok {
		return fmt.Errorf("没有编码为 %s 的大厅", m.Former)
	}
	hall, ok := directory.Hall(m.Code)
	if !ok || hall.Code != m.Code {
		return fmt.Errorf("没有编码为 %s 的大厅", m.Code)
	}
	if former.Code != m.Code {
		if err := joinable(directory, former, hall); err != nil {
			return err
		}
	}
	return r.merge(c, &m.merge, org.OfHall,
		fmt.Sprintf("大厅 %s %s → %s %s：窗口 %d 个随同转入", m.Former, former.Name, m.Code, hall.Name, len(directory.WindowsOf(m.Former))))
}

// joinable says what must be put right first: numbers are unique within a hall.
func joinable(directory *venue.Directory, former, hall venue.Hall) error {
	var errs []error
	numbers := map[string]bool{}
	for _, w := range directory.WindowsOf(hall.Code) {
		numbers[w.Number] = true
	}
	for _, w := range directory.WindowsOf(former.Code) {
		if numbers[w.Number] {
			errs = append(errs, fmt.Errorf("两个大厅都有 %s 号窗口", w.Number))
		}
	}
	for _, o := range directory.OfficersOf(former.Code) {
		if other, ok := directory.Officer(hall.Code, o.WorkNo); ok && other.Name != o.Name {
			errs = append(errs, fmt.Errorf("工号 %s 在两个大厅是不同的人：%s、%s", o.WorkNo, o.Name, other.Name))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.Join(append(errs, errors.New("请先用 export halls 导出、改号码后 import halls，再合并"))...)
}

type mergeEntitiesCommand struct{ merge }

// Run merges evaluation objects.
func (m *mergeEntitiesCommand) Run(c *console) error {
	if err := presentDatabase(&m.Storage); err != nil {
		return err
	}
	r, err := openRegisters(c, &m.Storage)
	if err != nil {
		return err
	}
	defer r.store.Close() //nolint:errcheck // everything is committed
	entities := catalog.NewEntitySet(nil)
	if err := r.store.Load(c, store.Registers{Registry: r.registry, Entities: entities, Tags: catalog.NewTags(nil)}); err != nil {
		return err
	}
	for _, code := range []string{m.Former, m.Code} {
		if !entities.Known(code) {
			return fmt.Errorf("没有评价对象编码 %s", code)
		}
	}
	return r.merge(c, &m.merge, org.OfEntity, fmt.Sprintf("评价对象 %s → %s", m.Former, m.Code))
}

// merge says what a merge would do, or why it can't be done, and does it when it is told to.
func (r *registers) merge(c *console, m *merge, kind org.Kind, preview string) error {
	plan, err := r.PlanMerge(c, kind, m.Former, m.Code)
	if err != nil {
		return err
	}
	for _, f := range plan.Faults {
		c.printf("%s\n", f)
	}
	if len(plan.Faults) == 0 {
		c.printf("%s\n", preview)
	}
	return r.finish(c, plan, m.Apply)
}
