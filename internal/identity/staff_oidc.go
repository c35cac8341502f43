package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
)

// DefaultLoginClaim is the claim that names an account where nobody says otherwise.
const DefaultLoginClaim = "preferred_username"

// StaffOIDCSettings say where members of staff log in instead of by a password.
type StaffOIDCSettings struct {
	// Issuer, ClientID, ClientSecret and RedirectURL are as OIDCSettings'.
	Issuer, ClientID, ClientSecret, RedirectURL string
	// LoginClaim is the claim that names an account, letter by letter; empty is DefaultLoginClaim. It must be one that people can't
	// change themselves.
	LoginClaim string
	// TrustMFA takes the provider's word, amr mfa or otp in its id token, for the second factor.
	TrustMFA bool
}

// StaffOIDC logs members of staff in at a provider. It makes no accounts.
type StaffOIDC struct {
	staff    *StaffService
	oidc     *OIDC
	claim    string
	trustMFA bool
}

// NewStaffOIDC makes the login into the accounts of staff; calls under way end with ctx.
func NewStaffOIDC(ctx context.Context, staff *StaffService, settings StaffOIDCSettings) (*StaffOIDC, error) {
	o, err := NewOIDC(ctx, OIDCSettings{
		Issuer: settings.Issuer, ClientID: settings.ClientID, ClientSecret: settings.ClientSecret, RedirectURL: settings.RedirectURL,
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile},
	})
	if err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	claim := settings.LoginClaim
	if claim == "" {
		claim = DefaultLoginClaim
	}
	return &StaffOIDC{staff: staff, oidc: o, claim: claim, trustMFA: settings.TrustMFA}, nil
}

// AttemptLife is how long a login may take from Begin to Finish.
const AttemptLife = 10 * time.Minute

// staffAttempt is a login under way.
type staffAttempt struct {
	Login
	At int64 // seconds
}

const attemptContext = "staff login at a provider"

// Begin starts a login: the person goes to address, and attempt, which is sealed, is kept by his browser until he comes back.
func (o *StaffOIDC) Begin(ctx context.Context) (attempt, address string, err error) {
	login, address, err := o.oidc.Begin(ctx)
	if err != nil {
		return "", "", inWords(err)
	}
	plain, err := json.Marshal(staffAttempt{login, o.staff.now().Unix()})
	if err != nil {
		return "", "", fmt.Errorf("keep a login: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(o.staff.sealer.Seal(plain, attemptContext)), address, nil
}

// open gives the login of an attempt; an empty one, which finishes nothing, when it is not ours or took too long.
func (o *StaffOIDC) open(attempt string) Login {
	sealed, err := base64.RawURLEncoding.DecodeString(attempt)
	if err != nil {
		return Login{}
	}
	plain, err := o.staff.sealer.Open(sealed, attemptContext)
	if err != nil {
		return Login{}
	}
	var kept staffAttempt
	if err := json.Unmarshal(plain, &kept); err != nil || o.staff.now().Sub(time.Unix(kept.At, 0)) >= AttemptLife {
		return Login{}
	}
	return kept.Login
}

// Finish ends the login with the query that the person came back with, and begins a session as LogIn does. Who has no account
// that may be used is refused, and the audit log notes it. What is still to be done, such as the second factor, Present says.
func (o *StaffOIDC) Finish(ctx context.Context, attempt string, query url.Values, address, agent string) (token string, err error) {
	said, err := o.oidc.answer(ctx, o.open(attempt), query, []string{o.claim})
	if err != nil {
		return "", inWords(err)
	}
	login, err := said.text(o.claim, 64)
	if err == nil && login == "" {
		err = fmt.Errorf("claim %s is missing", o.claim)
	}
	if err != nil {
		return "", because(fault.NewConflict("统一身份认证没有给出可用的账号名，请告诉技术人员，或用账号和密码登录"), err)
	}
	account, err := o.staff.store.Account(ctx, login)
	if errors.Is(err, ErrNoStaff) { // what the claim says may be personal
		return "", o.refuse(ctx, "staff:unknown", fault.NewConflict("您在统一身份认证的账号没有对应的管理后台账号，请联系管理员开通"))
	}
	if err != nil {
		return "", fmt.Errorf("find an account: %w", err)
	}
	if err := refusedState(account); err != nil {
		return "", o.refuse(ctx, object(account.Login), err)
	}
	second := o.trustMFA && (slices.Contains(said.methods, "mfa") || slices.Contains(said.methods, "otp"))
	how := "by=oidc"
	if second {
		how += " mfa=trusted"
	}
	return o.staff.begin(ctx, account, address, agent, second, how)
}

// refuse notes a login that is refused, and gives why.
func (o *StaffOIDC) refuse(ctx context.Context, object string, why error) error {
	if err := o.staff.store.Note(ctx, audit.Entry{Action: "staff.refused", Object: object, After: "by=oidc"}); err != nil {
		return fmt.Errorf("note a refused login: %w", err)
	}
	return why
}

// inWords says to a member of staff what the login's faults say to a citizen at a QR code. The cause stays.
func inWords(err error) error {
	switch fault.KindOf(err) {
	case fault.Untrusted:
		return because(&fault.Error{Kind: fault.Untrusted, Message: "登录没有完成，请重新登录"}, err)
	case fault.Conflict:
		return because(fault.NewConflict("您已取消登录"), err)
	case fault.Unavailable:
		return because(fault.NewUnavailable("统一身份认证暂时无法使用，请稍后再试，或用账号和密码登录", 5*time.Second, nil), err)
	default:
		return err
	}
}
