package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

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
		if got := each.policy.Judge("玻璃", nil).State; got != moderation.Waiting {
			t.Errorf("the new list does not count: %v", got)
		}
	}
	if version, rechecked, err := d.ActiveWords(t.Context()); version != 2 || rechecked != 2 || err != nil {
		t.Errorf("got %d, %d, %v", version, rechecked, err)
	}
	if err := m.Activate(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got := m.policy.Judge("玻璃", nil).State; got != moderation.Published {
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
