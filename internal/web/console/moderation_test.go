package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

// remarks are what people said, and the way they come in.
type remarks struct {
	*moderation.Service
	reviews *review.Service
	now     func() time.Time
	count   int
}

// withModeration gives a console its moderation.
func withModeration(t *testing.T, m *remarks) func(*Needs) {
	t.Helper()
	return func(n *Needs) {
		opened, ok := n.Audit.(*store.Store)
		if !ok {
			t.Fatal("the audit log is no store")
		}
		keys := privacy.NewKeys()
		sealer, err := privacy.NewSealer(keys, privacy.SM4)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := moderation.NewPolicy(moderation.Before)
		if err != nil {
			t.Fatal(err)
		}
		m.reviews, err = review.NewService(review.Needs{
			Store: opened, Places: &review.Placement{Registry: n.Registry, Root: "440000000000"}, Sealer: sealer,
			Blinder: privacy.NewBlinder(keys), Now: n.Now, Lanes: 1, Queue: 10, Batch: 10, Policy: policy,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.reviews.Close)
		m.now = n.Now
		m.Service = moderation.NewService(opened, m.reviews, policy)
		n.Moderation = &ModerationNeeds{Moderation: m.Service, Entities: catalog.NewEntitySet(catalog.Specified()), Mode: func() moderation.Mode { return moderation.Before }}
		n.Waiting = append(n.Waiting, ModerationWaiting{m.Service})
	}
}

// say stores a review of a region or a department with a remark and gives its serial number.
func (m *remarks) say(t *testing.T, region, department, remark string) string {
	t.Helper()
	m.count++
	receipt, err := m.reviews.Submit(t.Context(), review.Review{
		Facts: review.Facts{
			Kind: review.Affair, AppCode: "app", EntityCode: "egovAffair", Channel: "portal", Subject: fmt.Sprint("affair", m.count), ItemName: "身份证补领",
			RegionCode: region, DepartmentCode: department, Stars: 2, EvalTime: m.now(),
		},
		Personal: review.Personal{UserID: "u", UserName: "张三丰", Remark: remark},
	})
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Serial
}

// praise stores a review of five stars without a remark and gives its serial number.
func (m *remarks) praise(t *testing.T, region, department string) string {
	t.Helper()
	m.count++
	receipt, err := m.reviews.Submit(t.Context(), review.Review{
		Facts: review.Facts{
			Kind: review.Affair, AppCode: "app", EntityCode: "egovAffair", Channel: catalog.HallQR, Subject: fmt.Sprint("affair", m.count), ItemName: "身份证补领",
			RegionCode: region, DepartmentCode: department, HallCode: hallCode, Stars: 5, EvalTime: m.now(),
		},
		Personal: review.Personal{UserID: fmt.Sprint("u", m.count), UserName: "张三丰"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Serial
}

// public is what the public sees of a remark.
func (m *remarks) public(t *testing.T, serial string) string {
	t.Helper()
	found, err := m.reviews.Newest(t.Context(), review.Listing{RegionFrom: org.AllRegions, RegionTo: "9", From: m.now().AddDate(0, 0, -1), To: m.now().AddDate(0, 0, 1), Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range found {
		if r.Serial == serial {
			return r.Remark
		}
	}
	t.Fatalf("%s is not listed", serial)
	return ""
}

func TestTheListOfRemarksHoldsWhatWaitsInOnesScope(t *testing.T) {
	m := &remarks{}
	h := newHouse(t, withModeration(t, m))
	sheng := h.as(t, "sheng")
	sheng.wants(sheng.get("/console/moderation"), http.StatusOK, "没有等待审核的评价内容。", "由人审核后才公开")
	sheng.lacks(sheng.get("/console"), "评价内容待审核")

	near := m.say(t, guangzhou, policeCode, "他们受贿，电话138-0013-8000，张三丰")
	far := m.say(t, shenzhen, "", "深圳的贪污")
	masked := m.say(t, guangzhou, "", "请打13800138000")
	m.say(t, guangzhou, "", "很好")
	page := sheng.get("/console/moderation")
	sheng.wants(page, http.StatusOK, near, far, "他们<mark>受贿</mark>，电话*************，张**", "待审核", "满意</span></td>", "广州市公安局", "身份证补领")
	sheng.lacks(page, "138-0013", "三丰", masked, "很好")
	sheng.wants(sheng.get("/console"), http.StatusOK, "评价内容待审核")
	sheng.wants(sheng.get("/console/moderation?state=masked"), http.StatusOK, masked, "请打***********")
	sheng.wants(sheng.get("/console/moderation?stars=5"), http.StatusOK, "没有符合条件的记录")
	sheng.wants(sheng.get("/console/moderation?stars=2&from=2026-06-15&to=2026-06-15"), http.StatusOK, near)
	sheng.wants(sheng.get("/console/moderation?after=nonsense"), http.StatusOK, near)

	for _, login := range []string{"quyu", "bumen"} {
		b := h.as(t, login)
		page := b.get("/console/moderation")
		b.wants(page, http.StatusOK, near)
		b.lacks(page, far, "贪污")
		b.wants(b.get("/console/moderation/"+far), http.StatusNotFound)
	}
	quyu := h.as(t, "quyu")
	quyu.wants(quyu.get("/console/moderation"), http.StatusOK, `<option value="">待审核</option>`)
	quyu.wants(quyu.get("/console/moderation?region="+shenzhen), http.StatusOK, near) // no choice of his: it filters nothing

	// A serial number is found whatever has become of its remark, within one's scope.
	one := sheng.get("/console/moderation?serial=" + strings.ToLower(masked))
	sheng.wants(one, http.StatusOK, masked, "共1条")
	sheng.lacks(one, near)
	sheng.wants(sheng.get("/console/moderation?state=withheld&serial="+masked), http.StatusOK, "没有符合条件的记录")
	sheng.wants(sheng.get("/console/moderation?serial=nonsense"), http.StatusOK, "没有符合条件的记录")
	sheng.wants(sheng.get("/console/moderation/export?format=csv&serial="+masked), http.StatusOK, masked)
	quyu.wants(quyu.get("/console/moderation?serial="+far), http.StatusOK, "没有符合条件的记录")

	csv := sheng.get("/console/moderation/export?format=csv")
	sheng.wants(csv, http.StatusOK, "流水号", near, "他们受贿，电话*************，张**", far, ",2026年6月15日 10:00,")
	sheng.lacks(csv, "138-0013", "三丰")
}

func TestRemarksComeInPages(t *testing.T) {
	m := &remarks{}
	h := newHouse(t, withModeration(t, m))
	var serials []string
	for n := range PageSize + 5 {
		serials = append(serials, m.say(t, guangzhou, "", fmt.Sprintf("受贿%d", n)))
		h.wait(time.Second)
	}
	b := h.as(t, "sheng")
	first := b.get("/console/moderation")
	b.wants(first, http.StatusOK, serials[0], serials[PageSize-1], "后一页")
	b.lacks(first, serials[PageSize])
	_, rest, _ := strings.Cut(first.body, `<a href="/console/moderation?`)
	for !strings.Contains(rest[:strings.IndexByte(rest, '"')], "after=") {
		_, rest, _ = strings.Cut(rest, `<a href="/console/moderation?`)
	}
	older := strings.ReplaceAll("/console/moderation?"+rest[:strings.IndexByte(rest, '"')], "&amp;", "&")
	second := b.get(older)
	b.wants(second, http.StatusOK, serials[PageSize], serials[PageSize+4], "前一页")
	b.lacks(second, serials[PageSize-1])
}

func TestADecisionIsMadeOnThePage(t *testing.T) {
	m := &remarks{}
	h := newHouse(t, withModeration(t, m))
	serial := m.say(t, guangzhou, policeCode, "他们受贿，电话13800138000，老王知道")
	address := "/console/moderation/" + serial
	b := h.as(t, "bumen")
	page := b.get(address)
	b.wants(page, http.StatusOK, "他们<mark>受贿</mark>，电话***********", "手机号码", `name="span" value="2-4" checked`, "还没有人审核过", "不显示内容")
	b.lacks(page, "138001")

	for _, tt := range []struct {
		form url.Values
		says string
	}{
		{url.Values{"version": {"0"}}, "请选择公开、遮盖后公开或不公开"},
		{url.Values{"version": {"0"}, "decision": {"withhold"}}, "请写明原因"},
		{url.Values{"version": {"0"}, "decision": {"publish"}, "reason": {"属实"}}, "不能原样公开"},
		{url.Values{"version": {"0"}, "decision": {"withhold"}, "reason": {"打13900139000核实"}}, "请不要写电话"},
		{url.Values{"version": {"0"}, "decision": {"mask"}, "phrases": {"老李"}}, "一字不差"},
		{url.Values{"version": {"x"}, "decision": {"mask"}}, "请看过现在的情况再决定"},
	} {
		s := b.post(address, tt.form)
		status := http.StatusUnprocessableEntity
		if tt.form.Get("version") == "x" {
			status = http.StatusConflict
		}
		b.wants(s, status, tt.says)
	}
	b.to(b.post(address, url.Values{"version": {"0"}, "decision": {"mask"}, "phrases": {"老王\r\n"}}), "/console/moderation")
	if got := m.public(t, serial); got != "他们受贿，电话***********，**知道" {
		t.Errorf("shown is %s", got)
	}
	// Another one who saw it as it was is told.
	quyu := h.as(t, "quyu")
	late := url.Values{"version": {"0"}, "decision": {"withhold"}, "reason": {"正在调查"}}
	quyu.wants(quyu.post(address, late), http.StatusConflict, "bumen 已于2026年6月15日 10:00决定：", "已遮盖公开", "正在调查")
	late.Set("version", "1")
	quyu.to(quyu.post(address, late), "/console/moderation")
	if got := m.public(t, serial); got != "" {
		t.Errorf("shown is %s", got)
	}
	shenji := h.as(t, "shenji")
	seen := shenji.get(address)
	shenji.wants(seen, http.StatusOK, "正在调查", "quyu", "bumen", "不公开")
	shenji.wants(seen, http.StatusOK, "部门（bumen）")
	shenji.lacks(seen, "保存决定")
}

func TestWordListsAreMadeAndActivated(t *testing.T) {
	m := &remarks{}
	h := newHouse(t, withModeration(t, m))
	b := h.as(t, "sheng")
	b.wants(b.get("/console/words"), http.StatusOK, "版本0", "内置词表", "使用中")
	b.wants(b.get("/console/words/new"), http.StatusOK, "受贿", "保存后不会马上使用", `rows="16"`)
	b.wants(b.post("/console/words/new", url.Values{"words": {"玻璃\n坏"}, "note": {"试"}}), http.StatusUnprocessableEntity, "第 2 行：词至少 2 个字", "玻璃")
	b.to(b.post("/console/words/new", url.Values{"words": {"玻璃"}, "note": {"第一版"}}), "/console/words/version?n=1")
	b.wants(b.get("/console/words/version?n=1"), http.StatusOK, "玻璃", "第一版", "启用这一版", "省级（sheng）")
	b.wants(b.get("/console/words"), http.StatusOK, "省级（sheng）")
	for _, n := range []string{"", "x", "2", "-1"} {
		b.wants(b.get("/console/words/version?n="+n), http.StatusNotFound)
		b.wants(b.post("/console/words/activate", url.Values{"n": {n}}), http.StatusNotFound)
	}
	b.wants(b.post("/console/words/activate", url.Values{"n": {"1"}}), http.StatusOK, "启用版本1", "重新检查一遍")
	b.to(b.post("/console/words/activate", url.Values{"n": {"1"}, "sure": {"yes"}}), "/console/words")
	if m.public(t, m.say(t, guangzhou, "", "受贿")) != "受贿" || m.public(t, m.say(t, guangzhou, "", "玻璃")) != "" {
		t.Error("the new list does not count")
	}
	b.to(b.post("/console/words/new", url.Values{"words": {"玻璃 遮盖 # 易碎\n\n# 说明\nbad word"}}), "/console/words/version?n=2")
	b.wants(b.get("/console/words/version?n=2"), http.StatusOK, "/console/words/export?n=2&amp;format=xlsx")
	b.wants(b.get("/console/words/export?n=2&format=csv"), http.StatusOK, "词,处理,说明\r\n玻璃,遮盖,易碎\r\nbad word,人工审核,\r\n")
	quyu := h.as(t, "quyu")
	page := quyu.get("/console/words/version?n=0")
	quyu.wants(page, http.StatusOK, "内置词表")
	quyu.lacks(page, "启用这一版")
}
