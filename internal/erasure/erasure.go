// Package erasure takes personal data out of what is stored (PIPL, domain.md 8): when a set time is over, and when a person asks for
// it. Reviews, their stars, tags and places stay, and so do all figures and the keys by which the same can't be said twice.
package erasure

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
)

// Kind is by what a person is found.
type Kind string

// Kinds of a number.
const (
	Certificate Kind = "certificate"
	Phone       Kind = "phone"
)

// State is how far a request is.
type State int

// States, in order; Dropped in place of Erasing, Aside in place of Searching.
const (
	Searching State = iota // records are looked through
	Found                  // waits for somebody to confirm
	Erasing
	Done
	Dropped
	Aside // its number does not open: it waits for its key, or for somebody to drop it
)

// Stage is a table that holds personal data.
type Stage int

// Stages, in order. What hangs on a review (its case, evidence, receipt) is erased with it.
const (
	Reviews Stage = iota
	Affairs
	Rejected
	Stages
)

// Request is a person's wish to be forgotten, entered by a member of staff.
type Request struct {
	ID     string
	Login  string // who entered it
	Kind   Kind
	Wanted []byte // the number, sealed for Context; empty once it is not needed
	Reason string
	State  State
	Stage  Stage // where the search is
	// How many of each were found, and are erased when it is done.
	Reviews, Affairs, Rejected, Cases int
	// Unread is how many records did not open and are not among them: they may be about the person, and are not erased.
	Unread    int
	At, Ended time.Time // Ended is zero while it goes on
	Version   int
}

// Ready says whether it waits for a confirmation.
func (r Request) Ready() bool { return r.State == Found }

// Total is how many records were found.
func (r Request) Total() int { return r.Reviews + r.Affairs + r.Rejected }

// Context is what the number of a request is sealed for.
func Context(id string) string { return "erasure:" + id }

// Candidate is a record that may be about a person.
type Candidate struct {
	Stage  Stage
	Key    string // its serial number; of a rejected row the key
	Source string // of a rejected row
	Sealed []byte
	// Person and Certificate are the blind indexes; empty where there is none.
	Person, Certificate []byte
}

// Match says whether a record is about the person who is looked for; unread that nobody can tell, for it does not open.
type Match func(*Candidate) (about, unread bool)

// Receipt is the key by which the receipt of a review is found.
type Receipt func(serial string) privacy.Digest

// Store keeps requests and does the work in short transactions, each with how far it has come: it goes on after a crash, in whichever
// process.
type Store interface {
	// AddErasure keeps a request with its entry in the audit chain.
	AddErasure(ctx context.Context, r Request) error
	// Erasures are requests, newest first, those before a moment and id; limit at most 1000.
	Erasures(ctx context.Context, before string, limit int) ([]Request, error)
	// Erasure is one request; fault.Missing when there is none.
	Erasure(ctx context.Context, id string) (Request, error)
	// DecideErasure moves a request that was found on to Erasing or Dropped, one that is aside to Dropped, with its entry in the audit
	// chain. fault.Conflict when it is not the version that was seen.
	DecideErasure(ctx context.Context, id string, version int, to State) error
	// ExpireErasures drops requests that were found before a moment, and that nobody confirmed.
	ExpireErasures(ctx context.Context, before time.Time) error
	// NextErasure is the oldest request that is erasing, or searching and none of those that are left to others.
	NextErasure(ctx context.Context, left []string) (r Request, there bool, err error)
	// SetErasureAside sets a request that is searching aside; without aside it is searching again, where it was.
	SetErasureAside(ctx context.Context, id string, aside bool) error
	// AsideErasures are requests that are aside, oldest first, at most 100.
	AsideErasures(ctx context.Context) ([]Request, error)
	// SearchErasure looks through the next piece of records for a request, and puts into it how it stands then.
	SearchErasure(ctx context.Context, r *Request, match Match) error
	// EraseFound erases the next piece of what a request found; its last one notes in the audit chain that it is done.
	EraseFound(ctx context.Context, r *Request, receipt Receipt) error
	// EraseOld erases the next piece of what came in before a moment, and begins anew when the last look through all records began
	// more than every ago. Reviews whose case is open wait for its end.
	EraseOld(ctx context.Context, before time.Time, every time.Duration, receipt Receipt) (going bool, err error)
}
