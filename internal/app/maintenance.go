package app

import (
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
	records, difference, err := figures.Recount(c, s)
	if err != nil {
		return err
	}
	if len(difference) == 0 {
		c.printf("一致：%d 个统计数与评价记录相符\n", len(records))
		return nil
	}
	c.printf("不一致：%d 个统计数与评价记录不符\n", len(difference))
	for i, key := range difference.Keys() {
		if i == shownDifferences {
			c.printf("  ……其余 %d 个从略\n", len(difference)-i)
			break
		}
		if counts := difference[key]; key.Dimension >= figures.AffairRegion(0) {
			c.printf("  维度 %d 期间 %d 编码 %s：已办应加 %d，已评应加 %d\n", key.Dimension, key.Period, key.Code, counts[0], counts[1])
			continue
		}
		c.printf("  维度 %d 期间 %d 编码 %s 评价对象 %s 渠道 %s：一至五星应加 %v\n",
			key.Dimension, key.Period, key.Code, key.Entity, key.Channel, difference[key])
	}
	if !r.Repair {
		return exit(1)
	}
	if err := s.Adjust(c, difference); err != nil {
		return err
	}
	c.printf("已改正\n")
	return nil
}
