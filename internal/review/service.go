package review

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Outcome is what became of one record of a batch.
type Outcome struct {
	// Serial is the record's own when it was stored now, else the first one's.
	Serial string
	State  State
}

// State of an outcome.
type State int

// A record is stored now, or was stored before by the same submission, or its once-only key is taken by another.
const (
	Stored State = iota + 1
	Known
	Taken
)

// Store keeps reviews.
type Store interface {
	// Accept stores a batch in one durable transaction: keys, records, cases and counter changes. All records of a
	// batch are of slots of that lane. It gives one outcome a record, in order. A fault of kind Unavailable says
	// that nothing can be stored now; any other error says that one of the records can't be. The batch is not the store's
	// to keep.
	Accept(ctx context.Context, lane int, batch []Record) ([]Outcome, error)
	// Holder finds the identity and the serial number of the review that holds a once-only key; empty when there is none.
	Holder(ctx context.Context, slot int, once privacy.Digest) (identity privacy.Digest, serial string, err error)
	// Newest gives stored reviews, newest first (see Listing).
	Newest(ctx context.Context, listing Listing) ([]Listed, error)
	// ByReceipt finds the review of a receipt; false when there is none.
	ByReceipt(ctx context.Context, slot int, key privacy.Digest) (OwnListed, bool, error)
	// ByPerson gives a person's reviews, newest first by time of evaluation, then by serial number.
	ByPerson(ctx context.Context, person privacy.Digest, after *Position, limit int) ([]OwnListed, error)
}

// Needs are what a Service is made of; all are required but Observer, Around, Policy and Unopened.
type Needs struct {
	Store   Store
	Places  *Placement
	Sealer  *privacy.Sealer
	Blinder *privacy.Blinder
	Now     func() time.Time
	// Lanes is how many batches are committed side by side, 1..32.
	Lanes int
	// Queue is how many reviews may wait in one lane before callers are told to come again.
	Queue int
	// Batch is the most reviews in one transaction.
	Batch    int
	Observer Observer
	// Around, if there is one, is asked before a batch is stored for the context to store it by, and for what to do when it was:
	// a trace. It is given the contexts of those who wait for the batch.
	Around func(lane, size int, callers iter.Seq[context.Context]) (context.Context, func(err error))
	// Policy judges what was said before it is stored; without one it is judged later, and shown nowhere until then.
	Policy *moderation.Policy
	// Unopened, if there is one, is told of every review that a list shows without what is sealed in it, for it does not open.
	Unopened func(err error)
}

// Observer sees every flush of a lane, for metrics.
type Observer interface {
	Flushed(lane, size int, took time.Duration, err error)
}

// Service accepts reviews and lists them.
type Service struct {
	store    Store
	places   *Placement
	sealer   *privacy.Sealer
	blinder  *privacy.Blinder
	policy   *moderation.Policy
	unopened func(err error)
	now      func() time.Time
	serials  *Serials
	lanes    []*lane
}

// NewService starts the lanes. Close ends them.
func NewService(n Needs) (*Service, error) {
	switch {
	case n.Store == nil || n.Places == nil || n.Sealer == nil || n.Blinder == nil || n.Now == nil:
		return nil, errors.New("review service: a need is missing")
	case n.Lanes < 1 || n.Lanes > Slots:
		return nil, errors.New("review service: lanes must be 1 to 32")
	case n.Queue < 1 || n.Batch < 1:
		return nil, errors.New("review service: queue and batch must be positive")
	}
	s := &Service{
		store: n.Store, places: n.Places, sealer: n.Sealer, blinder: n.Blinder, policy: n.Policy, unopened: n.Unopened, now: n.Now,
		serials: NewSerials(n.Now),
	}
	if s.unopened == nil {
		s.unopened = func(error) {}
	}
	for i := range n.Lanes {
		s.lanes = append(s.lanes, startLane(i, n))
	}
	return s, nil
}

// Submit stores r once and for good. It returns only after the review is on disk, or was before, or can't be: a
// fault.Conflict names the first serial number of a subject that was reviewed already, as does the receipt beside it; a
// fault.Unavailable may be tried again. When ctx ends early the caller loses his answer only.
func (s *Service) Submit(ctx context.Context, r Review) (Receipt, error) {
	record, err := s.Record(&r)
	if err != nil {
		return Receipt{}, err
	}
	outcome, err := s.lanes[record.Slot%len(s.lanes)].submit(ctx, record)
	if err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{Serial: outcome.Serial, Known: outcome.State == Known}
	if r.WantsReceipt {
		receipt.Code = receiptCode(s.blinder, outcome.Serial)
	}
	if outcome.State == Taken {
		return receipt, fault.NewConflict(taken[r.Kind] + "，首次评价流水号 " + outcome.Serial)
	}
	return receipt, nil
}

// Stored finds the receipt of r when this very submission is stored already; false when it is not, also where Submit would be refused.
func (s *Service) Stored(ctx context.Context, r Review) (Receipt, bool, error) {
	once := onceKey(s.blinder, &r)
	holder, serial, err := s.store.Holder(ctx, slotOf(once), once)
	if err != nil || serial == "" || holder != identity(s.blinder, &r) {
		return Receipt{}, false, err
	}
	return Receipt{Serial: serial, Known: true}, true, nil
}

// Rated gives the receipt of the review for whose sake r would be refused, or be the same, were it submitted now (一事一评); false where
// there is none.
func (s *Service) Rated(ctx context.Context, r Review) (Receipt, bool, error) {
	once := onceKey(s.blinder, &r)
	_, serial, err := s.store.Holder(ctx, slotOf(once), once)
	if err != nil || serial == "" {
		return Receipt{}, false, err
	}
	return Receipt{Serial: serial, Code: receiptCode(s.blinder, serial)}, true, nil
}

// taken says that the once-only rule refuses, for each kind.
var taken = map[Kind]string{
	Affair:  "该办件已评价",
	Guide:   "该办事指南您当日已评价",
	Hotline: "该工单已评价",
	Window:  "该窗口您当日已评价",
}

// Ready says whether every lane can store, as far as its last flush tells. One that is slow but not given up stores.
func (s *Service) Ready() bool {
	for _, l := range s.lanes {
		if !l.alive() {
			return false
		}
	}
	return true
}

// Waiting is how many reviews wait in all lanes.
func (s *Service) Waiting() int {
	n := 0
	for _, l := range s.lanes {
		n += len(l.queue)
	}
	return n
}

// Close stops accepting and returns when everything that was accepted is stored.
func (s *Service) Close() {
	for _, l := range s.lanes {
		l.close()
	}
}
