package app

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/workday"
)

// inspectEvery is how often it is looked whether a day is to be examined; mostly there is none.
const inspectEvery = 5 * time.Minute

// inspect makes what examines reviews that people may not have given of their own.
func (s *service) inspect() (*integrity.Service, error) {
	return integrity.NewService(integrity.Needs{Store: s.store, Opener: s.reviews, Blinder: s.blinder, Calendar: workday.China(), Now: time.Now})
}

// inspectDays examines days that are over.
func (s *service) inspectDays(ctx context.Context) {
	if err := s.integrity.Keep(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("examine reviews", "error", err)
	}
}
