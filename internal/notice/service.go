package notice

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Needs are what a Service works with; all of them are required.
type Needs struct {
	Store   Store
	Cases   Cases
	Courier Courier
	Sealer  *privacy.Sealer
	Blinder *privacy.Blinder
	// Places are the regions, departments and halls that there are.
	Places Places
	// Unit names a case's unit for people; empty when nobody knows its name.
	Unit func(followup.Unit) string
	// Base is the public address without a slash at its end, for links to the console.
	Base string
	// Every is the pause between two mails to a recipient where a subscription says nothing else, until SetPause says otherwise.
	Every time.Duration
	Now   func() time.Time
	// Person finds a member of staff, who is told of his own cases by mail; nil where nobody is.
	Person func(ctx context.Context, login string) (Person, error)
}

// Service keeps subscriptions and tells people.
type Service struct {
	Needs
	pause   atomic.Int64 // a time.Duration
	resting resting
	slow    unhurried
}

// NewService makes a service.
func NewService(n Needs) (*Service, error) {
	if n.Store == nil || n.Cases == nil || n.Courier == nil || n.Sealer == nil || n.Blinder == nil || n.Places == nil || n.Unit == nil || n.Every < minEvery || n.Now == nil {
		return nil, errors.New("notices need a store, cases, a courier, keys, places, names, a pause and a clock")
	}
	s := &Service{Needs: n}
	s.SetPause(n.Every)
	return s, nil
}

// SetPause makes another pause between two mails to a recipient the usual one: of new subscriptions, and of mails to members of
// staff about their own cases.
func (s *Service) SetPause(pause time.Duration) { s.pause.Store(int64(pause)) }

// Pause is the usual pause between two mails to a recipient.
func (s *Service) Pause() time.Duration { return time.Duration(s.pause.Load()) }

// Listed is a subscription as lists show it: its target masked.
type Listed struct{ Subscription }

// List gives the subscriptions within a scope, by name, their targets masked.
func (s *Service) List(ctx context.Context, by followup.Scope) ([]Listed, error) {
	all, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	var listed []Listed
	for i := range all {
		if !within(all[i].Scope, by) {
			continue
		}
		one := Listed{all[i].Subscription}
		target, err := s.open(&all[i])
		if err != nil {
			return nil, err
		}
		one.Target = masked(one.Channel, target)
		listed = append(listed, one)
	}
	return listed, nil
}

// Find gives one subscription within a scope, its target masked; fault.Missing when there is none.
func (s *Service) Find(ctx context.Context, by followup.Scope, id string) (Listed, error) {
	stored, err := s.find(ctx, by, id)
	if err != nil {
		return Listed{}, err
	}
	target, err := s.open(stored)
	if err != nil {
		return Listed{}, err
	}
	one := Listed{stored.Subscription}
	one.Target = masked(one.Channel, target)
	return one, nil
}

func (s *Service) find(ctx context.Context, by followup.Scope, id string) (*Stored, error) {
	all, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id && within(all[i].Scope, by) {
			return &all[i], nil
		}
	}
	return nil, fault.NewMissing("没有这个通知，可能已被删除")
}

// ErrKnown says that the subscription of an ID is made already: its form was sent twice.
var ErrKnown = errors.New("the subscription is made already")

// NewID is one for a subscription that is to be made, once however often its form is sent.
func NewID() string { return strings.ToLower(rand.Text()) }

// isID is how NewID writes them.
var isID = regexp.MustCompile(`^[a-z2-7]{26}$`)

// Create makes a subscription within a scope, under an ID of NewID or else a new one. A webhook's secret is given here once and
// never again. fault.Invalid reports every violation.
func (s *Service) Create(ctx context.Context, by followup.Scope, n Subscription) (created Subscription, secret string, err error) {
	if !isID.MatchString(n.ID) {
		n.ID = NewID()
	}
	n.Version, n.Active, n.CreatedAt, n.ToldAt = 1, true, s.Now(), time.Time{}
	if n.Every == 0 {
		n.Every = s.Pause()
	}
	if err := s.admit(by, &n); err != nil {
		return Subscription{}, "", err
	}
	all, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return Subscription{}, "", err
	}
	if len(all) >= MaxSubscriptions {
		return Subscription{}, "", fault.NewConflict(fmt.Sprintf("通知已有 %d 个，请先删除不用的", len(all)))
	}
	stored := Stored{Subscription: n}
	if n.Channel == Webhook {
		secret = newSecret()
		stored.SealedSecret = s.Sealer.Seal([]byte(secret), SecretContext(n.ID))
	}
	s.seal(&stored)
	if err := s.Store.CreateSubscription(ctx, stored, n.facts()); err != nil {
		return Subscription{}, "", err
	}
	return n, secret, nil
}

