package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Limits of sessions of staff where nobody says otherwise (domain.md 8).
const (
	DefaultIdle     = 30 * time.Minute
	DefaultAbsolute = 12 * time.Hour
)

// Places know where halls and departments are.
type Places interface {
	// HallRegion and DepartmentRegion are the region of a hall or department; false when there is none.
	HallRegion(code string) (string, bool)
	DepartmentRegion(code string) (string, bool)
	// HasRegion says whether there is one.
	HasRegion(code string) bool
}

// StaffNeeds are what accounts are made of; zero limits are the defaults.
type StaffNeeds struct {
	Store   StaffStore
	Sealer  *privacy.Sealer
	Blinder *privacy.Blinder
	Places  Places
	Now     func() time.Time
	// Idle ends a session that nobody uses, Absolute every one.
	Idle, Absolute time.Duration
	// WithoutTOTP asks nobody for a second factor that he has not got: for demonstrations only.
	WithoutTOTP bool
}

// StaffService knows the members of staff: accounts, logins, sessions.
type StaffService struct {
	store       StaffStore
	sealer      *privacy.Sealer
	blinder     *privacy.Blinder
	places      Places
	now         func() time.Time
	limits      atomic.Pointer[sessionLimits]
	withoutTOTP bool
}

// NewStaffService makes it.
func NewStaffService(needs StaffNeeds) *StaffService {
	s := &StaffService{
		store: needs.Store, sealer: needs.Sealer, blinder: needs.Blinder, places: needs.Places, now: needs.Now,
		withoutTOTP: needs.WithoutTOTP,
	}
	s.SetLimits(needs.Idle, needs.Absolute)
	return s
}

// sessionLimits are how long a session lasts.
type sessionLimits struct{ idle, absolute time.Duration }

// SetLimits makes sessions end when nobody used them for idle, and all after absolute, those that go on included; zero is the
// default.
func (s *StaffService) SetLimits(idle, absolute time.Duration) {
	s.limits.Store(&sessionLimits{cmp.Or(idle, DefaultIdle), cmp.Or(absolute, DefaultAbsolute)})
}

// over says whether a session has ended by now.
func (l *sessionLimits) over(session *Session, now time.Time) bool {
	return !now.Before(session.BeganAt.Add(l.absolute)) || !now.Before(session.SeenAt.Add(l.idle))
}

// account finds one, with what is sealed in it opened.
func (s *StaffService) account(ctx context.Context, login string) (*Account, error) {
	account, err := s.store.Account(ctx, login)
	if errors.Is(err, ErrNoStaff) {
		return nil, noStaff()
	}
	if err != nil {
		return nil, fmt.Errorf("find an account: %w", err)
	}
	return account, s.openEmail(account)
}

func noStaff() error {
	return fault.NewMissing("没有这个账号，或它不在您的管理范围内")
}

// EmailContext is what an e-mail address is sealed for.
func EmailContext(login string) string { return "staff e-mail:" + login }

// TOTPContext is what a TOTP secret is sealed for.
func TOTPContext(login string) string { return "staff totp:" + login }

func (s *StaffService) openEmail(account *Account) error {
	if account.EmailSealed == nil {
		return nil
	}
	email, err := s.sealer.Open(account.EmailSealed, EmailContext(account.Login))
	if err != nil {
		return fmt.Errorf("open the e-mail address of an account: %w", err)
	}
	account.Email = string(email)
	return nil
}

func (s *StaffService) sealEmail(account *Account, email string) {
	account.Email, account.EmailSealed = email, nil
	if email != "" {
		account.EmailSealed = s.sealer.Seal([]byte(email), EmailContext(account.Login))
	}
}

// verify holds a password against an account's hash; against nobody's, which takes as long, where there is no account.
func verify(account *Account, password string) (bool, error) {
	hash := nobodysHash()
	if account != nil {
		hash = account.PasswordHash
	}
	ok, err := VerifyPassword(hash, password)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return ok && account != nil, nil
}

// Sweep deletes sessions that ended and failures that count no longer.
func (s *StaffService) Sweep(ctx context.Context) error {
	now, limits := s.now(), s.limits.Load()
	return s.store.SweepStaffSessions(ctx, now.Add(-limits.idle), now.Add(-limits.absolute), now.Add(-knownFor))
}
