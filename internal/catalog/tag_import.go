package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

// TagPage is the page of a workbook that holds the list of tags.
const TagPage = "评价标签"

// Columns of a list of tags, as it is given out; those that are not read are 评价对象 and 顺序: rows stand in their order.
const (
	tagEntityColumn = "评价对象编码" // empty: of every one without its own
	tagStarsColumn  = "星级"
	tagIDColumn     = "编号" // may be left out: it is given
	tagNameColumn   = "标签"
	tagCoreColumn   = "核心" // 是 or 否
	tagStateColumn  = "状态" // rows of 已停用 are passed over
	tagObjectColumn = "评价对象"
)

var (
	tagColumns = []string{tagEntityColumn, tagStarsColumn, tagIDColumn, tagNameColumn, tagCoreColumn, tagStateColumn}
	// tagIgnored are those that an export adds for people, and people's own.
	tagIgnored = []string{tagObjectColumn, "顺序", "序号", "备注"}
)

// TagPlan is what importing a list of tags would do. Nothing can be applied of one with faults.
type TagPlan struct {
	Faults []string // cell and reason, by row
	// Changes say for each set that would get a new version what it would offer otherwise.
	Changes []TagSetChange
	Same    int // sets that are so already

	wrong []tagFault
}

// tagFault is a fault with its row; 0 is the whole list.
type tagFault struct {
	row  int
	text string
}

// refuse notes what is wrong in a row.
func (p *TagPlan) refuse(row int, reason string) {
	p.wrong = append(p.wrong, tagFault{row, fmt.Sprintf("第 %d 行：%s", row, reason)})
}

// refuseAll notes what is wrong with the whole list.
func (p *TagPlan) refuseAll(reason string) { p.wrong = append(p.wrong, tagFault{0, reason}) }

// TagSetChange is a new version of a set.
type TagSetChange struct {
	Next TagVersion
	Was  []Choice
}

type tagSetKey struct {
	entity string
	stars  int
}

// PlanImport says what importing the rows of a spreadsheet would do; it changes nothing. Sets that are in the list become what it
// says, the others stay. An evaluation object that gets its own has to have all five stars.
func (s *TagService) PlanImport(ctx context.Context, rows []sheet.Row) (*TagPlan, error) {
	p := &TagPlan{}
	drafts, places := s.readTags(p, rows)
	keys := make([]tagSetKey, 0, len(drafts))
	perEntity := map[string]int{}
	for key := range drafts {
		keys = append(keys, key)
		perEntity[key.entity]++
	}
	slices.SortFunc(keys, func(a, b tagSetKey) int {
		return cmp.Or(cmp.Compare(a.entity, b.entity), cmp.Compare(b.stars, a.stars))
	})
	for entity, n := range perEntity {
		if entity != "" && !s.tags.Own(entity) && n < 5 {
			p.refuseAll("评价对象 " + entity + " 还没有单独的标签，须写全五个星级")
		}
	}
	for _, key := range keys {
		ready, err := s.Prepare(key.entity, key.stars, drafts[key])
		var f *fault.Error
		if errors.As(err, &f) {
			p.refuseSet(places[key], f)
			continue
		}
		if err != nil {
			return nil, err
		}
		was := s.Choices(key.entity, key.stars)
		if slices.Equal(was, ready) && (key.entity == "" || s.tags.Own(key.entity)) {
			p.Same++
			continue
		}
		versions, err := s.Versions(ctx, key.entity, key.stars)
		if err != nil {
			return nil, err
		}
		next := TagVersion{Entity: key.entity, Stars: key.stars, Version: 1, Choices: ready, Note: "导入"}
		if len(versions) > 0 {
			next.Version = versions[0].Version + 1
		}
		p.Changes = append(p.Changes, TagSetChange{next, was})
	}
	if len(p.wrong) > 0 {
		p.Changes = nil
	}
	slices.SortFunc(p.wrong, func(a, b tagFault) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.text, b.text)) })
	for _, one := range p.wrong {
		p.Faults = append(p.Faults, one.text)
	}
	return p, nil
}

