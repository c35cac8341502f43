package venue

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
)

// Scan is how often the page behind a window's static code was opened on a day yyyymmdd. Nothing of who opened it is kept.
type Scan struct {
	Window string
	Day    int
	Opened int64
}

// ScanStore keeps scans.
type ScanStore interface {
	// AddScans adds to what is kept.
	AddScans(ctx context.Context, scans []Scan) error
}

// Scans counts in memory, so that opening a page waits for nothing; Flush stores what was counted. What a process that dies had
// not stored is lost: the figure says how codes are used, and nothing is paid by it.
type Scans struct {
	store ScanStore
	now   func() time.Time
	mu    sync.Mutex
	count map[scanKey]int64
}

type scanKey struct {
	window string
	day    int
}

// NewScans makes a counter.
func NewScans(store ScanStore, now func() time.Time) *Scans {
	return &Scans{store: store, now: now, count: map[scanKey]int64{}}
}

// Count takes note that the page of a window was opened. Give it the code of a window that there is: what is counted is as
// many rows as there are windows.
func (s *Scans) Count(window string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count[scanKey{window, beijing.Day(s.now())}]++
}

// Flush stores what was counted since the last time. When it fails it is kept for the next time, unless it may have been stored:
// scans are rather missed than counted twice.
func (s *Scans) Flush(ctx context.Context) error {
	s.mu.Lock()
	counted := s.count
	s.count = map[scanKey]int64{}
	s.mu.Unlock()
	if len(counted) == 0 {
		return nil
	}
	scans := make([]Scan, 0, len(counted))
	for key, n := range counted {
		scans = append(scans, Scan{key.window, key.day, n})
	}
	slices.SortFunc(scans, func(a, b Scan) int { return cmp.Or(cmp.Compare(a.Window, b.Window), cmp.Compare(a.Day, b.Day)) })
	err := s.store.AddScans(ctx, scans)
	if err != nil && !fault.IsUndecided(err) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for key, n := range counted {
			s.count[key] += n
		}
	}
	if err != nil {
		return fmt.Errorf("store scans: %w", err)
	}
	return nil
}
