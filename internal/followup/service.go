package followup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Store keeps cases.
type Store interface {
	// FindCase reads one case; fault.Missing when there is none.
	FindCase(ctx context.Context, serial string) (Case, error)
	// CaseEvents are those of one case, oldest first.
	CaseEvents(ctx context.Context, serial string) ([]Event, error)
	// ChangeCase changes one case in one durable transaction: it is locked, decide says what becomes of it, and the case, its event
	// and evidence, the figures, the news and the audit are stored together. decide may be called again when the transaction met
	// another one; its error ends it. fault.Missing when there is no such case.
	ChangeCase(ctx context.Context, serial string, decide func(c Case) (Change, error)) (Case, error)
	// UnopenedCases are open cases that were never opened, oldest first; OpenCases opens those of them that still are not, and
	// queues the news, in one transaction.
	UnopenedCases(ctx context.Context, limit int) ([]Case, error)
	OpenCases(ctx context.Context, openings []Opening) error
	// DueCases are open cases that are due before a moment and that the keeper may have something to do with: they wait for the
	// reviewer, are not supervised, or were not told of; by due, slot and serial number, after a place in that order.
	DueCases(ctx context.Context, before time.Time, after *Position, limit int) ([]Case, error)
	// TellDue queues the news that cases are due soon, once for each limit, in one transaction.
	TellDue(ctx context.Context, cases []Case) error
	// ListCases lists opened cases; CountCases counts the open ones by urgency.
	ListCases(ctx context.Context, q Query) ([]Case, error)
	CountCases(ctx context.Context, q Query) (Counts, error)
	// CaseFiles lists evidence without its content; CaseFile reads one, fault.Missing when there is none.
	CaseFiles(ctx context.Context, serial string) ([]SealedFile, error)
	CaseFile(ctx context.Context, serial, id string) (SealedFile, error)
	// DeadlineRules are all of them, by department and region. SaveDeadlineRule puts one in place of the limits that were seen for the
	// same region and department, zero for none, RemoveDeadlineRule takes those away. Where others are there both are fault.Conflict,
	// unless what is to be done is done already.
	DeadlineRules(ctx context.Context) ([]Rule, error)
	SaveDeadlineRule(ctx context.Context, r Rule, seen Limits) error
	RemoveDeadlineRule(ctx context.Context, region, department string, seen Limits) error
}

// Opening is a case that is opened: when it is due.
type Opening struct {
	Serial string
	Slot   int
	Hall   string
	Due    time.Time
}

// Needs are what a Service works with; all of them are required.
type Needs struct {
	Store    Store
	Sealer   *privacy.Sealer
	Calendar Calendar
	Now      func() time.Time
}

// Service follows up cases.
type Service struct {
	store    Store
	sealer   *privacy.Sealer
	calendar Calendar
	now      func() time.Time
}

// NewService makes one.
func NewService(n Needs) (*Service, error) {
	if n.Store == nil || n.Sealer == nil || n.Calendar == nil || n.Now == nil {
		return nil, errors.New("followup: a need is missing")
	}
	return &Service{store: n.Store, sealer: n.Sealer, calendar: n.Calendar, now: n.Now}, nil
}

// AnyVersion is for a move that does not depend on what was seen.
const AnyVersion = -1

// Act makes a move as a member of staff, who saw the case in this version. fault.Invalid when what he gave is not acceptable,
// fault.Missing when the case is not for him, fault.Conflict when it is not the time or his to make this move, or when another
// one was faster: its message tells what that one did.
func (s *Service) Act(ctx context.Context, by Actor, serial string, version int, step Step) (Case, error) {
	t, known := transitionOf(step.Move)
	if known && (t.by != OfUnit && t.by != OfAbove || t.move == AssignMove) {
		return Case{}, fault.NewInvalidPage("没有这种操作，请返回再试")
	}
	return s.move(ctx, &by, serial, version, step)
}

// errChanged says that the case is in another version.
var errChanged = errors.New("the case was changed meanwhile")

