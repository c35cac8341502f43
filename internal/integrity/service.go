package integrity

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Opener opens what rules need of sealed personal fields: what was said, and the telephone number.
type Opener interface {
	Traces(sealed []byte, serial string) (said, telephone string, err error)
}

// Needs are what a Service is made of; all are required.
type Needs struct {
	Store    Store
	Opener   Opener
	Blinder  *privacy.Blinder
	Calendar Worked
	Now      func() time.Time
}

// Service examines days and keeps what people decide about what was found.
type Service struct {
	Needs
	at atomic.Pointer[Thresholds]
}

// NewService makes one with default thresholds.
func NewService(n Needs) (*Service, error) {
	if n.Store == nil || n.Opener == nil || n.Blinder == nil || n.Calendar == nil || n.Now == nil {
		return nil, errors.New("integrity service: a need is missing")
	}
	s := &Service{Needs: n}
	s.Use(Default)
	return s, nil
}

// Use has the days from now on be examined by other thresholds.
func (s *Service) Use(at Thresholds) { s.at.Store(&at) }

const (
	// looksBack is how many days are examined again when reviews of theirs come late: a tablet keeps them for a week, an affair that vouches for them
	// takes its time.
	looksBack = 35
	// settles is how long a day is left alone after it was examined.
	settles = 6 * time.Hour
	// leased is how long one process has for a day.
	leased = 30 * time.Minute
	// pageSize is how many reviews are read at once, MostSightings how many are looked at of a day: more than a province has.
	pageSize      = 2000
	mostSightings = 2_000_000
	// originsKept is how long origins are kept: as long as their day may be examined.
	originsKept = (looksBack + 2) * 24 * time.Hour
	sweepPiece  = 5000
)

// Keep examines days that are over and were not, or have changed, until there is none left; to be run often and by any number of processes. It costs
// next to nothing when there is nothing to do.
func (s *Service) Keep(ctx context.Context) error {
	for ctx.Err() == nil {
		now := s.Now()
		today := beijing.Day(now)
		day, reviews, err := s.Store.ClaimDay(ctx, beijing.AddDays(today, -looksBack), beijing.AddDays(today, -1), now, now.Add(-settles), now.Add(leased))
		if err != nil {
			return fmt.Errorf("claim a day to examine: %w", err)
		}
		if day == 0 {
			break
		}
		if err := s.examine(ctx, day, reviews); err != nil {
			return fmt.Errorf("examine %d: %w", day, err)
		}
	}
	for ctx.Err() == nil {
		deleted, err := s.Store.SweepOrigins(ctx, s.Now().Add(-originsKept), sweepPiece)
		if err != nil {
			return fmt.Errorf("sweep origins of reviews: %w", err)
		}
		if deleted < sweepPiece {
			break
		}
	}
	return nil
}

func (s *Service) examine(ctx context.Context, day int, reviews int64) error {
	d := &Day{Day: day, Calendar: s.Calendar}
	for after := (*After)(nil); ; {
		page, err := s.Store.DaySightings(ctx, day, after, pageSize)
		if err != nil {
			return err
		}
		for i := range page {
			sighting := page[i].Sighting
			// What can't be opened is looked at without it: a lost key is told elsewhere.
			if said, telephone, err := s.Opener.Traces(page[i].Personal, sighting.Serial); err == nil {
				sighting.Words = Plain(said)
				if telephone != "" {
					sighting.Phone = s.telephone(telephone)
				}
			}
			d.Sightings = append(d.Sightings, sighting)
		}
		if len(page) < pageSize {
			break
		}
		if len(d.Sightings) >= mostSightings {
			return fmt.Errorf("more than %d reviews on one day", mostSightings)
		}
		last := &page[len(page)-1]
		after = &After{last.At, last.Serial}
	}
	var days []int
	for n := PastDays; n > 0; n-- {
		days = append(days, beijing.AddDays(day, -n))
	}
	d.Past = NewPast(days)
	if len(d.Sightings) > 0 {
		if err := s.Store.PastOf(ctx, day, d.Past); err != nil {
			return err
		}
		var err error
		if d.Officers, err = s.Store.Officers(ctx); err != nil {
			return err
		}
	}
	return s.Store.KeepFindings(ctx, day, reviews, Examine(d, *s.at.Load()), s.Now())
}

// telephone and certificate are the marks of numbers.
func (s *Service) telephone(number string) Mark { return Mark(s.Blinder.Digest("telephone", number)) }

func (s *Service) certificate(number string) Mark {
	return Mark(s.Blinder.Digest("certificate", number)) // as review.Record has it
}
