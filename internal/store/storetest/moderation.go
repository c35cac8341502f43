package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

var moderationTests = []test{
	{"what the public sees of a remark is decided before it is stored", moderatedOnTheWayIn},
	{"no remark stands in the database in the clear", moderatedSealed},
	{"with publication off no remark is shown", moderationOff},
	{"reviews from before moderation are checked afterwards, and shown nowhere until then", moderatedAfterwards},
	{"a person's decision is stored once, audited, and shown at once", decideOnce},
	{"of two who decide at once one is told what the other did", decideAtOnce},
	{"a decision outside of one's bounds is of nothing", decideOutside},
	{"a decision that is wrong is refused with every reason", decideWrongly},
	{"the queue is what filtering all reviews gives, page by page", moderationQueue},
	{"a withdrawn review is in no queue", moderationWithdrawn},
	{"word lists have versions, and another one that counts has what waits checked again", wordLists},
	{"versions that are added at once have different numbers", wordListsAtOnce},
}

// moderated are the services over one database.
type moderated struct {
	*moderation.Service
	reviews *review.Service
	policy  *moderation.Policy
}

func (d *database) moderated(t *testing.T, mode moderation.Mode) moderated {
	t.Helper()
	return d.moderatedBy(t, mode, privacy.NewKeys())
}

