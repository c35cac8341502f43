package affair

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// slowStore stores when it is told to, and knows who is under way at once.
type slowStore struct {
	Store
	mu      sync.Mutex
	flying  map[string]bool
	most    int
	took    []string // in the order in which they ended
	release chan struct{}
	fails   string
}

func (s *slowStore) TakeAffairs(ctx context.Context, t Taking) ([]State, error) {
	s.mu.Lock()
	twice := false
	for _, r := range t.Records {
		twice = twice || s.flying[r.SerialNo]
		s.flying[r.SerialNo] = true
	}
	s.most = max(s.most, len(s.flying))
	s.mu.Unlock()
	if twice {
		return nil, errors.New("a serial number is stored twice at once")
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range t.Records {
			delete(s.flying, r.SerialNo)
			s.took = append(s.took, r.SerialNo)
		}
	}()
	select {
	case <-s.release:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	states := make([]State, len(t.Records))
	for i, r := range t.Records {
		if states[i] = New; r.SerialNo == s.fails {
			return nil, errors.New("disk full")
		}
	}
	return states, nil
}

func streamOver(t *testing.T, store Store) *Service {
	t.Helper()
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	places := &review.Placement{Registry: org.NewRegistry(nil, nil), Root: "440000000000"}
	return NewService(store, places, sealer, privacy.NewBlinder(keys), time.Now)
}

// eachOf gives a batch a serial number.
func eachOf(cursor bool, serials ...string) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for _, serial := range serials {
			b := Batch{Source: "file", Rows: []Row{{Affair: Affair{SerialNo: serial, DoneTime: time.Unix(1e8, 0)}}}}
			if cursor {
				b.Cursor = &Cursor{Value: serial}
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

func TestStreamStoresSideBySideAndTellsInOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		cursor  bool
		serials []string
		most    int
	}{
		{"strangers fly together", false, []string{"a", "b", "c", "d", "e"}, 2},
		{"those with a cursor alone", true, []string{"a", "b", "c"}, 1},
		{"the same serial number alone", false, []string{"a", "a", "a"}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			store := &slowStore{flying: map[string]bool{}, release: make(chan struct{})}
			go func() { // lets a batch go when everything waits for one
				for range c.serials {
					synctest.Wait()
					store.release <- struct{}{}
				}
			}()
			var told []string
			err := streamOver(t, store).Stream(t.Context(), eachOf(c.cursor, c.serials...), func(b Batch, v []Verdict) error {
				if len(v) != 1 || v[0].State != New {
					t.Errorf("%s: %v", c.name, v)
				}
				told = append(told, b.Rows[0].SerialNo)
				return nil
			})
			if diff := cmp.Diff(c.serials, told); diff != "" || err != nil {
				t.Errorf("%s: %v, %s", c.name, err, diff)
			}
			if store.most != c.most {
				t.Errorf("%s: %d flew at once, want %d", c.name, store.most, c.most)
			}
		})
	}
}

func TestStreamEndsAtTheFirstError(t *testing.T) {
	open := make(chan struct{})
	close(open)
	broken := errors.New("broken file")
	bad := func(yield func(Batch, error) bool) {
		for b, err := range eachOf(false, "a", "b") {
			if !yield(b, err) {
				return
			}
		}
		yield(Batch{}, broken)
	}
	store := func(fails string) *slowStore {
		return &slowStore{flying: map[string]bool{}, release: open, fails: fails}
	}
	fine := func(Batch, []Verdict) error { return nil }
	if err := streamOver(t, store("")).Stream(t.Context(), bad, fine); !errors.Is(err, broken) {
		t.Errorf("of the batches: got %v", err)
	}
	if err := streamOver(t, store("b")).Stream(t.Context(), eachOf(false, "a", "b", "c"), fine); err == nil || err.Error() != "disk full" {
		t.Errorf("of the store: got %v", err)
	}
	if err := streamOver(t, store("")).Stream(t.Context(), eachOf(false, "a", "b", "c"), func(Batch, []Verdict) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("of who is told: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := streamOver(t, store("")).Stream(ctx, eachOf(false, "a"), fine); !errors.Is(err, context.Canceled) {
		t.Errorf("when it is given up: got %v", err)
	}
}

func TestABatchWithoutASourceIsOurFault(t *testing.T) {
	s := streamOver(t, nil)
	for name, b := range map[string]Batch{"no source": {}, "too many": {Source: "file", Rows: make([]Row, MaxBatch+1)}} {
		if _, err := s.Take(t.Context(), b); !errors.Is(err, errBatch) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
