package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
)

// Kinds of jobs besides followup.JobKind.
const (
	DigestJob  = "notice digest"  // its key is a recipient
	DeliverJob = "notice deliver" // its key is a delivery
)

// Limits of one attempt.
const (
	tellLimit    = 30 * time.Second
	deliverLimit = time.Minute
)

// Handlers do the jobs: an event is told to subscriptions, a digest is written, a message delivered.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{
		{Kind: followup.JobKind, Limit: tellLimit, Do: s.tell},
		{Kind: DigestJob, Limit: tellLimit, Do: s.gather},
		{Kind: DeliverJob, Limit: deliverLimit, Do: s.deliver},
	}
}

// tell finds who is to be told of an event. It may be done again: what it keeps is named for the job.
func (s *Service) tell(ctx context.Context, c *job.Claimed) error {
	event, err := parseCaseEvent(c.Payload)
	if err != nil {
		return job.GiveUp(err)
	}
	of, err := s.Cases.FindCase(ctx, event.Serial)
	if fault.KindOf(err) == fault.Missing {
		return nil // it went with the test data it belonged to
	}
	if err != nil {
		return err
	}
	all, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	now := s.Now()
	f := s.facts(&of)
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	body, err := webhookBody(event.Event, now, f)
	if err != nil {
		return err
	}
	var notices []Notice
	var deliveries []Delivery
	digests := map[string]time.Time{}
	for i := range all {
		one := &all[i]
		if !one.wants(event.Event, &of) {
			continue
		}
		if one.Channel == Webhook {
			deliveries = append(deliveries, Delivery{
				ID: c.ID + "-" + one.ID, SubscriptionID: one.ID, Channel: Webhook, Subject: webhookType(event.Event), Body: body, CreatedAt: now,
			})
			continue
		}
		if _, twice := digests[one.Recipient]; !twice {
			notices = append(notices, Notice{
				JobID: c.ID, Recipient: one.Recipient, Event: event.Event, Serial: event.Serial, At: now, Content: string(content),
			})
			_, told, every := mailbox(all, one.Recipient)
			digests[one.Recipient] = later(now, told.Add(every))
		}
	}
	own, at, err := s.assignee(ctx, event.Event, &of, all)
	if err != nil {
		return err
	}
	if own != nil {
		notices = append(notices, Notice{
			JobID: c.ID, Recipient: own.Recipient, Event: event.Event, Serial: event.Serial, At: now, Content: string(content),
		})
		digests[own.Recipient] = at
	}
	if len(notices) == 0 && len(deliveries) == 0 {
		return nil
	}
	return s.Store.Tell(ctx, notices, digests, deliveries)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// mailbox is what the subscriptions of one recipient's mails amount to: one that is active, nil when none is; when the last
// digest was made; and the least pause that any of them asks for.
func mailbox(all []Stored, recipient string) (active *Stored, told time.Time, every time.Duration) {
	for i := range all {
		if all[i].Recipient != recipient || all[i].Channel != Mail {
			continue
		}
		told = later(told, all[i].ToldAt)
		if !all[i].Active {
			continue
		}
		if active == nil || all[i].Every < every {
			active, every = &all[i], all[i].Every
		}
	}
	return active, told, every
}

// gathered is how many notices go into one digest at most.
const gathered = 1000

// gather writes a digest of what waits for a recipient, unless the last one was a moment ago.
func (s *Service) gather(ctx context.Context, c *job.Claimed) error {
	all, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	now := s.Now()
	active, told, every, err := s.reader(ctx, c.Key, all)
	if err != nil {
		return err
	}
	if active == nil {
		return s.Store.DropNotices(ctx, c.Key)
	}
	if next := told.Add(every); now.Before(next) {
		return s.Store.PostponeDigest(ctx, c.Key, next)
	}
	notices, total, err := s.Store.WaitingNotices(ctx, c.Key, gathered)
	if err != nil || total == 0 {
		return err
	}
	subject, body, err := s.digest(c.Key, notices, total)
	if err != nil {
		return err
	}
	digest := Digest{
		Recipient: c.Key, Told: notices, At: now, Last: told,
		Delivery: Delivery{
			ID: fmt.Sprintf("%s-%d", c.ID, c.Attempt), SubscriptionID: active.ID, Channel: Mail, Subject: subject, Body: body, CreatedAt: now,
		},
	}
	if _, is := PersonOf(c.Key); is {
		digest.Last = time.Time{} // no subscription remembers it
	}
	if total > len(notices) {
		digest.Rest = now.Add(every)
	}
	return s.Store.KeepDigest(ctx, digest)
}

// deliver sends one message and notes what came of it.
func (s *Service) deliver(ctx context.Context, c *job.Claimed) error {
	d, err := s.Store.FindDelivery(ctx, c.Key)
	if fault.KindOf(err) == fault.Missing {
		return nil
	}
	if err != nil || d.State == Delivered {
		return err
	}
	all, err := s.Store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID == d.SubscriptionID && all[i].Active {
			return s.send(ctx, c, &d, &all[i])
		}
	}
	if login, is := PersonOf(d.SubscriptionID); is {
		one, err := s.person(ctx, login)
		if err != nil {
			return err
		}
		if one != nil {
			return s.send(ctx, c, &d, one)
		}
	}
	return s.Store.NoteDelivery(ctx, d.ID, Dropped, "通知或账号已停用或删除")
}

