package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
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
	"github.com/haochaping/haochaping/internal/org"
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
	{"limits by region and department, within one's scope", caseRules},
	{"many cases are given to a handler, but not to who was rated", caseAssigned},
	{"a reviewer's answer counts once, and only of what he saw", caseAnswers},
	{"there is no case where there is none", caseMissing},
	{"a case withdrawn by a command is ended and gone from the worklist", caseWithdrawn},
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

func caseAppeal(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	right, wrong := d.affair(1, rated), d.affair(2, stars(2))
	d.accept(t, right, wrong, d.affair(3))
	for _, r := range []review.Record{right, wrong} {
		o.act(t, &handler, r.Serial, followup.Step{Move: followup.AppealMove, Words: "评的不是本窗口", Claim: followup.Mistaken, Evidence: []followup.File{evidence()}})
	}
	if got := d.total(t, everywhere("")); got != 3 {
		t.Errorf("appealed: %d reviews are counted, want 3", got)
	}
	decide := func(by *followup.Actor, serial string, move followup.Move) error {
		_, err := o.Act(t.Context(), *by, serial, 1, followup.Step{Move: move, Words: "经核对监控"})
		return err
	}
	if err := decide(&handler, right.Serial, followup.Accept); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the unit decides its own appeal: %v", err)
	}
	if err := decide(&elsewhere, right.Serial, followup.Accept); fault.KindOf(err) != fault.Missing {
		t.Errorf("a stranger decides: %v", err)
	}
	if err := decide(&countyAdmin, right.Serial, followup.Accept); err != nil {
		t.Fatal(err)
	}
	if err := decide(&cityAdmin, wrong.Serial, followup.Refuse); err != nil {
		t.Fatal(err)
	}
	if got := d.total(t, everywhere("")); got != 2 {
		t.Errorf("%d reviews are counted, want 2", got)
	}
	if got := d.cases(t, lately); got != (figures.Cases{Opened: 1}) {
		t.Errorf("got %+v, want the other case", got)
	}
	d.agrees(t)
	d.foldAll(t)
	d.agrees(t)
	kept := []map[string]any{{"serial": right.Serial, "why": "申诉成立：误评"}}
	if diff := cmp.Diff(kept, d.rows(t, "SELECT serial, why FROM withdrawal")); diff != "" {
		t.Error(diff)
	}
	dismissed, refused := o.find(t, right.Serial), o.find(t, wrong.Serial)
	if dismissed.State != followup.Dismissed || refused.State != followup.Pending || refused.Appeals != 1 {
		t.Errorf("got %s and %s", dismissed.State, refused.State)
	}
	story, _, err := o.Story(t.Context(), right.Serial)
	if err != nil || story.Claim != followup.Mistaken || story.State != followup.Dismissed || story.MayReopen || story.MayAnswer {
		t.Errorf("the reviewer is told %+v, %v", story, err)
	}
	for _, move := range []followup.Move{followup.AppealMove, followup.Accept} {
		step := followup.Step{Move: move, Words: "再申诉", Claim: followup.Mistaken, Evidence: []followup.File{evidence()}}
		if move == followup.Accept {
			step.Claim, step.Evidence = "", nil
		}
		if _, err := o.Act(t.Context(), countyAdmin, wrong.Serial, followup.AnyVersion, step); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s after it was decided: %v", move, err)
		}
	}
	o.act(t, &handler, wrong.Serial, followup.Step{Move: followup.Explain, Words: "属于政策问题"})
	d.wantNews(t, "appealed", "appealed", "decided", "decided")
}

