package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/privacy"
)

var noticeTests = []test{
	{"a subscription is kept sealed, changed by version, removed, and audited", keepSubscription},
	{"an event is told to whom it concerns", tellWhom},
	{"a member of staff is told of his own cases without asking", tellAssignee},
	{"a flood of events becomes one mail now and one later", digestFlood},
	{"two subscriptions of one mailbox get one mail", oneMailbox},
	{"a job that is done twice tells once", tellTwice},
	{"what can't be delivered is tried again, noted, and repeated on demand", deliverAgain},
	{"who asks for nothing any more gets nothing", tellNobody},
	{"a digest that another process made meanwhile is not made twice", digestAtOnce},
	{"deliveries are listed within a scope, page by page, and swept", listDeliveries},
}

// mailroom is a notice service with a clock, cases, and a courier that a test looks at.
type mailroom struct {
	*jobs
	*notice.Service
	runner *job.Runner
	cases  map[string]followup.Case
	people map[string]notice.Person
	sent   []notice.Letter
	posted []notice.Post
	fault  error
}

func (m *mailroom) FindCase(_ context.Context, serial string) (followup.Case, error) {
	if c, found := m.cases[serial]; found {
		return c, nil
	}
	return followup.Case{}, fault.NewMissing("没有")
}

func (m *mailroom) Mail(_ context.Context, l notice.Letter) error {
	if m.fault == nil {
		m.sent = append(m.sent, l)
	}
	return m.fault
}

func (m *mailroom) Post(_ context.Context, p notice.Post) error {
	if m.fault == nil {
		m.posted = append(m.posted, p)
	}
	return m.fault
}

