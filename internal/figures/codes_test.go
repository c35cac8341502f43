package figures

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sums gives one row for each query, and its neighbours.
type sums struct {
	Store
	asked []Query
}

func (s *sums) Sum(_ context.Context, q Query) ([]Row, error) {
	s.asked = append(s.asked, q)
	if q.From == "none" {
		return nil, nil
	}
	return []Row{{Code: q.From, Counts: Counts{1, 0, 2, 0, 4}}}, nil
}

func TestReviewsUnderCodes(t *testing.T) {
	kept := &sums{}
	s := NewService(Needs{Store: kept, Now: func() time.Time { return time.Date(2026, 6, 15, 2, 0, 0, 0, time.UTC) }})
	got, err := s.ReviewsUnder(t.Context(), Department, []string{"D1", "none"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"D1": 7}, got); diff != "" {
		t.Error(diff)
	}
	kept.asked = nil
	got, err = s.ReviewsInRegions(t.Context(), []string{"440199000000", "GD", "440000000000"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"440199000000": 7, "440000000000": 7}, got); diff != "" {
		t.Error(diff)
	}
	for _, q := range kept.asked {
		if want := map[string]Dimension{"440199000000": Region(3), "440000000000": Region(1)}[q.From]; q.Dimensions[0] != want || len(q.Periods) == 0 {
			t.Errorf("%s is asked for in dimension %d over %d periods", q.From, q.Dimensions[0], len(q.Periods))
		}
	}
}
