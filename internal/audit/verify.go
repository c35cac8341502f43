package audit

import (
	"context"
	"fmt"
)

// Store keeps the chain.
type Store interface {
	// AuditLinks calls do for the links after number, in their order, at most limit of them, and says how many there were.
	AuditLinks(ctx context.Context, after int64, limit int, do func(*Link) error) (n int, err error)
	// AuditHead is the end of the chain as it was noted beside it, and the greatest number that a link has, at one moment.
	AuditHead(ctx context.Context) (head Anchor, last int64, err error)
	// SearchAudit lists links, newest first.
	SearchAudit(ctx context.Context, q Query) ([]Link, error)
}

// Break is what can be wrong with a chain.
type Break string

// Breaks of a chain.
const (
	Missing  Break = "missing"  // the link with this number is not there
	Altered  Break = "altered"  // the link is not what it was
	Headless Break = "headless" // the end that is noted is not the end that was found
	Surplus  Break = "surplus"  // there are links behind the end that is noted
	Foreign  Break = "foreign"  // the chain is not the one that an anchor was taken from
)

// Words say for people what is wrong.
func (b Break) Words() string {
	return map[Break]string{
		Missing: "缺少这一条", Altered: "这一条的内容被改动过", Headless: "末尾与登记的末尾不符，可能有记录被删除",
		Surplus: "登记的末尾之后另有记录", Foreign: "与留存的校验值不符，此前的记录被替换或删除",
	}[b]
}

// Report is what a verification found.
type Report struct {
	// Head is the end of the chain; keep it outside the database to prove later that nothing was cut off.
	Head Anchor
	// Broken is what is wrong first, and Number where; empty when nothing is.
	Broken Break
	Number int64
}

// Sound says that nothing is wrong.
func (r *Report) Sound() bool { return r.Broken == "" }

// page is how many links are read by one statement: none takes long however long the chain is.
const page = 2000

// Verify walks the whole chain and finds the first link that is missing or altered. Every anchor must lie on the chain: one
// that was kept outside finds a tail that was cut off together with its head. progress is told the number that was reached,
// now and then; it may be nil.
func Verify(ctx context.Context, s Store, anchors []Anchor, progress func(number int64)) (*Report, error) {
	head, _, err := s.AuditHead(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the audit chain: %w", err)
	}
	w := walk{head: head, kept: map[int64]Hash{}}
	for _, a := range anchors {
		if hash, twice := w.kept[a.Number]; twice && hash != a.Hash {
			return &Report{Head: head, Broken: Foreign, Number: a.Number}, nil
		}
		w.kept[a.Number] = a.Hash
	}
	if hash, asked := w.kept[0]; asked && hash != (Hash{}) {
		return &Report{Head: head, Broken: Foreign}, nil
	}
	for w.broken == "" && w.at.Number < head.Number {
		n, err := s.AuditLinks(ctx, w.at.Number, page, w.step)
		if err != nil {
			return nil, fmt.Errorf("verify the audit chain: %w", err)
		}
		if n == 0 {
			w.found(Missing, w.at.Number+1)
		}
		if progress != nil {
			progress(w.at.Number)
		}
	}
	if err := w.end(ctx, s, anchors); err != nil {
		return nil, fmt.Errorf("verify the audit chain: %w", err)
	}
	return &Report{Head: head, Broken: w.broken, Number: w.number}, nil
}

// walk is a verification under way. Links that are added meanwhile lie behind the head that it began with.
type walk struct {
	head, at Anchor
	kept     map[int64]Hash
	broken   Break
	number   int64
}

func (w *walk) found(b Break, number int64) {
	if w.broken == "" {
		w.broken, w.number = b, number
	}
}

func (w *walk) step(l *Link) error {
	if w.broken != "" || w.at.Number == w.head.Number {
		return nil
	}
	if l.Number != w.at.Number+1 {
		w.found(Missing, w.at.Number+1)
		return nil
	}
	if l.hash(w.at.Hash) != l.Hash {
		w.found(Altered, l.Number)
		return nil
	}
	w.at = l.Anchor()
	if hash, asked := w.kept[l.Number]; asked && hash != l.Hash {
		w.found(Foreign, l.Number)
	}
	return nil
}

// end looks at what a walk can't see: the head itself, what lies behind it, and anchors that were never reached.
func (w *walk) end(ctx context.Context, s Store, anchors []Anchor) error {
	if w.broken == "" && w.at.Hash != w.head.Hash {
		w.found(Headless, w.head.Number)
	}
	for _, a := range anchors {
		if a.Number > w.head.Number {
			w.found(Foreign, a.Number)
		}
	}
	now, last, err := s.AuditHead(ctx)
	if err != nil {
		return err
	}
	if last > now.Number {
		w.found(Surplus, now.Number+1)
	}
	return nil
}
