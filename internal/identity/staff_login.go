package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"golang.org/x/text/width"
)

// Step is what a person still has to do before he may go on.
type Step int

// Steps, in their order.
const (
	Through       Step = iota // nothing
	NeedsSecond               // to give the second factor
	NeedsPassword             // to choose a password instead of the one-time one
	NeedsTOTP                 // to set up a second factor
)

// halfway bounds how long a login may take from the password to the second factor.
const halfway = 10 * time.Minute

// touchEvery is how often a session in use is stored again.
const touchEvery = time.Minute

// Bounds of what a browser says of itself, in characters.
const (
	maxAddress = 64
	maxAgent   = 200
)

// Present is who is there: a session, whose it is, and what is still to be done.
type Present struct {
	Staff   Staff
	Session Session
	Step    Step
	// HasRecovery is how many recovery codes are left.
	HasRecovery int
	token       privacy.Digest
	account     *Account
}

// tokenHash is what a session is kept under.
func (s *StaffService) tokenHash(token string) privacy.Digest {
	return s.blinder.Digest("staff session", token)
}

// refusedLogin is one answer for a login that is not there and a password that is wrong.
func refusedLogin() error { return fault.NewConflict("账号或密码不对，请重新输入") }

// LogIn begins a session and gives its token. The address is where the request comes from, agent what the browser calls itself.
// Whatever is wrong takes as long and reads the same; who guesses has to wait.
func (s *StaffService) LogIn(ctx context.Context, login, password, address, agent string) (token string, err error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if login == "" || password == "" || len(login) > 64 || utf8.RuneCountInString(password) > maxPassword {
		return "", refusedLogin()
	}
	now := s.now()
	known, err := s.store.AttemptKnown(ctx, s.knownKey(login, address), now.Add(-knownFor))
	if err != nil {
		return "", fmt.Errorf("look up a guard: %w", err)
	}
	guards := s.guards(login, address, known)
	wait, err := s.store.CountAttempt(ctx, guards, now) // counted before it is checked: many at once are counted, too
	if err != nil {
		return "", fmt.Errorf("count a login: %w", err)
	}
	if wait > 0 {
		return "", tooMany(wait)
	}
	account, err := s.store.Account(ctx, login)
	if err != nil && !errors.Is(err, ErrNoStaff) {
		return "", fmt.Errorf("find an account: %w", err)
	}
	if account != nil && account.MustChange {
		password = strings.TrimSpace(password) // it was made here, without blanks, and is pasted
	}
	ok, err := verify(account, password)
	if err != nil {
		return "", err
	}
	if !ok {
		entry := audit.Entry{Action: "staff.refused", Object: "staff:unknown"} // what was typed may be a password
		if account != nil {
			entry.Object = object(login)
		}
		if err := s.store.Note(ctx, entry); err != nil {
			return "", fmt.Errorf("note a refused login: %w", err)
		}
		return "", refusedLogin()
	}
	forgiven := append(guards, Guard{Key: s.knownKey(login, address)})
	if err := s.store.ForgiveAttempts(ctx, forgiven, now); err != nil {
		return "", fmt.Errorf("forgive attempts: %w", err)
	}
	if err := refusedState(account); err != nil {
		return "", err
	}
	return s.begin(ctx, account, address, agent, false, "")
}

// refusedState is why an account may not be used; nil for one that may.
func refusedState(account *Account) error {
	switch account.State {
	case Locked:
		return fault.NewConflict("这个账号已被锁定，请联系管理员解锁")
	case Disabled:
		return fault.NewConflict("这个账号已停用，请联系管理员")
	case Active:
	}
	return nil
}

// begin begins a session of an account that may be used; second says that the second factor was given already, how is for the
// audit log.
func (s *StaffService) begin(ctx context.Context, account *Account, address, agent string, second bool, how string) (token string, err error) {
	now := s.now()
	token = rand.Text() + rand.Text()
	session := StoredSession{Token: s.tokenHash(token), Session: Session{
		Login: account.Login, BeganAt: now, SeenAt: now, Address: cutText(address, maxAddress), Agent: cutText(agent, maxAgent), Second: second,
	}}
	entry := audit.Entry{Actor: account.Login, Action: "staff.login", Object: object(account.Login), After: how}
	if err := s.store.BeginStaffSession(ctx, session, entry); err != nil {
		return "", fmt.Errorf("begin a session: %w", err)
	}
	return token, nil
}

func cutText(text string, most int) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// object is an account in the audit log.
func object(login string) string { return "staff:" + login }

