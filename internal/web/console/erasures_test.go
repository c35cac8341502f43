package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

// withErasures gives a console the erasures of its store.
func withErasures(t *testing.T, made **erasure.Service) func(*Needs) {
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
		n.Erasures = erasure.NewService(opened, sealer, privacy.NewBlinder(keys), func() int { return 36 }, time.Now)
		n.Waiting = append(n.Waiting, ErasuresWaiting{n.Erasures})
		if made != nil {
			*made = n.Erasures
		}
	}
}

func TestAnErasureFromAskedToDone(t *testing.T) {
	var service *erasure.Service
	h := newHouse(t, withErasures(t, &service))
	b := h.as(t, "sheng")
	b.wants(b.get(erasuresPath), http.StatusOK, "还没有人申请过", "保存36个月", "申请删除")
	b.lacks(b.get("/console"), "个人信息删除待确认")
	const number = "440101199001011234"
	b.wants(b.post(erasuresPath+"/new", url.Values{"kind": {"certificate"}, "number": {"12"}, "reason": {"本人 " + number}}), http.StatusUnprocessableEntity, "请填写完整的号码", "不要写姓名")
	s := b.post(erasuresPath+"/new", url.Values{"kind": {"certificate"}, "number": {number}, "reason": {"本人申请 2026-017 号"}})
	page := s.header.Get("Location")
	if !strings.HasPrefix(page, erasuresPath+"/of/") || strings.Contains(page, number) {
		t.Fatalf("sent to %q", page)
	}
	b.wants(b.get(page), http.StatusOK, "正在查找", "2026-017", "省级（sheng）")
	b.wants(b.get(erasuresPath), http.StatusOK, "省级（sheng）")
	for going := true; going; {
		var err error
		if going, err = service.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s = b.get(linkOf(t, b.get(erasuresPath).body, `download>CSV`))
	b.wants(s, http.StatusOK, "申请时间,按什么查找,依据", ",证件号码,本人申请 2026-017 号,没有找到记录,0,0,0,0,sheng,")
	b.lacks(s, number)
	b.wants(b.get("/console"), http.StatusOK, "个人信息删除待确认")
	b.lacks(h.as(t, "shenji").get("/console"), "个人信息删除待确认") // who only looks on has nothing to decide
	s = b.get(page)
	b.wants(s, http.StatusOK, "没有找到记录", "评价 0 条", "请核对号码")
	b.lacks(s, number, page+"/erase") // nothing was found: there is nothing to erase
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(s.body)
	if version == nil {
		t.Fatal("the page does not say which version it shows")
	}
	b.wants(b.post(page+"/drop", url.Values{"version": {"1"}}), http.StatusConflict, "刚刚有了变化")
	for range 2 { // sent twice, it is told as done
		b.to(b.post(page+"/drop", url.Values{"version": {version[1]}}), erasuresPath)
	}
	b.wants(b.post(page+"/erase", url.Values{"version": {version[1]}, "sure": {"yes"}}), http.StatusConflict, "刚刚有了变化")
	b.wants(b.get(erasuresPath), http.StatusOK, "已放弃", "证件号码")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, l := range links {
		told += l.Actor + " " + l.Action + " " + l.Reason + l.Before + "\n"
	}
	if !strings.Contains(told, "sheng erasure.ask 本人申请 2026-017 号") || !strings.Contains(told, "sheng erasure.drop 评价0条") || strings.Contains(told, number) {
		t.Errorf("the audit log says:\n%s", told)
	}
}

// A request whose number does not open says so, can't be confirmed, and goes when somebody drops it.
func TestAnErasureWhoseNumberDoesNotOpen(t *testing.T) {
	var service *erasure.Service
	h := newHouse(t, withErasures(t, &service))
	keys := privacy.NewKeys() // of a machine whose key file is another one
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	id, err := erasure.NewService(h.store, sealer, privacy.NewBlinder(keys), func() int { return 0 }, time.Now).
		Ask(t.Context(), "sheng", erasure.Phone, "13800138000", "本人申请 2026-018 号")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := h.as(t, "sheng")
	b.wants(b.get(erasuresPath), http.StatusOK, "号码无法读取，已搁置")
	page := erasuresPath + "/of/" + id
	s := b.get(page)
	b.wants(s, http.StatusOK, "号码无法读取，已搁置", "没有删除任何内容", "请告诉技术人员", page+"/drop")
	b.lacks(s, page+"/erase", "刷新本页")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(s.body)
	for range 2 { // sent twice, it is told as done
		b.to(b.post(page+"/drop", url.Values{"version": {version[1]}}), erasuresPath)
	}
	b.wants(b.post(page+"/erase", url.Values{"version": {version[1]}, "sure": {"yes"}}), http.StatusConflict, "刚刚有了变化")
	b.wants(b.get(page), http.StatusOK, "已放弃")
}

// What could not be read is told before somebody confirms, and afterwards.
func TestAnErasureThatCouldNotReadEverything(t *testing.T) {
	var in rated
	var service *erasure.Service
	h := newHouse(t, withReviews(t, &in), withErasures(t, &service)) // each has keys of its own
	r := review.Review{Facts: review.Facts{Kind: review.Guide, EntityCode: "egovGuide", Subject: "I1", Channel: "portal", Stars: 5, EvalTime: h.now()}}
	r.ContactPhone = "13800138000"
	if _, err := in.service.Submit(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	b := h.as(t, "sheng")
	page := b.post(erasuresPath+"/new", url.Values{"kind": {"phone"}, "number": {"13800138000"}, "reason": {"本人申请 2026-019 号"}}).header.Get("Location")
	for going := true; going; {
		var err error
		if going, err = service.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.wants(b.get(page), http.StatusOK, "没有找到记录，另有1条记录无法读取", "1条记录打不开，没有查过", "密钥补齐后再申请一次")
	b.wants(b.get(erasuresPath), http.StatusOK, "另有1条记录无法读取")
}
