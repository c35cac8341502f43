package config

import "fmt"

// Retention says how long personal data is kept where no administrator has set it.
type Retention struct {
	RetentionMonths int `help:"个人信息保存几个月，之后删除，统计数保留；0 为一直保存。管理后台可另设。" default:"36" placeholder:"N"`
}

// Bounds of the retention, in months.
const minRetention, maxRetention = 6, 240

// Check reports what is wrong.
func (r *Retention) Check() error {
	if r.RetentionMonths != 0 && (r.RetentionMonths < minRetention || r.RetentionMonths > maxRetention) {
		return fmt.Errorf("retention-months 应为 0 或 %d 到 %d", minRetention, maxRetention)
	}
	return nil
}
