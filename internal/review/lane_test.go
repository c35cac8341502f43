package review

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"pgregory.net/rapid"
)

func (f *flush) subjects() []string {
	var subjects []string
	for _, r := range f.batch {
		subjects = append(subjects, r.Subject)
	}
	return subjects
}

// wantStored wants a receipt of every caller.
func wantStored(t *testing.T, results ...<-chan result) {
	t.Helper()
	for i, from := range results {
		if got := await(t, from); got.err != nil || got.Serial == "" || got.Known {
			t.Errorf("caller %d: got %+v, want a receipt", i, got)
		}
	}
}

// wantUnavailable wants every caller to be told to come again.
func wantUnavailable(t *testing.T, results ...<-chan result) {
	t.Helper()
	for i, from := range results {
		got := await(t, from)
		var told *fault.Error
		if !errors.As(got.err, &told) || told.Kind != fault.Unavailable || told.RetryAfter <= 0 {
			t.Errorf("caller %d: got %+v, want to be told when to come again", i, got)
		}
	}
}

func TestALoneCallerIsNotKeptWaiting(t *testing.T) {
	s, _ := guarded(t, nil)
	for n := range 3 { // no second caller ever comes
		caller := s.submit(t.Context(), n)
		f := s.next()
		if len(f.batch) != 1 {
			t.Errorf("got a batch of %d", len(f.batch))
		}
		f.end <- nil
		wantStored(t, caller)
	}
}

func TestTheNextBatchFillsWhileOneIsCommitted(t *testing.T) {
	s, _ := guarded(t, func(n *Needs) { n.Batch = 4 })
	callers := []<-chan result{s.submit(t.Context(), 0)}
	first := s.next()
	callers = append(callers, s.queued(1, 8)...)
	s.none()
	first.end <- nil
	for i, want := range [][]string{{"affair-1", "affair-2", "affair-3", "affair-4"}, {"affair-5", "affair-6", "affair-7"}} {
		f := s.next()
		if diff := cmp.Diff(want, f.subjects()); diff != "" {
			t.Errorf("batch %d: %s", i+2, diff)
		}
		f.end <- nil
	}
	wantStored(t, callers...)
}

func TestAnAnswerComesOnlyAfterTheCommit(t *testing.T) {
	s, _ := guarded(t, nil)
	caller := s.submit(t.Context(), 0)
	f := s.next()
	select {
	case got := <-caller:
		t.Fatalf("got %+v before the commit ended", got)
	default:
	}
	f.end <- nil
	wantStored(t, caller)
}

func TestAFullQueueIsToldAtOnce(t *testing.T) {
	s, _ := guarded(t, func(n *Needs) { n.Queue = 3 })
	callers := []<-chan result{s.submit(t.Context(), 0)}
	f := s.next()
	callers = append(callers, s.queued(1, 4)...)
	wantUnavailable(t, s.submit(t.Context(), 4), s.submit(t.Context(), 5)) // while the commit is still under way
	if !s.Ready() {
		t.Error("a full queue does not mean that nothing can be stored")
	}
	f.end <- nil
	s.next().end <- nil
	wantStored(t, callers...)
}

func TestALaneThatCantStoreParks(t *testing.T) {
	s, _ := guarded(t, func(n *Needs) { n.Batch = 2 })
	callers := []<-chan result{s.submit(t.Context(), 0)}
	f := s.next()
	callers = append(callers, s.queued(1, 6)...)
	failed := moment()
	f.end <- down()
	wantUnavailable(t, callers...) // those who wait too, though their batches were never tried
	lane := s.lanes[0]
	if until := lane.until.Load(); until < failed+int64(parkTime) || until > moment()+int64(parkTime) {
		t.Errorf("parked until %v after the fault, want for %v", time.Duration(until-failed), parkTime)
	}
	lane.until.Store(moment() + int64(time.Hour)) // however slow the machine is
	if s.Ready() {
		t.Error("ready while parked")
	}
	wantUnavailable(t, s.submit(t.Context(), 6))
	s.none()

	lane.until.Store(moment()) // the time is over
	if !s.Ready() {
		t.Error("not ready when the time is over")
	}
	again := s.submit(t.Context(), 6)
	s.next().end <- nil
	wantStored(t, again)
}

// TestOneNewcomerTriesForAll: when parking is over, whether it can store again is tried with one review and not with all.
func TestOneNewcomerTriesForAll(t *testing.T) {
	s, _ := guarded(t, nil)
	over := func() { s.lanes[0].until.Store(moment()) }
	first := s.submit(t.Context(), 0)
	s.next().end <- down()
	wantUnavailable(t, first)
	for _, end := range []error{down(), nil} {
		over()
		trier := s.submit(t.Context(), 1)
		f := await(t, s.gate.flushes)
		over()
		if s.Ready() {
			t.Error("ready while it is being tried")
		}
		wantUnavailable(t, s.submit(t.Context(), 2))
		f.end <- end
		if end != nil {
			wantUnavailable(t, trier)
			s.none()
			continue
		}
		wantStored(t, trier)
	}
	if !s.Ready() {
		t.Error("not ready once a review was stored")
	}
	both := []<-chan result{s.submit(t.Context(), 3)}
	f := s.next()
	both = append(both, s.queued(4, 5)...)
	f.end <- nil
	s.next().end <- nil
	wantStored(t, both...)
}

