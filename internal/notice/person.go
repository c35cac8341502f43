package notice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
)

// Person is a member of staff who may be told of his own cases.
type Person struct {
	Email  string // empty: he is not told
	WorkNo string // his number as an officer: he is not told of cases about himself
}

// personal are the events of his own cases that a member of staff is told without a subscription.
var personal = []Event{followup.NewsAssigned, followup.NewsDueSoon, followup.NewsSupervised, followup.NewsReopened, followup.NewsDecided}

// personPrefix begins the recipient of a member of staff, and what stands for his subscription; his login follows.
const personPrefix = "staff:"

// PersonOf is whose mail a delivery was that no subscription asked for; false for one of a subscription.
func PersonOf(subscriptionID string) (login string, is bool) {
	return strings.CutPrefix(subscriptionID, personPrefix)
}

// person is what stands for a subscription of a member of staff; nil for who is not told. Its target is in the clear.
func (s *Service) person(ctx context.Context, login string) (*Stored, error) {
	if s.Person == nil || login == "" {
		return nil, nil //nolint:nilnil // nobody is told, and nothing is wrong
	}
	p, err := s.Person(ctx, login)
	if fault.KindOf(err) == fault.Missing || err == nil && p.Email == "" {
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, fmt.Errorf("find the assignee of a case: %w", err)
	}
	return &Stored{
		Subscription: Subscription{
			ID: personPrefix + login, Channel: Mail, Name: login, Login: login, WorkNo: p.WorkNo, Target: p.Email, Events: personal,
			Every: s.Pause(), Active: true,
		},
		Recipient: personPrefix + login,
	}, nil
}

// personTold is when a member of staff was told last.
func (s *Service) personTold(ctx context.Context, one *Stored) (time.Time, error) {
	last, err := s.Store.Deliveries(ctx, DeliveryQuery{SubscriptionIDs: []string{one.ID}, Limit: 1})
	if err != nil || len(last) == 0 {
		return time.Time{}, err
	}
	return last[0].CreatedAt, nil
}

// assignee is who is told of his own case, with when that may be; nil for who is not, or is told already by a subscription.
func (s *Service) assignee(ctx context.Context, e Event, of *followup.Case, all []Stored) (*Stored, time.Time, error) {
	own := func(one Stored) bool { return one.Channel == Mail && one.Login == of.Assignee && one.wants(e, of) }
	if of.Assignee == "" || !slices.Contains(personal, e) || slices.ContainsFunc(all, own) {
		return nil, time.Time{}, nil
	}
	one, err := s.person(ctx, of.Assignee)
	if err != nil || one == nil || !one.wants(e, of) {
		return nil, time.Time{}, err
	}
	same := s.recipient(Mail, one.Target)
	if slices.ContainsFunc(all, func(other Stored) bool { return other.Recipient == same && other.wants(e, of) }) {
		return nil, time.Time{}, nil
	}
	told, err := s.personTold(ctx, one)
	return one, later(s.Now(), told.Add(one.Every)), err
}

// reader is for whom a digest is written, and when the last one was; nil when nobody asks for it any more.
func (s *Service) reader(ctx context.Context, recipient string, all []Stored) (active *Stored, told time.Time, every time.Duration, err error) {
	login, is := PersonOf(recipient)
	if !is {
		active, told, every = mailbox(all, recipient)
		return active, told, every, nil
	}
	if active, err = s.person(ctx, login); err != nil || active == nil {
		return nil, told, every, err
	}
	told, err = s.personTold(ctx, active)
	return active, told, active.Every, err
}
