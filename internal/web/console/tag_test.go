package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
)

// tagValues is the form of a set as a person finds it, with what he writes.
func (h *house) tagValues(entity string, stars, seen int, change func(rows []tagInput) []tagInput) url.Values {
	var rows []tagInput
	for n, c := range h.handler.Tags.Choices(entity, stars) {
		rows = append(rows, tagInput{Place: strconv.Itoa(n + 1), ID: c.ID, Name: c.Name, Core: c.Core, Offered: true})
	}
	form := url.Values{"seen": {strconv.Itoa(seen)}}
	for n, row := range change(rows) {
		at := "." + strconv.Itoa(n)
		form.Set("place"+at, row.Place)
		form.Set("id"+at, row.ID)
		form.Set("name"+at, row.Name)
		if row.Core {
			form.Set("core"+at, "1")
		}
		if row.Offered {
			form.Set("on"+at, "1")
		}
	}
	return form
}

func same(rows []tagInput) []tagInput { return rows }

func TestTagsGetANewVersion(t *testing.T) {
	h := newHouse(t, withTags(t))
	b := h.as(t, "sheng")
	b.wants(b.get(tagsPath), http.StatusOK, "全国统一标签", "沿用统一", "egovGuide", "/console/tags/set?stars=5")
	set := tagAddress("/set", "", 5)
	b.wants(b.get(set), http.StatusOK, "一窗受理一次办结", "还没有改过", "修改")
	b.wants(b.get(tagAddress("/change", "", 5)), http.StatusOK, `name="id.0" value="510"`, `name="seen" value="0"`, "新标签的文字")

	address := tagAddress("/change", "", 5)
	b.wants(b.post(address, h.tagValues("", 5, 0, same)), http.StatusOK, "没有改动")
	wrong := func(rows []tagInput) []tagInput {
		rows[0].Name = "改一个说法"
		return append(rows, tagInput{Name: strings.Repeat("长", 31), Offered: true}, tagInput{ID: "406", Name: "别的", Offered: true})
	}
	b.wants(b.post(address, h.tagValues("", 5, 0, wrong)), http.StatusUnprocessableEntity, "标签的文字不能改", "标签最多30个字", "编号 406 是满意的标签")
	none := func([]tagInput) []tagInput { return nil }
	b.wants(b.post(address, h.tagValues("", 5, 0, none)), http.StatusUnprocessableEntity, "至少留一个标签")
	noCore := func(rows []tagInput) []tagInput {
		for n := range rows {
			rows[n].Core = false
		}
		return rows
	}
	b.wants(b.post(address, h.tagValues("", 5, 0, noCore)), http.StatusUnprocessableEntity, "至少有一个是核心标签")

	change := func(rows []tagInput) []tagInput {
		rows[0].Offered = false                 // 510 retires
		rows[3].Core, rows[3].Place = true, "1" // 513 goes to the head
		return append(rows, tagInput{Name: "环境<整洁>", Offered: true})
	}
	form := h.tagValues("", 5, 0, change)
	s := b.post(address, form)
	b.wants(s, http.StatusOK, "停用 510 一窗受理一次办结", "改为核心 513 可以全程网上办理", "新增 550 环境&lt;整洁&gt;", "调整了顺序", "保存为新版本")
	if got := h.handler.Tags.Tags().Valid("550", "egovAffair", 5); got {
		t.Error("looking saved it")
	}
	form.Set("sure", "yes")
	form.Set("note", "按新规")
	b.to(b.post(address, form), set)
	b.wants(b.get(set), http.StatusOK, "已保存为第1版", "正在使用", "按新规", "省级（sheng）", "最初的标签", "已停用 1 个", "环境&lt;整洁&gt;")
	tags := h.handler.Tags.Tags()
	if tags.Valid("510", "egovAffair", 5) || !tags.Valid("550", "egovAffair", 5) || tags.For("egovAffair", 5)[0].ID != "513" || tags.Name("510") != "一窗受理一次办结" {
		t.Errorf("what counts: %+v", tags.For("egovAffair", 5))
	}
	// The second who saves over what the first has saved is refused, and nothing is lost of what he wrote.
	late := h.tagValues("", 5, 0, func(rows []tagInput) []tagInput { return append(rows, tagInput{Name: "晚来的", Offered: true}) })
	late.Set("sure", "yes")
	b.wants(b.post(address, late), http.StatusConflict, "另有人保存了新的版本", `value="晚来的"`)

	// An older version is where one begins anew.
	b.wants(b.get(address+"&from=0"), http.StatusOK, `value="恢复第0版"`, `name="seen" value="1"`)
	b.wants(b.get(address+"&from=7"), http.StatusNotFound, "没有这个版本")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Object: "tags:/5", Limit: 9})
	if err != nil || len(links) != 1 || links[0].Actor != "sheng" || links[0].Reason != "按新规" || !strings.Contains(links[0].Before, "510*") {
		t.Errorf("audited: %+v, %v", links, err)
	}
}