func TestOfManyNewcomersOneIsAdmittedToAFailingLane(t *testing.T) {
	l := &lane{}
	l.failing.Store(true)
	var admitted atomic.Int64
	began, newcomers := time.Now(), sync.WaitGroup{}
	for range 64 {
		newcomers.Go(func() {
			if l.admits() {
				admitted.Add(1)
			}
		})
	}
	newcomers.Wait()
	// Another one may try each time that parking is over, should the machine be that slow.
	if most := 1 + int64(time.Since(began)/parkTime); admitted.Load() < 1 || admitted.Load() > most {
		t.Errorf("%d were admitted, want 1", admitted.Load())
	}
}

func TestParkingEndsByItself(t *testing.T) {
	s, _ := guarded(t, nil)
	caller := s.submit(t.Context(), 0)
	s.next().end <- down()
	wantUnavailable(t, caller)
	s.until("the lane is ready again", s.Ready)
	again := s.submit(t.Context(), 0)
	s.next().end <- nil
	wantStored(t, again)
}

func TestACommitThatStallsRefusesNewcomers(t *testing.T) {
	s, _ := guarded(t, nil)
	caller := s.submit(t.Context(), 0)
	f := s.next()
	s.lanes[0].flushing.Store(moment() - int64(stallTime))
	if !s.Ready() {
		t.Error("not ready because a commit is slow: whoever balances would take the process away")
	}
	wantUnavailable(t, s.submit(t.Context(), 1))
	s.lanes[0].flushing.Store(moment() - int64(flushTimeout))
	if s.Ready() {
		t.Error("ready while a commit is given up")
	}
	f.end <- nil
	wantStored(t, caller)
	s.until("the lane is ready again", s.Ready)
}

// TestAPoisonousReviewFailsAlone: whichever of a batch are guilty, each of them is told, and the others are stored once.
func TestAPoisonousReviewFailsAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		guilty := map[string]bool{}
		size := rapid.IntRange(1, 20).Draw(rt, "size")
		for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, size-1), 0, size, rapid.ID).Draw(rt, "guilty") {
			guilty[numbered(n).Subject] = true
		}
		poison := errors.New("the record can't be stored")
		stored := map[string]int{}
		l := &lane{batch: 64, store: storeFunc(func(_ int, batch []Record) ([]Outcome, error) {
			if slices.ContainsFunc(batch, func(r Record) bool { return guilty[r.Subject] }) {
				return nil, poison
			}
			outcomes := make([]Outcome, len(batch))
			for i, r := range batch {
				stored[r.Subject]++
				outcomes[i] = Outcome{Serial: "serial of " + r.Subject, State: Stored}
			}
			return outcomes, nil
		})}
		calls := make([]*call, size)
		for n := range calls {
			calls[n] = &call{record: Record{Facts: numbered(n).Facts}, answers: make(chan answer, 1)}
		}
		l.commit(calls)
		for _, c := range calls {
			subject := c.record.Subject
			var got answer
			select {
			case got = <-c.answers:
			default:
				rt.Fatalf("%s got no answer", subject)
			}
			if guilty[subject] {
				if !errors.Is(got.err, poison) || stored[subject] != 0 {
					rt.Fatalf("guilty %s: got %+v and is stored %d times", subject, got, stored[subject])
				}
			} else if got.err != nil || got.outcome.Serial != "serial of "+subject || stored[subject] != 1 {
				rt.Fatalf("innocent %s: got %+v and is stored %d times", subject, got, stored[subject])
			}
		}
		if !l.ready() {
			rt.Fatal("a poisonous review parked the lane")
		}
	})
}

func TestADatabaseThatGoesWhileAPoisonousReviewIsSoughtParks(t *testing.T) {
	s, _ := guarded(t, nil)
	held := s.submit(t.Context(), 0)
	f := s.next()
	callers := s.queued(1, 5)
	f.end <- nil
	wantStored(t, held)
	s.next().end <- errors.New("one of the four can't be stored")
	if half := s.next(); len(half.batch) != 2 {
		t.Errorf("got a batch of %d, want half", len(half.batch))
	} else {
		half.end <- nil
	}
	s.next().end <- down()
	wantStored(t, callers[:2]...)
	wantUnavailable(t, callers[2:]...)
}

