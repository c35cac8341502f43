package identity

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/privacy"
)

// StaffStore keeps accounts, their sessions, and how often somebody failed. What takes an entry writes it to the audit log in
// the same transaction.
type StaffStore interface {
	// CreateAccount adds an account; ErrLoginTaken when there is one.
	CreateAccount(ctx context.Context, account Account, entry audit.Entry) error
	// Account finds one; ErrNoStaff.
	Account(ctx context.Context, login string) (*Account, error)
	// ChangeAccount changes one in a transaction of its own, in which nobody else changes it; ErrNoStaff. An error of change leaves
	// everything as it was and is given as it is. change has no outside effect: it may run again.
	ChangeAccount(ctx context.Context, login string, change func(*Account) (AccountChange, error)) error
	// Staff lists accounts by login, after one.
	Staff(ctx context.Context, filter StaffFilter, after string, limit int) ([]Staff, error)

	// BeginStaffSession adds a session and notes it.
	BeginStaffSession(ctx context.Context, session StoredSession, entry audit.Entry) error
	// StaffSession finds a session by its token's hash and whose it is; nil, nil for one that is not there.
	StaffSession(ctx context.Context, token privacy.Digest) (*StoredSession, *Account, error)
	// ChangeStaffSession stores a session under a new token's hash, or the same.
	ChangeStaffSession(ctx context.Context, token privacy.Digest, session StoredSession) error
	// StaffSessions are those of a login, the newest first.
	StaffSessions(ctx context.Context, login string) ([]StoredSession, error)
	// EndStaffSessions ends those of a login that end says, and gives how many.
	EndStaffSessions(ctx context.Context, login string, end func(*StoredSession) bool, entry audit.Entry) (int, error)
	// SweepStaffSessions deletes what nobody has used since seen, what began before began, and attempts before attempts.
	SweepStaffSessions(ctx context.Context, seen, began, attempts time.Time) error

	// CountAttempt counts one failure under every guard, unless one of them has to wait: then it counts nothing and says how long.
	CountAttempt(ctx context.Context, guards []Guard, now time.Time) (wait time.Duration, err error)
	// ForgiveAttempts takes back what one attempt counted: guards that forget are set to nothing.
	ForgiveAttempts(ctx context.Context, guards []Guard, now time.Time) error
	// AttemptKnown says whether a guard was remembered since.
	AttemptKnown(ctx context.Context, key privacy.Digest, since time.Time) (bool, error)

	// Note writes to the audit log what changed nothing.
	Note(ctx context.Context, entry audit.Entry) error
}

// AccountChange is what a change is to the audit log, and whether sessions end with it.
type AccountChange struct {
	Entry audit.Entry
	// EndSessions ends all sessions but Keep.
	EndSessions bool
	Keep        privacy.Digest
}

// StaffFilter bounds a list of accounts; empty fields do not.
type StaffFilter struct {
	Bounds Bounds
	Role   Role
	State  State
	// Text is part of a login or a name.
	Text string
}

// StoredSession is a session as the database holds it.
type StoredSession struct {
	Session
	Token privacy.Digest // of the cookie's token
}

// Session is a login that goes on.
type Session struct {
	Login   string
	BeganAt time.Time
	SeenAt  time.Time // to the minute
	Address string    // at most 64 characters
	Agent   string    // the browser as it calls itself, at most 200 characters
	Second  bool      // the second factor was given
}