func newMailroom(t testing.TB, d *database) *mailroom {
	t.Helper()
	m := &mailroom{jobs: newJobs(t, d), cases: map[string]followup.Case{}, people: map[string]notice.Person{}}
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return m.at }
	m.Service, err = notice.NewService(notice.Needs{
		Store: d.Store, Cases: m, Courier: m, Sealer: sealer, Blinder: privacy.NewBlinder(keys), Base: "https://h.example.gov.cn",
		Unit:  func(u followup.Unit) string { return "单位" + u.Code },
		Every: 15 * time.Minute, Now: clock,
		Person: func(_ context.Context, login string) (notice.Person, error) {
			if p, found := m.people[login]; found {
				return p, nil
			}
			return notice.Person{}, fault.NewMissing("没有")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.runner = job.NewRunner(d.Store, clock, slog.New(slog.DiscardHandler), m.Handlers()...)
	for n, region := range []string{"440100000000", "440106000000", "440300000000"} {
		serial := fmt.Sprint("S", n)
		m.cases[serial] = followup.Case{
			Serial: serial, State: followup.Pending, Region: region, Department: fmt.Sprint("D", n), WorkNo: "W1",
			Due: now.Add(72 * time.Hour), Assignee: "li",
		}
	}
	return m
}

// subscribe makes one; its id and secret.
func (m *mailroom) subscribe(t fataler, target string, change func(*notice.Subscription)) (id, secret string) {
	t.Helper()
	n := notice.Subscription{Channel: notice.Mail, Name: "督办室", Target: target, Events: notice.Events()}
	if strings.HasPrefix(target, "https") {
		n.Channel = notice.Webhook
	}
	change(&n)
	created, secret, err := m.Create(t.Context(), followup.Scope{}, n)
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return created.ID, secret
}

func plain(*notice.Subscription) {}

// happen queues an event.
func (m *mailroom) happen(t fataler, serial string, event followup.News) {
	t.Helper()
	payload, err := json.Marshal(followup.CaseNews{Serial: serial, Event: event})
	if err != nil {
		t.Fatal(err)
	}
	m.enqueue(t, job.Job{Kind: followup.JobKind, Payload: payload})
}

// work does all that is due.
func (m *mailroom) work(t fataler) {
	t.Helper()
	for range 1000 {
		did, err := m.runner.Step(t.Context())
		if err != nil {
			t.Fatalf("step: %v", err)
		}
		if !did {
			return
		}
	}
	t.Fatal("there is always one more job")
}

// told is who got what, and forgets it.
func (m *mailroom) told() string {
	var all []string
	for _, l := range m.sent {
		all = append(all, l.To+" "+strings.TrimPrefix(l.Subject, "【好差评】"))
	}
	for _, p := range m.posted {
		all = append(all, p.URL)
	}
	m.sent, m.posted = nil, nil
	return strings.Join(all, "; ")
}

func keepSubscription(t *testing.T, d *database) {
	m := newMailroom(t, d)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "zhang"})
	const target, hook = "office@example.gov.cn", "https://hooks.example.gov.cn/in?token=hidden"
	mail, none := m.subscribe(t, target, func(n *notice.Subscription) { n.Scope.Region = "440100000000" })
	webhook, secret := m.subscribe(t, hook, plain)
	if none != "" || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("secrets are %q and %q", none, secret)
	}
	for _, row := range d.rows(t, "SELECT * FROM subscription") {
		for name, value := range row {
			text := fmt.Sprint(value)
			if kept, isBytes := value.([]byte); isBytes {
				text = string(kept)
			}
			if strings.Contains(text, "office") || strings.Contains(text, "hooks") || strings.Contains(text, strings.TrimPrefix(secret, "whsec_")) {
				t.Errorf("%s holds %q in the clear", name, text)
			}
		}
	}
	all, err := m.List(ctx, followup.Scope{})
	if err != nil || len(all) != 2 || all[0].Every != 15*time.Minute || len(all[0].Events) != len(notice.Events()) {
		t.Fatalf("list: %+v, %v", all, err)
	}
	for _, one := range all {
		if want := map[string]string{mail: "of***@example.gov.cn", webhook: "https://hooks.example.gov.cn/…"}[one.ID]; one.Target != want {
			t.Errorf("listed as %s, want %s", one.Target, want)
		}
	}

	// Within a scope: what is wider or elsewhere is not there.
	city := followup.Scope{Region: "440100000000"}
	if some, err := m.List(ctx, city); err != nil || len(some) != 1 || some[0].ID != mail {
		t.Errorf("of the city: %v, %v", some, err)
	}
	if _, err := m.Find(ctx, city, webhook); fault.KindOf(err) != fault.Missing {
		t.Errorf("one that is wider: %v", err)
	}
	_, _, err = m.Create(ctx, city, notice.Subscription{Channel: notice.Mail, Name: "n", Target: "a@example.gov.cn", Events: notice.Events()})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a wider one made by the city: %v", err)
	}

	changed := all[0].Subscription
	changed.ID, changed.Name, changed.Target, changed.Active, changed.Every = mail, "新名称", "", true, time.Hour
	changed.Scope, changed.Version = city, 1
	if err := m.Change(ctx, city, changed); err != nil {
		t.Fatal(err)
	}
	one, err := m.Find(ctx, city, mail)
	if err != nil || one.Name != "新名称" || one.Target != "of***@example.gov.cn" || one.Every != time.Hour || one.Version != 2 {
		t.Errorf("changed: %+v, %v", one, err)
	}
	if err := m.Change(ctx, city, changed); fault.KindOf(err) != fault.Conflict {
		t.Errorf("changed by who saw an older one: %v", err)
	}
	if renewed, err := m.Renew(ctx, followup.Scope{}, webhook, 1); err != nil || renewed == secret || !strings.HasPrefix(renewed, "whsec_") {
		t.Errorf("renewed %q, %v", renewed, err)
	}
	if err := m.Remove(ctx, city, mail, 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("removed by who saw an older one: %v", err)
	}
	if err := m.Remove(ctx, city, mail, 2); err != nil {
		t.Fatal(err)
	}
	links, err := d.SearchAudit(ctx, audit.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, l := range links {
		actions = append(actions, l.Actor+" "+strings.TrimPrefix(l.Action, "subscription."))
		if text := l.Before + l.After; strings.Contains(text, "office") || strings.Contains(text, "hidden") {
			t.Errorf("the audit tells %s", text)
		}
	}
	if got := strings.Join(actions, ", "); got != "zhang remove, zhang change, zhang change, system create, system create" {
		t.Errorf("audited: %s", got)
	}
}

