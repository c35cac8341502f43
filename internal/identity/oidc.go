package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDCSettings say where people log in.
type OIDCSettings struct {
	// Issuer is the provider's address, exactly as it names itself: https, or http on this machine.
	Issuer string
	// ClientID and ClientSecret are what the provider gave us; a public client has no secret.
	ClientID     string
	ClientSecret string
	// RedirectURL is our own address that the provider sends people back to; AfterLogoutURL, if set, the same after a logout.
	// Both must be registered with the provider.
	RedirectURL    string
	AfterLogoutURL string
	// Scopes are asked for; none is openid, profile and phone.
	Scopes []string
	Claims Claims
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// check reports everything that is wrong, joined.
func (s *OIDCSettings) check() error {
	var faults []error
	if err := checkAddress(s.Issuer); err != nil {
		faults = append(faults, fmt.Errorf("issuer %w", err))
	} else if strings.ContainsAny(s.Issuer, "?#") {
		faults = append(faults, errors.New("issuer must have no query and no fragment"))
	}
	if s.ClientID == "" {
		faults = append(faults, errors.New("client id is missing"))
	}
	for _, ours := range []struct{ name, address string }{{"redirect", s.RedirectURL}, {"after logout", s.AfterLogoutURL}} {
		if ours.address == "" && ours.name != "redirect" {
			continue
		}
		if parsed, err := url.Parse(ours.address); err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
			faults = append(faults, fmt.Errorf("%s address must be http or https", ours.name))
		}
	}
	return errors.Join(faults...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Bounds of a login.
const (
	clockLeeway   = time.Minute      // between the provider's clock and ours
	finishTimeout = 15 * time.Second // all calls of Finish together
	logoutTimeout = 2 * time.Second  // a logout does not wait for a provider that is gone
)

// Login is a login under way: what must be remembered between Begin and Finish, for this browser only.
type Login struct {
	State    string // comes back in the address
	Nonce    string // comes back in the id token
	Verifier string // proves to the provider that we began it (PKCE)
}

// OIDC logs people in at a provider: citizens, and staff by StaffOIDC.
type OIDC struct {
	settings  OIDCSettings
	client    *http.Client
	directory *directory
}

// NewOIDC makes the login. Nothing is asked of the provider before somebody logs in, so that it may be down at start.
// Calls under way end with ctx.
func NewOIDC(ctx context.Context, settings OIDCSettings) (*OIDC, error) {
	if err := settings.check(); err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	settings.Claims = settings.Claims.withDefaults()
	if len(settings.Scopes) == 0 {
		settings.Scopes = []string{oidc.ScopeOpenID, oidc.ScopeProfile, "phone"}
	}
	if settings.Now == nil {
		settings.Now = time.Now
	}
	client := newClient()
	return &OIDC{
		settings: settings, client: client,
		directory: &directory{issuer: settings.Issuer, client: client, life: ctx},
	}, nil
}

// Begin starts a login: the person goes to address, and Login must be kept until he comes back.
func (o *OIDC) Begin(ctx context.Context) (login Login, address string, err error) {
	p, err := o.directory.get(ctx)
	if err != nil {
		return Login{}, "", later(err)
	}
	login = Login{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return login, o.config(p).AuthCodeURL(login.State, oidc.Nonce(login.Nonce), oauth2.S256ChallengeOption(login.Verifier)), nil
}

// Finish ends the login with the query that the person came back with. Its errors are faults with words for him, or internal.
func (o *OIDC) Finish(ctx context.Context, login Login, query url.Values) (Citizen, error) {
	said, err := o.answer(ctx, login, query, o.settings.Claims.names())
	if err != nil {
		return Citizen{}, err
	}
	citizen, err := said.citizen(o.settings.Claims)
	if err != nil {
		return Citizen{}, unfit(err)
	}
	return citizen, nil
}

// answer is what the provider says of the person who came back with query; the claims of names are asked for where its id token
// lacks them.
func (o *OIDC) answer(ctx context.Context, login Login, query url.Values, names []string) (answer, error) {
	if login.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(login.State)) != 1 {
		return answer{}, restart(errors.New("state is not the one we gave"))
	}
	if issuer := query.Get("iss"); issuer != "" && issuer != o.settings.Issuer { // RFC 9207
		return answer{}, restart(errors.New("answer is another issuer's"))
	}
	if code := query.Get("error"); code != "" {
		return answer{}, callbackFault(code)
	}
	if query.Get("code") == "" {
		return answer{}, restart(errors.New("answer holds no code"))
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, o.client), finishTimeout)
	defer cancel()
	p, err := o.directory.get(ctx)
	if err != nil {
		return answer{}, later(err)
	}
	token, err := o.config(p).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(login.Verifier))
	if err != nil {
		return answer{}, exchangeFault(err)
	}
	return o.claims(ctx, p, token, login.Nonce, names)
}

// LogoutURL is where the person ends his session at the provider; empty when it has no such address or can't be reached. It
// names nobody: without an id token in the address the provider asks him, and no personal data stands in a log.
func (o *OIDC) LogoutURL(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
	defer cancel()
	p, err := o.directory.get(ctx)
	if err != nil || p.endSession == "" {
		return ""
	}
	address, err := url.Parse(p.endSession)
	if err != nil {
		return ""
	}
	query := address.Query()
	query.Set("client_id", o.settings.ClientID)
	if o.settings.AfterLogoutURL != "" {
		query.Set("post_logout_redirect_uri", o.settings.AfterLogoutURL)
	}
	address.RawQuery = query.Encode()
	return address.String()
}

func (o *OIDC) config(p *provider) *oauth2.Config {
	endpoint := p.endpoint
	if o.settings.ClientSecret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: o.settings.ClientID, ClientSecret: o.settings.ClientSecret, Endpoint: endpoint,
		RedirectURL: o.settings.RedirectURL, Scopes: o.settings.Scopes,
	}
}
