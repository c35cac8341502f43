package identity

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"golang.org/x/text/width"
)

// ChangePassword gives a person another password; his other sessions end. In place of a one-time password the old one need not
// be given again.
func (s *StaffService) ChangePassword(ctx context.Context, p *Present, old, chosen, again string) error {
	if p.Step == NeedsSecond {
		return fault.NewConflict("请先输入验证码")
	}
	var violations []fault.Violation
	add := func(field, reason string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason})
	}
	if p.Step != NeedsPassword {
		if err := s.provePassword(ctx, p, old); err != nil {
			return err
		}
	}
	if reason := passwordFault(chosen, p.Staff.Login, p.Staff.Name, p.Staff.WorkNo); reason != "" {
		add("password", reason)
	} else if same, err := verify(p.account, chosen); err != nil {
		return err
	} else if same {
		add("password", "新密码要和现在的不同")
	}
	if chosen != again {
		add("again", "两次输入的密码不一样，请重新输入")
	}
	if violations != nil {
		return fault.NewInvalid(violations...)
	}
	hash, login := HashPassword(chosen), p.Staff.Login
	return s.store.ChangeAccount(ctx, login, func(account *Account) (AccountChange, error) {
		account.PasswordHash, account.MustChange = hash, false
		return AccountChange{Entry: audit.Entry{Actor: login, Action: "staff.password", Object: object(login)}, EndSessions: true, Keep: p.token}, nil
	})
}

// provePassword wants a person's own password again; guessing it has to wait, and is noted, as at the login.
func (s *StaffService) provePassword(ctx context.Context, p *Present, password string) error {
	guard, now := []Guard{{s.blinder.Digest("attempt own", p.Staff.Login), freeOfPair, true}}, s.now()
	if wait, err := s.store.CountAttempt(ctx, guard, now); err != nil {
		return fmt.Errorf("count a password: %w", err)
	} else if wait > 0 {
		return tooMany(wait)
	}
	ok, err := verify(p.account, password)
	if err != nil {
		return err
	}
	if !ok {
		entry := audit.Entry{Actor: p.Staff.Login, Action: "staff.unproven", Object: object(p.Staff.Login)}
		if err := s.store.Note(ctx, entry); err != nil {
			return fmt.Errorf("note a wrong password: %w", err)
		}
		return fault.NewInvalid(fault.Violation{Field: "old", Reason: "现在的密码不对，请重新输入"})
	}
	if err := s.store.ForgiveAttempts(ctx, guard, now); err != nil {
		return fmt.Errorf("forgive attempts: %w", err)
	}
	return nil
}

// openTOTP opens a sealed secret.
func (s *StaffService) openTOTP(login string, sealed []byte) (string, error) {
	if sealed == nil {
		return "", fault.NewConflict("还没有设置二次验证")
	}
	secret, err := s.sealer.Open(sealed, TOTPContext(login))
	if err != nil {
		return "", fmt.Errorf("open a second factor: %w", err)
	}
	return string(secret), nil
}

// BeginTOTP gives the secret that a person is to put into his app, and the address that its QR code holds. It stays the same until
// it is confirmed. Whoever has a second factor keeps it until then.
func (s *StaffService) BeginTOTP(ctx context.Context, p *Present) (secret, address string, err error) {
	if p.Step == NeedsSecond || p.Step == NeedsPassword {
		return "", "", fault.NewConflict("请先完成登录")
	}
	login := p.Staff.Login
	if p.account.PendingSealed != nil {
		secret, err = s.openTOTP(login, p.account.PendingSealed)
		return secret, totpAddress(login, secret), err
	}
	secret = newTOTPSecret()
	sealed := s.sealer.Seal([]byte(secret), TOTPContext(login))
	err = s.store.ChangeAccount(ctx, login, func(account *Account) (AccountChange, error) {
		account.PendingSealed = sealed
		return AccountChange{Entry: audit.Entry{Actor: login, Action: "staff.totp-begun", Object: object(login)}}, nil
	})
	return secret, totpAddress(login, secret), err
}