func tellWhom(t *testing.T, d *database) {
	m := newMailroom(t, d)
	all := func(change func(*notice.Subscription)) func(*notice.Subscription) {
		return func(n *notice.Subscription) {
			n.Every = time.Minute
			change(n)
		}
	}
	m.subscribe(t, "all@x.cn", all(plain))
	m.subscribe(t, "city@x.cn", all(func(n *notice.Subscription) { n.Scope.Region = "440100000000" }))
	m.subscribe(t, "county@x.cn", all(func(n *notice.Subscription) { n.Scope.Region = "440106000000" }))
	m.subscribe(t, "unit@x.cn", all(func(n *notice.Subscription) { n.Scope.Department = "D0" }))
	m.subscribe(t, "closed@x.cn", all(func(n *notice.Subscription) { n.Events = []notice.Event{followup.NewsClosed} }))
	m.subscribe(t, "rated@x.cn", all(func(n *notice.Subscription) { n.WorkNo = "W1" }))
	m.subscribe(t, "li@x.cn", all(func(n *notice.Subscription) { n.Login, n.Events = "li", []notice.Event{followup.NewsAssigned} }))
	m.subscribe(t, "wang@x.cn", all(func(n *notice.Subscription) { n.Login, n.Events = "wang", []notice.Event{followup.NewsAssigned} }))
	m.subscribe(t, "https://x.cn/in", all(func(n *notice.Subscription) { n.Scope.Region = "440300000000" }))
	for _, c := range []struct {
		serial string
		event  followup.News
		want   []string
	}{
		{"S0", followup.NewsOpened, []string{"all@x.cn 新工单 1 件", "city@x.cn 新工单 1 件", "unit@x.cn 新工单 1 件"}},
		{"S1", followup.NewsSupervised, []string{"all@x.cn 超期督办 1 件", "city@x.cn 超期督办 1 件", "county@x.cn 超期督办 1 件"}},
		{"S2", followup.NewsReopened, []string{"all@x.cn 评价人不满意，重新办理 1 件", "https://x.cn/in"}},
		{"S2", followup.NewsClosed, []string{"all@x.cn 已办结 1 件", "closed@x.cn 已办结 1 件", "https://x.cn/in"}},
		{"S0", followup.NewsAssigned, []string{"li@x.cn 指派给我 1 件"}},
		{"gone", followup.NewsOpened, nil},
	} {
		m.at = m.at.Add(time.Hour)
		m.happen(t, c.serial, c.event)
		m.work(t)
		got := m.told()
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s %s: %s is not told; got %s", c.serial, c.event, want, got)
			}
		}
		if n := len(strings.Split(got, "; ")); got != "" && n != len(c.want) || got == "" && len(c.want) > 0 {
			t.Errorf("%s %s: told %s, want %v", c.serial, c.event, got, c.want)
		}
	}
	m.enqueue(t, job.Job{Kind: followup.JobKind, Payload: []byte(`{"serial":"S0","event":"unheard"}`)})
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("an event that nobody knows was told: %s", got)
	}
}

func tellAssignee(t *testing.T, d *database) {
	m := newMailroom(t, d)
	m.people["li"] = notice.Person{Email: "li@x.cn", WorkNo: "W7"}
	tell := func(want, why string, events ...followup.News) {
		t.Helper()
		m.at = m.at.Add(time.Hour)
		for _, event := range events {
			m.happen(t, "S0", event)
		}
		m.work(t)
		if got := m.told(); got != want {
			t.Errorf("%s: told %q, want %q", why, got, want)
		}
	}
	tell("li@x.cn 指派给我 1 件", "assigned", followup.NewsAssigned)
	tell("li@x.cn 即将到期 1 件", "due soon", followup.NewsDueSoon)
	tell("", "what the unit is told", followup.NewsOpened)

	// A flood is one mail now, and one after the usual pause.
	tell("li@x.cn 指派给我 1 件", "the first of many", followup.NewsAssigned)
	m.SetPause(30 * time.Minute)
	for range 5 {
		m.at = m.at.Add(time.Second)
		m.happen(t, "S0", followup.NewsSupervised)
		m.work(t)
	}
	m.at = m.at.Add(29 * time.Minute)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("too early: %s", got)
	}
	tell("li@x.cn 超期督办 5 件", "the rest")

	m.people["li"] = notice.Person{Email: "li@x.cn", WorkNo: "W1"}
	tell("", "of a case about himself", followup.NewsReopened)
	m.people["li"] = notice.Person{}
	tell("", "without an address", followup.NewsAssigned)
	delete(m.people, "li")
	tell("", "without an account", followup.NewsAssigned)

	// One mailbox is told once, however often it asks.
	m.people["li"] = notice.Person{Email: "li@x.cn"}
	m.subscribe(t, "li@x.cn", plain)
	tell("li@x.cn 申诉有结果 1 件", "with a unit's subscription of the same mailbox", followup.NewsDecided)
	m.subscribe(t, "li-at-home@x.cn", func(n *notice.Subscription) { n.Login, n.Events = "li", []notice.Event{followup.NewsAssigned} })
	tell("li-at-home@x.cn 指派给我 1 件", "with a subscription of his own", followup.NewsAssigned)

	// Who leaves between the digest and its delivery is told nothing.
	m.fault = fault.NewUnavailable("邮件服务器没有应答", time.Second, nil)
	m.cases["S1"] = followup.Case{Serial: "S1", State: followup.Pending, Assignee: "wang"}
	m.people["wang"] = notice.Person{Email: "wang@x.cn"}
	m.happen(t, "S1", followup.NewsAssigned)
	m.work(t)
	delete(m.people, "wang")
	m.fault = nil
	tell("", "who left")
	last, err := d.Deliveries(t.Context(), notice.DeliveryQuery{SubscriptionIDs: []string{"staff:wang"}, Limit: 1})
	if err != nil || len(last) != 1 || last[0].State != notice.Dropped {
		t.Errorf("the delivery to who left: %+v, %v", last, err)
	}
}

