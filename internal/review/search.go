package review

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/moderation"
)

// Validity is stored: whether a review counts.
type Validity int

// A review counts, or nothing vouches for its affair yet (待核验), or it was withdrawn. The numbers are the store's.
const (
	Counting   Validity = 1
	Unverified Validity = 2
	Withdrawn  Validity = 3
)

// Query asks for stored reviews as staff look for them, newest first by time of evaluation, then by serial number. What is empty
// does not bound.
type Query struct {
	// Bounds of the person who asks, and of what he chose: RegionFrom <= region < RegionTo, and equal codes.
	RegionFrom, RegionTo, Department, Hall, Window string
	Stars                                          int  // 1..5
	Bad                                            bool // 1 and 2 stars
	Tag, Entity, Channel, App                      string
	Validity                                       Validity
	// Orphan asks for reviews of affairs that are not known (yet), Doubtful for those whose data is (see Flag).
	Orphan, Doubtful bool
	// Number is a review's serial number, or the number of an affair or work order.
	Number   string
	From, To time.Time // From <= time of evaluation < To
	After    *Position // older than this one
	Limit    int
	// Read is how many entries of indexes are read before it comes back with what it has; 0 is MostRead.
	Read int
}

// Found is a stored review, still sealed.
type Found struct {
	Facts
	Serial      string
	Region      string // where it counts
	Validity    Validity
	Flags       Flag
	ReceivedAt  time.Time
	Publication moderation.Publication
	Sealed      []byte
}

// Position is the review's place in a list.
func (f *Found) Position() *Position { return &Position{f.EvalTime, f.Serial} }

// FoundPage is a piece of a search. A search of what no index knows reads a bounded number of reviews at a time: then it may come
// back with fewer than were asked for, or with none, and say where to go on.
type FoundPage struct {
	Found []Found
	// Next is after which one to go on; nil at the end.
	Next *Position
	// Cut says that it stopped reading before it had found as many as were asked for.
	Cut bool
}

// SearchStore finds reviews for staff.
type SearchStore interface {
	// SearchReviews gives a page of a search. Every search walks an index in order.
	SearchReviews(ctx context.Context, q Query) (FoundPage, error)
	// FindReview is one review, withdrawn or not; false when there is none.
	FindReview(ctx context.Context, serial string) (Found, bool, error)
}

// MostRead is how many entries of indexes a search reads before it comes back with what it has.
const MostRead = 20_000