func caseSealed(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, stars(1))
	d.accept(t, r)
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Contact, Words: "张三称电话13812345678打不通"})
	o.act(t, &handler, r.Serial, followup.Step{
		Move: followup.AppealMove, Words: "张三恶意投诉", Claim: followup.Malicious, Evidence: []followup.File{evidence(), evidence()},
	})
	for _, table := range []string{"case_event", "case_file", "job", "audit", "followup"} {
		text := fmt.Sprintf("%s", d.rows(t, "SELECT * FROM "+table))
		for _, secret := range []string{"张三", "13812345678", "录音文字"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %s", table, secret)
			}
		}
	}
	detail, err := o.Detail(t.Context(), countyAdmin, r.Serial)
	if err != nil || len(detail.Files) != 2 || detail.Events[0].Words != "张三称电话13812345678打不通" {
		t.Fatalf("got %+v, %v", detail, err)
	}
	file := detail.Files[0]
	want := followup.Attachment{ID: file.ID, Name: "录音文字.pdf", Kind: followup.PDF, Size: len(evidence().Content), At: now, Actor: "li"}
	if diff := cmp.Diff(want, file); diff != "" {
		t.Error(diff)
	}
	got, err := o.Evidence(t.Context(), countyAdmin, r.Serial, file.ID)
	if err != nil || !bytes.Equal(got.Content, evidence().Content) || got.Kind != followup.PDF || got.Name != "录音文字.pdf" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, tt := range []struct {
		by         followup.Actor
		serial, id string
	}{{elsewhere, r.Serial, file.ID}, {countyAdmin, r.Serial, "x"}, {countyAdmin, d.serials.Next(3), file.ID}} {
		if _, err := o.Evidence(t.Context(), tt.by, tt.serial, tt.id); fault.KindOf(err) != fault.Missing {
			t.Errorf("%s, %s, %s: got %v, want it to be missing", tt.by.Login, tt.serial, tt.id, err)
		}
	}
	// Moved to another case nothing opens.
	other := d.affair(2, stars(1))
	d.accept(t, other)
	d.exec(t, "UPDATE case_file SET slot = $1, serial = $2", other.Slot, other.Serial)
	if _, err := o.Evidence(t.Context(), countyAdmin, other.Serial, file.ID); !errors.Is(err, privacy.ErrForged) {
		t.Errorf("got %v, want that it was moved", err)
	}
}