func digestFlood(t *testing.T, d *database) {
	m := newMailroom(t, d)
	m.subscribe(t, "a@x.cn", plain)
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t)
	if got := m.told(); got != "a@x.cn 新工单 1 件" {
		t.Fatalf("at first: %s", got)
	}
	for n := range 40 {
		m.at = now.Add(time.Duration(n) * time.Second)
		m.happen(t, "S0", followup.NewsOpened)
		if n < 3 {
			m.happen(t, "S1", followup.NewsDueSoon)
		}
		m.work(t)
	}
	m.at = now.Add(15*time.Minute - time.Microsecond)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("too early: %s", got)
	}
	m.at = now.Add(15 * time.Minute)
	m.work(t)
	if len(m.sent) != 1 {
		t.Fatalf("%d mails", len(m.sent))
	}
	letter := m.sent[0]
	for _, want := range []string{
		"【新工单】40 件", "【即将到期】3 件", "其余 10 件", "· S0，单位D0，待核实，请于 2026年6月18日 10:00 前办理\n  https://h.example.gov.cn/console/cases/S0\n",
	} {
		if !strings.Contains(letter.Body, want) {
			t.Errorf("%q is not in the mail:\n%s", want, letter.Body)
		}
	}
	if letter.Subject != "【好差评】新工单 40 件、即将到期 3 件" {
		t.Errorf("subject is %s", letter.Subject)
	}
	m.told()
	m.at = now.Add(24 * time.Hour)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("told again: %s", got)
	}
	if n := d.count(t, "notice WHERE delivery_id = ''"); n != 0 {
		t.Errorf("%d notices still wait", n)
	}
}

func oneMailbox(t *testing.T, d *database) {
	m := newMailroom(t, d)
	m.subscribe(t, "a@x.cn", func(n *notice.Subscription) { n.Every, n.Scope.Region = time.Hour, "440100000000" })
	m.subscribe(t, "a@x.cn", func(n *notice.Subscription) { n.Every = 20 * time.Minute })
	m.happen(t, "S0", followup.NewsOpened) // concerns both
	m.work(t)
	if got := m.told(); got != "a@x.cn 新工单 1 件" {
		t.Errorf("got %s", got)
	}
	m.happen(t, "S2", followup.NewsOpened)
	m.work(t)
	m.enqueue(t, job.Job{Kind: notice.DigestJob, Key: m.mailbox(t)}) // by a process that knew no better
	m.at = now.Add(19 * time.Minute)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("too early: %s", got)
	}
	m.at = now.Add(20 * time.Minute)
	m.work(t)
	if got := m.told(); got != "a@x.cn 新工单 1 件" {
		t.Errorf("after the shorter pause: got %s", got)
	}
}

func tellTwice(t *testing.T, d *database) {
	m := newMailroom(t, d)
	m.subscribe(t, "a@x.cn", plain)
	m.subscribe(t, "https://x.cn/in", plain)
	m.happen(t, "S0", followup.NewsOpened)
	claimed := m.claim(t, followup.JobKind)
	for range 2 { // its process died before it could say that it was done
		if err := m.Handlers()[0].Do(t.Context(), claimed); err != nil {
			t.Fatal(err)
		}
		m.work(t)
	}
	if got := m.told(); got != "a@x.cn 新工单 1 件; https://x.cn/in" {
		t.Errorf("got %s", got)
	}
}

