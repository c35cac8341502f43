package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

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
