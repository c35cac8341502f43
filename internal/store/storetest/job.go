package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/job"
)

var jobTests = []test{
	{"a job is claimed when it is due, in the order of being due", claimDue},
	{"a job that waits is queued once, the earlier moment counts", queueOnce},
	{"a job that is done is not claimed again, every attempt is kept", finishJob},
	{"a job whose process died is claimed when its lease ends, and by the dead one no more", dieWithJob},
	{"a job that never comes to an end is given up", giveJobUp},
	{"processes claim each job once", claimAtOnce},
	{"a job that is put back is as it was, and comes when its pause is over", putJobBack},
	{"jobs that ended long ago are swept, and no other", sweepJobs},
	{"what a job may not be is refused", refuseJob},
}

const lease = time.Minute

// jobs is a database whose clock a test sets.
type jobs struct {
	*database
	at time.Time
}

func newJobs(t testing.TB, d *database) *jobs {
	t.Helper()
	d.migrated(t)
	j := &jobs{database: d, at: now}
	d.Store, _ = d.processAt(t, func() time.Time { return j.at })
	return j
}

func (j *jobs) enqueue(t fataler, all ...job.Job) {
	t.Helper()
	for _, one := range all {
		if err := j.Enqueue(t.Context(), one); err != nil {
			t.Fatalf("enqueue: %v", err)
		}
	}
}

// claim claims one; nil when none is due.
func (j *jobs) claim(t fataler, kinds ...string) *job.Claimed {
	t.Helper()
	if len(kinds) == 0 {
		kinds = []string{"mail"}
	}
	claimed, err := j.ClaimJob(t.Context(), kinds, lease)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	return claimed
}

func (j *jobs) finish(t fataler, c *job.Claimed, words string, retry time.Duration) {
	t.Helper()
	if err := j.FinishJob(t.Context(), c, words, retry); err != nil {
		t.Fatalf("finish: %v", err)
	}
}

// keys claims until nothing is due.
func (j *jobs) keys(t fataler, kinds ...string) string {
	t.Helper()
	var keys []string
	for {
		claimed := j.claim(t, kinds...)
		if claimed == nil {
			return strings.Join(keys, " ")
		}
		keys = append(keys, claimed.Key)
	}
}

// storedJob is a job as it lies in the database; times in microseconds.
type storedJob struct {
	state         job.State
	fault         string
	attempts      int64
	dueAt, doneAt int64
}

// only is the one job there is.
func (j *jobs) only(t fataler) storedJob {
	t.Helper()
	all := j.rows(t, "SELECT state, fault, attempts, due_at, done_at FROM job")
	if len(all) != 1 {
		t.Fatalf("got %v, want one job", all)
	}
	one := all[0]
	return storedJob{job.State(one["state"].(int64)), one["fault"].(string), one["attempts"].(int64), one["due_at"].(int64), one["done_at"].(int64)}
}

func claimDue(t *testing.T, d *database) {
	j := newJobs(t, d)
	j.enqueue(t,
		job.Job{Kind: "mail", Key: "later", At: now.Add(time.Microsecond)},
		job.Job{Kind: "mail", Key: "now"},
		job.Job{Kind: "mail", Key: "before", At: now.Add(-time.Second), Payload: []byte("payload")},
		job.Job{Kind: "hook", Key: "other"},
	)
	first := j.claim(t)
	if first == nil || first.Key != "before" || first.Kind != "mail" || string(first.Payload) != "payload" || first.Attempt != 1 || first.Token == "" {
		t.Fatalf("got %+v", first)
	}
	if got := j.keys(t); got != "now" {
		t.Errorf("got %s", got)
	}
	if got := j.keys(t, "none"); got != "" {
		t.Errorf("a kind that nobody queued: got %s", got)
	}
	j.at = now.Add(time.Microsecond)
	if got := j.keys(t, "hook", "mail"); got != "other later" {
		t.Errorf("got %s", got)
	}
}

