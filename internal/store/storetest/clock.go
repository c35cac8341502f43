package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/review"
)

// clockJumps has a process whose clock is set two days ahead and back again, while it takes reviews, folds, closes days and does a
// job: nothing is lost or counted twice, serial numbers grow, and the job is done once the clock is where its lease ends.
func clockJumps(t *testing.T, d *database) {
	d.migrated(t)
	at := now
	clock := func() time.Time { return at }
	d.Store, _ = d.processAt(t, clock)
	d.serials = review.NewSerials(clock)
	if err := d.Enqueue(t.Context(), job.Job{Kind: "hook"}); err != nil {
		t.Fatal(err)
	}
	var last string
	taken := 0
	for _, jump := range []time.Duration{0, 48 * time.Hour, -time.Hour, 0, 72 * time.Hour, -72 * time.Hour} {
		at = now.Add(jump)
		records := d.affairs(taken, taken+5)
		for i := range records {
			records[i].ReceivedAt, records[i].EvalTime = at, at
			records[i].Day = beijing.Day(at)
			if records[i].Serial[:12] <= last {
				t.Errorf("after a jump of %v: serial number %s comes after %s", jump, records[i].Serial, last)
			}
			last = records[i].Serial[:12]
		}
		d.accept(t, records...)
		taken += len(records)
		d.foldAll(t)
		closeDays(t, d.Store, 5)
		d.agrees(t)
		if err := d.Ready(t.Context()); err != nil {
			t.Errorf("after a jump of %v: %v", jump, err)
		}
	}
	if got := d.count(t, "review"); got != taken {
		t.Errorf("%d reviews are stored, want %d", got, taken)
	}

	at = now.Add(48 * time.Hour)
	first, err := d.ClaimJob(t.Context(), []string{"hook"}, time.Minute)
	if err != nil || first == nil {
		t.Fatalf("claim: %v, %v", first, err)
	}
	at = now
	if second, err := d.ClaimJob(t.Context(), []string{"hook"}, time.Minute); err != nil || second != nil {
		t.Errorf("while its lease lasts the job is claimed again: %v, %v", second, err)
	}
	if err := d.FinishJob(t.Context(), first, "", -1); err != nil {
		t.Errorf("finish after the clock jumped back: %v", err)
	}
	want := []map[string]any{{"state": int64(job.Done)}}
	if diff := cmp.Diff(want, d.rows(t, "SELECT state FROM job")); diff != "" {
		t.Error(diff)
	}
}