// refuseSet puts violations at the rows they are about.
func (p *TagPlan) refuseSet(at []int, f *fault.Error) {
	if len(f.Violations) == 0 {
		p.refuseAll(f.Message)
	}
	for _, v := range f.Violations {
		_, text, found := strings.Cut(v.Field, ".")
		n, err := strconv.Atoi(text)
		if !found || err != nil || n >= len(at) {
			p.wrong = append(p.wrong, tagFault{at[0], fmt.Sprintf("第 %d 行起：%s", at[0], v.Reason)})
			continue
		}
		p.refuse(at[n], v.Reason)
	}
}

// readHeads says where each column stands, from 1, and refuses what is no column of ours: it may be the one that says whose the tags are.
func (p *TagPlan) readHeads(heads sheet.Row) map[string]int {
	at := map[string]int{}
	for i, cell := range heads.Cells {
		head := sheet.Head(cell)
		at[head] = i + 1
		if head != "" && !slices.Contains(tagColumns, head) && !slices.Contains(tagIgnored, head) {
			p.refuseAll("没有“" + cell + "”这一列，列名应为 " + strings.Join(tagColumns, "、") + "；不需要的列请删除，或命名为“备注”")
		}
	}
	for _, name := range []string{tagStarsColumn, tagNameColumn, tagCoreColumn} {
		if at[name] == 0 {
			p.refuseAll("缺少“" + name + "”这一列")
		}
	}
	if at[tagObjectColumn] > 0 && at[tagEntityColumn] == 0 {
		p.refuseAll("有“" + tagObjectColumn + "”而缺少“" + tagEntityColumn + "”这一列：请填写编码，全国统一标签留空")
	}
	return at
}

// readTags reads the rows, set by set, and in which row each tag stands.
func (s *TagService) readTags(p *TagPlan, rows []sheet.Row) (drafts map[tagSetKey][]Choice, places map[tagSetKey][]int) {
	drafts, places = map[tagSetKey][]Choice{}, map[tagSetKey][]int{}
	if len(rows) == 0 {
		p.refuseAll("表格是空的")
		return drafts, places
	}
	at := p.readHeads(rows[0])
	if len(p.wrong) > 0 {
		return drafts, places
	}
	for _, row := range rows[1:] {
		cell := func(name string) string { return row.Cell(at[name] - 1) }
		if cell(tagStateColumn) == "已停用" || cell(tagNameColumn)+cell(tagIDColumn) == "" {
			continue
		}
		refuse := func(reason string) { p.refuse(row.Number, reason) }
		stars, err := strconv.Atoi(cell(tagStarsColumn))
		if err != nil || stars < 1 || stars > 5 {
			refuse("星级应为 1 到 5，现为“" + cell(tagStarsColumn) + "”")
			continue
		}
		key := tagSetKey{cell(tagEntityColumn), stars}
		if key.entity != "" && !s.entities.Known(key.entity) {
			refuse("没有评价对象“" + key.entity + "”")
			continue
		}
		core := cell(tagCoreColumn)
		if core != "是" && core != "否" {
			refuse("核心应为 是 或 否，现为“" + core + "”")
			continue
		}
		drafts[key] = append(drafts[key], Choice{cell(tagIDColumn), cell(tagNameColumn), core == "是"})
		places[key] = append(places[key], row.Number)
	}
	if len(drafts) == 0 && len(p.wrong) == 0 {
		p.refuseAll("表格里没有标签")
	}
	return drafts, places
}

// ApplyImport does what a plan says, all of it or nothing.
func (s *TagService) ApplyImport(ctx context.Context, p *TagPlan) error {
	if len(p.Faults) > 0 {
		return fault.NewConflict(fmt.Sprintf("表中有 %d 处错误，未导入", len(p.Faults)))
	}
	if len(p.Changes) == 0 {
		return nil
	}
	versions := make([]TagVersion, len(p.Changes))
	for i, change := range p.Changes {
		versions[i] = change.Next
	}
	return s.add(ctx, versions, "tags.import")
}
