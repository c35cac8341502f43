package app

import (
	"fmt"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

type migrateCommand struct{ config.Storage }

// Run brings the schema up to date. It needs no key, but an embedded database is never made without one.
func (m *migrateCommand) Run(c *console) error {
	if err := m.Check(); err != nil {
		return err
	}
	if m.Embedded() {
		if _, err := readKeys(&m.Storage); err != nil {
			return err
		}
	}
	s, err := openStore(c, &m.Storage, org.NewRegistry(nil, nil))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // everything is committed
	if err := s.Migrate(c); err != nil {
		return err
	}
	c.printf("表结构已是最新\n")
	return nil
}

type recountCommand struct {
	config.Storage
	Repair bool `help:"按评价记录改正统计数。"`
}

// shownDifferences is how many differences recount prints.
const shownDifferences = 20

// Run compares the counters with a recount of the records. It needs no key.
func (r *recountCommand) Run(c *console) error {
	if err := r.Check(); err != nil {
		return err
	}
	if err := presentDatabase(&r.Storage); err != nil {
		return err
	}
	s, err := openStore(c, &r.Storage, org.NewRegistry(nil, nil))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // everything is committed
	if err := s.CheckSchema(c); err != nil {
		return err
	}
	found := differences{}
	if r.Repair {
		found.adjust = func(some figures.Tally) error { return s.Adjust(c, some) }
	}
	counted, err := figures.Recount(c, s, found.add)
	if err != nil {
		return err
	}
	if found.all == 0 {
		c.printf("一致：%d 个统计数与评价记录相符\n", counted)
		return nil
	}
	c.printf("不一致：%d 个统计数与评价记录不符\n", found.all)
	for _, line := range found.lines {
		c.printf("  %s\n", line)
	}
	if found.all > shownDifferences {
		c.printf("  ……其余 %d 个从略\n", found.all-shownDifferences)
	}
	if !r.Repair {
		return exit(1)
	}
	if err := found.repair(); err != nil {
		return err
	}
	c.printf("已改正\n")
	return nil
}

// repairedAtOnce is how many counters are mended in one transaction.
const repairedAtOnce = 1 << 15

// differences are those that a recount found: words for the first, and all of them mended some at a time, however many there are.
type differences struct {
	all    int
	lines  []string
	some   figures.Tally
	adjust func(some figures.Tally) error // nil only tells
}

func (d *differences) add(key figures.Key, by figures.Counts) error {
	if d.all++; d.all <= shownDifferences {
		d.lines = append(d.lines, differenceWords(key, by))
	}
	if d.adjust == nil {
		return nil
	}
	if d.some == nil {
		d.some = figures.Tally{}
	}
	if d.some[key] = by; len(d.some) < repairedAtOnce {
		return nil
	}
	return d.repair()
}

// repair mends those that are left.
func (d *differences) repair() error {
	if err := d.adjust(d.some); err != nil {
		return err
	}
	clear(d.some)
	return nil
}

func differenceWords(key figures.Key, by figures.Counts) string {
	if key.Dimension >= figures.AffairRegion(0) {
		return fmt.Sprintf("维度 %d 期间 %d 编码 %s：已办应加 %d，已评应加 %d", key.Dimension, key.Period, key.Code, by[0], by[1])
	}
	return fmt.Sprintf("维度 %d 期间 %d 编码 %s 评价对象 %s 渠道 %s：一至五星应加 %v", key.Dimension, key.Period, key.Code, key.Entity, key.Channel, by)
}
