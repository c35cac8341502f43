package console

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/venue"
)

// rated are reviews and the way they come in.
type rated struct {
	service *review.Service
	store   *store.Store
	now     func() time.Time
	count   int
}

// withReviews gives a console 评价 and 统计排名.
func withReviews(t *testing.T, in *rated) func(*Needs) {
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
		in.store, in.now = opened, n.Now
		in.service, err = review.NewService(review.Needs{
			Store: opened, Places: &review.Placement{Registry: n.Registry, Root: "440000000000"}, Sealer: sealer,
			Blinder: privacy.NewBlinder(keys), Now: n.Now, Lanes: 1, Queue: 100, Batch: 10, Policy: policy,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(in.service.Close)
		n.Halls.Replace([]venue.Hall{
			{Code: hallCode, RegionCode: guangzhou, Name: "广州市政务服务中心"}, {Code: farHallCode, RegionCode: shenzhen, Name: "深圳市政务服务中心"},
		}, []venue.Window{
			{Code: hallCode + "0001", HallCode: hallCode, Number: "1", Name: "综合", DepartmentCode: policeCode},
			{Code: hallCode + "0002", HallCode: hallCode, Number: "2", Name: "税务", DepartmentCode: taxCode},
			{Code: farHallCode + "0001", HallCode: farHallCode, Number: "1", Name: "综合"},
		}, []venue.Officer{
			{HallCode: hallCode, WorkNo: "007", Name: "李四", WindowCode: hallCode + "0001"}, {HallCode: farHallCode, WorkNo: "007", Name: "王五"},
		})
		entities := catalog.NewEntitySet(append(catalog.Specified(), catalog.Added()...))
		n.Reviews = &ReviewPages{
			Finder: review.NewFinder(opened, sealer, opened), Entities: entities, Tags: catalog.NewTags(catalog.National()),
			Apps: func(context.Context) ([]integrator.App, error) {
				return []integrator.App{{Code: "app", Name: "政务网"}, {Code: "app2"}}, nil
			},
		}
		n.Figures = &FigurePages{Entities: entities, Root: "440000000000", Figures: figures.NewService(figures.Needs{
			Store: opened, Formulas: figures.Formulas{ThreeIsGood: true, Minimum: 1}, Registry: n.Registry, Entities: entities,
			Tags: catalog.NewTags(catalog.National()), Halls: n.Halls, Now: n.Now,
		})}
	}
}

// say stores a review and gives its serial number: of the window 1 in 广州, with 2 stars, unless a change says otherwise.
func (in *rated) say(t *testing.T, changes ...func(*review.Review)) string {
	t.Helper()
	in.count++
	r := review.Review{
		Facts: review.Facts{
			Kind: review.Affair, AppCode: "app", EntityCode: "egovAffair", Channel: "portal", Subject: fmt.Sprintf("AFFAIR%04d", in.count), ItemName: "身份证补领",
			RegionCode: guangzhou, DepartmentCode: policeCode, HallCode: hallCode, WindowCode: hallCode + "0001", WorkNo: "007", Stars: 2, Tags: []string{"207"},
			EvalTime: in.now().Add(-time.Duration(in.count) * time.Minute),
		},
		Personal: review.Personal{
			UserID: fmt.Sprint("user", in.count), UserName: "张三丰", ContactPhone: "13800138000", CertificateNo: "440100199001011234", Remark: "排队很久，打13800138000找我",
		},
	}
	for _, change := range changes {
		change(&r)
	}
	receipt, err := in.service.Submit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Serial
}

// far is in 深圳.
func far(r *review.Review) {
	r.RegionCode, r.DepartmentCode, r.HallCode, r.WindowCode = shenzhen, taxCode, farHallCode, farHallCode+"0001"
}

// secrets are what no page shows of them by itself.
var secrets = []string{"张三丰", "13800138000", "440100199001011234", "199001"}

func TestDatesTheWrongWayRoundAreSaidToBe(t *testing.T) {
	h := newHouse(t, withReviews(t, &rated{}))
	b := h.as(t, "sheng")
	b.wants(b.get("/console/reviews?from=2026-06-20&to=2026-06-10"), http.StatusOK, "结束日期早于开始日期，请改选日期。")
}

func TestReviewsAreFoundWithinOnesScopeAndMasked(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	sheng := h.as(t, "sheng")
	sheng.wants(sheng.get("/console/reviews"), http.StatusOK, "近30天没有评价。")
	near, away := in.say(t), in.say(t, far)
	five := in.say(t, func(r *review.Review) {
		r.Stars, r.Tags, r.Channel, r.AppCode, r.Remark, r.WindowCode = 5, []string{"510"}, "hall-qr", "app2", "很好", hallCode+"0002"
	})
	old := in.say(t, func(r *review.Review) { r.EvalTime = in.now().AddDate(0, 0, -40) })
	page := sheng.get("/console/reviews")
	sheng.wants(page, http.StatusOK, near, away, five, "张*", "排队很久，打***********找我", "身份证补领", "广州市政务服务中心 1号窗口", "不满意", "导出")
	sheng.lacks(page, append(secrets, old)...)
	for login, sees := range map[string]map[string]bool{
		"quyu": {near: true, five: true}, "bumen": {near: true, five: true}, "dating": {near: true, five: true}, "gongdan": {near: true, five: true},
		"shenji": {near: true, away: true, five: true},
	} {
		b := h.as(t, login)
		page := b.get("/console/reviews")
		b.wants(page, http.StatusOK)
		b.lacks(page, secrets...)
		for _, serial := range []string{near, away, five} {
			if got := strings.Contains(page.body, serial); got != sees[serial] {
				t.Errorf("%s sees %s: %v", login, serial, got)
			}
			want := http.StatusNotFound
			if sees[serial] {
				want = http.StatusOK
			}
			one := b.get(reviewLink(serial))
			b.wants(one, want)
			b.lacks(one, secrets...)
		}
	}
	for query, want := range map[string][]string{
		"stars=5": {five}, "stars=bad": {near, away}, "tag=207": {near, away}, "channel=hall-qr": {five}, "app=app2": {five},
		"region=" + guangzhou: {near, five}, "department=" + taxCode: {away}, "hall=" + farHallCode: {away},
		"hall=" + hallCode + "&window=" + hallCode + "0002": {five}, "number=AFFAIR0001": {near}, "number=" + strings.ToLower(away): {away},
		"number=AFFAIR0004": {old}, "text=" + url.QueryEscape("排队"): {near, away}, "text=13800138000": {}, "state=1": {near, away, five}, "state=3": {},
		"data=orphan": {near, away, five}, "data=doubtful": {}, "data=orphan&from=2026-05-01&to=2026-05-31": {old},
		"from=2026-05-01&to=2026-05-31": {old}, "from=2026-06-15&to=2026-06-15": {near, away, five}, "after=nonsense": {near, away, five}, "stars=7": {near, away, five},
	} {
		page := sheng.get("/console/reviews?" + query)
		for _, serial := range []string{near, away, five, old} {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == serial
			}
			if got := strings.Contains(page.body, reviewLink(serial)); got != wanted {
				t.Errorf("%s: %s is there: %v", query, serial, got)
			}
		}
		if len(want) == 0 {
			sheng.wants(page, http.StatusOK, "没有符合条件的记录")
		}
	}
}

