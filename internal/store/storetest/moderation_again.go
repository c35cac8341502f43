package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

// judgeAgain judges all that is public once more.
func (m moderated) judgeAgain(t *testing.T, apply bool) (all moderation.Again) {
	t.Helper()
	for after := ""; ; {
		found, last, err := m.JudgeAgain(t.Context(), after, apply)
		if err != nil {
			t.Fatal(err)
		}
		if all.Add(&found); last == "" {
			return all
		}
		after = last
	}
}

// moderatedAgain has remarks as a program left them that found less.
func moderatedAgain(t *testing.T, d *database) {
	keys := privacy.NewKeys()
	m := d.migrated(t).moderatedBy(t, moderation.Before, keys)
	const remark = "请找张三，电话13800138000"
	open, half, gone := m.say(t, 1, remark), m.say(t, 2, remark), m.say(t, 3, remark)
	person, new, good, nothing := m.say(t, 4, remark), m.say(t, 5, "玻璃坏了"), m.say(t, 6, "办得很快"), m.say(t, 7, "")
	if err := m.Decide(t.Context(), moderation.Actor{Login: "li"}, person, 0, moderation.Choice{State: moderation.Masked, Phrases: []string{"13800138000", "张三"}}, ""); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{open, gone, person} {
		d.exec(t, "UPDATE review SET publication = 1, masked = '' WHERE serial = '"+of+"'")
	}
	d.exec(t, "UPDATE review SET masked = '0-2' WHERE serial = '"+half+"'")
	d.withdraw(t, gone)
	if version, err := m.NewVersion(t.Context(), "li", "玻璃", ""); err != nil || m.Activate(t.Context(), version) != nil {
		t.Fatal(version, err)
	}
	as := map[string]string{open: remark, half: "**张三，电话13800138000", person: remark, new: "玻璃坏了", good: "办得很快", nothing: ""}
	if diff := cmp.Diff(as, m.shown(t)); diff != "" {
		t.Fatal(diff)
	}
	want := moderation.Again{Remarks: 5, Masked: 2, Held: 1, Decided: []string{person}}
	for _, apply := range []bool{false, true} {
		if diff := cmp.Diff(as, m.shown(t)); diff != "" {
			t.Errorf("before apply %v: %s", apply, diff)
		}
		if diff := cmp.Diff(want, m.judgeAgain(t, apply)); diff != "" {
			t.Errorf("apply %v: %s", apply, diff)
		}
	}
	as[open], as[half], as[new] = "请找张*，电话***********", "**张*，电话***********", ""
	if diff := cmp.Diff(as, m.shown(t)); diff != "" {
		t.Error(diff)
	}
	if waiting := m.in(t, moderation.Waiting); len(waiting) != 1 || waiting[0].Serial != new {
		t.Errorf("got %+v waiting", waiting)
	}
	if diff := cmp.Diff(moderation.Again{Remarks: 4, Decided: []string{person}}, m.judgeAgain(t, true)); diff != "" {
		t.Errorf("a second time: %s", diff)
	}
	strict := d.moderatedBy(t, moderation.Strict, keys)
	if diff := cmp.Diff(moderation.Again{Remarks: 4, Decided: []string{person}}, strict.judgeAgain(t, true)); diff != "" {
		t.Errorf("with strict: %s", diff)
	}
	stranger := d.moderated(t, moderation.Before)
	if diff := cmp.Diff(moderation.Again{Unread: 5}, stranger.judgeAgain(t, true)); diff != "" {
		t.Errorf("with another key: %s", diff)
	}
}