func deliverAgain(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, secret := m.subscribe(t, "https://x.cn/in", plain)
	only := func() notice.Delivery {
		t.Helper()
		all, err := m.Deliveries(t.Context(), followup.Scope{}, notice.DeliveryQuery{SubscriptionIDs: []string{id}, Limit: 10})
		if err != nil || len(all) != 1 {
			t.Fatalf("got %v, %v, want one delivery", all, err)
		}
		return all[0]
	}
	m.fault = fault.NewUnavailable("对方答复 500", 0, nil)
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t)
	if got := only(); got.State != notice.Waiting || got.Attempts != 1 || got.Fault != "对方答复 500" || got.Subject != "case.opened" {
		t.Errorf("got %+v", got)
	}
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("repeat what waits: %v", err)
	}
	for _, pause := range job.Pauses {
		m.at = m.at.Add(pause - time.Microsecond)
		before := only().Attempts
		m.work(t)
		if after := only().Attempts; after != before {
			t.Errorf("tried before %v were over", pause)
		}
		m.at = m.at.Add(time.Microsecond)
		m.work(t)
		if after := only().Attempts; after != before+1 {
			t.Errorf("not tried after %v", pause)
		}
	}
	if got := only(); got.State != notice.Undelivered || got.Attempts != 7 || !got.EndedAt.Equal(m.at) {
		t.Errorf("at the end: %+v", got)
	}
	m.fault = nil
	if err := m.Repeat(t.Context(), followup.Scope{Region: "440100000000"}, only().ID); fault.KindOf(err) != fault.Missing {
		t.Errorf("repeat a foreign one: %v", err)
	}
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); err != nil {
		t.Fatal(err)
	}
	m.work(t)
	if got := only(); got.State != notice.Delivered || got.Attempts != 8 || got.Fault != "" {
		t.Errorf("repeated: %+v", got)
	}
	if len(m.posted) != 1 {
		t.Fatalf("posted %d times", len(m.posted))
	}
	post := m.posted[0]
	var body struct {
		Type      string
		Timestamp time.Time
		Data      struct{ Serial, State, Due, Link string }
	}
	if err := json.Unmarshal(post.Body, &body); err != nil {
		t.Fatal(err)
	}
	if post.Secret != secret || post.ID != only().ID || !post.At.Equal(m.at) || body.Type != "case.opened" || !body.Timestamp.Equal(now) ||
		body.Data.Serial != "S0" || body.Data.State != "pending" || body.Data.Due != "2026-06-18T10:00:00+08:00" {
		t.Errorf("posted %+v: %s", post, post.Body)
	}

	m.fault = job.GiveUp(fault.NewConflict("该地址指向内部网络"))
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); err != nil {
		t.Fatal(err)
	}
	m.work(t)
	if got := only(); got.State != notice.Undelivered || got.Fault != "该地址指向内部网络" {
		t.Errorf("hopeless: %+v", got)
	}
	m.fault = nil
	if err := m.Try(t.Context(), followup.Scope{}, id); err != nil {
		t.Fatal(err)
	}
	m.posted = nil
	m.work(t)
	if len(m.posted) != 1 || !bytes.Contains(m.posted[0].Body, []byte(`"type":"test"`)) {
		t.Errorf("test message: %v", m.posted)
	}
}

func tellNobody(t *testing.T, d *database) {
	m := newMailroom(t, d)
	mail, _ := m.subscribe(t, "a@x.cn", plain)
	hook, _ := m.subscribe(t, "https://x.cn/in", plain)
	m.happen(t, "S0", followup.NewsOpened)
	if err := m.Handlers()[0].Do(t.Context(), m.claim(t, followup.JobKind)); err != nil {
		t.Fatal(err)
	}
	if err := m.Remove(t.Context(), followup.Scope{}, mail, 1); err != nil {
		t.Fatal(err)
	}
	one, err := m.Find(t.Context(), followup.Scope{}, hook)
	if err != nil {
		t.Fatal(err)
	}
	off := one.Subscription
	off.Active, off.Target = false, ""
	if err := m.Change(t.Context(), followup.Scope{}, off); err != nil {
		t.Fatal(err)
	}
	m.happen(t, "S0", followup.NewsClosed)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("told %s", got)
	}
	all, err := m.Deliveries(t.Context(), followup.Scope{}, notice.DeliveryQuery{States: []notice.DeliveryState{notice.Dropped}, Limit: 10})
	if err != nil || len(all) != 1 || all[0].SubscriptionID != hook {
		t.Errorf("dropped: %v, %v", all, err)
	}
	if err := m.Try(t.Context(), followup.Scope{}, hook); fault.KindOf(err) != fault.Conflict {
		t.Errorf("try one that is off: %v", err)
	}
	if n := d.count(t, "notice WHERE delivery_id = ''"); n != 0 {
		t.Errorf("%d notices wait for nobody", n)
	}
}

