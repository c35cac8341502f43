package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/workday"
)

var caseTests = []test{
	{"a case goes from the review to its end: states, limits, figures, news, audit, and what the reviewer sees", caseToItsEnd},
	{"two act on a case at once: one wins, the other is told what that one did, and nothing is overwritten", caseAtOnce},
	{"an appeal that is right takes the review out of all figures; one that is not goes on", caseAppeal},
	{"evidence and words are sealed, and opened for who may see them", caseSealed},
	{"time closes what is silent, supervises what is late, and tells once of what is due soon", caseKept},
	{"many processes keep the same cases: each is opened, closed and told of once", caseKeptAtOnce},
	{"what was opened under an affair that came later, or another hall, goes where its review goes", caseMoves},
	{"a case that is opened while its review is moved lies where the review lies now", openedWhileMoved},
	{"limits by region and department, within one's scope", caseRules},
	{"limits that two set at once", caseRulesAtOnce},
	{"many cases are given to a handler, but not to who was rated", caseAssigned},
	{"a reviewer's answer counts once, and only of what he saw", caseAnswers},
	{"there is no case where there is none", caseMissing},
}

// office follows up cases with a clock of its own.
type office struct {
	*followup.Service
	d   *database
	now time.Time
}

func (d *database) office(t testing.TB) *office {
	t.Helper()
	sealer, err := privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{d: d, now: now}
	o.Service, err = followup.NewService(followup.Needs{
		Store: d.Store, Sealer: sealer, Calendar: workday.China(), Now: func() time.Time { return o.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Who acts. The officer is who was rated.
var (
	handler      = followup.Actor{Login: "li", Name: "李四", Scope: followup.Scope{Department: department}}
	countyAdmin  = followup.Actor{Login: "wang", Name: "王五", Scope: followup.Scope{Region: county}}
	cityAdmin    = followup.Actor{Login: "zhao", Name: "赵六", Scope: followup.Scope{Region: "440100000000"}}
	elsewhere    = followup.Actor{Login: "sun", Name: "孙七", Scope: followup.Scope{Region: "440300000000"}}
	ratedOfficer = followup.Actor{Login: "qian", Name: "钱八", WorkNo: "007", Scope: followup.Scope{Department: department}}
)

func rated(r *review.Record) { r.Stars, r.WorkNo = 1, "007" }

// act makes a move that must succeed.
func (o *office) act(t fataler, by *followup.Actor, serial string, step followup.Step) followup.Case {
	t.Helper()
	c, err := o.Act(t.Context(), *by, serial, followup.AnyVersion, step)
	if err != nil {
		t.Fatalf("%s by %s: %v", step.Move, by.Login, err)
	}
	return c
}

func (o *office) say(t fataler, serial string, move followup.Move, words string) {
	t.Helper()
	c := o.find(t, serial)
	if err := o.Answer(t.Context(), serial, c.Version, move, words); err != nil {
		t.Fatalf("the reviewer says %s: %v", move, err)
	}
}

func (o *office) find(t fataler, serial string) followup.Case {
	t.Helper()
	c, err := o.d.FindCase(t.Context(), serial)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (o *office) keep(t fataler) {
	t.Helper()
	if err := o.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// news are what was queued, oldest first within a version.
func (d *database) news(t fataler) (news []string) {
	t.Helper()
	for _, row := range d.rows(t, "SELECT payload FROM job WHERE kind = 'case' ORDER BY id") {
		payload := string(row["payload"].([]byte))
		_, event, _ := strings.Cut(payload, `"event":"`)
		news = append(news, strings.TrimSuffix(event, `"}`))
	}
	return news
}

func (d *database) wantNews(t fataler, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, d.news(t), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Fatalf("news (-want +got): %s", diff)
	}
}

func evidence() followup.File {
	return followup.File{Name: "录音文字.pdf", Content: []byte("%PDF-1.7 张三的说明")}
}

func caseToItsEnd(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, rated)
	d.accept(t, r, d.affair(2))
	o.keep(t)
	c := o.find(t, r.Serial)
	want := followup.Case{
		Serial: r.Serial, Slot: r.Slot, State: followup.Pending, Stars: 1, Region: county, Department: department, WorkNo: "007",
		Entity: "egovAffair", Channel: "portal", ItemName: "设立登记", DepartmentName: "天河区市场监督管理局", ReviewedAt: r.EvalTime,
		Opened: now, Since: now, Due: beijing.DayStart(20260619).Add(-time.Second),
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Fatalf("opened (-want +got): %s", diff)
	}
	d.wantNews(t, "opened")
	o.keep(t)
	d.wantNews(t, "opened")

	check := func(state followup.State, due int, counted figures.Cases) {
		t.Helper()
		c := o.find(t, r.Serial)
		if c.State != state || beijing.Day(c.Due) != due {
			t.Errorf("got %s until %d, want %s until %d", c.State, beijing.Day(c.Due), state, due)
		}
		if got := d.cases(t, lately); got != counted {
			t.Errorf("%s: got %+v, want %+v", state, got, counted)
		}
		d.agrees(t)
	}
	ctx := audit.With(t.Context(), audit.Origin{Actor: "li", Request: "req-1", Address: "192.0.2.1"})
	if _, err := o.Act(ctx, handler, r.Serial, 0, followup.Step{Move: followup.Contact, Words: "电话联系，称材料被要求重复提交", Reached: true}); err != nil {
		t.Fatal(err)
	}
	check(followup.Pending, 20260618, figures.Cases{Opened: 1, CalledBack: 1})
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实，重复收取了材料"})
	check(followup.Rectifying, 20260630, figures.Cases{Opened: 1, CalledBack: 1})
	o.now = o.now.AddDate(0, 0, 8)
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.FeedBack, Words: "已取消重复材料，向您致歉"})
	check(followup.Awaiting, 20260630, figures.Cases{Opened: 1, Rectified: 1, InTime: 1, CalledBack: 1})
	o.say(t, r.Serial, followup.Complain, "没有人道歉")
	check(followup.Rectifying, 20260707, figures.Cases{Opened: 1, CalledBack: 1})
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.FeedBack, Words: "窗口负责人已当面致歉"})
	o.say(t, r.Serial, followup.Satisfied, "")
	check(followup.Closed, 20260623, figures.Cases{Opened: 1, Rectified: 1, InTime: 1, CalledBack: 1, Satisfied: 1})
	d.foldAll(t)
	d.agrees(t)
	d.wantNews(t, "opened", "reopened", "closed")

	entries := d.rows(t, "SELECT actor, action, object, before, after, reason, request, address FROM audit ORDER BY number")
	first := map[string]any{
		"actor": "li", "action": "case.contact", "object": "case:" + r.Serial, "before": "pending", "after": "pending", "reason": "", "request": "req-1", "address": "192.0.2.1",
	}
	if len(entries) != 4 || !cmp.Equal(first, entries[0]) {
		t.Errorf("got %v, want what the handler did four times, first %v", entries, first)
	}

	story, found, err := o.Story(t.Context(), r.Serial)
	if err != nil || !found {
		t.Fatalf("got %v, %v", found, err)
	}
	told := followup.Story{
		Serial: r.Serial, Version: 6, State: followup.Closed, Unit: followup.Unit{Kind: followup.DepartmentUnit, Code: department}, Opened: now,
		Certain: true, MayReopen: true,
		Steps: []followup.StoryStep{
			{At: now, Move: followup.Contact, Party: followup.OfUnit, State: followup.Pending},
			{At: now, Move: followup.Rectify, Party: followup.OfUnit, State: followup.Rectifying},
			{At: o.now, Move: followup.FeedBack, Party: followup.OfUnit, State: followup.Awaiting, Words: "已取消重复材料，向您致歉"},
			{At: o.now, Move: followup.Complain, Party: followup.OfReviewer, State: followup.Rectifying, Words: "没有人道歉"},
			{At: o.now, Move: followup.FeedBack, Party: followup.OfUnit, State: followup.Awaiting, Words: "窗口负责人已当面致歉"},
			{At: o.now, Move: followup.Satisfied, Party: followup.OfReviewer, State: followup.Closed},
		},
	}
	if diff := cmp.Diff(told, story); diff != "" {
		t.Errorf("story (-want +got): %s", diff)
	}
	if strings.Contains(fmt.Sprintf("%+v", story), handler.Name) {
		t.Error("the reviewer is told a name")
	}
	detail, err := o.Detail(t.Context(), countyAdmin, r.Serial)
	if err != nil || len(detail.Events) != 6 || detail.Events[1].Words != "属实，重复收取了材料" || detail.Events[1].Name != "李四" || !detail.Events[1].At.Equal(now) {
		t.Errorf("got %+v, %v", detail.Events, err)
	}
}

