package followup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// keepBatch is how many cases are read at once by Keep.
const keepBatch = 200

// Keep is the round that time makes, to be run often and by any number of processes: it opens new cases, closes those whose
// reviewers were silent, has those past their limit supervised, and tells of those that are due soon. It costs next to nothing
// when there is nothing to do.
func (s *Service) Keep(ctx context.Context) error {
	at, err := s.terms(ctx)
	if err != nil {
		return fmt.Errorf("keep cases: %w", err)
	}
	for _, do := range []func(context.Context, *terms) error{s.openNew, s.passLimits} {
		if err := do(ctx, at); err != nil {
			return fmt.Errorf("keep cases: %w", err)
		}
	}
	return nil
}

func (s *Service) openNew(ctx context.Context, at *terms) error {
	for {
		cases, err := s.store.UnopenedCases(ctx, keepBatch)
		if err != nil || len(cases) == 0 {
			return err
		}
		openings := make([]Opening, len(cases))
		for i := range cases {
			c := &cases[i]
			openings[i] = Opening{Serial: c.Serial, Slot: c.Slot, Hall: c.Hall, Due: at.opening(c)}
		}
		if err := s.store.OpenCases(ctx, openings); err != nil {
			return err
		}
		if len(cases) < keepBatch {
			return nil
		}
	}
}

// passLimits looks at all that is due until the end of the next working day.
func (s *Service) passLimits(ctx context.Context, at *terms) error {
	soon := at.soon()
	for after := (*Position)(nil); ; {
		cases, err := s.store.DueCases(ctx, soon.Add(time.Second), after, keepBatch)
		if err != nil {
			return err
		}
		var near []Case
		for i := range cases {
			c := &cases[i]
			switch passed := at.now.After(c.Due); {
			case passed && c.State == Awaiting:
				err = s.byTime(ctx, c, Silence)
			case passed && !c.Supervised:
				err = s.byTime(ctx, c, Overdue)
			case !passed && c.State != Awaiting && !c.Told:
				near = append(near, *c)
			}
			if err != nil {
				return err
			}
		}
		if len(near) > 0 {
			if err := s.store.TellDue(ctx, near); err != nil {
				return err
			}
		}
		if len(cases) < keepBatch {
			return nil
		}
		after = PositionOf(&cases[len(cases)-1])
	}
}

// byTime makes a move that nobody makes; what a person did meanwhile goes first.
func (s *Service) byTime(ctx context.Context, c *Case, move Move) error {
	_, err := s.move(ctx, &Actor{}, c.Serial, c.Version, Step{Move: move})
	if kind := fault.KindOf(err); kind == fault.Conflict || kind == fault.Missing {
		return nil
	}
	return err
}

// Run keeps cases every so often until ctx ends; failed is told of rounds that failed, the next one tries again.
func (s *Service) Run(ctx context.Context, every time.Duration, failed func(error)) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		if err := s.Keep(ctx); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}