func caseKept(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	silent, late, soon := d.affair(1, stars(1)), d.affair(2, stars(1)), d.affair(3, stars(1))
	d.accept(t, silent, late, soon)
	o.keep(t)
	for _, r := range []review.Record{silent, soon} {
		o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	}
	o.act(t, &handler, silent.Serial, followup.Step{Move: followup.FeedBack, Words: "已整改"})
	at := func(day, hour, minute, second int) {
		o.now = beijing.DayStart(day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
		o.keep(t)
		o.keep(t)
	}
	at(20260616, 12, 0, 0) // the late one is due on Thursday
	d.wantNews(t, "opened", "opened", "opened")
	at(20260617, 0, 0, 1)
	d.wantNews(t, "opened", "opened", "opened", "due_soon")
	at(20260618, 23, 59, 59)
	if c := o.find(t, late.Serial); c.Supervised {
		t.Error("supervised before the limit passed")
	}
	at(20260619, 0, 0, 0)
	if c := o.find(t, late.Serial); !c.Supervised || c.State != followup.Pending || c.Version != 1 {
		t.Errorf("got %+v, want it supervised", c)
	}
	at(20260622, 23, 59, 59)
	if c := o.find(t, silent.Serial); c.State != followup.Awaiting {
		t.Errorf("got %s before seven days", c.State)
	}
	at(20260623, 0, 0, 0)
	if c := o.find(t, silent.Serial); c.State != followup.Closed || c.Progress != (followup.Progress{Rectified: true, InTime: true}) {
		t.Errorf("got %+v, want it closed, and nobody satisfied", c)
	}
	at(20260629, 9, 0, 0)
	d.wantNews(t, "opened", "opened", "opened", "due_soon", "supervised", "closed", "due_soon")
	if got := d.cases(t, lately); got != (figures.Cases{Opened: 3, Rectified: 1, InTime: 1}) {
		t.Errorf("got %+v", got)
	}
	counts, err := o.Count(t.Context(), handler, followup.Scope{})
	if want := (followup.Counts{Open: 2, Overdue: 1, Soon: 1, Supervised: 1, Unassigned: 2}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v", counts, err, want)
	}
	// What is late is answered late, and so it stays; the supervision ends with the answer.
	o.act(t, &handler, late.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	o.now = o.now.AddDate(0, 0, 30)
	o.act(t, &handler, late.Serial, followup.Step{Move: followup.FeedBack, Words: "已整改"})
	if c := o.find(t, late.Serial); c.Supervised || c.Progress != (followup.Progress{Rectified: true}) {
		t.Errorf("got %+v, want it rectified too late", c)
	}
	if d.count(t, "audit") != 5 {
		t.Errorf("%d entries of audit, want those of people alone", d.count(t, "audit"))
	}
	d.agrees(t)
}

func caseKeptAtOnce(t *testing.T, d *database) {
	first := d.migrated(t).office(t)
	const count = 12
	for n := range count {
		d.accept(t, d.affair(n, stars(1)))
	}
	offices := []*office{first}
	for range 3 {
		one, _ := d.process(t)
		offices = append(offices, (&database{Store: one}).office(t))
	}
	keep := func(at time.Time, want ...string) {
		t.Helper()
		atOnce(len(offices), func(i int) {
			offices[i].now = at
			if err := offices[i].Keep(t.Context()); err != nil {
				t.Error(err)
			}
		})
		d.wantNews(t, slices.Repeat(want, count)...)
	}
	keep(now, "opened")
	keep(beijing.DayStart(20260618), "opened", "due_soon")
	keep(beijing.DayStart(20260619), "opened", "due_soon", "supervised")
	if got := d.count(t, "case_event"); got != count {
		t.Errorf("%d events, want one for each case", got)
	}
	// A process that is behind the others changes nothing and tells nothing, even when the news were told meanwhile.
	d.exec(t, "UPDATE job SET state = 2")
	c := first.find(t, d.rows(t, "SELECT serial FROM followup ORDER BY serial")[0]["serial"].(string))
	if err := d.OpenCases(t.Context(), []followup.Opening{{Serial: c.Serial, Slot: c.Slot, Due: now}}); err != nil {
		t.Fatal(err)
	}
	if err := d.TellDue(t.Context(), []followup.Case{c}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, first.find(t, c.Serial)); diff != "" {
		t.Error(diff)
	}
	d.wantNews(t, slices.Repeat([]string{"opened", "due_soon", "supervised"}, count)...)
}

func caseMoves(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, bare, stars(1))
	d.accept(t, r)
	o.keep(t)
	seen := func(scope followup.Scope) bool {
		t.Helper()
		found, err := o.List(t.Context(), followup.Actor{Login: "x", Scope: scope}, followup.Filter{}, nil, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) == 1
	}
	if seen(followup.Scope{Department: department}) {
		t.Error("it lies in a department that nobody named")
	}
	done := d.completed(1)
	done.HallCode = "H7"
	d.take(t, done)
	o.now = o.now.Add(10 * time.Minute)
	o.keep(t)
	for _, scope := range []followup.Scope{{Department: done.DepartmentCode}, {Hall: "H7"}, {Region: done.Region}} {
		if !seen(scope) {
			t.Errorf("the case did not follow its review to %+v", scope)
		}
	}
	d.exec(t, "UPDATE review SET hall_code = 'H8'")
	o.now = o.now.Add(10 * time.Minute)
	o.keep(t)
	if seen(followup.Scope{Hall: "H7"}) || !seen(followup.Scope{Hall: "H8"}) {
		t.Error("the case did not follow its review to another hall")
	}
}

func caseRules(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	province := followup.Actor{Login: "root"}
	rule := followup.Rule{Region: "440100000000", Limits: followup.Limits{Verify: 2, Rectify: 5, Decide: 1}}
	special := followup.Rule{Department: department, Limits: followup.Limits{Verify: 1, Rectify: 4, Decide: 9}}
	for _, r := range []followup.Rule{rule, special, {Region: "440300000000", Limits: followup.Standard}} {
		if err := o.SaveRule(t.Context(), province, r); err != nil {
			t.Fatal(err)
		}
	}
	special.Rectify = 6
	if err := o.SaveRule(t.Context(), province, special); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveRule(t.Context(), province, "440300000000", ""); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveRule(t.Context(), province, "440300000000", ""); err != nil {
		t.Errorf("none is there any more: %v", err)
	}
	got, err := o.Rules(t.Context())
	if diff := cmp.Diff([]followup.Rule{rule, special}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, tt := range []struct {
		by   followup.Actor
		rule followup.Rule
		want fault.Kind
	}{
		{province, followup.Rule{Limits: followup.Limits{Verify: 0, Rectify: 1, Decide: 1}}, fault.Invalid},
		{province, followup.Rule{Limits: followup.Limits{Verify: 1, Rectify: followup.MaxLimit + 1, Decide: 1}}, fault.Invalid},
		{province, followup.Rule{Region: "4401", Limits: followup.Standard}, fault.Invalid},
		{cityAdmin, followup.Rule{Limits: followup.Standard}, fault.Conflict},
		{cityAdmin, followup.Rule{Region: "440300000000", Limits: followup.Standard}, fault.Conflict},
		{handler, followup.Rule{Region: county, Limits: followup.Standard}, fault.Conflict},
	} {
		if err := o.SaveRule(t.Context(), tt.by, tt.rule); fault.KindOf(err) != tt.want {
			t.Errorf("%+v by %s: got %v", tt.rule, tt.by.Login, err)
		}
	}
	r, other := d.affair(1, stars(1)), d.affair(2, stars(1), func(r *review.Record) { r.DepartmentCode = "" })
	d.accept(t, r, other)
	o.keep(t)
	if a, b := beijing.Day(o.find(t, r.Serial).Due), beijing.Day(o.find(t, other.Serial).Due); a != 20260616 || b != 20260617 {
		t.Errorf("got %d by the department's limits and %d by the city's", a, b)
	}
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	if got := beijing.Day(o.find(t, r.Serial).Due); got != 20260624 {
		t.Errorf("got %d, want six working days", got)
	}
	want := []map[string]any{
		{"object": "deadline:/440100000000", "before": "", "after": "verify 2, rectify 5, decide 1"},
		{"object": "deadline:" + department + "/", "before": "", "after": "verify 1, rectify 4, decide 9"},
		{"object": "deadline:/440300000000", "before": "", "after": "verify 3, rectify 10, decide 3"},
		{"object": "deadline:" + department + "/", "before": "verify 1, rectify 4, decide 9", "after": "verify 1, rectify 6, decide 9"},
		{"object": "deadline:/440300000000", "before": "verify 3, rectify 10, decide 3", "after": ""},
	}
	if diff := cmp.Diff(want, d.rows(t, "SELECT object, before, after FROM audit WHERE action = 'deadline.change' ORDER BY number")); diff != "" {
		t.Error(diff)
	}
}

func caseAssigned(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	var picks []followup.Pick
	for n := range 4 {
		r := d.affair(n, stars(1))
		if n == 1 {
			rated(&r)
		}
		d.accept(t, r)
		picks = append(picks, followup.Pick{Serial: r.Serial})
	}
	o.act(t, &handler, picks[2].Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	got, err := o.Assign(t.Context(), countyAdmin, ratedOfficer, append(picks, followup.Pick{Serial: d.serials.Next(1)}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "不能指派给被评价人", "已由李四", "", "没有"} {
		if (got[i].Fault == "") != (want == "") || !strings.Contains(got[i].Fault, want) {
			t.Errorf("%d: got %q, want %q", i, got[i].Fault, want)
		}
	}
	o.keep(t)
	mine, err := o.List(t.Context(), countyAdmin, followup.Filter{Assignee: "qian"}, nil, nil, 10)
	if err != nil || len(mine) != 2 {
		t.Errorf("got %v, %v; want the two that were assigned", mine, err)
	}
	counts, err := o.Count(t.Context(), ratedOfficer, followup.Scope{})
	if want := (followup.Counts{Open: 3, Unassigned: 1, Mine: 2}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v: nothing of the case about himself", counts, err, want)
	}
	if got, err := o.Assign(t.Context(), countyAdmin, followup.Actor{}, []followup.Pick{{Serial: picks[0].Serial, Version: 1}}); err != nil || got[0].Fault != "" {
		t.Errorf("back to nobody: got %v, %v", got, err)
	}
	if c := o.find(t, picks[0].Serial); c.Assignee != "" || c.Version != 2 {
		t.Errorf("got %+v", c)
	}
	if _, err := o.Assign(t.Context(), countyAdmin, handler, make([]followup.Pick, followup.MaxPicks+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("too many: got %v", err)
	}
}

func caseAnswers(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, stars(1))
	d.accept(t, r)
	answer := func(version int, move followup.Move, words string) fault.Kind {
		t.Helper()
		err := o.Answer(t.Context(), r.Serial, version, move, words)
		if err == nil {
			return -1
		}
		return fault.KindOf(err)
	}
	if got := answer(0, followup.Satisfied, ""); got != fault.Conflict {
		t.Errorf("before he was answered: %d", got)
	}
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.Rectify, Words: "属实"})
	o.act(t, &handler, r.Serial, followup.Step{Move: followup.FeedBack, Words: "已整改"})
	for _, move := range []followup.Move{followup.Rectify, followup.Accept, followup.Silence, followup.AssignMove, "x"} {
		if got := answer(2, move, "x"); got != fault.Invalid {
			t.Errorf("%s is not his to say: %d", move, got)
		}
	}
	if got := answer(1, followup.Satisfied, ""); got != fault.Conflict {
		t.Errorf("about what he did not see: %d", got)
	}
	if got := answer(2, followup.Complain, ""); got != fault.Invalid {
		t.Errorf("without words: %d", got)
	}
	results := make([]fault.Kind, 6)
	atOnce(len(results), func(i int) { results[i] = answer(2, followup.Complain, "没有整改") })
	won := 0
	for _, result := range results {
		if result == -1 {
			won++
		} else if result != fault.Conflict {
			t.Errorf("got %d", result)
		}
	}
	if c := o.find(t, r.Serial); won != 1 || c.Rounds != 1 {
		t.Errorf("%d answers counted, %d rounds", won, c.Rounds)
	}
	for _, move := range []followup.Move{followup.Silence, followup.Overdue, followup.Satisfied, followup.AssignMove} {
		if _, err := o.Act(t.Context(), countyAdmin, r.Serial, followup.AnyVersion, followup.Step{Move: move}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("staff: %s: got %v", move, err)
		}
	}
}

func caseMissing(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	good, unknown := d.affair(1), d.affair(2, bare, stars(1), func(r *review.Record) { r.Unverified = true })
	d.accept(t, good, unknown)
	for _, serial := range []string{"", "x", good.Serial, unknown.Serial, d.serials.Next(3)} {
		if _, err := o.Detail(t.Context(), countyAdmin, serial); fault.KindOf(err) != fault.Missing {
			t.Errorf("detail of %q: got %v", serial, err)
		}
		if _, err := o.Act(t.Context(), countyAdmin, serial, 0, followup.Step{Move: followup.Rectify, Words: "属实"}); fault.KindOf(err) != fault.Missing {
			t.Errorf("act on %q: got %v", serial, err)
		}
		if _, found, err := o.Story(t.Context(), serial); found || err != nil {
			t.Errorf("story of %q: got %v, %v", serial, found, err)
		}
	}
	d.registry.Replace(org.Guangdong(), nil)
	d.agrees(t)
}

func caseWithdrawn(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	r := d.affair(1, stars(1))
	d.accept(t, r)
	d.withdraw(t, r.Serial)
	o.keep(t)
	for ended, want := range map[bool]int{false: 0, true: 1} {
		found, err := o.List(t.Context(), countyAdmin, followup.Filter{Ended: ended}, nil, nil, 10)
		if err != nil || len(found) != want {
			t.Errorf("ended %v: got %v, %v; want %d", ended, found, err, want)
		}
	}
	if _, err := o.Act(t.Context(), countyAdmin, r.Serial, followup.AnyVersion, followup.Step{Move: followup.Rectify, Words: "属实"}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
	if got := d.news(t); got != nil {
		t.Errorf("got news %v of what is gone", got)
	}
}