func (d *database) moderatedBy(t *testing.T, mode moderation.Mode, keys *privacy.Keys) moderated {
	t.Helper()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := moderation.NewPolicy(mode)
	if err != nil {
		t.Fatal(err)
	}
	reviews, err := review.NewService(review.Needs{
		Store: d.Store, Places: &review.Placement{Registry: d.registry, Root: "440000000000"}, Sealer: sealer,
		Blinder: privacy.NewBlinder(keys), Now: clock, Lanes: 1, Queue: 1000, Batch: 64, Policy: policy,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reviews.Close)
	return moderated{moderation.NewService(d.Store, reviews, policy), reviews, policy}
}

// say submits review n with a remark and gives its serial number.
func (m moderated) say(t *testing.T, n int, remark string, changes ...func(*review.Review)) string {
	t.Helper()
	r := submission(n, changes...)
	r.Remark, r.EvalTime = remark, now.Add(-time.Duration(n)*time.Minute)
	receipt, err := m.reviews.Submit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Serial
}

// shown are the public remarks by serial number.
func (m moderated) shown(t *testing.T) map[string]string {
	t.Helper()
	found, err := m.reviews.Newest(t.Context(), review.Listing{To: now.AddDate(0, 0, 1), From: now.AddDate(-1, 0, 0), Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, r := range found {
		shown[r.Serial] = r.Remark
	}
	return shown
}

// in are the remarks in a state.
func (m moderated) in(t *testing.T, state moderation.State) []moderation.Item {
	t.Helper()
	items, err := m.Waiting(t.Context(), moderation.Filter{State: state}, moderation.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func moderatedOnTheWayIn(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	nothing, good := m.say(t, 1, ""), m.say(t, 2, "办得很快")
	phone, bad := m.say(t, 3, "请打１３８-0013 八零零零找张三"), m.say(t, 4, "他们受贿，电话13800138000")
	hotline := m.say(t, 5, "", func(r *review.Review) { r.AcceptRemark, r.DealRemark = "态度差", "微信号：zhangsan" })
	want := map[string]string{nothing: "", good: "办得很快", phone: "请打*************找张*", bad: "", hotline: "态度差\n微信号：********"}
	if diff := cmp.Diff(want, m.shown(t)); diff != "" {
		t.Error(diff)
	}
	waiting := m.in(t, moderation.Waiting)
	if len(waiting) != 1 || waiting[0].Serial != bad || waiting[0].Version != 0 {
		t.Fatalf("got %+v waiting", waiting)
	}
	var pieces []string
	for _, p := range waiting[0].Pieces() {
		pieces = append(pieces, fmt.Sprintf("%s|%v|%v", p.Text, p.Kind, p.Masked))
	}
	if diff := cmp.Diff([]string{"他们||false", "受贿|词表中的词|true", "，电话||false", "***********|手机号码|true"}, pieces); diff != "" {
		t.Error(diff)
	}
	if masked := m.in(t, moderation.Masked); len(masked) != 2 {
		t.Errorf("got %d masked ones, want 2", len(masked))
	}
	if n, err := m.Count(t.Context(), moderation.Filter{}, 10); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}

	strict := d.moderated(t, moderation.Strict)
	good = strict.say(t, 6, "很好")
	if items := strict.in(t, moderation.Waiting); !slices.ContainsFunc(items, func(i moderation.Item) bool { return i.Serial == good }) {
		t.Error("with strict it does not wait")
	}
}

func moderatedSealed(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	const remark = "独家牢骚，电话13800138000"
	serial := m.say(t, 1, remark)
	if err := m.Decide(t.Context(), moderation.Actor{Login: "li"}, serial, 0, moderation.Choice{State: moderation.Masked, Phrases: []string{"独家", "13800138000"}}, "不宜"); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"review", "moderation_decision", "audit", "once"} {
		for _, row := range d.rows(t, "SELECT * FROM "+table) {
			for column, value := range row {
				text := fmt.Sprintf("%s", value)
				if strings.Contains(text, "独家") || strings.Contains(text, "13800138000") {
					t.Errorf("%s.%s holds %s", table, column, text)
				}
			}
		}
	}
	if got := m.shown(t)[serial]; got != "**牢骚，电话***********" {
		t.Errorf("shown is %s", got)
	}
}

func moderationOff(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.OffPublication)
	serial := m.say(t, 1, "办得很快")
	if got := m.shown(t)[serial]; got != "" {
		t.Errorf("shown is %s", got)
	}
}

func (m moderated) checkAll(t *testing.T) {
	t.Helper()
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		more, err := m.CheckSome(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
	t.Fatal("checking does not come to an end")
}

func moderatedAfterwards(t *testing.T, d *database) {
	keys := privacy.NewKeys()
	m := d.migrated(t).moderatedBy(t, moderation.Before, keys)
	old := d.service(t, d.Store, keys) // knows no policy
	serials := map[string]string{}
	for n, remark := range []string{"", "很好", "电话13800138000", "他们受贿"} {
		r := submission(n)
		r.Remark = remark
		receipt, err := old.Submit(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		serials[receipt.Serial] = map[string]string{"很好": "很好", "电话13800138000": "电话***********"}[remark]
	}
	unreadable := d.affair(100, func(r *review.Record) { r.EvalTime = now.AddDate(-2, 0, 0) }) // out of what is listed, where it were a fault
	d.accept(t, unreadable)
	for serial, shown := range m.shown(t) {
		if shown != "" {
			t.Errorf("%s is shown as %s before it was checked", serial, shown)
		}
	}
	version, err := d.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.checkAll(t)
	if diff := cmp.Diff(serials, m.shown(t)); diff != "" {
		t.Error(diff)
	}
	if now, err := d.Version(t.Context()); now == version || err != nil {
		t.Errorf("the board is not told: %s, %v", now, err)
	}
	states := map[any]int{}
	for _, row := range d.rows(t, "SELECT publication FROM review") {
		states[row["publication"]]++
	}
	if diff := cmp.Diff(map[any]int{int64(1): 2, int64(2): 1, int64(3): 2}, states); diff != "" {
		t.Error(diff)
	}
	for _, item := range m.in(t, moderation.Waiting) {
		if item.Unreadable != (item.Serial == unreadable.Serial) {
			t.Errorf("%s is unreadable: %v", item.Serial, item.Unreadable)
		}
	}
}

func decideOnce(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	const remark = "他们受贿，电话13800138000"
	serial := m.say(t, 1, remark)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "li", Request: "r1"})
	by := moderation.Actor{Login: "li"}
	before, err := d.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	item, decided, err := m.Item(ctx, serial, by.Bounds)
	if err != nil || len(decided) != 0 || item.Remark != remark || item.Publication.Spans.String() != "2-4,7-18" {
		t.Fatalf("got %+v, %v, %v", item, decided, err)
	}
	for n, step := range []struct {
		choice moderation.Choice
		reason string
		shown  string
	}{
		{moderation.Choice{State: moderation.Masked, Spans: item.Publication.Spans}, "", "他们**，电话***********"},
		{moderation.Choice{State: moderation.Withheld}, "正在调查", ""},
		{moderation.Choice{State: moderation.Masked, Phrases: []string{"13800138000"}}, "", "他们受贿，电话***********"},
	} {
		if err := m.Decide(ctx, by, serial, n, step.choice, step.reason); err != nil {
			t.Fatal(err)
		}
		if got := m.shown(t)[serial]; got != step.shown {
			t.Errorf("step %d: shown is %q, want %q", n, got, step.shown)
		}
	}
	_, decided, err = m.Item(ctx, serial, by.Bounds)
	if err != nil || len(decided) != 3 || decided[1].Reason != "正在调查" || decided[1].Actor != "li" || decided[2].Version != 3 || !decided[2].At.Equal(now) {
		t.Errorf("got %+v, %v", decided, err)
	}
	if after, err := d.Version(t.Context()); after == before || err != nil {
		t.Error("the board is not told")
	}
	want := []map[string]any{
		{"actor": "li", "action": "moderation.decide", "object": "review:" + serial, "before": "待审核 2-4,7-18", "after": "已遮盖公开 2-4,7-18", "reason": ""},
		{"actor": "li", "action": "moderation.decide", "object": "review:" + serial, "before": "已遮盖公开 2-4,7-18", "after": "不公开", "reason": "正在调查"},
		{"actor": "li", "action": "moderation.decide", "object": "review:" + serial, "before": "不公开", "after": "已遮盖公开 7-18", "reason": ""},
	}
	if diff := cmp.Diff(want, d.rows(t, "SELECT actor, action, object, before, after, reason FROM audit ORDER BY number")); diff != "" {
		t.Error(diff)
	}
	m.checkAll(t) // what a person decided stays
	if got := m.shown(t)[serial]; got != "他们受贿，电话***********" {
		t.Errorf("shown is %s", got)
	}
}

func decideAtOnce(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿")
	const persons = 8
	errs := make([]error, persons)
	atOnce(persons, func(i int) {
		errs[i] = m.Decide(t.Context(), moderation.Actor{Login: fmt.Sprintf("p%d", i)}, serial, 0, moderation.Choice{State: moderation.Withheld}, "正在调查")
	})
	_, decided, err := m.Item(t.Context(), serial, moderation.Bounds{})
	if err != nil || len(decided) != 1 {
		t.Fatalf("got %+v, %v; want one decision", decided, err)
	}
	for i, err := range errs {
		var told *fault.Error
		won := decided[0].Actor == fmt.Sprintf("p%d", i)
		want := decided[0].Actor + " 已于 2026-06-15 10:00:00 决定：不公开。您的决定没有保存，请刷新后再看是否需要更改"
		if won && err != nil || !won && (!errors.As(err, &told) || told.Kind != fault.Conflict || told.Message != want) {
			t.Errorf("p%d (won: %v): got %v", i, won, err)
		}
	}
}

func decideOutside(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿", func(r *review.Review) { r.RegionCode, r.HallCode, r.DepartmentCode = county, "H1", department })
	region := d.rows(t, "SELECT region_code FROM review")[0]["region_code"].(string)
	for name, c := range map[string]struct {
		bounds moderation.Bounds
		within bool
	}{
		"everywhere":       {moderation.Bounds{}, true},
		"the region":       {moderation.Bounds{RegionFrom: region, RegionTo: region + "~"}, true},
		"another region":   {moderation.Bounds{RegionFrom: "450000000000", RegionTo: "46"}, false},
		"the department":   {moderation.Bounds{Department: department}, true},
		"another":          {moderation.Bounds{Department: "D9"}, false},
		"the hall":         {moderation.Bounds{Hall: "H1"}, true},
		"another hall":     {moderation.Bounds{Hall: "H2"}, false},
		"hall and another": {moderation.Bounds{Hall: "H1", Department: "D9"}, false},
	} {
		items, err := m.Waiting(t.Context(), moderation.Filter{Bounds: c.bounds}, moderation.Page{Limit: 10})
		if err != nil || (len(items) == 1) != c.within {
			t.Errorf("%s: got %v, %v", name, items, err)
		}
		if _, _, err := m.Item(t.Context(), serial, c.bounds); (err == nil) != c.within || err != nil && fault.KindOf(err) != fault.Missing {
			t.Errorf("%s: got %v", name, err)
		}
		if c.within {
			continue
		}
		err = m.Decide(t.Context(), moderation.Actor{Login: "li", Bounds: c.bounds}, serial, 0, moderation.Choice{State: moderation.Withheld}, "正在调查")
		ruled := d.Rule(t.Context(), moderation.Ruling{Serial: serial, Publication: moderation.Publication{State: moderation.Published}, Actor: "li", Bounds: c.bounds})
		if fault.KindOf(err) != fault.Missing || fault.KindOf(ruled) != fault.Missing {
			t.Errorf("%s: got %v, %v", name, err, ruled)
		}
	}
	for _, serial := range []string{"", "x", d.serials.Next(3)} {
		if _, _, err := m.Item(t.Context(), serial, moderation.Bounds{}); fault.KindOf(err) != fault.Missing {
			t.Errorf("%q: got %v", serial, err)
		}
	}
	if got := d.count(t, "moderation_decision"); got != 0 {
		t.Errorf("%d decisions are stored", got)
	}
}

func decideWrongly(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿，电话13800138000")
	for name, c := range map[string]struct {
		choice moderation.Choice
		reason string
		fields string
	}{
		"nothing":        {moderation.Choice{}, "", "decision"},
		"waiting":        {moderation.Choice{State: moderation.Waiting}, "", "decision"},
		"no reason":      {moderation.Choice{State: moderation.Withheld}, " ", "reason"},
		"long":           {moderation.Choice{State: moderation.Withheld}, strings.Repeat("长", 201), "reason"},
		"with a number":  {moderation.Choice{State: moderation.Withheld}, "已联系13800138000", "reason"},
		"number in it":   {moderation.Choice{State: moderation.Published}, "", "decision reason"},
		"number in part": {moderation.Choice{State: moderation.Masked, Spans: moderation.Spans{{From: 2, To: 4}}}, "", "spans"},
		"no spans":       {moderation.Choice{State: moderation.Masked}, "", "spans"},
		"too far":        {moderation.Choice{State: moderation.Masked, Spans: moderation.Spans{{From: 7, To: 99}}}, "", "spans"},
		"not in it":      {moderation.Choice{State: moderation.Masked, Phrases: []string{"李四"}}, "", "phrases"},
		"too many":       {moderation.Choice{State: moderation.Masked, Phrases: make([]string, 21)}, "", "phrases"},
	} {
		err := m.Decide(t.Context(), moderation.Actor{Login: "li"}, serial, 0, c.choice, c.reason)
		var told *fault.Error
		var fields []string
		if errors.As(err, &told) {
			for _, v := range told.Violations {
				fields = append(fields, v.Field)
			}
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.fields)
		}
	}
	if got := d.count(t, "moderation_decision"); got != 0 {
		t.Errorf("%d decisions are stored", got)
	}
}

func moderationQueue(t *testing.T, d *database) {
	d.migrated(t)
	var records []review.Record
	for n := range 80 {
		records = append(records, d.affair(n, stars(n%5+1), func(r *review.Record) {
			r.Publication.State = moderation.State(n % 5)
			r.ReceivedAt = now.Add(-time.Duration(n%7) * time.Hour)
			r.Region, r.DepartmentCode, r.HallCode = places[n%len(places)], []string{"D1", "D2"}[n%2], []string{"", "H1"}[n/2%2]
		}))
	}
	d.accept(t, records...)
	rapid.Check(t, func(t *rapid.T) {
		f := moderation.Filter{
			State:  rapid.SampledFrom([]moderation.State{moderation.Waiting, moderation.Masked, moderation.Withheld}).Draw(t, "state"),
			Stars:  rapid.IntRange(0, 5).Draw(t, "stars"),
			Bounds: moderation.Bounds{Department: rapid.SampledFrom([]string{"", "D1"}).Draw(t, "department"), Hall: rapid.SampledFrom([]string{"", "H1"}).Draw(t, "hall")},
		}
		if rapid.Bool().Draw(t, "bounded") {
			f.Bounds.RegionFrom, f.Bounds.RegionTo = "440100000000", "4402"
		}
		if rapid.Bool().Draw(t, "between") {
			f.From, f.To = now.Add(-4*time.Hour), now.Add(-time.Hour)
		}
		want := map[string]bool{}
		for _, r := range records {
			if r.Publication.State == f.State && (f.Stars == 0 || f.Stars == r.Stars) && (f.Bounds.Department == "" || f.Bounds.Department == r.DepartmentCode) &&
				(f.Bounds.Hall == "" || f.Bounds.Hall == r.HallCode) && (f.Bounds.RegionFrom == "" || r.Region >= f.Bounds.RegionFrom && r.Region < f.Bounds.RegionTo) &&
				(f.From.IsZero() || !r.ReceivedAt.Before(f.From) && r.ReceivedAt.Before(f.To)) {
				want[r.Serial] = true
			}
		}
		got := map[string]bool{}
		page := moderation.Page{Limit: rapid.IntRange(1, 9).Draw(t, "limit")}
		for {
			rows, err := d.ModerationList(t.Context(), f, page)
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				if p := page.After; p != nil {
					older := rows[i].ReceivedAt.Before(p.ReceivedAt) || rows[i].ReceivedAt.Equal(p.ReceivedAt) && rows[i].Serial < p.Serial
					if older != (f.State != moderation.Waiting) {
						t.Fatalf("%v after %v", rows[i].Position(), p)
					}
				}
				page.After = rows[i].Position()
				got[rows[i].Serial] = true
			}
			if len(rows) < page.Limit {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v: %s", f, diff)
		}
		if n, err := d.ModerationCount(t.Context(), f, 5); n != min(5, len(want)) || err != nil {
			t.Fatalf("got %d, %v; want %d", n, err, len(want))
		}
	})
}

func moderationWithdrawn(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	serial := m.say(t, 1, "他们受贿")
	d.withdraw(t, serial)
	if got := m.in(t, moderation.Waiting); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if _, _, err := m.Item(t.Context(), serial, moderation.Bounds{}); fault.KindOf(err) != fault.Missing {
		t.Errorf("got %v", err)
	}
}

func wordLists(t *testing.T, d *database) {
	keys := privacy.NewKeys()
	m := d.migrated(t).moderatedBy(t, moderation.Before, keys)
	bribe, glass, both := m.say(t, 1, "他们受贿"), m.say(t, 2, "玻璃坏了"), m.say(t, 3, "受贿的王某")
	if err := m.Decide(t.Context(), moderation.Actor{Login: "li"}, both, 0, moderation.Choice{State: moderation.Withheld}, "正在调查"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.NewVersion(t.Context(), "li", "坏", ""); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
	if _, err := m.NewVersion(t.Context(), "li", "# 空", ""); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
	first, err := m.NewVersion(t.Context(), "li", "玻璃\r\n", "第一版")
	if err != nil || first != 1 {
		t.Fatalf("got %d, %v", first, err)
	}
	second, err := m.NewVersion(t.Context(), "wang", "玻璃\n王某 遮盖", "第二版")
	if err != nil || second != 2 {
		t.Fatalf("got %d, %v", second, err)
	}
	if list, err := m.WordList(t.Context(), 1); list.Text != "玻璃\n" || list.Actor != "li" || !list.At.Equal(now) || err != nil {
		t.Errorf("got %+v, %v", list, err)
	}
	for _, version := range []int{3, -1} {
		if err := m.Activate(t.Context(), version); fault.KindOf(err) != fault.Missing {
			t.Errorf("%d: got %v", version, err)
		}
	}
	other := d.moderatedBy(t, moderation.Before, keys) // of another process, say
	if err := m.Activate(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	lists, err := m.Words(t.Context())
	var told []string
	for _, l := range lists {
		told = append(told, fmt.Sprint(l.Version, l.Note, l.Active))
	}
	if diff := cmp.Diff([]string{"2第二版true", "1第一版false", "0内置词表false"}, told); diff != "" || err != nil {
		t.Error(diff, err)
	}
	other.checkAll(t)
	want := map[string]string{bribe: "他们受贿", glass: "玻璃坏了", both: ""} // what was public stays, what a person decided, too
	if diff := cmp.Diff(want, m.shown(t)); diff != "" {
		t.Error(diff)
	}
	for _, each := range []moderated{m, other} {
		if got := each.policy.Judge("玻璃").State; got != moderation.Waiting {
			t.Errorf("the new list does not count: %v", got)
		}
	}
	if version, rechecked, err := d.ActiveWords(t.Context()); version != 2 || rechecked != 2 || err != nil {
		t.Errorf("got %d, %d, %v", version, rechecked, err)
	}
	if err := m.Activate(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got := m.policy.Judge("玻璃").State; got != moderation.Published {
		t.Errorf("the program's own list does not count: %v", got)
	}
	actions := d.rows(t, "SELECT action, object FROM audit WHERE action LIKE 'words%' ORDER BY number")
	if diff := cmp.Diff([]map[string]any{
		{"action": "words.add", "object": "words:1"},
		{"action": "words.add", "object": "words:2"},
		{"action": "words.activate", "object": "words:2"},
		{"action": "words.activate", "object": "words:0"},
	}, actions); diff != "" {
		t.Error(diff)
	}
}

func wordListsAtOnce(t *testing.T, d *database) {
	m := d.migrated(t).moderated(t, moderation.Before)
	const writers = 6
	versions, errs := make([]int, writers), make([]error, writers)
	atOnce(writers, func(i int) {
		versions[i], errs[i] = m.NewVersion(t.Context(), "li", fmt.Sprintf("玻璃%d", i), "")
	})
	seen := map[int]bool{}
	for i := range writers {
		if errs[i] != nil || seen[versions[i]] || versions[i] < 1 || versions[i] > writers {
			t.Errorf("got %d, %v", versions[i], errs[i])
		}
		seen[versions[i]] = true
	}
}
