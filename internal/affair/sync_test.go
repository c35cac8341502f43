package affair

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// fakeFront is a source that fails when it is told to. Its rows are a key and a moment.
type fakeFront struct {
	mu    sync.Mutex
	rows  []fakeRow
	fails error
	asked []time.Time
}

type fakeRow struct{ cursor, key string }

func (f *fakeFront) Page(_ context.Context, after *Cursor, limit int) (Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, time.Now())
	if f.fails != nil {
		return Page{}, f.fails
	}
	slices.SortFunc(f.rows, func(a, b fakeRow) int { return cmp.Or(cmp.Compare(a.cursor, b.cursor), cmp.Compare(a.key, b.key)) })
	page := Page{Columns: []string{"affairSerialNo", "affairCode", "affairDoneTime"}}
	for _, row := range f.rows {
		if after != nil && cmp.Or(cmp.Compare(row.cursor, after.Value), cmp.Compare(row.key, after.Key)) <= 0 {
			continue
		}
		if page.More = len(page.Rows) == limit; page.More {
			break
		}
		page.Rows = append(page.Rows, []string{row.key, "item", "2026-03-01 10:00:00"})
		page.Where = append(page.Where, Cursor{row.cursor, row.key})
	}
	return page, nil
}

func (f *fakeFront) Recent(ctx context.Context, _ time.Duration, after *Cursor, limit int) (Page, error) {
	return f.Page(ctx, after, limit)
}

func (f *fakeFront) add(cursor, key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, fakeRow{cursor, key})
}

func (f *fakeFront) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fails, f.asked = err, nil
}

// fakeTaker keeps what it is given; refuses are serial numbers that its database can't store.
type fakeTaker struct {
	mu      sync.Mutex
	affairs map[string]int // how often each came as something new
	reject  []string
	cursor  *Cursor
	refuses string
	away    bool
	holder  string
	until   time.Time
}

func (f *fakeTaker) Take(_ context.Context, batch Batch) ([]Verdict, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return nil, fault.NewUnavailable("away", time.Second, nil)
	}
	for _, row := range batch.Rows {
		if len(row.Violations) == 0 && row.Affair.SerialNo == f.refuses {
			return nil, errors.New("no such character")
		}
	}
	var verdicts []Verdict
	for _, row := range batch.Rows {
		if len(row.Violations) > 0 {
			f.reject = append(f.reject, row.Where)
			verdicts = append(verdicts, Verdict{State: Rejected})
			continue
		}
		verdicts = append(verdicts, Verdict{State: New})
		f.affairs[row.Affair.SerialNo]++
	}
	if batch.Cursor != nil {
		f.cursor = batch.Cursor
	}
	return verdicts, nil
}

func (f *fakeTaker) Cursor(context.Context, string) (Cursor, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return Cursor{}, false, fault.NewUnavailable("away", time.Second, nil)
	}
	if f.cursor == nil {
		return Cursor{}, false, nil
	}
	return *f.cursor, true, nil
}

func (f *fakeTaker) set(how func(f *fakeTaker)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how(f)
}

func (f *fakeTaker) has(serial string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.affairs[serial]
}

// Lease is the table of leases.
func (f *fakeTaker) Lease(_ context.Context, _, holder string, span time.Duration) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return false, errors.New("away")
	}
	if f.holder != holder && f.until.After(time.Now()) {
		return false, nil
	}
	f.holder, f.until = holder, time.Now().Add(span)
	return true, nil
}

func (f *fakeTaker) Release(_ context.Context, _, holder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holder == holder {
		f.until = time.Time{}
	}
	return nil
}

// fakeNotes is the table of sources.
type fakeNotes struct {
	mu    sync.Mutex
	state map[string]SourceState
}

func (f *fakeNotes) NoteSource(_ context.Context, state SourceState) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state[state.Source] = state
	return nil
}

func (f *fakeNotes) Sources(context.Context) ([]SourceState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Values(f.state)), nil
}

// pulling is a puller at work with all that it needs.
type pulling struct {
	*Puller
	front *fakeFront
	taker *fakeTaker
	notes *fakeNotes
	end   func()
}

func pull(t *testing.T, how ...func(s *Source)) *pulling {
	t.Helper()
	p := &pulling{front: &fakeFront{}, taker: &fakeTaker{affairs: map[string]int{}}, notes: &fakeNotes{state: map[string]SourceState{}}}
	p.start(t, "one", how...)
	return p
}

// start runs a puller of an owner.
func (p *pulling) start(t *testing.T, owner string, how ...func(s *Source)) {
	t.Helper()
	source := Source{Name: "gz", Front: p.front, Interval: 30 * time.Second, PageRows: 3}
	for _, change := range how {
		change(&source)
	}
	p.Puller = NewPuller(source, p.taker, p.notes, owner, time.Now, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	puller := p.Puller
	wg.Go(func() { puller.Run(ctx) })
	p.end = func() {
		cancel()
		wg.Wait()
	}
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestEveryRowIsTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t)
		defer p.end()
		for _, key := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			p.front.add("1", key)
		}
		after(time.Minute)
		p.front.add("1", "h")
		after(time.Minute)
		for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			if got := p.taker.has(key); got != 1 {
				t.Errorf("%s was taken %d times", key, got)
			}
		}
		if state := p.State(); state.New != 8 || state.Failing != "" || time.Since(state.Reached) > 30*time.Second {
			t.Errorf("got %+v", state)
		}
	})
}

func TestPausesGrowWhileASourceIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t)
		defer p.end()
		after(time.Second)
		p.front.fail(errors.New("nobody answers"))
		after(10 * time.Minute)
		p.front.mu.Lock()
		asked := slices.Clone(p.front.asked)
		p.front.mu.Unlock()
		last := time.Duration(0)
		for i := range min(6, len(asked)-1) {
			if pause := asked[i+1].Sub(asked[i]); pause <= last {
				t.Errorf("pause %d was %v, after %v", i, pause, last)
			} else {
				last = pause
			}
		}
		if n := len(asked); n < 10 || n > 22 {
			t.Errorf("asked %d times within ten minutes", n)
		}
		if state := p.State(); state.Failing != "nobody answers" || time.Since(state.FailingSince) < 9*time.Minute {
			t.Errorf("got %+v", state)
		}
		p.front.fail(nil)
		p.front.add("1", "a")
		after(longestPause)
		if p.State().Failing != "" || p.taker.has("a") != 1 {
			t.Errorf("after it is back: %+v", p.State())
		}
	})
}

func TestARowThatTheDatabaseRefusesStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t)
		defer p.end()
		p.taker.set(func(f *fakeTaker) { f.refuses = "b" })
		for _, key := range []string{"a", "b", "c", "d"} {
			p.front.add("1", key)
		}
		after(time.Minute)
		if p.taker.has("a") != 1 || p.taker.has("b") != 0 || p.taker.has("c") != 1 || p.taker.has("d") != 1 {
			t.Errorf("got %v", p.taker.affairs)
		}
		if got := p.taker.reject; !slices.Equal(got, []string{"b"}) {
			t.Errorf("rejected %v, want b", got)
		}
		if state := p.State(); state.Failing != "" || state.Rejected != 1 {
			t.Errorf("got %+v", state)
		}
	})
}

func TestNothingIsRejectedWhileOurDatabaseIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t)
		defer p.end()
		p.taker.set(func(f *fakeTaker) { f.away = true })
		p.front.add("1", "a")
		after(time.Minute)
		if p.State().Failing == "" || p.taker.reject != nil {
			t.Errorf("got %+v, rejected %v", p.State(), p.taker.reject)
		}
		p.taker.set(func(f *fakeTaker) { f.away = false })
		after(longestPause)
		if p.taker.has("a") != 1 || p.State().Failing != "" {
			t.Errorf("after it is back: %+v", p.State())
		}
	})
}

// A long transaction commits a row whose cursor was passed.
func TestWhatWasCommittedLateIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t, func(s *Source) { s.LookBack = 10 * time.Minute })
		defer p.end()
		p.front.add("5", "x")
		after(time.Minute)
		p.front.add("4", "late")
		after(5 * time.Minute)
		if p.taker.has("late") != 0 {
			t.Error("found by the cursor")
		}
		after(6 * time.Minute)
		if p.taker.has("late") != 1 {
			t.Error("never found")
		}
		if got, want := *p.taker.cursor, (Cursor{"5", "x"}); got != want {
			t.Errorf("the cursor is %v, want %v", got, want)
		}
	})
}

func TestOneProcessPullsASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t)
		after(time.Second)
		first, endFirst := p.Puller, p.end
		p.start(t, "two")
		defer p.end()
		p.front.add("1", "a")
		after(time.Minute)
		if first.State().Standby || !p.State().Standby || first.State().New != 1 || p.State().New != 0 {
			t.Errorf("got %+v and %+v", first.State(), p.State())
		}
		p.front.fail(errors.New("nobody answers"))
		after(time.Minute)
		if got := p.State().Failing; got != "nobody answers" {
			t.Errorf("the other does not know how the source is doing: %q", got)
		}
		p.front.fail(nil)
		after(time.Minute)
		endFirst()
		p.front.add("1", "b")
		after(leaseTime)
		if p.State().Standby || p.State().New != 1 {
			t.Errorf("after the first ended: %+v", p.State())
		}
	})
}

func TestAProcessThatDiedIsSucceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t)
		p.end()
		p.taker.set(func(f *fakeTaker) { f.holder, f.until = "dead", time.Now().Add(leaseTime) })
		p.start(t, "two")
		defer p.end()
		p.front.add("1", "a")
		after(leaseTime / 2)
		if !p.State().Standby {
			t.Error("it did not wait")
		}
		after(leaseTime)
		if p.State().Standby || p.taker.has("a") != 1 {
			t.Errorf("got %+v", p.State())
		}
	})
}

// While our database is away nobody knows who pulls: the one who did gives it up, and takes it again.
func TestALeaseThatCantBeKeptIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pull(t, func(s *Source) { s.Interval = time.Second })
		defer p.end()
		after(5 * time.Second)
		p.taker.set(func(f *fakeTaker) { f.away = true })
		after(4 * leaseTime)
		p.front.fail(nil) // forgets when it was asked
		after(time.Minute)
		p.front.mu.Lock()
		asked := len(p.front.asked)
		p.front.mu.Unlock()
		if asked > 0 || p.State().Failing == "" {
			t.Errorf("asked %d times without a lease: %+v", asked, p.State())
		}
		p.taker.set(func(f *fakeTaker) { f.away = false })
		p.front.add("1", "a")
		after(time.Minute)
		if p.taker.has("a") != 1 || p.State().Failing != "" {
			t.Errorf("after it is back: %+v", p.State())
		}
	})
}