func queueOnce(t *testing.T, d *database) {
	j := newJobs(t, d)
	for _, at := range []time.Duration{time.Minute, time.Hour, time.Second} {
		j.enqueue(t, job.Job{Kind: "mail", Key: "same", At: now.Add(at), Payload: []byte(at.String())})
	}
	j.enqueue(t, job.Job{Kind: "hook", Key: "same"}, job.Job{Kind: "mail"}, job.Job{Kind: "mail"})
	if n := d.count(t, "job"); n != 4 {
		t.Errorf("%d jobs wait, want 4", n)
	}
	j.keys(t) // those without a key
	j.at = now.Add(time.Second)
	claimed := j.claim(t)
	if claimed == nil || claimed.Key != "same" || string(claimed.Payload) != "1m0s" {
		t.Fatalf("got %+v, want the first payload at the earliest moment", claimed)
	}
	// What is queued while a job is being done is another one: the first may have looked before.
	j.enqueue(t, job.Job{Kind: "mail", Key: "same"})
	if got := j.keys(t); got != "same" {
		t.Errorf("got %q", got)
	}
}

func finishJob(t *testing.T, d *database) {
	j := newJobs(t, d)
	j.enqueue(t, job.Job{Kind: "mail", Key: "a"})
	first := j.claim(t)
	j.at = now.Add(time.Second)
	j.finish(t, first, "连不上", 5*time.Minute)
	if one := j.only(t); one.state != job.Tried || one.fault != "连不上" || one.dueAt != j.at.Add(5*time.Minute).UnixMicro() || one.doneAt != 0 || one.attempts != 1 {
		t.Errorf("after a fault: %+v", one)
	}
	if got := j.keys(t); got != "" {
		t.Errorf("claimed %s before its pause ended", got)
	}
	j.at = now.Add(10 * time.Minute)
	second := j.claim(t)
	if second == nil || second.Attempt != 2 || second.Token == first.Token {
		t.Fatalf("got %+v", second)
	}
	j.finish(t, first, "", 0) // too late: it is not its any more
	if one := j.only(t); one.state != job.Tried {
		t.Errorf("whoever lost the job ended it: %+v", one)
	}
	j.finish(t, second, "", 0)
	if one := j.only(t); one.state != job.Done || one.fault != "" || one.doneAt != j.at.UnixMicro() {
		t.Errorf("done: %+v", one)
	}
	j.at = now.Add(1000 * time.Hour)
	if got := j.keys(t); got != "" {
		t.Errorf("claimed %s, which is done", got)
	}
	want := []map[string]any{
		{"number": int64(1), "started_at": now.UnixMicro()}, {"number": int64(2), "started_at": now.Add(10 * time.Minute).UnixMicro()},
	}
	if diff := cmp.Diff(want, j.rows(t, "SELECT number, started_at FROM job_attempt ORDER BY number")); diff != "" {
		t.Error(diff)
	}
}

func dieWithJob(t *testing.T, d *database) {
	j := newJobs(t, d)
	j.enqueue(t, job.Job{Kind: "mail", Key: "a"})
	dead := j.claim(t)
	j.at = now.Add(lease - time.Microsecond)
	if got := j.keys(t); got != "" {
		t.Errorf("claimed %s twice", got)
	}
	j.at = now.Add(lease)
	living := j.claim(t)
	if living == nil || living.Attempt != 2 {
		t.Fatalf("got %+v after the lease", living)
	}
	j.finish(t, dead, "", 0)
	if one := j.only(t); one.state != job.Tried {
		t.Errorf("the dead one ended it: %+v", one)
	}
	j.finish(t, living, "拒收", -1)
	if one := j.only(t); one.state != job.Failed || one.fault != "拒收" {
		t.Errorf("got %+v", one)
	}
}

func putJobBack(t *testing.T, d *database) {
	j := newJobs(t, d)
	j.enqueue(t, job.Job{Kind: "mail", Key: "a"})
	for range 2 * len(job.Pauses) { // none of them is an attempt
		claimed := j.claim(t)
		if claimed == nil || claimed.Attempt != 1 {
			t.Fatalf("got %+v, want the first attempt", claimed)
		}
		if err := j.PutBackJob(t.Context(), claimed, time.Minute); err != nil {
			t.Fatal(err)
		}
		if one := j.only(t); one.attempts != 0 || one.dueAt != j.at.Add(time.Minute).UnixMicro() || one.fault != "" || d.count(t, "job_attempt") != 0 {
			t.Fatalf("put back: %+v", one)
		}
		j.at = j.at.Add(time.Minute)
	}
	dead := j.claim(t)
	j.at = j.at.Add(lease)
	living := j.claim(t)
	before := j.only(t)
	if err := j.PutBackJob(t.Context(), dead, time.Hour); err != nil {
		t.Fatal(err)
	}
	if after := j.only(t); after != before || d.count(t, "job_attempt") != 2 {
		t.Errorf("whoever lost the job put it back: %+v, want %+v", after, before)
	}
	j.finish(t, living, "", 0)
	if one := j.only(t); one.state != job.Done {
		t.Errorf("done: %+v", one)
	}
}

