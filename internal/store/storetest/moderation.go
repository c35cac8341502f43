package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
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
	{"what is public is judged once more: more is hidden, nothing opens, and what a person let pass is named", moderatedAgain},
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