// admit checks a subscription and that it lies within the scope of who makes it.
func (s *Service) admit(by followup.Scope, n *Subscription) error {
	if err := n.check(s.Places); err != nil {
		return err
	}
	if !within(n.Scope, by) {
		return fault.NewInvalid(fault.Violation{Field: "region", Reason: "只能选择您管辖范围内的区划、部门或大厅"})
	}
	return nil
}

// Change changes a subscription within a scope; n.Version is the one that was seen. An empty target stays as it is; the channel
// and whose it is always stay.
func (s *Service) Change(ctx context.Context, by followup.Scope, n Subscription) error {
	stored, err := s.find(ctx, by, n.ID)
	if err != nil {
		return err
	}
	if n.Target == "" {
		if n.Target, err = s.open(stored); err != nil {
			return err
		}
	}
	before := stored.facts()
	n.Channel, n.Login, n.WorkNo, n.CreatedAt, n.ToldAt = stored.Channel, stored.Login, stored.WorkNo, stored.CreatedAt, stored.ToldAt
	if err := s.admit(by, &n); err != nil {
		return err
	}
	changed := Stored{Subscription: n, SealedSecret: stored.SealedSecret}
	s.seal(&changed)
	return s.Store.ChangeSubscription(ctx, changed, before, n.facts())
}

// Renew gives a webhook another secret, once; the former one is not used from then on.
func (s *Service) Renew(ctx context.Context, by followup.Scope, id string, version int) (secret string, err error) {
	stored, err := s.find(ctx, by, id)
	if err != nil {
		return "", err
	}
	if stored.Channel != Webhook {
		return "", fault.NewConflict("只有 Webhook 有签名密钥")
	}
	secret = newSecret()
	stored.Version = version
	stored.SealedSecret = s.Sealer.Seal([]byte(secret), SecretContext(id))
	return secret, s.Store.ChangeSubscription(ctx, *stored, stored.facts(), stored.facts()+"；签名密钥：已更换")
}

// Remove deletes a subscription within a scope; what still waits for it is dropped.
func (s *Service) Remove(ctx context.Context, by followup.Scope, id string, version int) error {
	stored, err := s.find(ctx, by, id)
	if err != nil {
		return err
	}
	return s.Store.RemoveSubscription(ctx, id, version, stored.facts())
}

// Deliveries lists the deliveries of the subscriptions within a scope, newest first.
func (s *Service) Deliveries(ctx context.Context, by followup.Scope, q DeliveryQuery) ([]Delivery, error) {
	if by != (followup.Scope{}) || len(q.SubscriptionIDs) > 0 {
		all, err := s.List(ctx, by)
		if err != nil {
			return nil, err
		}
		asked := q.SubscriptionIDs
		q.SubscriptionIDs = nil
		for i := range all {
			if len(asked) == 0 || asked[0] == all[i].ID {
				q.SubscriptionIDs = append(q.SubscriptionIDs, all[i].ID)
			}
		}
		if len(q.SubscriptionIDs) == 0 {
			return nil, nil
		}
	}
	return s.Store.Deliveries(ctx, q)
}

// Repeat sends a delivery that came to an end again.
func (s *Service) Repeat(ctx context.Context, by followup.Scope, id string) error {
	d, err := s.Store.FindDelivery(ctx, id)
	if err != nil {
		return err
	}
	if _, err := s.find(ctx, by, d.SubscriptionID); err != nil {
		return err
	}
	return s.Store.RepeatDelivery(ctx, id)
}

// seal moves the target where it is sealed.
func (s *Service) seal(n *Stored) {
	n.Recipient = s.recipient(n.Channel, n.Target)
	n.SealedTarget = s.Sealer.Seal([]byte(n.Target), TargetContext(n.ID))
	n.Target = ""
}

// recipient is what tells a target from others without telling it.
func (s *Service) recipient(c Channel, target string) string {
	digest := s.Blinder.Digest("notice", string(c), target)
	return hex.EncodeToString(digest[:])
}

func (s *Service) open(n *Stored) (string, error) {
	target, err := s.Sealer.Open(n.SealedTarget, TargetContext(n.ID))
	if err != nil {
		return "", fmt.Errorf("open the target of subscription %s: %w", n.ID, err)
	}
	return string(target), nil
}

// TargetContext is what the target of a subscription is sealed for.
func TargetContext(id string) string { return "subscription target:" + id }

// SecretContext is what the secret of a webhook is sealed for.
func SecretContext(id string) string { return "subscription secret:" + id }

// secretPrefix and secretBytes are as standard-webhooks has them.
const (
	secretPrefix = "whsec_"
	secretBytes  = 24
)

func newSecret() string {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}