func giveJobUp(t *testing.T, d *database) {
	j := newJobs(t, d)
	j.enqueue(t, job.Job{Kind: "mail", Key: "deadly"})
	for n := range len(job.Pauses) + 1 {
		if claimed := j.claim(t); claimed == nil || claimed.Attempt != n+1 {
			t.Fatalf("attempt %d: got %+v", n+1, claimed)
		}
		j.at = j.at.Add(lease)
	}
	if claimed := j.claim(t); claimed != nil {
		t.Errorf("claimed once more: %+v", claimed)
	}
	if one := j.only(t); one.state != job.Failed || one.fault == "" || one.attempts != int64(len(job.Pauses)+1) {
		t.Errorf("got %+v", one)
	}
}

func claimAtOnce(t *testing.T, d *database) {
	j := newJobs(t, d)
	const all = 40
	for n := range all {
		j.enqueue(t, job.Job{Kind: "mail", Key: fmt.Sprint(n)})
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var claiming sync.WaitGroup
	for w := range 6 {
		s := d.Store
		if w%2 == 1 {
			s, _ = d.process(t)
		}
		claiming.Go(func() {
			for misses := 0; misses < 3; {
				claimed, err := s.ClaimJob(t.Context(), []string{"mail"}, lease)
				if err != nil {
					t.Errorf("claim: %v", err)
					return
				}
				if claimed == nil {
					misses++
					continue
				}
				mu.Lock()
				seen[claimed.Key]++
				mu.Unlock()
				if err := s.FinishJob(t.Context(), claimed, "", 0); err != nil {
					t.Errorf("finish: %v", err)
				}
			}
		})
	}
	claiming.Wait()
	// Whoever missed three times in a row while others were at the same candidates may have left some.
	for claimed := j.claim(t); claimed != nil; claimed = j.claim(t) {
		seen[claimed.Key]++
		j.finish(t, claimed, "", 0)
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("job %s was claimed %d times", key, n)
		}
	}
	if len(seen) != all || d.count(t, "job_attempt") != all {
		t.Errorf("%d jobs were claimed in %d attempts, want %d", len(seen), d.count(t, "job_attempt"), all)
	}
}

func sweepJobs(t *testing.T, d *database) {
	j := newJobs(t, d)
	j.enqueue(t, job.Job{Kind: "mail", Key: "done"}, job.Job{Kind: "mail", Key: "failed"}, job.Job{Kind: "mail", Key: "tried"}, job.Job{Kind: "hook", Key: "new"})
	j.finish(t, j.claim(t), "", 0)
	j.finish(t, j.claim(t), "拒收", -1)
	j.finish(t, j.claim(t), "连不上", time.Hour)
	if deleted, err := j.SweepJobs(t.Context(), now); err != nil || deleted != 0 {
		t.Errorf("swept %d, %v before their time", deleted, err)
	}
	if deleted, err := j.SweepJobs(t.Context(), now.Add(time.Second)); err != nil || deleted != 2 {
		t.Errorf("swept %d, %v, want 2", deleted, err)
	}
	if jobs, attempts := d.count(t, "job"), d.count(t, "job_attempt"); jobs != 2 || attempts != 1 {
		t.Errorf("%d jobs and %d attempts are left, want 2 and 1", jobs, attempts)
	}
}

func refuseJob(t *testing.T, d *database) {
	j := newJobs(t, d)
	for name, bad := range map[string]job.Job{
		"no kind":        {},
		"a long kind":    {Kind: strings.Repeat("k", job.MaxKind+1)},
		"a long key":     {Kind: "mail", Key: strings.Repeat("k", job.MaxKey+1)},
		"a long payload": {Kind: "mail", Payload: make([]byte, job.MaxPayload+1)},
	} {
		if err := j.Enqueue(t.Context(), bad); err == nil {
			t.Errorf("%s: queued", name)
		}
	}
	j.enqueue(t, job.Job{Kind: strings.Repeat("k", job.MaxKind), Key: strings.Repeat("k", job.MaxKey), Payload: make([]byte, job.MaxPayload)})
}