// Behind a review of the platform's own pages stands no integrator: that is said in words and not by the code that it is kept under.
func TestAReviewOfNoIntegrators(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	serial := in.say(t, func(r *review.Review) { r.AppCode = integrator.Pages })
	b := h.as(t, "sheng")
	b.wants(b.get(reviewLink(serial)), http.StatusOK, "<dt>应用</dt><dd>系统自己的评价页面</dd>")
	b.wants(b.get("/console/reviews/export?format=csv"), http.StatusOK, ",系统自己的评价页面,")
	other := in.say(t)
	found := b.get("/console/reviews?app=" + integrator.Pages)
	b.wants(found, http.StatusOK, reviewLink(serial), "系统自己的评价页面")
	b.lacks(found, reviewLink(other))
}

func TestReviewsArePagedBothWays(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	var serials []string
	for range PageSize + 3 {
		serials = append(serials, in.say(t))
	}
	b := h.as(t, "quyu")
	first := b.get("/console/reviews?stars=bad")
	b.wants(first, http.StatusOK, serials[0], serials[PageSize-1], "后一页")
	b.lacks(first, serials[PageSize])
	older := linkOf(t, first.body, `rel="next"`)
	second := b.get(older)
	b.wants(second, http.StatusOK, serials[PageSize], serials[PageSize+2])
	b.lacks(second, serials[PageSize-1], `rel="next"`)
	back := b.get(linkOf(t, second.body, `rel="prev"`))
	b.wants(back, http.StatusOK, serials[0], serials[PageSize-1])
}

