package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/haochaping/haochaping/internal/store"
)

type importTagsCommand struct {
	config.Storage
	File  string `arg:"" help:"xlsx 或 csv；首行为列名，格式同管理后台“评价标签”导出的表。"`
	Apply bool   `help:"执行导入；缺省只检查并显示会有什么变化。"`
}

// Help tells the columns.
func (*importTagsCommand) Help() string {
	return "列：评价对象编码（全国统一标签留空）、星级（1–5）、编号（新标签可留空）、标签、核心（是、否）、状态（选填；“已停用”的行不读）。行的先后就是显示的先后。表中有的评价对象和星级照表更新为新版本，表中没有的不变；编号和文字用过就不能改。"
}

// Run says what importing the file would do, and does so when it is told to. Exit status 1 when anything in the file is wrong.
func (i *importTagsCommand) Run(c *console) error {
	rows, err := sheet.ReadFile(i.File, catalog.TagPage, sheet.Usual())
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
	tags, entities := catalog.NewTags(nil), catalog.NewEntitySet(nil)
	load := func(ctx context.Context) error {
		return r.store.Load(ctx, store.Registers{Registry: org.NewRegistry(nil, nil), Entities: entities, Tags: tags})
	}
	if err := load(c); err != nil {
		return err
	}
	service := catalog.NewTagService(r.store, tags, entities, load)
	plan, err := service.PlanImport(c, rows)
	if err != nil {
		return err
	}
	c.printf("%s", tagsOutcome(plan))
	switch {
	case len(plan.Faults) > 0:
		return exit(1)
	case !i.Apply:
		c.printf("以上是预演，什么也没有改动；确认无误后加 --apply 执行。\n")
		return nil
	}
	if err := service.ApplyImport(c, plan); err != nil {
		return err
	}
	c.printf("已导入；运行中的服务十秒内使用新的标签。\n")
	return nil
}

// tagsOutcome says what a plan would do.
func tagsOutcome(p *catalog.TagPlan) string {
	var text strings.Builder
	if len(p.Faults) > 0 {
		fmt.Fprintf(&text, "有 %d 处错误，改正后再导入：\n", len(p.Faults))
		few(&text, len(p.Faults), func(n int) string { return p.Faults[n] })
		return text.String()
	}
	fmt.Fprintf(&text, "更新 %d 组标签，不变 %d 组\n", len(p.Changes), p.Same)
	few(&text, len(p.Changes), func(n int) string {
		next := p.Changes[n].Next
		entity := next.Entity
		if entity == "" {
			entity = "全国统一标签"
		}
		return fmt.Sprintf("%s %s 第 %d 版：%s → %s", entity, catalog.StarName(next.Stars), next.Version, names(p.Changes[n].Was), names(next.Choices))
	})
	return text.String()
}

// names are those of tags, core ones with a star.
func names(choices []catalog.Choice) string {
	texts := make([]string, len(choices))
	for i, choice := range choices {
		if texts[i] = choice.Name; choice.Core {
			texts[i] += "*"
		}
	}
	return strings.Join(texts, "、")
}
