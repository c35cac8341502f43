package venue

import (
	"context"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

// Store keeps halls, windows and officers.
type Store interface {
	// Venues gives all of them at one moment, each by code, officers by hall and work number.
	Venues(ctx context.Context) ([]Hall, []Window, []Officer, error)
	// SaveVenues stores changes in one durable transaction. What is new must be so: ErrTaken when its code, name or
	// number is taken, ErrStale when something of Seen is not so, and nothing is stored. The audit log is told of Notes in the
	// same transaction.
	SaveVenues(ctx context.Context, changes Changes) error
}

// ErrTaken says that somebody else has taken a code, a name or a number.
var ErrTaken = errors.New("code, name or number is taken")

// ErrStale says that somebody else has changed what a person saw.
var ErrStale = errors.New("changed meanwhile")

// Bound says whether a person may touch what is at a place; a department is that of a window, empty for a hall. Nil is
// everything.
type Bound func(region, department, hall string) bool

func (b Bound) covers(region, department, hall string) bool {
	return b == nil || b(region, department, hall)
}

// Service changes what is stored and keeps the directory up to date.
type Service struct {
	store     Store
	directory *Directory
	registry  *org.Registry
}

// NewService makes a service. Load fills the directory.
func NewService(store Store, directory *Directory, registry *org.Registry) *Service {
	return &Service{store: store, directory: directory, registry: registry}
}

// Load reads the directory again: another process may have changed what is stored.
func (s *Service) Load(ctx context.Context) error {
	halls, windows, officers, err := s.store.Venues(ctx)
	if err != nil {
		return fmt.Errorf("load halls: %w", err)
	}
	halls, former := current(halls, s.registry.Successions())
	s.directory.replace(halls, windows, officers, former)
	return nil
}

// Plan says what importing the rows of a spreadsheet would do. It changes nothing.
func (s *Service) Plan(ctx context.Context, rows []sheet.Row) (*Plan, error) {
	return s.PlanWithin(ctx, rows, nil)
}

// PlanWithin is Plan for who may touch some halls only: any other hall in the list is a fault.
func (s *Service) PlanWithin(ctx context.Context, rows []sheet.Row, bound Bound) (*Plan, error) {
	halls, windows, officers, err := s.store.Venues(ctx)
	if err != nil {
		return nil, fmt.Errorf("load halls: %w", err)
	}
	return plan(read(rows, s.registry), halls, windows, officers, s.registry.Successions(), bound), nil
}

// Apply does what a plan says, in several transactions, and tells after each how much is done. When it is cut short, a
// new plan of the same list does the rest, with the same codes.
func (s *Service) Apply(ctx context.Context, p *Plan, progress func(done, of int)) error {
	if len(p.Faults) > 0 {
		return &fault.Error{Kind: fault.Invalid, Message: fmt.Sprintf("表中有 %d 处错误，未导入", len(p.Faults))}
	}
	chunks := p.chunks()
	done, of := 0, 0
	for i := range chunks {
		of += chunks[i].Len()
	}
	progress(done, of)
	for i := range chunks {
		if err := s.store.SaveVenues(ctx, chunks[i]); errors.Is(err, ErrTaken) {
			return fault.NewConflict("另有人刚刚导入了大厅，请再导入一次：已导入的不会重复")
		} else if err != nil {
			return fmt.Errorf("save halls: %w", err)
		}
		done += chunks[i].Len()
		progress(done, of)
	}
	return s.Load(ctx)
}

// current are the halls without those that became part of others, in the regions that count now, and what halls the codes of
// the others stand for.
func current(halls []Hall, successions *org.Successions) (now []Hall, former map[string]string) {
	former = map[string]string{}
	for _, h := range halls {
		if next := successions.Code(org.OfHall, h.Code); next != h.Code {
			former[h.Code] = next
			continue
		}
		h.RegionCode = successions.Code(org.OfRegion, h.RegionCode)
		now = append(now, h)
	}
	return now, former
}
