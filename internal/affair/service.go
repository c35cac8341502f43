package affair

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// Taking is what the store takes in one transaction.
type Taking struct {
	Source   string
	Records  []Record // of one serial number the later counts
	Refusals []Refusal
	Corrects []string // keys of refusals that came again, right or still wrong; those of the records are beside
	Cursor   *Cursor
	At       time.Time
}

// Own asks for the affairs of one citizen that he has not reviewed yet.
type Own struct {
	Certificate privacy.Digest
	Person      privacy.Digest
	// Hall is where they were handled; affairs that tell no hall are found in every one.
	Hall  string
	Since time.Time
	Limit int
}

// Store keeps affairs.
type Store interface {
	// TakeAffairs stores a taking in one durable transaction: affairs, the reviews that they belong to, cases, counter
	// changes, refusals and the cursor. It gives one state a record, in order.
	TakeAffairs(ctx context.Context, taking Taking) ([]State, error)
	// PreviewAffairs gives the states that TakeAffairs would give, and writes nothing.
	PreviewAffairs(ctx context.Context, records []Record) ([]State, error)
	// AffairCursor is how far a source was read; false when it never was.
	AffairCursor(ctx context.Context, source string) (Cursor, bool, error)
	// EachRefusal gives the refusals of a source, or of all when it is empty, in order of source and key, behind after.
	EachRefusal(ctx context.Context, source, after string, do func(source string, refusal Refusal, at time.Time) error) error
	// ReadAgain has a source read from its beginning by who pulls it next, and notes it.
	ReadAgain(ctx context.Context, source string) error
	// BeginAgain forgets how far a source was read when it is to be read again.
	BeginAgain(ctx context.Context, source string) error
	// OwnAffairs finds a citizen's affairs, latest first.
	OwnAffairs(ctx context.Context, own Own) ([]Affair, error)
	// Orphans lists reviews of affairs that are not known, made before a time, oldest first.
	Orphans(ctx context.Context, before time.Time, after *OrphanPosition, limit int) ([]Orphan, error)
	// Lease gives a source to one holder until a time; false when another has it at now. The same holder may renew it.
	Lease(ctx context.Context, source, holder string, now, until time.Time) (bool, error)
}

// Service takes completed affairs and finds them again.
type Service struct {
	store   Store
	places  *review.Placement
	sealer  *privacy.Sealer
	blinder *privacy.Blinder
	now     func() time.Time
}

// NewService makes a service over the store.
func NewService(store Store, places *review.Placement, sealer *privacy.Sealer, blinder *privacy.Blinder, now func() time.Time) *Service {
	return &Service{store: store, places: places, sealer: sealer, blinder: blinder, now: now}
}

// Take stores a batch in one durable transaction and gives one verdict a row, in order. Rows that can't be taken go to the
// rejected list and stop nothing. An error means that nothing of the batch was taken: it may be sent again at any time, as
// may a batch whose answer was lost, since an affair is known by its serial number.
func (s *Service) Take(ctx context.Context, b Batch) ([]Verdict, error) {
	p, err := s.prepare(&b, true)
	if err != nil {
		return nil, err
	}
	return s.take(ctx, p)
}

// Preview says what Take would do, and writes nothing.
func (s *Service) Preview(ctx context.Context, b Batch) ([]Verdict, error) {
	p, err := s.prepare(&b, false)
	if err != nil {
		return nil, err
	}
	states, err := s.store.PreviewAffairs(ctx, p.taking.Records)
	if err != nil {
		return nil, err
	}
	return p.verdicts(states), nil
}

// prepared is a batch on its way, sealed and keyed.
type prepared struct {
	batch  Batch
	taking Taking
	judged []Verdict // those of the records still without a state
	rows   []int     // of the records
}

// errBatch is a fault of our own code.
var errBatch = errors.New("batch has no source or too many rows")

// maxSource is the most characters of a source's name.
const maxSource = 64

func (s *Service) prepare(b *Batch, sealed bool) (*prepared, error) {
	if b.Source == "" || len(b.Source) > maxSource || len(b.Rows) > MaxBatch {
		return nil, errBatch
	}
	p := &prepared{
		batch: *b, judged: make([]Verdict, len(b.Rows)), rows: make([]int, 0, len(b.Rows)),
		taking: Taking{Source: b.Source, Cursor: b.Cursor, At: s.now(), Records: make([]Record, 0, len(b.Rows))},
	}
	for i := range b.Rows {
		row := &b.Rows[i]
		if row.Corrects != "" {
			p.taking.Corrects = append(p.taking.Corrects, row.Corrects)
		}
		violations := s.judge(row)
		if len(violations) == 0 {
			record, err := s.record(&row.Affair, b.Source)
			if err != nil {
				return nil, err
			}
			p.taking.Records = append(p.taking.Records, record)
			p.rows = append(p.rows, i)
			continue
		}
		p.judged[i] = Verdict{State: Rejected, Violations: violations}
		if !sealed {
			continue
		}
		refusal, err := s.refusal(b, row, violations)
		if err != nil {
			return nil, err
		}
		p.taking.Refusals = append(p.taking.Refusals, refusal)
	}
	return p, nil
}

