package org

import (
	"context"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

// Service changes registers.
type Service struct {
	store    Store
	registry *Registry
}

// NewService makes a service over the store. The registry must be the store's.
func NewService(store Store, registry *Registry) *Service { return &Service{store, registry} }

// PlanDepartments says what importing the rows of a list of departments would do. It changes nothing.
func (s *Service) PlanDepartments(ctx context.Context, rows []sheet.Row) (*Plan, error) {
	return s.plan(ctx, rows, OfDepartment)
}

// PlanRegions says what importing the rows of a list of regions would do. It changes nothing.
func (s *Service) PlanRegions(ctx context.Context, rows []sheet.Row) (*Plan, error) {
	return s.plan(ctx, rows, OfRegion)
}

func (s *Service) plan(ctx context.Context, rows []sheet.Row, kind Kind) (*Plan, error) {
	stored, err := s.store.Registers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read registers: %w", err)
	}
	s.registry.Replace(stored.Regions, stored.Departments, stored.Successions...)
	return plan(readList(rows, kind, NewGazetteer(s.registry)), stored), nil
}

// PlanMerge says what it would do when a hall or an evaluation object becomes part of another. Whether there are such is not
// known here.
func (s *Service) PlanMerge(ctx context.Context, kind Kind, former, code string) (*Plan, error) {
	stored, err := s.store.Registers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read registers: %w", err)
	}
	l := &list{kind: kind, at: [listFields]int{-1, -1, -1, -1}, lines: []*line{{code: code, former: []string{former}}}}
	p := newPlanning(l, stored)
	p.claim()
	if len(p.Faults) == 0 {
		p.succeed()
	}
	return p.Plan, nil
}

// Apply stores what a plan says, in one transaction. From then on what arrives under codes that were given up counts under
// those that took their place, in every process that has read the registers since; MoveRecords moves the rest.
func (s *Service) Apply(ctx context.Context, p *Plan) error {
	if len(p.Faults) > 0 {
		return &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("表中有 %d 处错误，未导入", len(p.Faults))}
	}
	if err := s.store.SaveRegisters(ctx, p.changes); errors.Is(err, ErrChanged) {
		return fault.NewConflict("另有人刚刚登记了并入关系，请再导入一次")
	} else if err != nil {
		return err
	}
	stored, err := s.store.Registers(ctx)
	if err != nil {
		return fmt.Errorf("read registers: %w", err)
	}
	s.registry.Replace(stored.Regions, stored.Departments, stored.Successions...)
	return nil
}

// MoveRecords moves what stands under codes that were given up, until nothing is left to do now, and tells after each step how
// many records were looked at and moved. It may be cut short: another call, of any process, goes on from there.
func (s *Service) MoveRecords(ctx context.Context, progress func(seen, moved int)) error {
	seen, moved := 0, 0
	for {
		step, err := s.store.MoveRecords(ctx)
		if err != nil {
			return err
		}
		seen, moved = seen+step.Seen, moved+step.Moved
		progress(seen, moved)
		if !step.Going {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