func (s *Service) send(ctx context.Context, c *job.Claimed, d *Delivery, to *Stored) error {
	err := s.attempt(ctx, d, to)
	if _, wait := job.Postponed(err); wait {
		return err
	}
	if err == nil {
		return s.Store.NoteDelivery(ctx, d.ID, Delivered, "")
	}
	state := Waiting
	if c.Last() || job.Hopeless(err) {
		state = Undelivered
	}
	if noted := s.Store.NoteDelivery(ctx, d.ID, state, job.Words(err)); noted != nil {
		return fmt.Errorf("note a delivery: %w", noted)
	}
	return err
}

// attempt sends a message, if it is its receiver's turn.
func (s *Service) attempt(ctx context.Context, d *Delivery, to *Stored) error {
	receiver := to.Recipient
	if d.Channel == Mail {
		receiver = string(Mail) // all letters go to one server
	}
	began := s.Now()
	if err := s.resting.refusal(receiver, began); err != nil {
		return err
	}
	end, err := s.slow.turn(receiver, began)
	if err != nil {
		return err
	}
	defer func() { end(s.Now()) }()
	err = s.carry(ctx, d, to)
	s.resting.tried(receiver, began, s.Now(), err)
	return err
}

// carry gives a message to the courier.
func (s *Service) carry(ctx context.Context, d *Delivery, to *Stored) error {
	target := to.Target // in the clear only of a member of staff
	if target == "" {
		opened, err := s.open(to)
		if err != nil {
			return err
		}
		target = opened
	}
	if d.Channel != Webhook {
		return s.Courier.Mail(ctx, Letter{ID: d.ID, To: target, Subject: d.Subject, Body: d.Body})
	}
	secret, err := s.Sealer.Open(to.SealedSecret, SecretContext(to.ID))
	if err != nil {
		return fmt.Errorf("open the secret of subscription %s: %w", to.ID, err)
	}
	return s.Courier.Post(ctx, Post{ID: d.ID, URL: target, Secret: string(secret), At: s.Now(), Body: []byte(d.Body)})
}

// Try sends a test message to a subscription within a scope, at once; how it went is listed with the deliveries.
func (s *Service) Try(ctx context.Context, by followup.Scope, id string) error {
	stored, err := s.find(ctx, by, id)
	if err != nil {
		return err
	}
	if !stored.Active {
		return fault.NewConflict("这个通知已停用，请先启用")
	}
	now := s.Now()
	d := Delivery{
		ID: fmt.Sprintf("%014x-test-%s", now.UnixMicro(), id), SubscriptionID: id, Channel: stored.Channel, CreatedAt: now,
		Subject: "【好差评】测试消息", Body: "您好：\n\n这是一条测试消息。收到它，说明通知可以送达，您不必做什么。\n\n管理后台：" + s.Base + "/console\n",
	}
	if stored.Channel == Webhook {
		d.Subject = webhookType(Test)
		if d.Body, err = webhookBody(Test, now, struct {
			Text string `json:"text"`
		}{"测试消息"}); err != nil {
			return err
		}
	}
	return s.Store.Tell(ctx, nil, nil, []Delivery{d})
}

// Keep for how long notices and deliveries are kept.
const (
	keepTold   = 180 * 24 * time.Hour
	sweepPiece = 1000
)

// Sweep deletes what was told long ago.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		deleted, err := s.Store.SweepNotices(ctx, s.Now().Add(-keepTold), sweepPiece)
		if err != nil || deleted < sweepPiece {
			return err
		}
	}
}
