package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// PlanItems says what importing the rows of a list of items with their departments would do. It changes nothing.
func (s *Service) PlanItems(ctx context.Context, rows []sheet.Row) (*Plan, error) {
	return s.plan(ctx, rows, OfItem)
}

func (s *Service) plan(ctx context.Context, rows []sheet.Row, kind Kind) (*Plan, error) {
	stored, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	l := readList(rows, kind, NewGazetteer(s.registry))
	if kind == OfItem && len(l.faults) == 0 {
		if stored.Items, err = s.itemsOf(ctx, l); err != nil {
			return nil, err
		}
	}
	return plan(l, stored), nil
}

// read reads the registers, and has the registry know them.
func (s *Service) read(ctx context.Context) (Registers, error) {
	stored, err := s.store.Registers(ctx)
	if err != nil {
		return stored, fmt.Errorf("read registers: %w", err)
	}
	s.registry.Replace(stored.Regions, stored.Departments, stored.Successions...)
	return stored, nil
}

// itemsPage is how many items are asked for at once.
const itemsPage = 1000

// itemsOf are the stored items that a list is about, those that would be given up included.
func (s *Service) itemsOf(ctx context.Context, l *list) (found []Item, err error) {
	var codes []string
	for _, one := range l.lines {
		codes = append(append(codes, one.code), one.former...)
	}
	for some := range slices.Chunk(codes, itemsPage) {
		items, err := s.Items(ctx, ItemFilter{Codes: some, Limit: itemsPage})
		if err != nil {
			return nil, err
		}
		found = append(found, items...)
	}
	return found, nil
}

// Entry is one region or department as somebody writes it into a form.
type Entry struct {
	Code, Name string
	Region     string // of a department: a code, or names such as 广州市/越秀区
	Former     string // codes that become part of it, parted by 、; usually none
	// Seen are the marks, by code, of what the person saw; a code without one may have changed since.
	Seen map[string]string
}

// PlanEntry says what storing one region or department would do, as a list of one line would. Its faults name the fields. It is
// fault.Conflict, with what is there now, when somebody else has changed what the person saw.
func (s *Service) PlanEntry(ctx context.Context, kind Kind, e Entry) (*Plan, error) {
	fields, cells := []field{codeField, nameField, regionField, formerField}, []string{e.Code, e.Name, e.Region, e.Former}
	headings := departmentHeadings
	if kind == OfRegion {
		fields, cells, headings = []field{codeField, nameField, formerField}, []string{e.Code, e.Name, e.Former}, regionHeadings
	}
	head := sheet.Row{Number: 1}
	for i, f := range fields {
		head.Cells = append(head.Cells, headings[f].names[0])
		cells[i] = strings.TrimSpace(cells[i])
	}
	stored, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	l := readEntry(head, cells, kind, NewGazetteer(s.registry))
	p := plan(l, stored)
	if p.Len() > 0 || len(p.Faults) > 0 { // where nothing is left to do it was sent twice
		if err := s.registry.since(kind, e.Seen); err != nil {
			return nil, err
		}
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

// PlanMerge says what it would do when a hall, an evaluation object or an item becomes part of another. Whether there are such is not
// known here.
func (s *Service) PlanMerge(ctx context.Context, kind Kind, former, code string) (*Plan, error) {
	stored, err := s.store.Registers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read registers: %w", err)
	}
	l := &list{kind: kind, at: [listFields]int{-1, -1, -1, -1, -1}, lines: []*line{{code: code, former: []string{former}}}}
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
		return fault.NewConflict("另有人刚刚改过其中的内容或并入关系，这次什么也没有保存；请核对后再提交一次")
	} else if err != nil {
		return err
	}
	_, err := s.read(ctx)
	return err
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
