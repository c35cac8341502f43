package app

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
	administration "github.com/haochaping/haochaping/internal/web/console"
	"github.com/haochaping/haochaping/internal/workday"
)

// casesEvery is how often cases are looked after: a new one is in the worklist that soon.
const casesEvery = 5 * time.Second

// followUp makes what follows up the cases of a house.
func (h *house) followUp() (*followup.Service, error) {
	return followup.NewService(followup.Needs{Store: h.store, Sealer: h.sealer, Calendar: workday.China(), Now: time.Now})
}

// consoleCases are what the console's pages of cases are made of.
func (s *service) consoleCases() *administration.CaseNeeds {
	return &administration.CaseNeeds{
		Cases: s.cases, Reviews: review.NewFinder(s.store, s.sealer, s.store), Entities: s.entities, Tags: s.tags,
	}
}

// followUpCases opens new cases, ends what ended by itself, and supervises what is past its limit.
func (s *service) followUpCases(ctx context.Context) {
	if err := s.cases.Keep(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("keep cases", "error", err)
	}
}
