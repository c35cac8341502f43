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

// Entry is one region or department as somebody writes it into a form.
type Entry struct {
	Code, Name string
	Region     string // of a department: a code, or names such as 广州市/越秀区
	Former     string // codes that become part of it, parted by 、; usually none
}

// PlanEntry says what storing one region or department would do, as a list of one line would. Its faults name the fields.
func (s *Service) PlanEntry(ctx context.Context, kind Kind, e Entry) (*Plan, error) {
	fields, cells := []field{codeField, nameField, regionField, formerField}, []string{e.Code, e.Name, e.Region, e.Former}
	headings := departmentHeadings
	if kind == OfRegion {
		fields, cells, headings = []field{codeField, nameField, formerField}, []string{e.Code, e.Name, e.Former}, regionHeadings
	}
	head := sheet.Row{Number: 1}
	for _, f := range fields {
		head.Cells = append(head.Cells, headings[f].names[0])
	}
	p, err := s.plan(ctx, []sheet.Row{head, {Number: 2, Cells: cells}}, kind)
	if err != nil {
		return nil, err
	}
	for i := range p.Faults {
		f := &p.Faults[i]
		if f.Cell != "" && f.column < len(fields) {
			f.Field = [listFields]string{codeField: "code", nameField: "name", regionField: "region", formerField: "former"}[fields[f.column]]
		}
		f.Cell = ""
	}
	return p, nil
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

// Moving says how far records under codes that were given up have been moved.
func (s *Service) Moving(ctx context.Context) (Progress, error) { return s.store.Moving(ctx) }

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