// ConfirmTOTP makes the secret that BeginTOTP gave the second factor, when the app's code proves that it is there, and gives new
// recovery codes, which are told this once. Who has a second factor already must give his password, too.
func (s *StaffService) ConfirmTOTP(ctx context.Context, p *Present, password, code string) (recovery []string, err error) {
	if p.Step == NeedsSecond || p.Step == NeedsPassword {
		return nil, fault.NewConflict("请先完成登录")
	}
	if p.account.TOTPSealed != nil {
		if err := s.provePassword(ctx, p, password); err != nil {
			return nil, err
		}
	}
	login, now := p.Staff.Login, s.now()
	code = width.Fold.String(code)
	recovery = newRecoveryCodes()
	err = s.store.ChangeAccount(ctx, login, func(account *Account) (AccountChange, error) {
		secret, err := s.openTOTP(login, account.PendingSealed)
		if err != nil {
			return AccountChange{}, err
		}
		step, ok := totpStep(secret, code, now, 0)
		if !ok {
			return AccountChange{}, fault.NewInvalid(fault.Violation{Field: "code", Reason: "验证码不对：请核对手机的时间，输入应用中现在显示的6位数字"})
		}
		account.TOTPSealed, account.PendingSealed, account.TOTPStep, account.TOTP = account.PendingSealed, nil, step, true
		account.Recovery = s.hashes(login, recovery)
		return AccountChange{Entry: audit.Entry{Actor: login, Action: "staff.totp", Object: object(login)}, EndSessions: true, Keep: p.token}, nil
	})
	if err != nil {
		return nil, err
	}
	session := StoredSession{Session: p.Session, Token: p.token}
	session.Second = true
	if err := s.store.ChangeStaffSession(ctx, p.token, session); err != nil {
		return nil, fmt.Errorf("keep a session: %w", err)
	}
	return recovery, nil
}

// NewRecovery gives new recovery codes in place of those that were left.
func (s *StaffService) NewRecovery(ctx context.Context, p *Present, password string) (recovery []string, err error) {
	if p.Step != Through || p.account.TOTPSealed == nil {
		return nil, fault.NewConflict("还没有设置二次验证")
	}
	if err := s.provePassword(ctx, p, password); err != nil {
		return nil, err
	}
	login := p.Staff.Login
	recovery = newRecoveryCodes()
	err = s.store.ChangeAccount(ctx, login, func(account *Account) (AccountChange, error) {
		account.Recovery = s.hashes(login, recovery)
		return AccountChange{Entry: audit.Entry{Actor: login, Action: "staff.recovery-new", Object: object(login)}}, nil
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

func (s *StaffService) hashes(login string, codes []string) (hashes [][]byte) {
	for _, code := range codes {
		hashes = append(hashes, recoveryHash(s.blinder, login, code))
	}
	return hashes
}

// spend takes a recovery code away; false when there is no such one.
func spend(account *Account, hash []byte) bool {
	i := slices.IndexFunc(account.Recovery, func(kept []byte) bool { return bytes.Equal(kept, hash) })
	if i >= 0 {
		account.Recovery = slices.Delete(account.Recovery, i, i+1)
	}
	return i >= 0
}

// ListedSession is a session in a list.
type ListedSession struct {
	Session
	// ID names it in forms; it is no token.
	ID   string
	Here bool // the one that asks
}

// sessions are those of a login that have not ended, the newest first; here is the one that asks.
func (s *StaffService) sessions(ctx context.Context, login string, here privacy.Digest) (listed []ListedSession, err error) {
	stored, err := s.store.StaffSessions(ctx, login)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	now := s.now()
	for _, session := range stored {
		if s.live(&session, now) {
			listed = append(listed, ListedSession{session.Session, sessionID(session.Token), session.Token == here})
		}
	}
	return listed, nil
}

func (s *StaffService) live(session *StoredSession, now time.Time) bool {
	return !s.limits.Load().over(&session.Session, now)
}

func sessionID(token privacy.Digest) string { return hex.EncodeToString(token[:8]) }

// OwnSessions are a person's own.
func (s *StaffService) OwnSessions(ctx context.Context, p *Present) ([]ListedSession, error) {
	return s.sessions(ctx, p.Staff.Login, p.token)
}

// EndOwnSession ends one of a person's own, or all others when id is empty.
func (s *StaffService) EndOwnSession(ctx context.Context, p *Present, id string) error {
	login := p.Staff.Login
	entry := audit.Entry{Actor: login, Action: "staff.session-ended", Object: object(login)}
	_, err := s.store.EndStaffSessions(ctx, login, func(o *StoredSession) bool {
		return o.Token != p.token && (id == "" || sessionID(o.Token) == id)
	}, entry)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}
