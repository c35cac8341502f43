package app

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/venue"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// consoleVenues are what 大厅窗口 is made of.
func (s *service) consoleVenues() *administration.VenueNeeds {
	return &administration.VenueNeeds{
		Service: s.venues, Imports: venue.NewImports(s.venues, s.store, time.Now), Scans: s.store, Sums: s.store,
		Codes: venue.Codes{BaseURL: s.settings.Base(), Test: s.settings.Environment == config.Testing, Pixels: venue.UsualPixels},
	}
}

// scansAge is how long scans of windows' codes are counted in memory before they are stored.
const scansAge = 5 * time.Second

// keepScans stores scans now and then, and what is left when ctx ends.
func (s *service) keepScans(ctx context.Context) {
	flush := func(ctx context.Context) {
		if err := s.scans.Flush(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("store scans", "error", err)
		}
	}
	every(ctx, scansAge, flush)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), scansAge)
	defer cancel()
	flush(last)
}