// linkOf is the address of the link with a mark.
func linkOf(t *testing.T, body, mark string) string {
	t.Helper()
	head, _, found := strings.Cut(body, mark)
	if !found {
		t.Fatalf("no link %s", mark)
	}
	at := strings.LastIndex(head, `href="`)
	address, _, _ := strings.Cut(head[at+len(`href="`):], `"`)
	return strings.ReplaceAll(address, "&amp;", "&")
}

func TestOneFieldIsShownForAReasonThatIsNotedFirst(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	serial := in.say(t)
	b := h.as(t, "gongdan")
	address := reviewLink(serial)
	b.wants(b.get(address), http.StatusOK, "138****8000", "4401****1234", "张*", "查看原文")
	notes := func() []audit.Link {
		found, err := in.store.SearchAudit(t.Context(), audit.Query{Action: "review.unmask", Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, wrong := range []struct{ field, reason, says string }{
		{"contactPhone", "", "请写明理由"},
		{"contactPhone", "回访回访", "请写明理由"},
		{"contactPhone", strings.Repeat("长", 201), "请写明理由"},
		{"contactPhone", "打电话给13800138000", "请不要写姓名"},
		{"userName", "核实张三丰的投诉", "请不要写姓名"},
		{"nothing", "回访核实情况", "请选择要查看哪一项"},
		{"officerName", "回访核实情况", "请选择要查看哪一项"},
	} {
		s := b.post(address+"/unmask", url.Values{"field": {wrong.field}, "reason": {wrong.reason}})
		b.wants(s, http.StatusUnprocessableEntity, wrong.says)
		if wrong.field == "nothing" {
			b.lacks(s, secrets...)
		}
	}
	if n := len(notes()); n != 0 {
		t.Fatalf("%d unmaskings are noted, though none was done", n)
	}
	s := b.post(address+"/unmask", url.Values{"field": {"contactPhone"}, "reason": {"回访核实情况"}})
	b.wants(s, http.StatusOK, "13800138000", "只显示这一次")
	b.lacks(s, "张三丰", "440100199001011234")
	if s.header.Get("Cache-Control") != "no-store" {
		t.Error("what was shown may be kept")
	}
	noted := notes()
	if len(noted) != 1 || noted[0].Actor != "gongdan" || noted[0].Object != "review:"+serial || noted[0].Reason != "回访核实情况" || noted[0].After != "联系电话" {
		t.Fatalf("noted: %+v", noted)
	}
	if log := h.log(); strings.Contains(log, "13800138000") || strings.Contains(fmt.Sprint(noted), "13800138000") {
		t.Error("the value stands in the log")
	}
	b.lacks(b.get(address), "13800138000", "只显示这一次")
	b.wants(b.get(address+"/unmask"), http.StatusNotFound)
	for login, want := range map[string]int{"shenji": http.StatusForbidden, "dating": http.StatusOK} {
		other := h.as(t, login)
		other.wants(other.post(address+"/unmask", url.Values{"field": {"contactPhone"}, "reason": {"回访核实情况"}}), want)
	}
	away := in.say(t, far)
	b.wants(b.post(reviewLink(away)+"/unmask", url.Values{"field": {"contactPhone"}, "reason": {"回访核实情况"}}), http.StatusNotFound)
	if n := len(notes()); n != 2 {
		t.Errorf("%d unmaskings are noted, want 2", n)
	}
}

func TestWhoWasRatedNeverSeesByWhom(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	serial, other := in.say(t), in.say(t, func(r *review.Review) { r.WorkNo = "008" })
	password := h.hire("lisi", identity.Draft{Name: "李四", Role: identity.Handler, Scope: identity.Scope{Hall: hallCode}, WorkNo: "007"})
	b := h.browser(t)
	b.post("/console/login", url.Values{"login": {"lisi"}, "password": {password}})
	b.post("/console/first-password", url.Values{"password": {housePassword}, "again": {housePassword}})
	list := b.get("/console/reviews")
	b.wants(list, http.StatusOK, serial, other, "评的是您本人")
	if n := strings.Count(list.body, "张*"); n != 1 {
		t.Errorf("the name is there %d times, want once: of the other's", n)
	}
	one := b.get(reviewLink(serial))
	b.wants(one, http.StatusOK, "评的是您本人的服务")
	b.lacks(one, append(secrets, "张*", "138****", "4401****", "查看哪一项")...)
	for _, field := range []string{"userName", "contactPhone", "certificateNo", "remark"} {
		s := b.post(reviewLink(serial)+"/unmask", url.Values{"field": {field}, "reason": {"想知道是谁写的"}})
		b.wants(s, http.StatusConflict, "不能查看原文")
		b.lacks(s, secrets...)
	}
	b.wants(b.get(reviewLink(other)), http.StatusOK, "张*", "查看哪一项")
}

func TestReviewsAreExportedMasked(t *testing.T) {
	in := &rated{}
	h := newHouse(t, withReviews(t, in))
	near, away := in.say(t), in.say(t, far)
	b := h.as(t, "quyu")
	s := b.get("/console/reviews/export?format=csv&stars=bad")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(s.body, "\ufeff"))).ReadAll()
	if err != nil || s.status != http.StatusOK || len(rows) != 2 {
		t.Fatalf("status %d, %v, rows %q", s.status, err, rows)
	}
	if line := strings.Join(rows[1], "|"); !strings.Contains(line, near) || !strings.Contains(line, "张*|138****8000|4401****1234|排队很久，打***********找我") {
		t.Errorf("got %s", line)
	}
	b.lacks(s, append(secrets, away)...)
	b.wants(b.get("/console/reviews/export?format=xlsx"), http.StatusOK)
	b.wants(b.get("/console/reviews/export?format=pdf"), http.StatusUnprocessableEntity)
	g := h.as(t, "gongdan")
	g.wants(g.get("/console/reviews/export?format=csv"), http.StatusForbidden)
	g.lacks(g.get("/console/reviews"), "导出")
}

func TestASearchThatIsNotThroughSaysSo(t *testing.T) {
	h := newHouse(t, withReviews(t, &rated{}), func(n *Needs) { n.Reviews.Finder = slowFinder{n.Reviews.Finder} })
	b := h.as(t, "sheng")
	s := b.get("/console/reviews?channel=wechat")
	b.wants(s, http.StatusOK, "还没有看完", "继续查找")
	b.lacks(s, "没有符合条件的记录")
	if next := linkOf(t, s.body, ">继续查找"); !strings.Contains(next, "channel=wechat") || !strings.Contains(next, "after=1781000000000000.") {
		t.Errorf("it goes on at %s", next)
	}
}

// slowFinder stops before it has found anything.
type slowFinder struct{ ReviewFinder }

// Search implements ReviewFinder.
func (slowFinder) Search(context.Context, review.Query, string, review.Viewer) (review.SeenPage, error) {
	at := review.Position{EvalTime: time.UnixMicro(1781000000000000), Serial: "1M8HKZQTJ0007MVG5ZBZ"}
	return review.SeenPage{Next: &at, Cut: true}, nil
}
