package figures

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ledger is a store of which only folding and recounting are asked.
type ledger struct {
	fold              func() (waiting int, err error)
	open              int // days to be closed
	records, counters Tally
	err               error
}

func (l *ledger) Sum(context.Context, Query) ([]Row, error) { return nil, l.err }
func (l *ledger) Version(context.Context) (string, error)   { return "", l.err }
func (l *ledger) Fold(context.Context) (int, error)         { return l.fold() }
func (l *ledger) CloseDay(context.Context) (bool, error) {
	if l.open == 0 {
		return false, nil
	}
	l.open--
	return true, nil
}

func (l *ledger) Recount(_ context.Context, each func(key Key, records, counters Counts) error) error {
	all := maps.Clone(l.records)
	all.plus(l.counters)
	for _, key := range all.Keys() {
		if err := each(key, l.records[key], l.counters[key]); err != nil {
			return err
		}
	}
	return l.err
}

// TestKeepFoldsUntilItEnds: faults are told once and tried again; many changes are folded at once, a few wait for the next time.
func TestKeepFoldsUntilItEnds(t *testing.T) {
	down := errors.New("no database")
	steps := []struct {
		waiting int
		err     error
	}{{0, down}, {0, down}, {130, nil}, {66, nil}, {2, nil}, {0, nil}}
	calls := 0
	told := make(chan int)
	store := &ledger{open: 3, fold: func() (int, error) {
		step := steps[min(calls, len(steps)-1)]
		calls++
		return step.waiting, step.err
	}}
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Keep(ctx, store, slog.New(slog.NewTextHandler(&log, nil)), func(waiting int) { told <- waiting })
	}()
	for _, want := range []int{2, 0} {
		select {
		case waiting := <-told:
			if waiting != want {
				t.Errorf("%d changes wait after folding, want %d", waiting, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("nothing was folded")
		}
	}
	cancel()
	select {
	case <-ended:
	case <-told: // one more round had begun
		<-ended
	case <-time.After(20 * time.Second):
		t.Fatal("it goes on when it should end")
	}
	if store.open != 0 {
		t.Errorf("%d days that are over are not closed", store.open)
	}
	if calls < len(steps) {
		t.Errorf("folded %d times, want %d", calls, len(steps))
	}
	if got := strings.Count(log.String(), "no database"); got != 1 {
		t.Errorf("the fault was told %d times, want once: %s", got, log.String())
	}
}

func TestRecount(t *testing.T) {
	key := func(code string) Key { return Key{App, 202606, code, "egovAffair", "portal"} }
	store := &ledger{
		records:  Tally{key("right"): {1, 0, 0, 0, 2}, key("low"): {0, 0, 0, 0, 3}, key("lost"): {0, 1, 0, 0, 0}},
		counters: Tally{key("right"): {1, 0, 0, 0, 2}, key("low"): {0, 0, 0, 0, 1}, key("ghost"): {0, 0, 4, 0, 0}, key("empty"): {}},
	}
	difference := Tally{}
	differs := func(key Key, by Counts) error {
		difference[key] = by
		return nil
	}
	counted, err := Recount(t.Context(), store, differs)
	if err != nil || counted != 3 {
		t.Fatalf("got %d, %v", counted, err)
	}
	want := Tally{key("low"): {0, 0, 0, 0, 2}, key("lost"): {0, 1, 0, 0, 0}, key("ghost"): {0, 0, -4, 0, 0}}
	if diff := cmp.Diff(want, difference); diff != "" {
		t.Error(diff)
	}
	store.err = errors.New("no database")
	if _, err := Recount(t.Context(), store, differs); !errors.Is(err, store.err) {
		t.Errorf("got %v, want the store's own fault", err)
	}
}