func (s *Service) move(ctx context.Context, by *Actor, serial string, version int, step Step) (Case, error) {
	if err := step.check(); err != nil {
		return Case{}, err
	}
	t, _ := transitionOf(step.Move)
	at, err := s.terms(ctx)
	if err != nil {
		return Case{}, err
	}
	var stood Case
	is, err := s.store.ChangeCase(ctx, serial, func(c Case) (Change, error) {
		stood = c
		if (t.by == OfUnit || t.by == OfAbove) && !by.Sees(&c) {
			return Change{}, missing()
		}
		if version != AnyVersion && version != c.Version {
			return Change{}, errChanged
		}
		if err := t.refusal(by, &c); err != nil {
			return Change{}, err
		}
		if step.to != nil && step.to.Login != "" && !step.to.Sees(&c) {
			return Change{}, fault.NewConflict("不能指派给被评价人本人，也不能指派给管辖范围以外的人")
		}
		if t.move == Reopen && !mayReopen(&c, at.now) {
			return Change{}, fault.NewConflict("这条评价已经不能再要求重新处理；如仍有意见，请拨打12345热线")
		}
		change := t.next(c, &step, by, at)
		s.seal(&change, &step)
		return change, nil
	})
	if errors.Is(err, errChanged) {
		return s.changed(ctx, &stood, by, version, &step)
	}
	if by != nil && fault.KindOf(err) == fault.Missing {
		return Case{}, missing() // the same words whether there is none, or one that is not his
	}
	if err != nil {
		return Case{}, fmt.Errorf("%s a case: %w", step.Move, err)
	}
	return is, nil
}

// changed tells what was done to a case meanwhile. When that was the very step, by the same person from the same page, it was sent
// twice, as by a double click, and is done.
func (s *Service) changed(ctx context.Context, c *Case, by *Actor, version int, step *Step) (Case, error) {
	events, err := s.store.CaseEvents(ctx, c.Serial)
	if err != nil {
		return Case{}, err
	}
	if len(events) == 0 {
		return Case{}, changed(c, nil)
	}
	last := events[len(events)-1:]
	if err := s.open(last); err != nil {
		return Case{}, err
	}
	if c.Version == version+1 && last[0].Version == c.Version && last[0].same(by, step) {
		return *c, nil
	}
	return Case{}, changed(c, &last[0])
}

// same says whether an event is what a step of somebody made.
func (e *Event) same(by *Actor, step *Step) bool {
	assignee := ""
	if step.to != nil {
		assignee = step.to.Login
	}
	return e.Party != OfReviewer && e.Party != OfSystem && e.Actor == by.Login && e.Move == step.Move && e.Words == step.Words && e.Claim == step.Claim &&
		e.Reached == step.Reached && e.Assignee == assignee
}

func (s *Service) terms(ctx context.Context) (*terms, error) {
	rules, err := s.store.DeadlineRules(ctx)
	if err != nil {
		return nil, err
	}
	return &terms{now: s.now().Truncate(time.Microsecond), calendar: s.calendar, rules: rules}, nil
}

// Rules are the limits that are not standard, by department and region.
func (s *Service) Rules(ctx context.Context) ([]Rule, error) { return s.store.DeadlineRules(ctx) }

// SaveRule sets the limits of a region or department, for steps that begin from now on, in place of those that were seen there; zero
// for none. A person sets them within his scope.
func (s *Service) SaveRule(ctx context.Context, by Actor, r Rule, seen Limits) error {
	if err := r.Check(); err != nil {
		return err
	}
	if err := bounds(&by, r.Region, r.Department); err != nil {
		return err
	}
	return s.store.SaveDeadlineRule(ctx, r, seen)
}

// RemoveRule takes such limits away, as they were seen; nothing happens when there are none.
func (s *Service) RemoveRule(ctx context.Context, by Actor, region, department string, seen Limits) error {
	if err := bounds(&by, region, department); err != nil {
		return err
	}
	return s.store.RemoveDeadlineRule(ctx, region, department, seen)
}

// bounds refuses limits that reach beyond a person's scope.
func bounds(by *Actor, region, department string) error {
	if !by.Scope.Covers(&Case{Region: region, Department: department}) {
		return fault.NewConflict("只能设置您管辖范围内的时限")
	}
	return nil
}