func TestACallerThatHangsUpLosesItsAnswerOnly(t *testing.T) {
	s, _ := guarded(t, nil)
	held := s.submit(t.Context(), 0)
	f := s.next()
	ctx, hangUp := context.WithCancel(t.Context())
	gone := s.submit(ctx, 1)
	s.until("the review is in the queue", func() bool { return s.Waiting() == 1 })
	neighbour := s.queued(2, 3)
	hangUp()
	if got := await(t, gone); !errors.Is(got.err, context.Canceled) {
		t.Errorf("got %+v, want the cancellation at once", got)
	}
	f.end <- nil
	second := s.next()
	if diff := cmp.Diff([]string{"affair-1", "affair-2"}, second.subjects()); diff != "" {
		t.Errorf("the review of the caller that is gone is stored all the same: %s", diff)
	}
	second.end <- nil
	wantStored(t, held, neighbour[0])
}

func TestCloseStoresWhatWasAcceptedAndThenRefuses(t *testing.T) {
	s, _ := guarded(t, func(n *Needs) { n.Batch = 4 })
	callers := []<-chan result{s.submit(t.Context(), 0)}
	f := s.next()
	callers = append(callers, s.queued(1, 11)...)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.Close()
	}()
	s.until("newcomers are refused", func() bool {
		s.lanes[0].mu.RLock()
		defer s.lanes[0].mu.RUnlock()
		return s.lanes[0].closed
	})
	wantUnavailable(t, s.submit(t.Context(), 11))
	for stored := len(f.batch); ; stored += len(f.batch) {
		select {
		case <-closed:
			t.Fatal("closed before everything was stored")
		default:
		}
		f.end <- nil
		if stored == len(callers) {
			break
		}
		f = s.next()
	}
	await(t, closed)
	wantStored(t, callers...)
	wantUnavailable(t, s.submit(t.Context(), 12))
	s.Close() // once more, in vain
}

// TestCloseWhileManySubmit: everybody is answered, and what was acknowledged was stored.
func TestCloseWhileManySubmit(t *testing.T) {
	var mu sync.Mutex
	stored := map[string]bool{}
	n := needs(t, storeFunc(func(_ int, batch []Record) ([]Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		outcomes := make([]Outcome, len(batch))
		for i, r := range batch {
			stored[r.Subject] = true
			outcomes[i] = Outcome{Serial: r.Serial, State: Stored}
		}
		return outcomes, nil
	}))
	n.Lanes, n.Batch = 4, 8
	s := start(t, n)
	const callers = 16
	acknowledged, submitting := make([]map[string]bool, callers), sync.WaitGroup{}
	going := atomic.Int64{}
	for c := range callers {
		acknowledged[c] = map[string]bool{}
		submitting.Go(func() {
			for n := c; ; n += callers {
				_, err := s.Submit(t.Context(), numbered(n))
				if fault.KindOf(err) == fault.Unavailable {
					return
				}
				if err != nil {
					t.Errorf("review %d: %v", n, err)
					return
				}
				acknowledged[c][numbered(n).Subject] = true
				going.Add(1)
			}
		})
	}
	for deadline := time.Now().Add(patience); going.Load() < 200 && time.Now().Before(deadline); {
		time.Sleep(100 * time.Microsecond)
	}
	s.Close()
	submitting.Wait()
	total := 0
	for _, of := range acknowledged {
		for subject := range of {
			total++
			if !stored[subject] {
				t.Errorf("%s was acknowledged and not stored", subject)
			}
		}
	}
	if total != len(stored) || total < 200 {
		t.Errorf("%d are acknowledged and %d stored", total, len(stored))
	}
}

func TestLanesAreIndependent(t *testing.T) {
	s, _ := guarded(t, func(n *Needs) { n.Lanes = 4 })
	next := map[int]int{}
	// of gives one more review of a lane.
	of := func(lane int) int {
		for n := next[lane]; ; n++ {
			if r := numbered(n); slotOf(onceKey(s.blinder, &r))%4 == lane {
				next[lane] = n + 1
				return n
			}
		}
	}
	callers, commits := make([]<-chan result, 4), map[int]*flush{}
	for lane := range 4 {
		callers[lane] = s.submit(t.Context(), of(lane))
	}
	for range 4 { // all of them begin before one ends
		f := s.next()
		commits[f.lane] = f
		if f.batch[0].Slot%4 != f.lane {
			t.Errorf("a review of slot %d is in lane %d", f.batch[0].Slot, f.lane)
		}
	}
	if len(commits) != 4 {
		t.Fatalf("got commits of the lanes %v, want of all", commits)
	}
	behind := s.queued(of(2), next[2])
	commits[2].end <- down()
	wantUnavailable(t, callers[2], behind[0])
	s.lanes[2].until.Store(moment() + int64(time.Hour))
	if s.Ready() {
		t.Error("ready while one lane is parked")
	}
	wantUnavailable(t, s.submit(t.Context(), of(2)))
	for _, lane := range []int{0, 1, 3} {
		commits[lane].end <- nil
		wantStored(t, callers[lane])
		another := s.submit(t.Context(), of(lane))
		s.next().end <- nil
		wantStored(t, another)
	}
}