func digestAtOnce(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, _ := m.subscribe(t, "a@x.cn", plain)
	m.happen(t, "S0", followup.NewsOpened)
	if err := m.Handlers()[0].Do(t.Context(), m.claim(t, followup.JobKind)); err != nil {
		t.Fatal(err)
	}
	recipient := m.mailbox(t)
	told, total, err := d.WaitingNotices(t.Context(), recipient, 10)
	if err != nil || total != 1 || len(told) != 1 {
		t.Fatalf("got %v, %d, %v", told, total, err)
	}
	digest := func(name string) error {
		return d.KeepDigest(t.Context(), notice.Digest{
			Recipient: recipient, Told: told, At: now, Delivery: notice.Delivery{ID: name, SubscriptionID: id, Channel: notice.Mail, CreatedAt: now},
		})
	}
	if err := digest("one"); err != nil {
		t.Fatal(err)
	}
	if err := digest("two"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second digest of the same: %v", err)
	}
	// Another process told something else meanwhile: the pause begins anew.
	m.happen(t, "S1", followup.NewsOpened)
	if err := m.Handlers()[0].Do(t.Context(), m.claim(t, followup.JobKind)); err != nil {
		t.Fatal(err)
	}
	if told, _, err = d.WaitingNotices(t.Context(), recipient, 10); err != nil || len(told) != 1 {
		t.Fatalf("got %v, %v", told, err)
	}
	if err := digest("later"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a digest by who did not know of the last one: %v", err)
	}
	told[0].JobID = "taken"
	d.exec(t, "UPDATE subscription SET told_at = 0")
	if err := digest("three"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second digest of the same notices: %v", err)
	}
	if n := d.count(t, "delivery"); n != 1 {
		t.Errorf("%d deliveries", n)
	}
}

// mailbox is the recipient of the first subscription.
func (m *mailroom) mailbox(t fataler) string {
	t.Helper()
	all, err := m.Needs.Store.Subscriptions(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatalf("got %v, %v", all, err)
	}
	return all[0].Recipient
}

func listDeliveries(t *testing.T, d *database) {
	m := newMailroom(t, d)
	city, _ := m.subscribe(t, "https://x.cn/city", func(n *notice.Subscription) { n.Scope.Region = "440100000000" })
	m.subscribe(t, "https://x.cn/all", plain)
	for n := range 5 {
		m.at = now.Add(time.Duration(n) * time.Hour)
		m.happen(t, "S0", followup.NewsOpened)
		m.work(t)
	}
	count := func(by followup.Scope, q notice.DeliveryQuery, limit int) (n int) {
		t.Helper()
		last := "~"
		for q.Limit = limit; ; {
			page, err := m.Deliveries(t.Context(), by, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				return n
			}
			for _, one := range page {
				if one.ID >= last {
					t.Fatalf("%s comes after %s", one.ID, last)
				}
				last = one.ID
				n++
			}
			q.Before = last
		}
	}
	for _, limit := range []int{1, 3, 100} {
		if n := count(followup.Scope{}, notice.DeliveryQuery{}, limit); n != 10 {
			t.Errorf("all, %d a page: %d", limit, n)
		}
		if n := count(followup.Scope{Region: "440100000000"}, notice.DeliveryQuery{}, limit); n != 5 {
			t.Errorf("the city's, %d a page: %d", limit, n)
		}
		if n := count(followup.Scope{Region: "440300000000"}, notice.DeliveryQuery{SubscriptionIDs: []string{city}}, limit); n != 0 {
			t.Errorf("the city's for another: %d", n)
		}
		if n := count(followup.Scope{}, notice.DeliveryQuery{States: []notice.DeliveryState{notice.Undelivered}}, limit); n != 0 {
			t.Errorf("undelivered: %d", n)
		}
	}
	if _, err := d.FindDelivery(t.Context(), "none"); fault.KindOf(err) != fault.Missing {
		t.Errorf("find none: %v", err)
	}
	if deleted, err := d.SweepNotices(t.Context(), now.Add(2*time.Hour), 100); err != nil || deleted != 4 {
		t.Errorf("swept %d, %v; want the 4 of the first two hours", deleted, err)
	}
	m.at = now.Add(180*24*time.Hour + 4*time.Hour)
	if err := m.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.count(t, "delivery"); n != 2 {
		t.Errorf("%d deliveries are left, want the last two", n)
	}
}
