package integrator

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/privacy"
)

// shelf is a store of apps that can fail, and that can be held while it is read.
type shelf struct {
	mu      sync.Mutex
	apps    []Stored
	err     error
	reads   int
	entered chan struct{} // told when a reading begins, if not nil
	leave   chan struct{} // closed when it may end
}

func (s *shelf) Apps(ctx context.Context) ([]Stored, error) {
	s.mu.Lock()
	s.reads++
	apps, err, entered, leave := s.apps, s.err, s.entered, s.leave
	s.mu.Unlock()
	if entered != nil {
		entered <- struct{}{}
		<-leave
	}
	if errors.Is(ctx.Err(), context.Canceled) { // not when the time is over: a test may be slow
		return nil, ctx.Err()
	}
	return apps, err
}

func (s *shelf) CreateApp(_ context.Context, app Stored, _ audit.Entry) error {
	s.change(func() { s.apps = append(s.apps, app) })
	return nil
}

func (s *shelf) ChangeApp(_ context.Context, code string, change func(*Stored) (audit.Entry, error)) (found bool, err error) {
	s.change(func() {
		apps := append([]Stored(nil), s.apps...)
		for i := range apps {
			if apps[i].Code == code {
				found = true
				_, err = change(&apps[i])
			}
		}
		s.apps = apps
	})
	return found, nil
}

func (s *shelf) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *shelf) read() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// shelved is a service over a store that holds one app.
func shelved(t *testing.T) (*Service, *shelf) {
	t.Helper()
	sealer, err := privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	store := &shelf{}
	s := NewService(store, sealer, known)
	if _, err := s.Create(t.Context(), App{Code: "app1", Name: "某系统", Entities: []string{"egovAffair"}}); err != nil {
		t.Fatal(err)
	}
	return s, store
}

// aged makes what is in memory so old, or young for ever where age is negative.
func (s *Service) aged(age time.Duration) {
	at := time.Now().Add(-age)
	s.checked.Store(&at)
}

const young = -time.Hour

func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestAppsInMemoryAreReadAgainWhenTheyAreOld(t *testing.T) {
	s, store := shelved(t)
	if got := caller(t.Context(), s, "app1"); got == nil || got.Code != "app1" || len(got.Secrets) != 1 {
		t.Fatalf("got %+v", got)
	}
	if got := store.read(); got != 1 {
		t.Errorf("the first caller read %d times, want once", got)
	}
	if _, err := s.Disable(t.Context(), "app1", true, AnyVersion); err != nil {
		t.Fatal(err)
	}
	s.aged(young)
	if got := caller(t.Context(), s, "app1"); got == nil || got.Disabled || store.read() != 1 {
		t.Errorf("young: got %+v after %d readings, want it from memory", got, store.read())
	}
	s.aged(freshness)
	if got := caller(t.Context(), s, "app1"); got == nil || !got.Disabled || store.read() != 2 {
		t.Errorf("old: got %+v after %d readings, want it read again", got, store.read())
	}
}

func TestAnUnknownCallerMakesUsLookSooner(t *testing.T) {
	s, store := shelved(t)
	if got := caller(t.Context(), s, "app2"); got != nil {
		t.Fatalf("got %+v", got)
	}
	if _, err := s.Create(t.Context(), App{Code: "app2", Name: "新系统", Entities: []string{"egovGuide"}}); err != nil {
		t.Fatal(err)
	}
	s.aged(young)
	reads := store.read()
	for range 100 {
		if got := caller(t.Context(), s, "app2"); got != nil {
			t.Fatalf("got %+v, though nothing was read", got)
		}
	}
	if got := store.read(); got != reads {
		t.Errorf("unknown callers made us read %d times in a moment", got-reads)
	}
	began := time.Now()
	s.aged(impatience)
	if got := caller(t.Context(), s, "app1"); got == nil || store.read() != reads && time.Since(began) < freshness-impatience {
		t.Errorf("a known caller: got %+v after %d readings, want it from memory", got, store.read()-reads)
	}
	s.aged(impatience)
	if got := caller(t.Context(), s, "app2"); got == nil || got.Code != "app2" {
		t.Errorf("a new app: got %+v, want it to be found before the second is over", got)
	}
}

func TestAStoreThatFailsLeavesWhatIsInMemory(t *testing.T) {
	s, store := shelved(t)
	down := errors.New("no database")
	store.change(func() { store.err = down })
	if got := caller(t.Context(), s, "app1"); got != nil {
		t.Errorf("got %+v before anything could be read", got)
	}
	store.change(func() { store.err = nil })
	s.aged(impatience)
	if got := caller(t.Context(), s, "app1"); got == nil {
		t.Fatal("it is not found when the store is back")
	}
	store.change(func() { store.err = down })
	for range 3 {
		s.aged(time.Minute)
		if got := caller(t.Context(), s, "app1"); got == nil || len(got.Secrets) != 1 {
			t.Errorf("while the store fails: got %+v, want it from memory", got)
		}
		if got := caller(t.Context(), s, "app2"); got != nil {
			t.Errorf("while the store fails: got %+v for a caller that nobody knows", got)
		}
	}
	if _, err := s.List(t.Context()); !errors.Is(err, down) {
		t.Errorf("list: got %v, want the store's own fault", err)
	}
}

