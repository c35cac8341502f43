package moderation

import (
	"fmt"
	"sync/atomic"

	"github.com/haochaping/haochaping/internal/privacy"
)

// State is what the public sees of a review's remark. It is stored.
type State int

// The states of publication.
const (
	Unchecked State = iota // stored before there was moderation, or by a program that knows none: not public yet
	Published              // as it is; also where nothing was said
	Masked                 // with pieces masked
	Waiting                // for a person; not public
	Withheld               // by a person; not public
)

var stateNames = map[State]string{
	Unchecked: "待检查", Published: "已公开", Masked: "已遮盖公开", Waiting: "待审核", Withheld: "不公开",
}

// String is the state in Chinese.
func (s State) String() string { return stateNames[s] }

// Publication is what was decided about one remark.
type Publication struct {
	State State
	// Spans are masked in public; of a remark that waits, what would be.
	Spans Spans
}

// Shown is what the public sees of a remark; empty when nothing.
func (p Publication) Shown(remark string) string {
	switch p.State {
	case Published:
		return privacy.Plain(remark)
	case Masked:
		return privacy.Plain(p.Spans.Mask(remark))
	default:
		return ""
	}
}

// Mode says what is published without a person.
type Mode string

// The modes.
const (
	// Before publishes at once what holds nothing, and what a mask settles (numbers, addresses, names); a person looks at the rest first.
	Before Mode = "before"
	// Strict publishes nothing that no person has looked at.
	Strict Mode = "strict"
	// OffPublication publishes no remark. They are checked as with Before, so that it can be changed.
	OffPublication Mode = "off-publication"
)

// ParseMode reads a mode.
func ParseMode(text string) (Mode, error) {
	switch mode := Mode(text); mode {
	case Before, Strict, OffPublication:
		return mode, nil
	default:
		return "", fmt.Errorf("no mode of moderation is called %q", text)
	}
}

// Policy judges remarks on their way in, and says whether any is public. It is safe for many goroutines.
type Policy struct {
	mode  atomic.Pointer[Mode]
	words atomic.Pointer[Words]
}

// NewPolicy makes a policy with the list that is built in.
func NewPolicy(mode Mode) (*Policy, error) {
	words, err := ParseWords("words", builtin)
	if err != nil {
		return nil, fmt.Errorf("built-in word list: %w", err)
	}
	p := &Policy{}
	p.SetMode(mode)
	p.words.Store(words)
	return p, nil
}

// Use makes another list count.
func (p *Policy) Use(words *Words) { p.words.Store(words) }

// SetMode makes another mode count, for what is judged from now on; whether remarks are public at all changes at once.
func (p *Policy) SetMode(mode Mode) { p.mode.Store(&mode) }

// Mode is the one that counts.
func (p *Policy) Mode() Mode { return *p.mode.Load() }

// Publishes says whether remarks are public at all.
func (p *Policy) Publishes() bool { return p.Mode() != OffPublication }

// rounds is how often what is masked is looked at again: what stood apart may be a number once what was between is masked.
const rounds = 3

// Judge decides about a remark; persons are those of the review, or nil.
func (p *Policy) Judge(remark string, persons *Persons) Publication {
	if remark == "" {
		return Publication{State: Published}
	}
	decision, spans := p.decide(remark, persons)
	switch {
	case decision == Withhold || p.Mode() == Strict:
		return Publication{State: Waiting, Spans: spans}
	case decision == MaskIt:
		return Publication{State: Masked, Spans: spans}
	default:
		return Publication{State: Published}
	}
}

// Stricter is what becomes of a remark that was made public when it is judged once more, in whatever mode: more is masked, or it waits
// for a person, but nothing opens that was masked.
func (p *Policy) Stricter(remark string, persons *Persons, was Publication) Publication {
	if remark == "" {
		return was
	}
	decision, spans := p.decide(remark, persons)
	spans = append(spans, was.Spans...).joined()
	switch {
	case decision == Withhold:
		return Publication{State: Waiting, Spans: spans}
	case len(spans) > 0:
		return Publication{State: Masked, Spans: spans}
	default:
		return was
	}
}

// decide says what the rules say of a remark, and what is to be masked.
func (p *Policy) decide(remark string, persons *Persons) (Decision, Spans) {
	if len(remark) > MaxRemark && len([]rune(remark)) > MaxRemark {
		return Withhold, nil // no edge takes so long a one
	}
	words := p.words.Load()
	v := Check(remark, persons, words)
	spans := SpansOf(v.Findings)
	decision := v.Decision
	for n := 0; v.Decision == MaskIt; n++ {
		masked := spans.Mask(remark)
		again := Check(masked, persons, words)
		more := append(SpansOf(again.Findings), spans...).joined()
		if len(again.Findings) == 0 || more.String() == spans.String() {
			break
		}
		spans, v.Decision, decision = more, again.Decision, max(decision, again.Decision)
		if n == rounds {
			return Withhold, spans
		}
	}
	return decision, spans
}
