package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
)

type remarksCommands struct {
	Check remarksCheckCommand `cmd:"" help:"用现在的规则和词表再检查一遍已公开的评价内容，如升级后、启用新词表后；缺省只预演，加 --apply 才遮盖。"`
}

type remarksCheckCommand struct {
	config.Storage
	Apply bool `help:"遮盖新发现的个人信息，含有词表中的词的转为待审核；缺省只说有多少。"`
}

const (
	// toldAfter is after how many remarks the person is told how far it is.
	toldAfter = 100_000
	// mostNamed is how many serial numbers are printed.
	mostNamed = 100
)

// Run judges once more what is public. Nothing opens by it, and what persons let pass is theirs to change: it is only named.
func (r *remarksCheckCommand) Run(c *console) error {
	h, err := openPresent(c, &r.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		return err
	}
	service := moderation.NewService(h.store, review.Tracer{Sealer: h.sealer}, policy)
	if err := service.Refresh(c); err != nil {
		return err
	}
	all, err := r.judge(c, service)
	// What was changed is noted also when the rest was not come to.
	if r.Apply && all.Masked+all.Held > 0 {
		entry := audit.Entry{Action: "moderation.again", Object: "review", After: fmt.Sprintf("遮盖：%d；转为待审核：%d", all.Masked, all.Held)}
		err = errors.Join(err, h.store.Note(context.WithoutCancel(c), entry))
	}
	if err == nil || r.Apply && all.Masked+all.Held > 0 {
		r.tell(c, &all)
	}
	return err
}

// judge judges all of them, and gives what was found as far as it came.
func (r *remarksCheckCommand) judge(c *console, service *moderation.Service) (all moderation.Again, err error) {
	for after, told := "", toldAfter; ; {
		found, last, err := service.JudgeAgain(c, after, r.Apply)
		all.Add(&found)
		if err != nil || last == "" {
			return all, err
		}
		if after = last; all.Remarks >= told {
			told += toldAfter
			c.printf("已检查 %d 条\n", all.Remarks)
		}
	}
}

func (r *remarksCheckCommand) tell(c *console, found *moderation.Again) {
	c.printf("检查了已公开的评价内容 %d 条\n", found.Remarks)
	switch n := found.Masked + found.Held; {
	case n == 0:
		c.printf("没有要改的\n")
	case r.Apply:
		c.printf("已遮盖 %d 条，转为待审核 %d 条\n", found.Masked, found.Held)
	default:
		c.printf("要遮盖 %d 条，要转为待审核 %d 条。没有改动；加 --apply 再次运行才改\n", found.Masked, found.Held)
	}
	if n := len(found.Decided); n > 0 {
		c.printf("另有 %d 条由人决定公开，其中有个人信息没有遮盖，请在管理后台“评价审核”中按流水号重新决定：\n", n)
		for _, serial := range found.Decided[:min(n, mostNamed)] {
			c.printf("  %s\n", serial)
		}
		if n > mostNamed {
			c.printf("  等，共 %d 条\n", n)
		}
	}
	if found.Unread > 0 {
		c.printf("另有 %d 条评价打不开，没有检查，它们的内容也不公开。请核对密钥文件（haochaping key status）\n", found.Unread)
	}
}
