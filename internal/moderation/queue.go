package moderation

import (
	"context"
	"time"
)

// Bounds are how far a person sees: RegionFrom <= region < RegionTo, and equal codes; what is empty does not bound.
type Bounds struct{ RegionFrom, RegionTo, Department, Hall string }

// Filter is which remarks a list shows. Remarks of withdrawn reviews are in none.
type Filter struct {
	State    State // Waiting, Masked, Withheld or Unchecked; what is public as it is is in no list
	Bounds   Bounds
	Stars    int       // 0 is all
	From, To time.Time // received, From <= at < To; zero does not bound
}

// Position is a place in a list.
type Position struct {
	ReceivedAt time.Time
	Serial     string
}

// Page is which piece of a list: after a position, nil is its beginning. Who waits longest stands first; of the others what came last.
type Page struct {
	After *Position
	Limit int
}

// MostListed is how many remarks a page may hold.
const MostListed = 200

// Item is a review as moderation sees it.
type Item struct {
	Serial         string
	EntityCode     string
	ItemName       string
	Stars          int
	RegionCode     string
	DepartmentCode string
	HallCode       string
	EvalTime       time.Time
	ReceivedAt     time.Time
	Publication    Publication
	// Version counts the decisions of persons: who decides says which one he has seen.
	Version int
	// Remark is all that was said, and Findings what is in it now; neither belongs on a page as it is, see Pieces.
	Remark   string
	Findings []Finding
	// Unreadable says that what was said can't be opened.
	Unreadable bool
}

// Position is the item's place in a list.
func (i *Item) Position() *Position { return &Position{i.ReceivedAt, i.Serial} }

// Piece is a part of a remark as a person who decides sees it.
type Piece struct {
	Text string // masked where it identifies somebody
	Kind Kind   // 0 for a part in which nothing was found
	Span Span
	// Masked says that the public does not see it, or would not if the remark were published as it is proposed.
	Masked bool
}

// Listed says that it is of a word of the list.
func (p Piece) Listed() bool { return p.Kind == Word }

// Pieces are the remark in order, with what identifies somebody masked and the words of the list in the clear.
func (i *Item) Pieces() []Piece {
	runes := []rune(i.Remark)
	kinds, masked := make([]Kind, len(runes)), make([]bool, len(runes))
	for _, f := range i.Findings {
		for n := f.From; n < f.To; n++ {
			if kinds[n] == 0 || kinds[n] == Word { // a number within a word stays hidden
				kinds[n] = f.Kind
			}
		}
	}
	for _, span := range i.Publication.Spans {
		for n := span.From; n < min(span.To, len(runes)); n++ {
			masked[n] = true
		}
	}
	var pieces []Piece
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && kinds[to] == kinds[from] && masked[to] == masked[from] {
			to++
		}
		piece := Piece{Text: string(runes[from:to]), Kind: kinds[from], Span: Span{from, to}, Masked: masked[from]}
		if piece.Kind != 0 && piece.Kind != Word {
			piece.Text = (Spans{{0, to - from}}).Mask(piece.Text)
		}
		pieces = append(pieces, piece)
		from = to
	}
	return pieces
}

// Row is an item still sealed.
type Row struct {
	Item
	Sealed []byte
}

// Settled is what the rules say about a remark that no person has decided about.
type Settled struct {
	Serial   string
	From, To Publication
	// Heard says that something was said at all: what the public sees may change.
	Heard bool
}

// Ruling is what a person decided, to be stored.
type Ruling struct {
	Serial      string
	Version     int // that the person has seen
	Publication Publication
	Actor       string // login
	Reason      string
	Bounds      Bounds // the person's
}

// Decided is a decision as it was stored.
type Decided struct {
	Version     int
	Publication Publication
	Actor       string
	Reason      string
	At          time.Time
}

// WordList is a version of the list.
type WordList struct {
	Version int
	Note    string
	Actor   string
	At      time.Time // zero for version 0, the program's own
	Active  bool
	Text    string // of one that was asked for by its version
}

// Store keeps what was decided.
type Store interface {
	// ModerationList lists remarks by a filter.
	ModerationList(ctx context.Context, filter Filter, page Page) ([]Row, error)
	// ModerationCount counts them, up to most.
	ModerationCount(ctx context.Context, filter Filter, most int) (int, error)
	// ModerationItem is one of them in any state; fault.Missing when there is none within the bounds.
	ModerationItem(ctx context.Context, serial string, bounds Bounds) (Row, error)
	// ModerationDecisions are the decisions about one, first to last.
	ModerationDecisions(ctx context.Context, serial string) ([]Decided, error)
	// Rule stores a person's decision in one durable transaction with its entry in the audit chain. It is a fault.Conflict
	// when there is a later decision than the one the person has seen, a fault.Missing when there is no such review within his bounds.
	Rule(ctx context.Context, ruling Ruling) error
	// Undecided are remarks in a state, Unchecked or Waiting, about which no person has decided, oldest first.
	Undecided(ctx context.Context, state State, page Page) ([]Row, error)
	// Public are remarks that were made public as they are or masked, also by persons, by serial number, after one; reviews with
	// nothing said and such as do not count yet are among them.
	Public(ctx context.Context, after string, limit int) ([]Row, error)
	// Settle stores what the rules say, where it still is as From says and no person has decided.
	Settle(ctx context.Context, settled []Settled) error

	// WordLists are all versions but 0, last first, without their texts.
	WordLists(ctx context.Context) ([]WordList, error)
	// WordList is one with its text; fault.Missing when there is none.
	WordList(ctx context.Context, version int) (WordList, error)
	// AddWordList stores a new version and gives its number.
	AddWordList(ctx context.Context, list WordList) (version int, err error)
	// ActiveWords says which version counts and by which the waiting ones were checked last.
	ActiveWords(ctx context.Context) (version, rechecked int, err error)
	// ActivateWords makes a version count; fault.Missing when there is none.
	ActivateWords(ctx context.Context, version int) error
	// Rechecked notes that the waiting ones were checked by a version.
	Rechecked(ctx context.Context, version int) error
}