// Present gives who a token's session is of; nil for a session that is not there, has ended, or whose account may not be used.
func (s *StaffService) Present(ctx context.Context, token string) (*Present, error) {
	if token == "" || len(token) > 128 {
		return nil, nil //nolint:nilnil // nobody is there, and nothing is wrong
	}
	now, hash := s.now(), s.tokenHash(token)
	session, account, err := s.store.StaffSession(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("find a session: %w", err)
	}
	if session == nil || account.State != Active || s.limits.Load().over(&session.Session, now) {
		return nil, nil //nolint:nilnil // as above
	}
	p := &Present{Session: session.Session, token: hash, account: account, HasRecovery: len(account.Recovery)}
	if p.Step = s.step(session, account); p.Step == NeedsSecond && now.Sub(session.BeganAt) >= halfway {
		return nil, nil //nolint:nilnil // as above
	}
	if now.Sub(session.SeenAt) >= touchEvery {
		session.SeenAt = now
		if err := s.store.ChangeStaffSession(ctx, hash, *session); err != nil {
			return nil, fmt.Errorf("keep a session: %w", err)
		}
	}
	if err := s.openEmail(account); err != nil {
		return nil, err
	}
	p.Staff = account.Staff
	return p, nil
}

// step is what is still to be done.
func (s *StaffService) step(session *StoredSession, account *Account) Step {
	switch {
	case account.TOTPSealed != nil && !session.Second:
		return NeedsSecond
	case account.MustChange:
		return NeedsPassword
	case account.TOTPSealed == nil && account.Role.MustUseTOTP() && !session.Second && !s.withoutTOTP: // a trusted provider asked for it
		return NeedsTOTP
	default:
		return Through
	}
}

// Second takes the second factor, a code of the app or a recovery code, and gives the session a new token.
func (s *StaffService) Second(ctx context.Context, p *Present, code string) (token string, err error) {
	if p.Step != NeedsSecond {
		return "", fault.NewConflict("现在不需要验证码，请回到首页")
	}
	err = s.proveSecond(ctx, p, width.Fold.String(code)) // a Chinese keyboard writes digits of full width, too
	if fault.KindOf(err) == fault.Invalid {
		entry := audit.Entry{Actor: p.Staff.Login, Action: "staff.refused", Object: object(p.Staff.Login), Reason: "密码对，二次验证不对"}
		if err := s.store.Note(ctx, entry); err != nil {
			return "", fmt.Errorf("note a refused second factor: %w", err)
		}
	}
	if err != nil {
		return "", err
	}
	token = rand.Text() + rand.Text()
	session := StoredSession{Session: p.Session, Token: s.tokenHash(token)}
	session.Second, session.SeenAt = true, s.now()
	if err := s.store.ChangeStaffSession(ctx, p.token, session); err != nil {
		return "", fmt.Errorf("keep a session: %w", err)
	}
	return token, nil
}

// proveSecond takes a code: one of the app once, a recovery code for ever.
func (s *StaffService) proveSecond(ctx context.Context, p *Present, code string) error {
	login, now := p.Staff.Login, s.now()
	guard := []Guard{{s.blinder.Digest("attempt second", login), freeOfSecond, true}}
	if wait, err := s.store.CountAttempt(ctx, guard, now); err != nil {
		return fmt.Errorf("count a code: %w", err)
	} else if wait > 0 {
		return tooMany(wait)
	}
	err := s.store.ChangeAccount(ctx, login, func(account *Account) (AccountChange, error) {
		entry := audit.Entry{Actor: login, Action: "staff.second", Object: object(login)}
		if isRecoveryCode(code) {
			if !spend(account, recoveryHash(s.blinder, login, code)) {
				return AccountChange{}, fault.NewInvalid(fault.Violation{Field: "code", Reason: "恢复码不对或已用过，每个只能用一次，请换一个"})
			}
			entry.Action, entry.After = "staff.recovery", fmt.Sprintf("left=%d", len(account.Recovery))
			return AccountChange{Entry: entry}, nil
		}
		secret, err := s.openTOTP(account.Login, account.TOTPSealed)
		if err != nil {
			return AccountChange{}, err
		}
		step, ok := totpStep(secret, code, now, account.TOTPStep)
		if !ok {
			return AccountChange{}, wrongCode()
		}
		account.TOTPStep = step
		return AccountChange{Entry: entry}, nil
	})
	if err != nil {
		return err
	}
	if err := s.store.ForgiveAttempts(ctx, guard, now); err != nil {
		return fmt.Errorf("forgive attempts: %w", err)
	}
	return nil
}

func wrongCode() error {
	return fault.NewInvalid(fault.Violation{Field: "code", Reason: "验证码不对或已用过，请等应用中出现下一个再输入"})
}

// LogOut ends the session.
func (s *StaffService) LogOut(ctx context.Context, p *Present) error {
	entry := audit.Entry{Actor: p.Staff.Login, Action: "staff.logout", Object: object(p.Staff.Login)}
	_, err := s.store.EndStaffSessions(ctx, p.Staff.Login, func(o *StoredSession) bool { return o.Token == p.token }, entry)
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}
