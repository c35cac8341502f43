package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

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
