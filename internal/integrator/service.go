package integrator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Stored is an app as the store keeps it: the secrets are sealed.
type Stored struct {
	App
	// Sealed are the sealed secrets, newest first; App.Secrets is empty.
	Sealed [][]byte
}

// ErrExists says that the code or the paasid is taken.
var ErrExists = errors.New("app exists")

// Store keeps apps.
type Store interface {
	// Apps gives all apps, ordered by code.
	Apps(ctx context.Context) ([]Stored, error)
	// CreateApp adds an app and notes it; ErrExists when its code or paasid is taken.
	CreateApp(ctx context.Context, app Stored, entry audit.Entry) error
	// ChangeApp replaces the app of the same code in one transaction and notes it; false when there is none. An error of change
	// leaves everything as it is.
	ChangeApp(ctx context.Context, code string, change func(*Stored) (audit.Entry, error)) (bool, error)
}

// freshness is how old the apps in memory may be: how long a disabled app or an old secret may still be taken.
const freshness = time.Second

// impatience is how often an unknown caller may make us look in the store.
const impatience = 100 * time.Millisecond

// Service knows all apps. Those in memory are at most a second old, and what was changed here is never missing.
type Service struct {
	store  Store
	sealer *privacy.Sealer
	known  func(entity string) bool

	apps    atomic.Pointer[index]
	checked atomic.Pointer[time.Time] // when; nil is never
	failed  atomic.Pointer[error]     // why the last reading failed; nil when it did not
	loading sync.Mutex
}

// index finds apps by either name.
type index struct{ byPaasID, byCode map[string]*App }

// NewService makes a service; known tells which evaluation objects there are.
func NewService(store Store, sealer *privacy.Sealer, known func(entity string) bool) *Service {
	s := &Service{store: store, sealer: sealer, known: known}
	s.apps.Store(&index{})
	return s
}

// ByPaasID finds the caller; nil when there is none. While the store can't be read it answers from memory, and whom it does
// not know then it can't judge: that is an error.
func (s *Service) ByPaasID(ctx context.Context, paasid string) (*App, error) {
	return s.find(ctx, func(i *index) *App { return i.byPaasID[paasid] })
}

// ByCode finds an app by its appCode, as ByPaasID does.
func (s *Service) ByCode(ctx context.Context, code string) (*App, error) {
	return s.find(ctx, func(i *index) *App { return i.byCode[code] })
}

func (s *Service) find(ctx context.Context, in func(*index) *App) (*App, error) {
	s.refresh(ctx, freshness)
	if app := in(s.apps.Load()); app != nil {
		return app, nil
	}
	s.refresh(ctx, impatience)
	if app := in(s.apps.Load()); app != nil {
		return app, nil
	}
	if cause := s.failed.Load(); cause != nil {
		return nil, fmt.Errorf("look up app: %w", *cause)
	}
	return nil, nil //nolint:nilnil // nobody of that name is an answer
}

// refresh reads the apps again when they are older than age. One caller reads, the others go on with what is there;
// only the very first ones wait, where nobody has loaded them.
func (s *Service) refresh(ctx context.Context, age time.Duration) {
	fresh := func() bool { checked := s.checked.Load(); return checked != nil && time.Since(*checked) < age }
	if fresh() {
		return
	}
	if s.checked.Load() == nil || age == impatience {
		s.loading.Lock()
	} else if !s.loading.TryLock() {
		return
	}
	defer s.loading.Unlock()
	if fresh() {
		return
	}
	// The caller may hang up; the others need the answer all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.read(ctx) // kept for whoever is not known
}

// Load reads the apps before anybody calls, so that the first caller need not wait; privacy.ErrForged in the error when a secret is
// sealed with other keys.
func (s *Service) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	return s.read(ctx)
}

// forget has the apps read again before anybody is looked up.
func (s *Service) forget() {
	s.loading.Lock() // who reads now may have begun before the change
	defer s.loading.Unlock()
	s.checked.Store(nil)
}

// read is for who holds loading.
func (s *Service) read(ctx context.Context) error {
	apps, err := s.List(ctx)
	checked := time.Now()           // by the clock that nobody sets, too
	defer s.checked.Store(&checked) // last of all: who finds them fresh finds them
	if err != nil {
		s.failed.Store(&err)
		return err
	}
	s.failed.Store(nil)
	next := &index{make(map[string]*App, len(apps)), make(map[string]*App, len(apps))}
	for i := range apps {
		next.byPaasID[apps[i].PaasID], next.byCode[apps[i].Code] = &apps[i], &apps[i]
	}
	s.apps.Store(next)
	return nil
}

// List gives all apps with their secrets, ordered by code.
func (s *Service) List(ctx context.Context) ([]App, error) {
	stored, err := s.store.Apps(ctx)
	if err != nil {
		return nil, fmt.Errorf("list apps: %w", err)
	}
	apps := make([]App, len(stored))
	for i, app := range stored {
		apps[i] = app.App
		for _, sealed := range app.Sealed {
			secret, err := s.sealer.Open(sealed, SecretContext(app.Code))
			if err != nil {
				return nil, fmt.Errorf("open secret of app %s: %w", app.Code, err)
			}
			apps[i].Secrets = append(apps[i].Secrets, string(secret))
		}
	}
	return apps, nil
}

func (s *Service) seal(code, secret string) []byte {
	return s.sealer.Seal([]byte(secret), SecretContext(code))
}

// SecretContext is what the secrets of an app are sealed for.
func SecretContext(code string) string { return "app:" + code }

func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the process instead
	return hex.EncodeToString(b[:])
}
