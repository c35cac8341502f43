package app

import (
	"context"

	"github.com/haochaping/haochaping/internal/org"
)

// moveRecords moves what stands under codes that were given up: what a command that was cut short has left, and what arrived
// while not every process had read the registers.
func (s *service) moveRecords(ctx context.Context) {
	err := org.NewService(s.store, s.registry).MoveRecords(ctx, func(int, int) {})
	if err != nil && ctx.Err() == nil {
		s.log.Warn("move records", "error", err)
	}
}
