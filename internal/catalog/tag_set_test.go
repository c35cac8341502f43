package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

func tagService() *TagService {
	tags := NewTags(append(National(), Tag{ID: "550", Stars: 5, Name: "旧说法", Retired: true}))
	return NewTagService(nil, tags, NewEntitySet(Specified()), func(context.Context) error { return nil })
}

func TestADraftOfTags(t *testing.T) {
	s := tagService()
	for name, tt := range map[string]struct {
		draft []Choice
		want  []Choice
		field string // of the violation
	}{
		"ids are given, core ones go first": {
			draft: []Choice{{Name: "甲"}, {ID: "510", Name: "一窗受理一次办结", Core: true}, {Name: " 乙 ", Core: true}},
			want:  []Choice{{"510", "一窗受理一次办结", true}, {"552", "乙", true}, {"551", "甲", false}},
		},
		"a tag that was is taken by its id": {draft: []Choice{{ID: "550", Core: true}}, want: []Choice{{"550", "旧说法", true}}},
		"the same words are the same tag":   {draft: []Choice{{Name: "旧说法", Core: true}, {Name: "不用提交证明"}}, want: []Choice{{"550", "旧说法", true}, {"512", "不用提交证明", false}}},
		"reworded":                          {draft: []Choice{{ID: "510", Name: "换个说法", Core: true}}, field: "name.0"},
		"of other stars":                    {draft: []Choice{{ID: "510", Core: true}, {ID: "406"}}, field: "id.1"},
		"twice the id":                      {draft: []Choice{{ID: "A1", Name: "甲", Core: true}, {ID: "A1", Name: "乙"}}, field: "id.1"},
		"twice the name":                    {draft: []Choice{{Name: "甲", Core: true}, {Name: "甲"}}, field: "name.1"},
		"no name":                           {draft: []Choice{{ID: "A1", Core: true}}, field: "name.0"},
		"a long name":                       {draft: []Choice{{Name: strings.Repeat("长", MaxTagName+1), Core: true}}, field: "name.0"},
		"a name of two lines":               {draft: []Choice{{Name: "甲\n乙", Core: true}}, field: "name.0"},
		"an id with a sign":                 {draft: []Choice{{ID: "A-1", Name: "甲", Core: true}}, field: "id.0"},
		"an id too long":                    {draft: []Choice{{ID: strings.Repeat("1", MaxTagID+1), Name: "甲", Core: true}}, field: "id.0"},
		"nothing":                           {field: "tags"},
		"none at the first sight":           {draft: []Choice{{Name: "甲"}}, field: "tags"},
		"too many":                          {draft: make([]Choice, MaxTags+1), field: "tags"},
	} {
		got, err := s.Prepare("", 5, tt.draft)
		var f *fault.Error
		switch {
		case tt.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.field == "":
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		case !errors.As(err, &f):
			t.Errorf("%s: got %v, %v", name, got, err)
		default:
			found := false
			for _, v := range f.Violations {
				found = found || v.Field == tt.field
			}
			if !found {
				t.Errorf("%s: violations %v, want one of %s", name, f.Violations, tt.field)
			}
		}
	}
	// A new tag has no id yet: that its words are there already is all that there is to say.
	for name, draft := range map[string][]Choice{
		"the new one last":  {{ID: "510", Core: true}, {Name: "一窗受理一次办结"}},
		"the new one first": {{Name: "一窗受理一次办结", Core: true}, {ID: "510"}},
	} {
		var f *fault.Error
		_, err := s.Prepare("", 5, draft)
		if want := []fault.Violation{{Field: "name.1", Reason: "与第1个标签的文字相同"}}; !errors.As(err, &f) || cmp.Diff(want, f.Violations) != "" {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
	if _, err := s.Prepare("nothing", 5, []Choice{{Name: "甲", Core: true}}); fault.KindOf(err) != fault.Missing {
		t.Errorf("of an unknown evaluation object: %v", err)
	}
	if _, err := s.Save(t.Context(), "egovGuide", 5, 0, []Choice{{Name: "甲", Core: true}}, ""); fault.KindOf(err) != fault.Conflict {
		t.Errorf("of one without its own: %v", err)
	}
}

func TestTagsInTheOrderThatWasChosen(t *testing.T) {
	tags := NewTags([]Tag{
		{ID: "1", Stars: 5, Name: "一", Position: 3},
		{ID: "2", Stars: 5, Name: "二", Position: 1},
		{ID: "3", Stars: 5, Name: "三", Core: true, Position: 9},
		{ID: "4", Stars: 5, Name: "四", Retired: true},
	})
	if diff := cmp.Diff([]string{"3", "2", "1"}, ids(tags.For("egovAffair", 5))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"4"}, ids(tags.Retired("", 5))); diff != "" {
		t.Error(diff)
	}
}

// tagMemory keeps versions as a store does.
type tagMemory struct{ versions []TagVersion }

func (m *tagMemory) TagVersions(_ context.Context, entity string, stars int) (found []TagVersion, err error) {
	for _, v := range m.versions {
		if v.Entity == entity && v.Stars == stars {
			found = append([]TagVersion{v}, found...)
		}
	}
	return found, nil
}

func (m *tagMemory) AddTagVersions(_ context.Context, versions []TagVersion, _ string) error {
	m.versions = append(m.versions, versions...)
	return nil
}

func TestAListOfTags(t *testing.T) {
	memory := &tagMemory{versions: []TagVersion{{Stars: 4, Version: 3}}}
	s := tagService()
	s.store = memory
	list := func(lines ...string) (rows []sheet.Row) {
		for n, line := range append([]string{"评价对象编码|星级|编号|标签|核心|状态"}, lines...) {
			rows = append(rows, sheet.Row{Number: n + 1, Cells: strings.Split(line, "|")})
		}
		return rows
	}
	for line, want := range map[string]string{
		"|6|510||是":          "第 2 行：星级应为 1 到 5",
		"nothing|5|510||是":   "第 2 行：没有评价对象“nothing”",
		"|5|510|换个说法|是":      "第 2 行：编号 510 已是",
		"|5|510||也许":         "第 2 行：核心应为 是 或 否",
		"egovGuide|5|510||是": "须写全五个星级",
		"|5|510||否":          "第 2 行起：至少有一个是核心标签",
		"|5|510|一窗受理一次办结|是|已停用": "表格里没有标签",
	} {
		p, err := s.PlanImport(t.Context(), list(line))
		if err != nil || len(p.Faults) != 1 || !strings.Contains(p.Faults[0], want) || len(p.Changes) > 0 {
			t.Errorf("%s: %+v, %v; want %s", line, p, err, want)
		}
	}
	// A column that is not understood may be the one that says whose the tags are: without it they would be everybody's.
	for heads, want := range map[string][]string{
		"评价对象代码|星级|标签|核心": {"没有“评价对象代码”这一列，列名应为 评价对象编码、星级、编号、标签、核心、状态；不需要的列请删除，或命名为“备注”"},
		"评价对象|星级|标签|核心":   {"有“评价对象”而缺少“评价对象编码”这一列：请填写编码，全国统一标签留空"},
		"序号|备注|顺序|标签":     {"缺少“星级”这一列", "缺少“核心”这一列"},
	} {
		p, err := s.PlanImport(t.Context(), []sheet.Row{{Number: 1, Cells: strings.Split(heads, "|")}, {Number: 2, Cells: []string{"yssAffair", "5", "甲", "是"}}})
		if err != nil || !slices.Equal(p.Faults, want) || len(p.Changes) > 0 {
			t.Errorf("%s: %+v, %v; want %s", heads, p, err, want)
		}
	}
	// Faults stand in the order of the rows.
	p, err := s.PlanImport(t.Context(), list(slices.Repeat([]string{"|5|510||也许"}, 10)...))
	if err != nil || len(p.Faults) != 10 || !strings.HasPrefix(p.Faults[0], "第 2 行：") || !strings.HasPrefix(p.Faults[9], "第 11 行：") {
		t.Errorf("%+v, %v", p, err)
	}
	var national []string
	for _, tag := range National() {
		core := "否"
		if tag.Core {
			core = "是"
		}
		if tag.ID != "409" {
			national = append(national, "|"+tag.ID[:1]+"|"+tag.ID+"|"+tag.Name+"|"+core)
		}
	}
	p, err = s.PlanImport(t.Context(), list(append(national, "|4||窗口明亮|否")...))
	if err != nil || len(p.Faults) > 0 || p.Same != 4 || len(p.Changes) != 1 || p.Changes[0].Next.Version != 4 {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := s.ApplyImport(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	last := memory.versions[len(memory.versions)-1]
	s.tags.Replace(append(National(), Tag{ID: "450", Stars: 4, Name: "窗口明亮"}))
	if p, err := s.PlanImport(t.Context(), list("|4||窗口明亮|是")); err != nil || p.Changes[0].Next.Choices[0].ID != "450" {
		t.Errorf("again: %+v, %v", p, err)
	}
	if len(last.Choices) != 8 || last.Choices[7] != (Choice{"450", "窗口明亮", false}) || last.Version != 4 {
		t.Errorf("saved %+v", last)
	}
}