func TestOneCallerReadsAndTheOthersGoOn(t *testing.T) {
	s, store := shelved(t)
	caller(t.Context(), s, "app1")
	store.change(func() { store.entered, store.leave = make(chan struct{}), make(chan struct{}) })
	s.aged(time.Minute)
	const others = 10
	found := make(chan *App, 1+others)
	find := func() { found <- caller(t.Context(), s, "app1") }
	go find()
	await(t, store.entered)
	for range others { // while the store is being read
		go find()
		if await(t, found) == nil {
			t.Error("a caller is not found while another one reads")
		}
	}
	close(store.leave)
	if got := await(t, found); got == nil || store.read() != 2 {
		t.Errorf("got %+v after %d readings, want 2", got, store.read())
	}
}

func TestTheVeryFirstCallersWait(t *testing.T) {
	s, store := shelved(t)
	store.change(func() { store.entered, store.leave = make(chan struct{}, 10), make(chan struct{}) })
	const callers = 10
	found := make(chan *App, callers)
	for range callers {
		go func() { found <- caller(t.Context(), s, "app1") }()
	}
	await(t, store.entered)
	select {
	case got := <-found:
		t.Errorf("got %+v before anything was read", got)
	default:
	}
	close(store.leave)
	for range callers {
		if await(t, found) == nil {
			t.Error("one of the first callers is not found")
		}
	}
}

// What is loaded at a start serves the very first caller also when the database has stopped answering since.
func TestWhatIsLoadedServesTheVeryFirstCaller(t *testing.T) {
	s, store := shelved(t)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	store.change(func() { store.err = errors.New("gone") })
	s.aged(freshness)
	if got := caller(t.Context(), s, "app1"); got == nil || store.read() != 2 {
		t.Errorf("got %+v after %d readings, want it from memory after one more", got, store.read())
	}
	if err := s.Load(t.Context()); err == nil {
		t.Error("a failed reading is not told")
	}
}

func TestWhatIsChangedHereCountsHereAtOnce(t *testing.T) {
	s, _ := shelved(t)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.aged(young)
	if _, err := s.Create(t.Context(), App{Code: "app2", Name: "某系统", Entities: []string{"egovAffair"}}); err != nil {
		t.Fatal(err)
	}
	if caller(t.Context(), s, "app2") == nil {
		t.Error("a new app is unknown")
	}
	s.aged(young)
	if _, err := s.Disable(t.Context(), "app2", true, AnyVersion); err != nil {
		t.Fatal(err)
	}
	if got := caller(t.Context(), s, "app2"); got == nil || !got.Disabled {
		t.Errorf("got %+v, want it disabled", got)
	}
}

func TestACallerThatHangsUpDoesNotSpoilTheReading(t *testing.T) {
	s, _ := shelved(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	if got := caller(ctx, s, "app1"); got == nil {
		t.Error("the reading ended with its caller")
	}
}

// caller is the app that a service gives for a name.
func caller(ctx context.Context, s *Service, paasid string) *App {
	app, _ := s.ByPaasID(ctx, paasid) // what can't be judged is not known, either
	return app
}

func TestACallerThatCantBeLookedUpIsNotTakenForUnknown(t *testing.T) {
	store := &failing{}
	s := NewService(store, nil, func(string) bool { return true })
	if app, err := s.ByPaasID(t.Context(), "app1"); app != nil || err == nil {
		t.Errorf("the store can't be read: got %v, %v, want an error", app, err)
	}
	store.well.Store(true)
	eventually := time.Now().Add(10 * time.Second)
	for {
		app, err := s.ByPaasID(t.Context(), "app1")
		if app == nil && err == nil {
			break
		}
		if time.Now().After(eventually) {
			t.Fatalf("the store is well again: got %v, %v, want nobody of that name", app, err)
		}
	}
}

// failing is a store without apps that can't be read until it is well.
type failing struct {
	Store
	well atomic.Bool
}

func (f *failing) Apps(context.Context) ([]Stored, error) {
	if f.well.Load() {
		return nil, nil
	}
	return nil, errors.New("no database")
}

// TestARotationHandsTheStoreTwoSecrets: the one before the last is gone, whatever a store would keep.
func TestARotationHandsTheStoreTwoSecrets(t *testing.T) {
	s, store := shelved(t)
	for range 3 {
		if _, _, err := s.Rotate(t.Context(), "app1", AnyVersion); err != nil {
			t.Fatal(err)
		}
		if got := len(store.apps[0].Sealed); got != 2 {
			t.Errorf("%d secrets are kept, want 2", got)
		}
	}
}
