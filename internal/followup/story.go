package followup

import (
	"context"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// Story is a case as the reviewer sees it: units and steps, never people.
type Story struct {
	Serial  string
	Version int // for the answer
	State   State
	Unit    Unit
	Opened  time.Time
	// Due is until when the present step is to end; zero when nothing is to be done any more. Certain is false when it lies in a
	// year whose holidays were not published.
	Due     time.Time
	Left    int // working days until Due: 0 is today, less than 0 is past
	Certain bool
	Steps   []StoryStep // oldest first; that the case was opened is not one of them
	// What the reviewer may do now.
	MayAnswer, MayReopen bool
	// LastTime says that an answer of not being satisfied is the last one there is.
	LastTime bool
	Claim    Claim // of a dismissed case: why it was
}

// StoryStep is one step. Words are the answer to the reviewer, and what the reviewer said himself; those of others stay inside.
type StoryStep struct {
	At    time.Time
	Move  Move
	Party Party
	State State // from then on
	Words string
}

// told are the moves that the reviewer is told of.
var told = map[Move]bool{
	Rectify: true, Explain: true, AppealMove: true, FeedBack: true, Contact: true, HeardGood: true, HeardBad: true, Accept: true, Refuse: true,
	Satisfied: true, Complain: true, Reopen: true, Silence: true,
}

// Story tells the reviewer how far his case has come; false when the review has none. Who asks must have been found to be the
// reviewer: by login, or by the receipt.
func (s *Service) Story(ctx context.Context, serial string) (Story, bool, error) {
	c, err := s.store.FindCase(ctx, serial)
	if fault.KindOf(err) == fault.Missing {
		return Story{}, false, nil
	}
	if err != nil {
		return Story{}, false, err
	}
	at, err := s.terms(ctx)
	if err != nil {
		return Story{}, false, err
	}
	if c.Due.IsZero() {
		c.Due = at.opening(&c)
	}
	events, err := s.store.CaseEvents(ctx, serial)
	if err != nil {
		return Story{}, false, err
	}
	if err := s.open(events); err != nil {
		return Story{}, false, err
	}
	story := Story{
		Serial: serial, Version: c.Version, State: c.State, Unit: c.Unit(), Opened: c.Opened, Due: c.Due,
		Left: s.calendar.Between(at.now, c.Due), Certain: s.calendar.KnownThrough(at.now, c.Due), MayAnswer: c.State == Awaiting, MayReopen: mayReopen(&c, at.now), LastTime: c.TakenOver(),
	}
	if c.State.Ended() {
		story.Due, story.Left, story.Certain = time.Time{}, 0, true
	}
	if c.State == Dismissed {
		story.Claim = c.Claim
	}
	for _, e := range events {
		if !told[e.Move] {
			continue
		}
		step := StoryStep{At: e.At, Move: e.Move, Party: e.Party, State: e.To}
		if e.Move == FeedBack || e.Party == OfReviewer {
			step.Words = e.Words
		}
		story.Steps = append(story.Steps, step)
	}
	return story, true, nil
}

// Answer is what the reviewer says: Satisfied, or Complain or Reopen with words, of the version his page showed. Who says it must
// have been found to be the reviewer. The same answer to the same version again is taken once. fault.Conflict when the case went on
// meanwhile, or when he was heard as often as there is.
func (s *Service) Answer(ctx context.Context, serial string, version int, move Move, words string) error {
	if t, known := transitionOf(move); !known || t.by != OfReviewer {
		return fault.NewInvalidPage("请选择满意或不满意")
	}
	step := Step{Move: move, Words: words}
	_, err := s.move(ctx, &Actor{}, serial, version, step)
	if fault.KindOf(err) != fault.Conflict {
		return err
	}
	taken, failed := s.taken(ctx, serial, version+1, step)
	if failed != nil {
		return failed
	}
	if taken {
		return nil
	}
	return err
}

// taken says whether what the reviewer said is what made that version of his case: he pressed twice, or the first answer got lost.
func (s *Service) taken(ctx context.Context, serial string, version int, step Step) (bool, error) {
	if err := step.check(); err != nil {
		return false, err
	}
	events, err := s.store.CaseEvents(ctx, serial)
	if err != nil {
		return false, err
	}
	if err := s.open(events); err != nil {
		return false, err
	}
	return slices.ContainsFunc(events, func(e Event) bool {
		return e.Version == version && e.Party == OfReviewer && e.Move == step.Move && e.Words == step.Words
	}), nil
}
