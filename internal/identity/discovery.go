package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Bounds of discovery. Those who wait share one attempt; after one that failed everybody is told so at once for a while.
const (
	discoveryTries   = 3
	discoveryPause   = 200 * time.Millisecond // between tries
	discoveryTimeout = 10 * time.Second       // all tries
	discoveryWait    = 5 * time.Second        // how long one person waits for it
	discoveryRest    = time.Second            // after a failure
	discoveryAge     = time.Hour              // then it is read again, while the old one is still used
)

// provider is what discovery tells.
type provider struct {
	*oidc.Provider
	endpoint   oauth2.Endpoint
	keys       oidc.KeySet
	algorithms []string
	endSession string
}

// directory finds the provider when it is first needed, and again when it was not there.
type directory struct {
	issuer string
	client *http.Client
	life   context.Context // of the program: ends an attempt

	mu    sync.Mutex
	found *provider
	err   error     // of the last attempt
	ended time.Time // the last attempt
	under chan struct{}
}

// get gives the provider. It waits only when none was ever found.
func (d *directory) get(ctx context.Context) (*provider, error) {
	d.mu.Lock()
	age := time.Since(d.ended)
	if d.under == nil && (d.found == nil || age > discoveryAge) && (d.err == nil || age > discoveryRest) {
		d.under = make(chan struct{})
		go d.attempt(d.under)
	}
	found, err, under := d.found, d.err, d.under
	d.mu.Unlock()
	if found != nil {
		return found, nil
	}
	if under == nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, discoveryWait)
	defer cancel()
	select {
	case <-under:
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.found != nil {
			return d.found, nil
		}
		return nil, d.err
	case <-ctx.Done():
		return nil, fmt.Errorf("discover the provider: %w", ctx.Err())
	}
}

func (d *directory) attempt(done chan struct{}) {
	ctx, cancel := context.WithTimeout(d.life, discoveryTimeout)
	defer cancel()
	var found *provider
	var err error
	for try := range discoveryTries {
		if try > 0 && !pause(ctx, discoveryPause) {
			break
		}
		if found, err = d.discover(ctx); err == nil {
			break
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.found = found
	}
	d.err, d.ended, d.under = err, time.Now(), nil
	close(done)
}

func pause(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// metadata is what go-oidc does not tell of a provider's metadata (OpenID Connect Discovery 3, RP-Initiated Logout 2.1).
type metadata struct {
	JWKS        string   `json:"jwks_uri"`
	EndSession  string   `json:"end_session_endpoint"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
}

func (d *directory) discover(ctx context.Context) (*provider, error) {
	ctx = oidc.ClientContext(ctx, d.client)
	discovered, err := oidc.NewProvider(ctx, d.issuer)
	if err != nil {
		return nil, fmt.Errorf("discover the provider: %w", plain(err))
	}
	var more metadata
	if err := discovered.Claims(&more); err != nil {
		return nil, fmt.Errorf("discover the provider: %w", plain(err))
	}
	p := &provider{Provider: discovered, endpoint: discovered.Endpoint(), endSession: more.EndSession}
	if err := d.check(p, more.JWKS); err != nil {
		return nil, fmt.Errorf("discover the provider: %w", err)
	}
	p.keys = oidc.NewRemoteKeySet(ctx, more.JWKS)
	for _, algorithm := range more.Algorithms {
		if slices.Contains(signatures, algorithm) {
			p.algorithms = append(p.algorithms, algorithm)
		}
	}
	p.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(more.AuthMethods) > 0 && !slices.Contains(more.AuthMethods, "client_secret_basic") {
		p.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return p, nil
}

// signatures are those with a public key: a shared secret or none proves nothing about who signed.
var signatures = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// check refuses a provider behind https that would have us speak in the clear.
func (d *directory) check(p *provider, jwks string) error {
	var faults []error
	for _, endpoint := range []struct {
		name, address string
		optional      bool
	}{
		{"authorization_endpoint", p.endpoint.AuthURL, false},
		{"token_endpoint", p.endpoint.TokenURL, false},
		{"jwks_uri", jwks, false},
		{"userinfo_endpoint", p.UserInfoEndpoint(), true},
		{"end_session_endpoint", p.endSession, true},
	} {
		if endpoint.optional && endpoint.address == "" {
			continue
		}
		if err := checkAddress(endpoint.address); err != nil {
			faults = append(faults, fmt.Errorf("%s %w", endpoint.name, err))
		}
	}
	return errors.Join(faults...)
}

// checkAddress wants https, or http on this machine.
func checkAddress(address string) error {
	parsed, err := url.Parse(address)
	switch {
	case err != nil || parsed.Host == "" || parsed.User != nil:
		return errors.New("is no address")
	case parsed.Scheme == "https", parsed.Scheme == "http" && loopback(parsed.Hostname()):
		return nil
	default:
		return errors.New("must be https (http is for this machine only)")
	}
}
