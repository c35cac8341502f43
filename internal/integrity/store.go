package integrity

import (
	"context"
	"time"
)

// Bounds are how far a person sees: RegionFrom <= region < RegionTo, and equal codes; what is empty does not bound.
type Bounds struct{ RegionFrom, RegionTo, Department, Hall string }

// Stored is a finding as it is kept.
type Stored struct {
	Finding // without Reviews
	ID      string
	State   State
	Version int // counts decisions: who decides says which one he has seen
	FoundAt time.Time
}

// Filter is which findings a list shows.
type Filter struct {
	Bounds   Bounds
	State    State // empty is all
	Kind     Kind  // empty is all
	From, To int   // days, yyyymmdd; 0 does not bound
	// Serial is that of a review which the finding is about; empty is all.
	Serial string
}

// Position is a place in a list: newest day first.
type Position struct {
	Day int
	ID  string
}

// Page is which piece of a list: after a position, nil is its beginning.
type Page struct {
	After *Position
	Limit int
}

// MostListed is how many findings a page may hold.
const MostListed = 200

// Position is the finding's place in a list.
func (s *Stored) Position() *Position { return &Position{s.Day, s.ID} }

// ConcernedReview is a review that a finding is about, as the person who judges sees it.
type ConcernedReview struct {
	Serial   string
	Stars    int
	EvalTime time.Time
	ItemName string
	Channel  string
	WorkNo   string
	// Counts says that it is in the figures now, Withdrawn that this finding took it out.
	Counts, Withdrawn bool
}

// Decided is a decision as it was stored.
type Decided struct {
	Version int
	State   State
	Reviews int // that left the figures or came back
	Actor   string
	Reason  string
	At      time.Time
}

// Ruling is what a person decided, to be stored.
type Ruling struct {
	ID      string
	Version int // that the person has seen
	State   State
	// Serials are the reviews that leave the figures when State is Confirmed.
	Serials []string
	Actor   string
	Reason  string
	Bounds  Bounds // the person's
}

// Sealed is a sighting as the store reads it.
type Sealed struct {
	Sighting
	Personal []byte // sealed
}

// After is a place among the reviews of a day.
type After struct {
	At     time.Time
	Serial string
}

// OfficerMarks are all marks of one officer.
type OfficerMarks struct {
	Hall, WorkNo string
	Marks        []Mark
}

// Store keeps what the rules look at, what they found, and what people decided.
type Store interface {
	// ClaimDay takes a day from..to, the newest first, that was never examined, or has another number of reviews that count than it had when it was
	// examined before the moment stale; nobody else gets it before until. 0 when there is none.
	ClaimDay(ctx context.Context, from, to int, now, stale, until time.Time) (day int, reviews int64, err error)
	// DaySightings are the reviews of a day that count, by time of evaluation and serial number, with the day's keyed origin where there is one.
	DaySightings(ctx context.Context, day int, after *After, limit int) ([]Sealed, error)
	// PastOf fills what places had on a Past's days, and the affairs that were completed on the day itself.
	PastOf(ctx context.Context, day int, past *Past) error
	// Officers are whose marks are known.
	Officers(ctx context.Context) (map[Mark][]OfficerMark, error)
	// KeepFindings stores what was found on a day in one durable transaction, and that the day was examined with so many reviews: a finding that is
	// there already and open is brought up to date, one that was decided about stays as it is.
	KeepFindings(ctx context.Context, day int, reviews int64, findings []Finding, at time.Time) error
	// SweepOrigins deletes origins of reviews that were received before a moment, at most so many, and says how many.
	SweepOrigins(ctx context.Context, before time.Time, most int) (deleted int, err error)

	// Findings lists findings; CountFindings counts them up to most.
	Findings(ctx context.Context, filter Filter, page Page) ([]Stored, error)
	CountFindings(ctx context.Context, filter Filter, most int) (int, error)
	// Finding is one with its reviews and the decisions about it, first to last; fault.Missing when there is none within the bounds.
	Finding(ctx context.Context, id string, bounds Bounds) (Stored, []ConcernedReview, []Decided, error)
	// RuleFinding stores a decision in one durable transaction with its entry in the audit chain: reviews leave the figures with a confirmation and
	// come back when it is taken back. It is a fault.Conflict when there is a later decision than the one the person has seen.
	RuleFinding(ctx context.Context, ruling Ruling) error
	// SetOfficerMarks replaces the marks of officers, in one transaction with its entry in the audit chain; CountOfficerMarks says how many officers of
	// each hall have any.
	SetOfficerMarks(ctx context.Context, officers []OfficerMarks) error
	CountOfficerMarks(ctx context.Context) (map[string]int, error)
}
