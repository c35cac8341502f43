package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
)

// mailroom carries nothing and remembers it.
type mailroom struct {
	*notice.Service
	sealer *privacy.Sealer
	store  *store.Store
	sent   []string
}

func (m *mailroom) Mail(_ context.Context, l notice.Letter) error {
	m.sent = append(m.sent, l.To+" "+l.Subject)
	return nil
}

func (m *mailroom) Post(_ context.Context, p notice.Post) error {
	m.sent = append(m.sent, p.URL+" "+string(p.Body))
	return nil
}

func (m *mailroom) MailReady() bool { return true }

// withNotices gives a console its notices and its audit log.
func withNotices(t *testing.T, m *mailroom) func(*Needs) {
	t.Helper()
	return func(n *Needs) {
		keys := privacy.NewKeys()
		sealer, err := privacy.NewSealer(keys, privacy.SM4)
		if err != nil {
			t.Fatal(err)
		}
		opened, ok := n.Audit.(*store.Store)
		if !ok {
			t.Fatal("the audit log is no store")
		}
		m.sealer, m.store = sealer, opened
		m.Service, err = notice.NewService(notice.Needs{
			Store: opened, Cases: opened, Courier: m, Sealer: sealer, Blinder: privacy.NewBlinder(keys), Base: n.BaseURL,
			Places: units{n.Registry, n.Halls}, Unit: func(u followup.Unit) string { return u.Code }, Every: 15 * time.Minute, Now: n.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		n.Notices, n.Chain = m, opened
	}
}

// elsewhere makes a subscription of 深圳 with a delivery, under ids of their own, for who looks at a foreign scope.
func (m *mailroom) elsewhere(t *testing.T) {
	t.Helper()
	one := notice.Stored{
		Subscription: notice.Subscription{
			ID: "shenzhen", Channel: notice.Webhook, Name: "深圳", Events: notice.Events(), Scope: followup.Scope{Region: shenzhen}, Every: time.Minute,
			Active: true, CreatedAt: time.Now(), Version: 1,
		},
		Recipient: "r", SealedTarget: m.sealer.Seal([]byte("https://shenzhen.example.gov.cn/in"), "subscription target:shenzhen"),
		SealedSecret: m.sealer.Seal([]byte("whsec_AAAA"), "subscription secret:shenzhen"),
	}
	if err := m.store.CreateSubscription(t.Context(), one, "深圳"); err != nil {
		t.Fatal(err)
	}
	sent := notice.Delivery{ID: "to-shenzhen", SubscriptionID: "shenzhen", Channel: notice.Webhook, Subject: "test", Body: "{}", CreatedAt: time.Now()}
	if err := m.store.Tell(t.Context(), nil, nil, []notice.Delivery{sent}); err != nil {
		t.Fatal(err)
	}
}

var (
	noticeAddress = regexp.MustCompile(`^/console/notices/of/[a-z0-9]+$`)
	hookSecret    = regexp.MustCompile(`<output class="secret">(whsec_[A-Za-z0-9/+=&#;]+)</output>`)
)

func TestNoticesFromNewToRemoved(t *testing.T) {
	m := &mailroom{}
	h := newHouse(t, withNotices(t, m))
	b := h.as(t, "quyu")
	b.wants(b.get("/console/notices"), http.StatusOK, "还没有通知", "新建通知")
	b.wants(b.get("/console/notices/new"), http.StatusOK, "新工单", "超期督办", `value="15"`, `value="`+guangzhou+`"`)

	wrong := url.Values{"name": {""}, "channel": {"mail"}, "target": {"office"}, "minutes": {"0"}, "region": {guangzhou}}
	b.wants(b.post("/console/notices/new", wrong), http.StatusUnprocessableEntity, "请填写名称", "请填写一个邮箱地址", "请至少选择一种消息", "1 到 1440", `value="office"`)
	wide := url.Values{"name": {"督办室"}, "channel": {"mail"}, "target": {"office@example.gov.cn"}, "minutes": {"30"}, "events": {"opened", "closed"}}
	b.wants(b.post("/console/notices/new", wide), http.StatusUnprocessableEntity, "管辖范围内")
	wide.Set("region", guangzhou)
	wide.Set("department", "广州市公安局")
	wide.Set("hall", "政务中心")
	b.wants(b.post("/console/notices/new", wide), http.StatusUnprocessableEntity, "没有这个部门，请填部门编码", "没有这个大厅，请填大厅编码", `value="广州市公安局"`)
	wide.Del("department")
	wide.Del("hall")
	s := b.post("/console/notices/new", wide)
	if s.status != http.StatusSeeOther || !noticeAddress.MatchString(s.location()) {
		t.Fatalf("%d to %s: %s", s.status, s.location(), s.body)
	}
	one := s.location()
	s = b.get(one)
	b.wants(s, http.StatusOK, "督办室", "of***@example.gov.cn", "新工单、已办结", "至少 30 分钟一封", "广州市", "还没有发送过")
	b.lacks(s, "office@example.gov.cn", "超期督办")
	b.wants(b.get("/console/notices"), http.StatusOK, "of***@example.gov.cn", "启用")

	b.to(b.post(one+"/try", nil), one)
	runner := job.NewRunner(h.store, h.now, slog.New(slog.DiscardHandler), m.Handlers()...)
	if did, err := runner.Step(t.Context()); !did || err != nil {
		t.Fatalf("step: %v, %v", did, err)
	}
	if len(m.sent) != 1 || !strings.HasPrefix(m.sent[0], "office@example.gov.cn ") {
		t.Errorf("sent %v", m.sent)
	}
	b.wants(b.get(one), http.StatusOK, "测试消息", "已送达", "重发")
	s = b.get("/console/notices/deliveries?state=1")
	b.wants(s, http.StatusOK, "督办室", "已送达")
	b.wants(b.get("/console/notices/deliveries?state=2"), http.StatusOK, "没有符合条件的记录")
	b.wants(b.get(linkOf(t, s.body, `download>CSV`)), http.StatusOK, "时间,通知,方式,内容,状态,次数,结束时间,说明", ",督办室,邮件,", "已送达")
	repeat := regexp.MustCompile(`/console/notices/deliveries/[^/"]+/repeat`).FindString(s.body)
	b.to(b.post(repeat, nil), "/console/notices/deliveries")
	b.wants(b.post(repeat, nil), http.StatusConflict, "还在等待发送")

	h.registry.Replace(org.Guangdong(), nil, org.Succession{Kind: org.OfRegion, Former: "440103000000", Code: "440104000000"})
	former := url.Values{"version": {"1"}, "name": {"旧区"}, "minutes": {"60"}, "events": {"supervised"}, "region": {"440103"}, "active": {"yes"}}
	b.to(b.post(one+"/change", former), one)
	b.wants(b.get(one+"/change"), http.StatusOK, `name="region" type="text" value="440104000000"`) // what happens there counts under the code of now
	change := url.Values{"version": {"2"}, "name": {"新督办室"}, "minutes": {"60"}, "events": {"supervised"}, "region": {guangzhou}}
	b.to(b.post(one+"/change", change), one)
	b.wants(b.get(one), http.StatusOK, "已保存", "新督办室", "超期督办", "停用", "of***@example.gov.cn")
	b.wants(b.post(one+"/change", change), http.StatusConflict, "这个通知在您打开页面以后改过了")
	b.wants(b.post(one+"/try", nil), http.StatusConflict, "请先启用")
	b.wants(b.post(one+"/secret", url.Values{"version": {"3"}, "sure": {"yes"}}), http.StatusConflict, "只有 Webhook")
	b.wants(b.post(one+"/remove", url.Values{"version": {"3"}}), http.StatusOK, "不再发送任何消息", `name="sure" value="yes"`)
	b.to(b.post(one+"/remove", url.Values{"version": {"3"}, "sure": {"yes"}}), "/console/notices")
	b.wants(b.get(one), http.StatusNotFound)
	b.wants(b.get("/console/notices/deliveries"), http.StatusOK, "还没有发送过通知")
}

func TestAWebhooksSecretIsShownOnce(t *testing.T) {
	h := newHouse(t, withNotices(t, &mailroom{}))
	b := h.as(t, "sheng")
	s := b.post("/console/notices/new", url.Values{
		"name": {"接收方"}, "channel": {"webhook"}, "target": {"https://hooks.example.gov.cn/in?key=s3cr3t"}, "minutes": {"15"}, "events": {"opened"},
	})
	b.wants(s, http.StatusOK, "只显示这一次")
	first := hookSecret.FindStringSubmatch(s.body)
	one := regexp.MustCompile(`/console/notices/of/[a-z0-9]+`).FindString(s.body)
	s = b.get(one)
	b.wants(s, http.StatusOK, "https://hooks.example.gov.cn/…", "更换签名密钥")
	b.lacks(s, "s3cr3t", "whsec_")
	b.wants(b.post(one+"/secret", url.Values{"version": {"1"}}), http.StatusOK, "旧密钥立即不再使用")
	s = b.post(one+"/secret", url.Values{"version": {"1"}, "sure": {"yes"}})
	second := hookSecret.FindStringSubmatch(s.body)
	if len(first) != 2 || len(second) != 2 || first[1] == second[1] {
		t.Errorf("secrets are %v and %v", first, second)
	}
	b.wants(b.post(one+"/secret", url.Values{"version": {"1"}, "sure": {"yes"}}), http.StatusConflict)
	b.to(b.post(one+"/try", nil), one)
	s = b.get(one)
	b.wants(s, http.StatusOK, "<summary>测试消息</summary>")
	s = b.get("/console/audit")
	b.wants(s, http.StatusOK, "方式：</span><ins>Webhook", "消息：</span><ins>新工单", "间隔：</span><ins>15分钟", "<ins>已更换</ins>")
	b.lacks(s, "15m0s", "部门：</span>")
	if strings.Contains(h.log(), "s3cr3t") || strings.Contains(h.log(), "whsec_") {
		t.Errorf("the log tells: %s", h.log())
	}
}

// A form that is sent twice, by a double click or a reload, makes one notice, and its person is told.
func TestANoticeSentTwiceIsOne(t *testing.T) {
	m := &mailroom{}
	h := newHouse(t, withNotices(t, m))
	b := h.as(t, "quyu")
	once := regexp.MustCompile(`name="once" value="([a-z2-7]{26})"`).FindStringSubmatch(b.get("/console/notices/new").body)
	if once == nil {
		t.Fatal("the form says nothing by which it is known")
	}
	form := url.Values{
		"name": {"督办室"}, "channel": {"webhook"}, "target": {"https://example.gov.cn/in"}, "minutes": {"30"}, "events": {"opened"}, "region": {guangzhou}, "once": once[1:],
	}
	b.wants(b.post("/console/notices/new", form), http.StatusOK, "签名密钥")
	b.to(b.post("/console/notices/new", form), "/console/notices/of/"+once[1])
	s := b.get("/console/notices/of/" + once[1])
	b.wants(s, http.StatusOK, "没有再建一个", "签名密钥只显示一次")
	if all, err := m.List(t.Context(), followup.Scope{}); err != nil || len(all) != 1 {
		t.Errorf("%d notices, %v", len(all), err)
	}
}
