package review

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
)

// patience is how long a test waits for what must happen at once.
const patience = 20 * time.Second

// gate is a store whose commits begin when a lane wants and end when the test says so.
type gate struct {
	flushes chan *flush
	closed  chan struct{} // nothing is held any more
	listed  []Listed
	owned   []OwnListed
}

// flush is a commit under way.
type flush struct {
	lane  int
	batch []Record
	end   chan error // what becomes of it
}

func (g *gate) Accept(_ context.Context, lane int, batch []Record) ([]Outcome, error) {
	f := &flush{lane, batch, make(chan error, 1)}
	select {
	case g.flushes <- f:
	case <-g.closed:
		return nil, errors.New("the test is over")
	}
	select {
	case err := <-f.end:
		if err != nil {
			return nil, err
		}
	case <-g.closed:
		return nil, errors.New("the test is over")
	}
	outcomes := make([]Outcome, len(batch))
	for i, r := range batch {
		outcomes[i] = Outcome{Serial: r.Serial, State: Stored}
	}
	return outcomes, nil
}

func (g *gate) Holder(context.Context, int, privacy.Digest) (privacy.Digest, string, error) {
	return privacy.Digest{}, "", nil
}

func (g *gate) Newest(context.Context, Listing) ([]Listed, error) { return g.listed, nil }

func (g *gate) ByReceipt(context.Context, int, privacy.Digest) (OwnListed, bool, error) {
	return OwnListed{}, false, nil
}

func (g *gate) ByPerson(context.Context, privacy.Digest, *Position, int) ([]OwnListed, error) {
	return g.owned, nil
}

// storeFunc is a store that accepts by a function.
type storeFunc func(lane int, batch []Record) ([]Outcome, error)

func (f storeFunc) Accept(_ context.Context, lane int, batch []Record) ([]Outcome, error) {
	return f(lane, batch)
}

func (f storeFunc) Holder(context.Context, int, privacy.Digest) (privacy.Digest, string, error) {
	return privacy.Digest{}, "", nil
}

func (f storeFunc) Newest(context.Context, Listing) ([]Listed, error) { return nil, nil }

func (f storeFunc) ByReceipt(context.Context, int, privacy.Digest) (OwnListed, bool, error) {
	return OwnListed{}, false, nil
}

func (f storeFunc) ByPerson(context.Context, privacy.Digest, *Position, int) ([]OwnListed, error) {
	return nil, nil
}

// needs are a service's, but for the store: one lane, which refuses nothing.
func needs(t *testing.T, store Store) Needs {
	t.Helper()
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	return Needs{
		Store: store, Places: &Placement{Registry: org.NewRegistry(nil, nil), Root: "440000000000"}, Sealer: sealer,
		Blinder: privacy.NewBlinder(keys), Now: at(evening), Lanes: 1, Queue: 1000, Batch: 256,
	}
}

func start(t *testing.T, n Needs) *Service {
	t.Helper()
	service, err := NewService(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return service
}

// guarded is a service over a gate.
func guarded(t *testing.T, change func(*Needs)) (*guardedService, *gate) {
	t.Helper()
	g := &gate{flushes: make(chan *flush), closed: make(chan struct{})}
	n := needs(t, g)
	if change != nil {
		change(&n)
	}
	s := &guardedService{start(t, n), t, g}
	t.Cleanup(sync.OnceFunc(func() { close(g.closed) }))
	return s, g
}

type guardedService struct {
	*Service
	t    *testing.T
	gate *gate
}

// result is what a caller gets.
type result struct {
	Receipt
	err error
}

// submit sends review n in a goroutine of its own, as an edge does.
func (s *guardedService) submit(ctx context.Context, n int) <-chan result {
	results := make(chan result, 1)
	go func() {
		receipt, err := s.Submit(ctx, numbered(n))
		results <- result{receipt, err}
	}()
	return results
}

// queued sends the reviews from to to-1 and waits until they all are in the queue.
func (s *guardedService) queued(from, to int) []<-chan result {
	s.t.Helper()
	var results []<-chan result
	before := s.Waiting()
	for n := from; n < to; n++ {
		results = append(results, s.submit(s.t.Context(), n))
		s.until("a review is in the queue", func() bool { return s.Waiting() == before+len(results) })
	}
	return results
}

// until waits for an event that nothing announces.
func (s *guardedService) until(what string, happened func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("this never happened: %s", what)
		}
	}
}

// next waits until a commit begins. However slow the machine is, a commit that the test holds does not count as stalled.
func (s *guardedService) next() *flush {
	s.t.Helper()
	f := await(s.t, s.gate.flushes)
	s.lanes[f.lane].flushing.Store(0)
	return f
}

// none makes sure that no commit is under way.
func (s *guardedService) none() {
	s.t.Helper()
	select {
	case f := <-s.gate.flushes:
		s.t.Fatalf("a commit of %d reviews began", len(f.batch))
	default:
	}
}

func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// numbered is the nth of many different reviews.
func numbered(n int) Review {
	r := affair()
	r.Subject = fmt.Sprintf("affair-%d", n)
	return r
}

func down() error {
	return fault.NewUnavailable("暂时无法保存", time.Second, errors.New("no database"))
}
