package config

import (
	"cmp"
	"errors"

	"github.com/haochaping/haochaping/internal/moderation"
)

// Moderation says what of people's remarks is published (domain.md 8).
type Moderation struct {
	Remarks string `help:"评价内容的公开：before 含电话、证件号码、姓名的遮盖后公开，含词表中的词的先由人审核；strict 逐条由人审核后公开；off-publication 一律不公开。" name:"moderation" default:"before"`
}

// Mode is the setting; before when nothing is set.
func (m *Moderation) Mode() moderation.Mode {
	return cmp.Or(moderation.Mode(m.Remarks), moderation.Before)
}

// Check reports what is wrong.
func (m *Moderation) Check() error {
	if _, err := moderation.ParseMode(string(m.Mode())); err != nil {
		return errors.New("moderation 应为 before、strict 或 off-publication")
	}
	return nil
}
