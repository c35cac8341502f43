package audit

import "time"

// Query asks for links, newest first. Empty fields ask for all.
type Query struct {
	Actor, Action, Object string // exactly
	// From and To bound when: From <= at < To.
	From, To time.Time
	// Before is where the page before ended: links older than it. Nil is the newest ones.
	Before *Position
	// Limit is how many at most, 1 to MaxPage.
	Limit int
}

// MaxPage is the most links a search gives.
const MaxPage = 1000

// Position is where a link lies in the order of a search.
type Position struct {
	At     time.Time
	Number int64
}
