package venue

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
)

// scanMemory keeps scans as a store does.
type scanMemory struct {
	scans []Scan
	err   error
}

func (m *scanMemory) AddScans(_ context.Context, scans []Scan) error {
	if m.err == nil {
		m.scans = append(m.scans, scans...)
	}
	return m.err
}

func TestScansAreCountedByDayAndKeptWhileTheStoreIsAway(t *testing.T) {
	at := time.Date(2026, 6, 15, 23, 59, 0, 0, beijing.Zone)
	store := &scanMemory{err: errors.New("away")}
	s := NewScans(store, func() time.Time { return at })
	s.Count("W2")
	s.Count("W1")
	s.Count("W1")
	if err := s.Flush(t.Context()); err == nil {
		t.Error("a flush to a store that is away is no error")
	}
	at = at.Add(2 * time.Minute)
	s.Count("W1")
	store.err = nil
	for range 2 { // the second stores nothing again
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []Scan{{"W1", 20260615, 2}, {"W1", 20260616, 1}, {"W2", 20260615, 1}}
	if !slices.Equal(store.scans, want) {
		t.Errorf("got %v, want %v", store.scans, want)
	}
}

func TestScansThatMayBeStoredAreNotStoredAgain(t *testing.T) {
	store := &scanMemory{err: fault.NewUndecided("数据库没有答复", time.Second, errors.New("unexpected EOF"))}
	s := NewScans(store, time.Now)
	s.Count("W1")
	if err := s.Flush(t.Context()); !errors.Is(err, store.err) {
		t.Fatalf("got %v", err)
	}
	store.err = nil
	if err := s.Flush(t.Context()); err != nil || len(store.scans) > 0 {
		t.Errorf("got %v, %v", err, store.scans)
	}
}
