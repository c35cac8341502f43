package identity

import (
	"errors"
	"time"
)

// State is whether an account may be used. Its text is what the database holds.
type State string

// States of accounts.
const (
	Active   State = "active"
	Locked   State = "locked"   // by an administrator, for now
	Disabled State = "disabled" // for good: the person has left; the account stays for the audit
)

// Staff is a member of staff as the rest of the program knows him.
type Staff struct {
	Login string // 3 to 32 small letters, digits, '.', '_' and '-'
	Name  string // at most 50 characters
	Role  Role
	Scope
	// Seat is the region that the account is for, or that its unit is in; empty for everywhere. It says who may manage it.
	Seat   string
	WorkNo string // of the officer that he is, so that he never handles reviews of himself; may be empty
	Email  string // may be empty; sealed at rest
	State  State
	TOTP   bool // has a second factor
	// MustChange says that the password is a one-time one.
	MustChange bool
	CreatedAt  time.Time
	LastLogin  time.Time // zero: never
	// Version grows with every change by an administrator.
	Version int
}

// May says whether he may do it at all; whether to a certain thing, Covers says.
func (s *Staff) May(action Action) bool { return s.State == Active && s.Role.May(action) }

// Account is a member of staff with what proves that it is he; it does not leave identity and the store.
type Account struct {
	Staff
	PasswordHash string // see HashPassword
	EmailSealed  []byte
	TOTPSealed   []byte // nil: none
	// PendingSealed is a TOTP secret that was shown and not confirmed yet; nil: none.
	PendingSealed []byte
	// TOTPStep is the last time step that was used to log in: no code serves twice.
	TOTPStep int64
	// Recovery are keyed hashes of codes that stand in for the second factor, once each.
	Recovery [][]byte
}

// What a store says about accounts.
var (
	// ErrLoginTaken is an account to be created whose login there is already.
	ErrLoginTaken = errors.New("login is taken")
	// ErrNoStaff is an account that is not there.
	ErrNoStaff = errors.New("no such account")
)
