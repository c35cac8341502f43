package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/haochaping/haochaping/internal/store"
)

// testApps gives a console 应用接入 over its own database, with one app.
func testApps(t *testing.T, n *Needs) {
	t.Helper()
	sealer, err := privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	opened := n.Audit.(*store.Store)
	entities := catalog.NewEntitySet(catalog.Specified())
	apps := integrator.NewService(opened, sealer, entities.Known)
	n.Apps = &AppNeeds{
		Reviews: figures.NewService(figures.Needs{Store: opened, Registry: n.Registry, Entities: entities, Now: n.Now}),
		Apps:    apps, Diary: integrator.NewDiary(opened, n.Now), Checker: integrator.NewChecker(apps, "", 180*time.Second, n.Now, opened), Entities: entities, Rate: 1000,
	}
	if _, err := apps.Create(t.Context(), integrator.App{Code: "app1", Name: "公安一门式", Entities: []string{"egovAffair"}}); err != nil {
		t.Fatal(err)
	}
}

func appHouse(t *testing.T) (*house, *browser) {
	t.Helper()
	h := newHouse(t, func(n *Needs) { testApps(t, n) })
	return h, h.as(t, "sheng")
}

var secretOutput = regexp.MustCompile(`[0-9a-f]{64}`)

func TestAnAppIsMadeAndItsKeyShownOnce(t *testing.T) {
	h, b := appHouse(t)
	wrong := b.post("/console/apps/new", url.Values{"code": {"a-b"}, "name": {""}, "rate": {"fast"}})
	b.wants(wrong, http.StatusUnprocessableEntity, "应为 1 到 100000 的整数，或留空", `value="a-b"`, `value="fast"`, "应为 1 到 10 位字母或数字", "应为 1 到 100 个字符", "至少要有一个评价对象编码")
	b.lacks(wrong, "应为 1 到 64 位") // what is left empty is the code
	b.wants(b.post("/console/apps/of/app1/change", url.Values{"version": {"1"}, "name": {"公安"}, "rate": {"0"}}), http.StatusUnprocessableEntity, "或留空", "至少要有一个评价对象编码")
	b.wants(b.post("/console/apps/new", url.Values{"code": {"app1"}, "name": {"重复"}, "entities": {"egovGuide"}}), http.StatusConflict, "已被使用")
	made := b.post("/console/apps/new", url.Values{"code": {"app2"}, "name": {"税务"}, "entities": {"egovAffair", "egovGuide"}, "rate": {"20"}})
	b.wants(made, http.StatusOK, "密钥只显示这一次", "app2")
	secret := secretOutput.FindString(made.body)
	if secret == "" {
		t.Fatal("no key is shown")
	}
	shown := b.get("/console/apps/of/app2")
	b.wants(shown, http.StatusOK, "税务", "每秒 20 次", "政务网办事指南")
	b.lacks(shown, secret)
	if found := h.auditOf("app:app2"); len(found) != 1 || strings.Contains(strings.Join(found, ""), secret) {
		t.Errorf("the audit log: %v", found)
	}
}

// auditOf is what the audit log says of an object.
func (h *house) auditOf(object string) (said []string) {
	h.t.Helper()
	links, err := h.store.SearchAudit(h.t.Context(), ofObject(object))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, l := range links {
		said = append(said, l.Actor+" "+l.Action+" "+l.Before+" → "+l.After)
	}
	return said
}

// How good an app's data is stands on its page (contract.md 4): reviews whose times are out of order are counted per app.
func TestTheDataQualityOfAnAppIsShown(t *testing.T) {
	in := &rated{}
	h := newHouse(t, func(n *Needs) {
		withReviews(t, in)(n)
		testApps(t, n)
	})
	b := h.as(t, "sheng")
	b.wants(b.get("/console/apps/of/app1"), http.StatusOK, "这个应用还没有计入统计的评价。")
	of := func(app string, order time.Duration) {
		in.say(t, func(r *review.Review) {
			r.AppCode, r.ApplyTime, r.DoneTime = app, r.EvalTime.Add(-48*time.Hour), r.EvalTime.Add(-48*time.Hour+order)
		})
	}
	of("app1", time.Hour)
	of("app1", 0)
	of("app1", -time.Second)
	of("app2", -time.Second)
	b.wants(b.get("/console/apps/of/app1"), http.StatusOK, "计入统计的评价3条", "存疑的1条（33.33%）", "先后不对")
}

func TestKeysAreRotatedWithTwoValid(t *testing.T) {
	h, b := appHouse(t)
	form := url.Values{"version": {"1"}}
	b.wants(b.post("/console/apps/of/app1/rotate", form), http.StatusOK, "现在的密钥继续有效", `name="sure"`)
	form.Set("sure", "yes")
	first := b.post("/console/apps/of/app1/rotate", form)
	b.wants(first, http.StatusOK, "现在新旧两个密钥都有效")
	// Sent twice by mistake, the old key does not go.
	twice := b.post("/console/apps/of/app1/rotate", form)
	b.wants(twice, http.StatusConflict, "没有再换发", "连点了两次")
	b.lacks(twice, "别人")
	b.wants(b.get("/console/apps/of/app1"), http.StatusOK, "新旧两个都有效", "作废旧密钥")
	b.wants(b.get("/console/apps?state=rotating"), http.StatusOK, "换钥中")
	form.Set("version", "2")
	form.Del("sure")
	b.wants(b.post("/console/apps/of/app1/rotate", form), http.StatusOK, "更早的旧密钥立即失效")
	b.wants(b.post("/console/apps/of/app1/finish", form), http.StatusOK, "不能恢复旧密钥")
	form.Set("sure", "yes")
	b.to(b.post("/console/apps/of/app1/finish", form), "/console/apps/of/app1")
	b.to(b.post("/console/apps/of/app1/finish", form), "/console/apps/of/app1")
	b.wants(b.get("/console/apps/of/app1"), http.StatusOK, "旧密钥已作废", "一个有效")
	form.Set("version", "3")
	form.Set("state", "disabled")
	b.to(b.post("/console/apps/of/app1/state", form), "/console/apps/of/app1")
	b.to(b.post("/console/apps/of/app1/state", form), "/console/apps/of/app1")
	if app, err := h.handler.Apps.Apps.Get(t.Context(), "app1"); err != nil || !app.Disabled || app.Keys() != 1 {
		t.Errorf("got %+v, %v", app, err)
	}
	if got := h.auditOf("app:app1"); len(got) != 4 || !strings.HasPrefix(got[0], "sheng app.disable") {
		t.Errorf("the audit log: %q", got)
	}
}

