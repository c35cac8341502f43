package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
)

var refusalTests = []test{
	{"alike refusals of an app are one, with how often and when last", mergeRefusals},
	{"of an app's refusals the newest stay, whatever the others do", boundRefusals},
	{"answers are added up by day and code, and old days go", countAnswers},
	{"answers that are noted at once are all counted", countAnswersAtOnce},
}

func refused(app, reason string, at time.Time) integrator.Refusal {
	return integrator.Refusal{
		App: app, Interface: "affair/eval", Code: 2, Kind: fault.Invalid, Field: "affair.affairCode", Reason: reason, Times: 1, First: at, At: at,
	}
}

func (d *database) refusals(t *testing.T, app string) []integrator.Refusal {
	t.Helper()
	found, err := d.Refusals(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (d *database) noteAnswers(t *testing.T, refusals []integrator.Refusal, counts ...integrator.Count) {
	t.Helper()
	if err := d.NoteAnswers(t.Context(), refusals, counts, 20260608); err != nil {
		t.Fatal(err)
	}
}

func mergeRefusals(t *testing.T, d *database) {
	d.migrated(t)
	first, later := now, now.Add(time.Minute)
	d.noteAnswers(t, []integrator.Refusal{refused("a1", "最多 32 个字符，现有 40 个", first), refused("a1", "不能为空", first), refused("", "未登记", first)})
	again := refused("a1", "最多 32 个字符，现有 51 个", later)
	again.Times = 9
	d.noteAnswers(t, []integrator.Refusal{again})
	want := again
	want.Times, want.First = 10, first
	if diff := cmp.Diff([]integrator.Refusal{want, refused("a1", "不能为空", first)}, d.refusals(t, "a1")); diff != "" {
		t.Error(diff)
	}
	if got := d.refusals(t, ""); len(got) != 1 || got[0].Reason != "未登记" {
		t.Errorf("of nobody: %+v", got)
	}
}

func boundRefusals(t *testing.T, d *database) {
	d.migrated(t)
	d.noteAnswers(t, []integrator.Refusal{refused("b1", "不能为空", now)})
	for n := range 3 * integrator.LastRefusals {
		letters := string(rune('甲' + n))
		d.noteAnswers(t, []integrator.Refusal{refused("a1", letters, now.Add(time.Duration(n)*time.Second))})
	}
	got := d.refusals(t, "a1")
	if len(got) != integrator.LastRefusals || d.count(t, "app_refusal") != integrator.LastRefusals+1 {
		t.Errorf("%d are given and %d kept in all", len(got), d.count(t, "app_refusal"))
	}
	if got[0].Reason != string(rune('甲'+3*integrator.LastRefusals-1)) {
		t.Errorf("the newest is %+v", got[0])
	}
	if got := d.refusals(t, "b1"); len(got) != 1 {
		t.Errorf("another app's: %+v", got)
	}
}

func countAnswers(t *testing.T, d *database) {
	d.migrated(t)
	d.noteAnswers(t, nil, integrator.Count{App: "a1", Day: 20260608, Code: 0, Times: 5}, integrator.Count{App: "a1", Day: 20260615, Code: 0, Times: 2},
		integrator.Count{App: "a1", Day: 20260615, Code: -1, Times: 1}, integrator.Count{App: "", Day: 20260615, Code: 3, Times: 7})
	d.noteAnswers(t, nil, integrator.Count{App: "a1", Day: 20260615, Code: 0, Times: 3})
	got, err := d.Answers(t.Context(), 20260615)
	if err != nil {
		t.Fatal(err)
	}
	want := []integrator.Count{{App: "", Day: 20260615, Code: 3, Times: 7}, {App: "a1", Day: 20260615, Code: -1, Times: 1}, {App: "a1", Day: 20260615, Code: 0, Times: 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := d.NoteAnswers(t.Context(), nil, nil, 20260609); err != nil {
		t.Fatal(err)
	}
	if n := d.count(t, "app_answer"); n != 3 {
		t.Errorf("%d rows, want those of the last days", n)
	}
}

func countAnswersAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	var noting sync.WaitGroup
	for range 8 {
		noting.Go(func() {
			var counts []integrator.Count
			var refusals []integrator.Refusal
			for app := range 5 {
				code := fmt.Sprintf("a%d", app)
				counts = append(counts, integrator.Count{App: code, Day: 20260615, Times: 1})
				refusals = append(refusals, refused(code, "不能为空", now))
			}
			if err := d.NoteAnswers(t.Context(), refusals, counts, 20260608); err != nil {
				t.Error(err)
			}
		})
	}
	noting.Wait()
	for _, row := range d.rows(t, "SELECT times FROM app_answer UNION ALL SELECT times FROM app_refusal") {
		if row["times"] != int64(8) {
			t.Errorf("got %v, want 8", row["times"])
		}
	}
}