func caseAtOnce(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	const rounds = 8
	for n := range rounds {
		r := d.affair(n, stars(1))
		d.accept(t, r)
		errs := make([]error, 4)
		atOnce(len(errs), func(i int) {
			by, move := handler, followup.Rectify
			if i%2 == 1 {
				by, move = countyAdmin, followup.Explain
			}
			_, errs[i] = o.Act(t.Context(), by, r.Serial, 0, followup.Step{Move: move, Words: fmt.Sprintf("说明%d", i)})
		})
		won := -1
		for i, err := range errs {
			if err == nil {
				if won >= 0 {
					t.Fatalf("%d and %d both won", won, i)
				}
				won = i
			}
		}
		if won < 0 {
			t.Fatalf("nobody won: %v", errs)
		}
		name := []string{"李四", "王五"}[won%2]
		for i, err := range errs {
			var told *fault.Error
			if i != won && (!errors.As(err, &told) || told.Kind != fault.Conflict || !strings.Contains(told.Message, "已由"+name)) {
				t.Errorf("got %v, want to be told that %s was first", err, name)
			}
		}
		detail, err := o.Detail(t.Context(), countyAdmin, r.Serial)
		if err != nil || len(detail.Events) != 1 || detail.Events[0].Words != fmt.Sprintf("说明%d", won) {
			t.Errorf("got %+v, %v; want what %d said alone", detail.Events, err, won)
		}
	}
	if got := d.count(t, "audit"); got != rounds {
		t.Errorf("%d entries of audit, want %d", got, rounds)
	}
	d.agrees(t)
}