func (s *Service) take(ctx context.Context, p *prepared) ([]Verdict, error) {
	states, err := s.store.TakeAffairs(ctx, p.taking)
	if err != nil {
		return nil, err
	}
	return p.verdicts(states), nil
}

func (p *prepared) verdicts(states []State) []Verdict {
	for i, row := range p.rows {
		p.judged[row] = Verdict{State: states[i]}
	}
	return p.judged
}

// Cursor is where a source is to be read on, for who pulls it; false when it never was read, or is to be read again from its
// beginning.
func (s *Service) Cursor(ctx context.Context, source string) (Cursor, bool, error) {
	if err := s.store.BeginAgain(ctx, source); err != nil {
		return Cursor{}, false, err
	}
	return s.store.AffairCursor(ctx, source)
}

// Reached is how far a source was read, for who only looks; false when it never was.
func (s *Service) Reached(ctx context.Context, source string) (Cursor, bool, error) {
	return s.store.AffairCursor(ctx, source)
}

// ReadAgain has a source read again from its beginning when its next round begins. What is there already stays the same.
func (s *Service) ReadAgain(ctx context.Context, source string) error {
	if err := s.store.ReadAgain(ctx, source); err != nil {
		return fmt.Errorf("have a source read again: %w", err)
	}
	return nil
}

// RejectedAfter gives the rejected rows of a source, or of all when it is empty, by their keys, behind the one with that key. One that does not open has no cells and
// says so as its violation.
func (s *Service) RejectedAfter(ctx context.Context, source, after string, do func(RejectedRow) error) error {
	return s.store.EachRefusal(ctx, source, after, func(source string, refusal Refusal, at time.Time) error {
		text, err := openRejected(s.sealer, refusal.Sealed, source, refusal.Key)
		if err != nil { // its key is not here, or it was changed; the others are given all the same
			text = rejectedText{Violations: []fault.Violation{{Reason: "这一行打不开，内容无法列出：请核对密钥文件（haochaping key status）"}}}
		}
		return do(RejectedRow{
			Source: source, Key: refusal.Key, SerialNo: refusal.SerialNo, Where: text.Where, Violations: text.Violations,
			Columns: text.Columns, Cells: text.Cells, At: at,
		})
	})
}

// Limits of what a citizen is shown at a window.
const (
	ownAge   = 180 * 24 * time.Hour
	ownLimit = 20
)

// Unreviewed are the completed affairs of the citizen with that certificate which neither he (person, see
// review.Personal.Person) nor anybody unnamed at the counter has reviewed yet: those of the hall, and those that tell no
// hall; latest first. Nobody without a certificate has any.
func (s *Service) Unreviewed(ctx context.Context, certificateNo, person, hall string) ([]Affair, error) {
	if certificateNo == "" {
		return nil, nil
	}
	own := Own{Certificate: CertificateIndex(s.blinder, certificateNo), Hall: hall, Since: s.now().Add(-ownAge), Limit: ownLimit}
	if person != "" {
		own.Person = review.PersonIndex(s.blinder, person)
	}
	return s.store.OwnAffairs(ctx, own)
}

// Orphans lists the reviews of affairs that are still not known some days after they were made, oldest first, behind after
// when it is given.
func (s *Service) Orphans(ctx context.Context, days int, after *OrphanPosition, limit int) ([]Orphan, error) {
	if days < 0 {
		return nil, fault.NewInvalidPage("天数不能为负")
	}
	return s.store.Orphans(ctx, s.now().AddDate(0, 0, -days), after, limit)
}

// Lease gives a source to one process for some time; false when another has it. Who has it may renew it.
func (s *Service) Lease(ctx context.Context, source, holder string, span time.Duration) (bool, error) {
	now := s.now()
	return s.store.Lease(ctx, source, holder, now, now.Add(span))
}

// Release gives a source back that holder has.
func (s *Service) Release(ctx context.Context, source, holder string) error {
	now := s.now()
	_, err := s.store.Lease(ctx, source, holder, now, now)
	return err
}