func TestAnEvaluationObjectWithItsOwnTags(t *testing.T) {
	h := newHouse(t, withTags(t))
	b := h.as(t, "sheng")
	set := tagAddress("/set", "egovGuide", 5)
	b.wants(b.get(set), http.StatusOK, "没有单独设置标签", "单独设置标签")
	b.wants(b.get(tagAddress("/change", "egovGuide", 5)), http.StatusConflict, "请先单独设置")
	const own = tagsPath + "/own"
	b.wants(b.post(own, url.Values{"of": {"egovGuide"}, "stars": {"5"}, "to": {"own"}}), http.StatusOK, "从全国统一标签复制一份")
	b.to(b.post(own, url.Values{"of": {"egovGuide"}, "stars": {"5"}, "to": {"own"}, "sure": {"yes"}}), set)
	b.wants(b.get(tagsPath), http.StatusOK, "单独设置")
	form := h.tagValues("egovGuide", 5, 1, func(rows []tagInput) []tagInput {
		return append(rows[:2], tagInput{Name: "指南清楚", Offered: true})
	})
	form.Set("sure", "yes")
	b.to(b.post(tagAddress("/change", "egovGuide", 5), form), set)
	tags := h.handler.Tags.Tags()
	if len(tags.For("egovGuide", 5)) != 3 || len(tags.For("egovGuide", 4)) != 8 || len(tags.For("egovAffair", 5)) != 8 {
		t.Errorf("own %v", tags.For("egovGuide", 5))
	}
	b.wants(b.post(own, url.Values{"of": {"egovGuide"}, "stars": {"5"}, "to": {"own"}, "sure": {"yes"}}), http.StatusConflict, "已经有自己的标签")
	b.wants(b.post(own, url.Values{"of": {"egovGuide"}, "stars": {"5"}, "to": {"national"}}), http.StatusOK, "改回全国统一标签", `name="to" value="national"`)
	b.to(b.post(own, url.Values{"of": {"egovGuide"}, "stars": {"5"}, "to": {"national"}, "sure": {"yes"}}), set)
	if got := len(tags.For("egovGuide", 5)); got != 8 {
		t.Errorf("%d after going back", got)
	}
	b.wants(b.get(tagAddress("/set", "nothing", 5)), http.StatusNotFound, "没有这个评价对象")
	b.wants(b.get(tagsPath+"/set?stars=9"), http.StatusNotFound)
}

func TestThePreviewIsThePageThatCitizensSee(t *testing.T) {
	h := newHouse(t, withTags(t))
	b := h.as(t, "sheng")
	s := b.get(tagAddress("/preview", "egovGuide", 4))
	b.wants(s, http.StatusOK, "citizen", `id="s4" required checked`, "填写一张表单就可完成申报", "服务态度差效率低", "预览", "在这里提交不会保存")
	form := h.tagValues("", 4, 0, func(rows []tagInput) []tagInput {
		rows[0].Offered = false
		return append(rows, tagInput{Name: "很新", Core: true, Offered: true})
	})
	s = b.post(tagAddress("/preview", "", 4), form)
	b.wants(s, http.StatusOK, "很新", "服务态度差效率低")
	b.lacks(s, "填写一张表单就可完成申报")
	b.wants(b.post(tagAddress("/preview", "", 4), url.Values{"stars": {"5"}, "tag": {"510"}}), http.StatusOK, "这是预览", "没有提交")
	a := h.as(t, "shenji")
	a.lacks(a.get(tagAddress("/set", "", 5)), "修改")
	csv := a.get(tagsPath + "/export?format=csv")
	a.wants(csv, http.StatusOK, "全国统一标签,,5,1,510,一窗受理一次办结,是,使用中")
	if lines := strings.Count(csv.body, "\n"); lines != len(catalog.National())+1 {
		t.Error(fmt.Sprint(lines, " lines"))
	}
}