func TestAnAppIsChangedUnlessAnotherDidFirst(t *testing.T) {
	_, b := appHouse(t)
	b.wants(b.get("/console/apps/of/app1/change"), http.StatusOK, `value="公安一门式"`, `value="egovAffair" checked`)
	form := url.Values{"version": {"1"}, "name": {"公安新系统"}, "entities": {"hotlineAffair"}, "affairs": {"yes"}}
	b.to(b.post("/console/apps/of/app1/change", form), "/console/apps/of/app1")
	b.wants(b.get("/console/apps/of/app1"), http.StatusOK, "公安新系统", "热线服务、已办事项", "每秒 1000 次（平台统一）")
	form.Set("name", "迟到的")
	late := b.post("/console/apps/of/app1/change", form)
	b.wants(late, http.StatusConflict, "这个应用在您打开页面以后改过了，没有保存", "迟到的")
	b.wants(b.get("/console/apps/of/nobody"), http.StatusNotFound)
}

func TestAppsAreFilteredAndPaged(t *testing.T) {
	h, b := appHouse(t)
	for n := range PageSize + 5 {
		code := "b" + string(rune('0'+n/10)) + string(rune('0'+n%10))
		if _, err := h.handler.Apps.Apps.Create(t.Context(), integrator.App{Code: code, Name: "系统" + code, Entities: []string{"egovGuide"}}); err != nil {
			t.Fatal(err)
		}
	}
	first := b.get("/console/apps")
	b.wants(first, http.StatusOK, ">app1<", ">b48<", "后一页")
	b.lacks(first, ">b49<")
	second := b.get("/console/apps?after=b48&back=")
	b.wants(second, http.StatusOK, ">b49<", ">b54<", `rel="prev"`)
	b.lacks(second, ">b48<", `rel="next"`)
	some := b.get("/console/apps?text=APP1&entity=egovAffair&state=active")
	b.wants(some, http.StatusOK, ">app1<", "应用编码、名称或 paasid：APP1")
	b.lacks(some, ">b00<")
	b.wants(b.get("/console/apps?state=disabled"), http.StatusOK, "没有符合条件的记录")
	file := b.get("/console/apps/export?format=csv&text=app1")
	b.wants(file, http.StatusOK, "应用编码", "公安一门式", "政务网已办事项")
	b.lacks(file, "b00")
	quyu := h.as(t, "quyu")
	if s := quyu.get("/console/apps/export?format=csv"); s.status != http.StatusForbidden {
		t.Errorf("who may export and may not see apps: %d", s.status)
	}
}

func TestLastErrorsAreTold(t *testing.T) {
	h, b := appHouse(t)
	diary := h.handler.Apps.Diary
	diary.Note(integrator.Answer{App: "app1", Interface: "affair/eval"})
	diary.Note(integrator.Answer{App: "app1", Interface: "affair/eval", Code: 2, Err: fault.NewInvalid(fault.Violation{Field: "affair.affairCode", Reason: "不能为空"})})
	diary.Note(integrator.Answer{Interface: "affair/eval", Code: 3, Err: fault.NewUntrusted("x-tif-paasid 未登记")})
	if err := diary.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wants(b.get("/console/apps/of/app1"), http.StatusOK, "affair.affairCode", "不能为空", "/ping/ebus/affair/eval", "按字段说明改正", "参数不合法")
	b.wants(b.get("/console/apps"), http.StatusOK, "今天有 1 次调用不知道是谁发出的")
	b.wants(b.get("/console/apps/unknown"), http.StatusOK, "未登记", "核对 paasid")
}

// What is pasted goes back to the page, and neither to the log nor into the database.
func TestASignatureIsCheckedAndForgotten(t *testing.T) {
	h, b := appHouse(t)
	apps, err := h.handler.Apps.Apps.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret := apps[0].Secrets[0]
	stamp := h.now().Format("20060102") // no Unix seconds
	head := "x-tif-paasid: app1\nx-tif-timestamp: " + stamp + "\nx-tif-nonce: guess-who\nx-tif-signature: " + signature.Short(stamp, secret, "guess-who")
	found := b.post("/console/apps/check", url.Values{"head": {head}, "body": {"张三 13800138000"}})
	b.wants(found, http.StatusOK, "有不对的地方", "与密钥相符", "guess-who", "张三", stamp+"●●●●●●guess-who"+stamp)
	b.lacks(found, secret)
	b.wants(b.post("/console/apps/check", url.Values{"head": {"hello"}}), http.StatusUnprocessableEntity, "没有找到请求头", "hello")
	if strings.Contains(h.log(), "guess-who") || strings.Contains(h.log(), "张三") {
		t.Error("what was pasted is in the log")
	}
	if got := h.auditOf("app:app1"); len(got) != 1 {
		t.Errorf("the audit log: %q", got)
	}
}
