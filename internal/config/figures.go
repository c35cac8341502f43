package config

import (
	"errors"

	"github.com/haochaping/haochaping/internal/figures"
)

// Figures says how figures are made (domain.md 4).
type Figures struct {
	ThreeIsBad bool  `help:"三星（基本满意）不计入好评。"`
	Minimum    int64 `help:"评价数不足几条的不参加排名，另列为样本不足。" default:"30" placeholder:"N"`
}

// Formulas are the settings of the formulas.
func (f *Figures) Formulas() figures.Formulas {
	return figures.Formulas{ThreeIsGood: !f.ThreeIsBad, Minimum: f.Minimum}
}

// Check reports what is wrong.
func (f *Figures) Check() error {
	if f.Minimum < 1 || f.Minimum > 1_000_000 {
		return errors.New("minimum 应为 1 到 1000000")
	}
	return nil
}
