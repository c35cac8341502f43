package notice

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/followup"
)

// Stored is a subscription as it is kept: target and secret are sealed, Subscription.Target is empty. Recipient is a keyed hash
// of channel and target.
type Stored struct {
	Subscription
	Recipient    string
	SealedTarget []byte
	SealedSecret []byte // of a webhook
}

// Notice is something that a recipient is to be told by mail.
type Notice struct {
	JobID     string // of the job that told it
	Recipient string
	Event     Event
	Serial    string
	At        time.Time
	Content   string // facts, as JSON
}

// Delivery is a message that was sent or is to be sent.
type Delivery struct {
	ID             string
	SubscriptionID string
	Channel        Channel
	Subject        string // of a mail; the type of a webhook
	Body           string
	State          DeliveryState
	Attempts       int
	// CreatedAt is when it was written, EndedAt when it came to its state; zero while it waits.
	CreatedAt, EndedAt time.Time
	// Fault is what the last attempt failed of, in words.
	Fault string
}

// DeliveryState is how far a delivery has come.
type DeliveryState int

// States of a delivery.
const (
	Waiting DeliveryState = iota
	Delivered
	Undelivered // it failed, and is not tried again unless somebody asks for it
	Dropped     // nobody asks for it any more
)

// Words say the state for people.
func (s DeliveryState) Words() string {
	return map[DeliveryState]string{Waiting: "待发送", Delivered: "已送达", Undelivered: "发送失败", Dropped: "已取消"}[s]
}

// DeliveryQuery asks for deliveries, newest first.
type DeliveryQuery struct {
	SubscriptionIDs []string        // none is all
	States          []DeliveryState // none is all
	Before          string          // the id where the page before ended
	Limit           int             // 1 to MaxPage
}

// MaxPage is the most deliveries a list gives.
const MaxPage = 200

// Digest is a mail that gathers notices.
type Digest struct {
	Delivery  Delivery
	Recipient string
	Told      []Notice
	// At is when it was made, Last when the digest before it was: another one since then is a fault.Conflict.
	At, Last time.Time
	// Rest is when the next digest is to be made, because more waits than went into this one; zero when nothing does.
	Rest time.Time
}

// Store keeps subscriptions, notices and deliveries.
type Store interface {
	// Subscriptions are all of them, by name and id.
	Subscriptions(ctx context.Context) ([]Stored, error)
	// CreateSubscription, ChangeSubscription and RemoveSubscription note the facts they are given in the audit, in the same
	// transaction. Who changes gives the version he saw: fault.Conflict when it is another, fault.Missing when there is none.
	CreateSubscription(ctx context.Context, s Stored, facts string) error
	ChangeSubscription(ctx context.Context, s Stored, before, after string) error
	RemoveSubscription(ctx context.Context, id string, version int, facts string) error
	// Tell keeps what is to be told of one event, in one transaction: notices with a digest of each recipient's at the moment
	// given in digests, and webhooks' deliveries. What was kept before is left as it is.
	Tell(ctx context.Context, notices []Notice, digests map[string]time.Time, deliveries []Delivery) error
	// WaitingNotices are the oldest that are in no digest yet; total counts all of them.
	WaitingNotices(ctx context.Context, recipient string, limit int) (some []Notice, total int, err error)
	// KeepDigest keeps a digest and queues its delivery, in one transaction.
	KeepDigest(ctx context.Context, d Digest) error
	// DropNotices forgets what waits for a recipient who asks for nothing any more.
	DropNotices(ctx context.Context, recipient string) error
	// PostponeDigest queues a digest for a moment.
	PostponeDigest(ctx context.Context, recipient string, at time.Time) error
	// FindDelivery reads one; fault.Missing when there is none.
	FindDelivery(ctx context.Context, id string) (Delivery, error)
	// NoteDelivery notes how an attempt ended: its state, and in words why it failed.
	NoteDelivery(ctx context.Context, id string, state DeliveryState, fault string) error
	Deliveries(ctx context.Context, q DeliveryQuery) ([]Delivery, error)
	// RepeatDelivery queues a delivery that came to an end again, and notes it in the audit.
	RepeatDelivery(ctx context.Context, id string) error
	// SweepNotices deletes notices and deliveries from before a moment, in one short transaction, and says how many.
	SweepNotices(ctx context.Context, before time.Time, limit int) (deleted int, err error)
}

// Cases are where the facts of a case are.
type Cases interface {
	// FindCase reads one case; fault.Missing when there is none.
	FindCase(ctx context.Context, serial string) (followup.Case, error)
}

// Places are what a subscription can be about.
type Places interface {
	// HallRegion and DepartmentRegion are the region of a hall or department; false when there is none.
	HallRegion(code string) (string, bool)
	DepartmentRegion(code string) (string, bool)
	// HasRegion says whether there is one.
	HasRegion(code string) bool
}

// Courier carries messages. Its errors are fault.Errors without anything of the recipient in them; those that won't pass are
// marked with job.GiveUp.
type Courier interface {
	Mail(ctx context.Context, m Letter) error
	Post(ctx context.Context, p Post) error
}

// Letter is a mail. ID is the same whenever it is sent again.
type Letter struct{ ID, To, Subject, Body string }

// Post is a webhook's message. ID is the same whenever it is sent again, At is the moment of this attempt.
type Post struct {
	ID, URL, Secret string
	At              time.Time
	Body            []byte
}
