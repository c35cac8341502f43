package board

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/venue"
)

// noon is the time of every test that sets no other.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, beijing.Zone)

// store holds the counters of one day, whichever is asked for, and counts who asks.
type store struct {
	figures.Store
	mu      sync.Mutex
	counts  map[figures.Dimension]map[string]figures.Counts
	version atomic.Int64
	sums    atomic.Int64
	looks   atomic.Int64
	newest  atomic.Int64
	found   []review.Public
	asked   []review.Listing
	broken  atomic.Pointer[error]
	panics  atomic.Bool
	// lame fails or panics where one figure alone is read, and mute where the newest reviews are; nil is as always.
	lame, mute atomic.Pointer[func(q figures.Query) error]
}

// Sum implements figures.Store: every code's counts stand in the last period that is asked for.
func (s *store) Sum(_ context.Context, q figures.Query) (rows []figures.Row, err error) {
	s.sums.Add(1)
	if s.panics.Load() {
		panic("a figure that can't be read")
	}
	if broken := s.broken.Load(); broken != nil {
		return nil, *broken
	}
	if lame := s.lame.Load(); lame != nil {
		if err := (*lame)(q); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range q.Dimensions {
		for code, counts := range s.counts[d] {
			if q.From <= code && code < q.To && len(q.Periods) > 0 {
				row := figures.Row{Code: code, Counts: counts}
				if q.Split.Period {
					row.Period = q.Periods[len(q.Periods)-1]
				}
				if q.Split.Entity {
					row.Entity = "egovAffair"
				}
				if q.Split.Channel {
					row.Channel = "portal"
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// Version implements figures.Store.
func (s *store) Version(context.Context) (version string, err error) {
	s.looks.Add(1)
	if broken := s.broken.Load(); broken != nil {
		return "", *broken
	}
	return strconv.FormatInt(s.version.Load(), 10), nil
}

// Newest implements Reviews.
func (s *store) Newest(_ context.Context, listing review.Listing) ([]review.Public, error) {
	s.newest.Add(1)
	if mute := s.mute.Load(); mute != nil {
		return nil, (*mute)(figures.Query{})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, listing)
	return s.found[:min(len(s.found), listing.Limit)], nil
}

// count sets what was counted at a region, everywhere above it too, and tells the board.
func (s *store) count(region string, counts figures.Counts, tags ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, place := range org.Ancestors(region) {
		s.set(figures.Region(place.Level), place.Code, counts)
		for _, tag := range tags {
			s.set(figures.Tag(place.Level), place.Code+"/"+tag, counts)
		}
	}
	s.version.Add(1)
}

func (s *store) set(d figures.Dimension, code string, counts figures.Counts) {
	if s.counts == nil {
		s.counts = map[figures.Dimension]map[string]figures.Counts{}
	}
	if s.counts[d] == nil {
		s.counts[d] = map[string]figures.Counts{}
	}
	s.counts[d][code] = counts
}

// queries are all but the watcher's.
func (s *store) queries() int64 { return s.sums.Load() + s.newest.Load() }

// place is a board on a store, with a clock.
type place struct {
	*Handler
	store *store
	time  atomic.Pointer[time.Time]
}

func newPlace(t testing.TB, change ...func(*Needs)) *place {
	t.Helper()
	p := &place{store: &store{}}
	p.set(noon)
	now := func() time.Time { return *p.time.Load() }
	registry := org.NewRegistry(org.Guangdong(), nil)
	needs := Needs{
		Reviews: p.store, Registry: registry, Halls: venue.NewDirectory(), Entities: catalog.NewEntitySet(catalog.Specified()),
		Tags: catalog.NewTags(catalog.National()), Root: "440000000000", BaseURL: "https://h.example", Now: now,
		Viewers: 1000, Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&needs)
	}
	needs.Figures = figures.NewService(figures.Needs{
		Store: p.store, Formulas: figures.Formulas{ThreeIsGood: true}, Registry: needs.Registry, Entities: needs.Entities, Tags: needs.Tags,
		Halls: needs.Halls, Now: now,
	})
	var err error
	if p.Handler, err = NewHandler(needs); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) set(t time.Time) { p.time.Store(&t) }

// look makes the board see what is counted by now, as its watcher does once a second.
func (p *place) look(t *testing.T) {
	t.Helper()
	if err := p.watcher.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.cache.forget(p.registers.changed)
}

func (p *place) get(t *testing.T, address string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// page gets an address that must be answered 200.
func (p *place) page(t *testing.T, address string) string {
	t.Helper()
	w := p.get(t, address)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", address, w.Code, w.Body)
	}
	return w.Body.String()
}
