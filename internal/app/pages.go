package app

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/web/citizen"
)

// sweepEvery is how often sessions that ended are deleted.
const sweepEvery = 5 * time.Minute

// citizens makes the pages' handler. demo gives them a login of their own.
func (s *service) citizens(ctx context.Context, settings *config.Pages, demo bool) (http.Handler, error) {
	login, err := provider(ctx, settings)
	if err != nil {
		return nil, err
	}
	needs := citizen.Needs{
		Reviews: s.reviews, Halls: s.halls, Items: s.store, Apps: s.apps, Entities: s.entities, Tags: s.tags,
		Affairs: ownAffairs{s.affairs}, Cases: s.cases, Registry: s.registry, Scanned: s.scans.Count, Login: login, Demo: demo, Sessions: s.sessions, BaseURL: settings.Base(), Test: settings.Environment == config.Testing,
		Now: time.Now, Log: s.log, Observe: s.metrics.observe("pages"),
	}
	needs.Address = s.address()
	return citizen.NewHandler(needs)
}

// address says where a request comes from; nil takes the connection's. Of a list the last address counts, which the proxy itself added:
// all before it was sent by the caller.
func (s *service) address() func(*http.Request) string {
	header := s.settings.ProxyHeader
	if header == "" {
		return nil
	}
	return func(r *http.Request) string {
		sent := strings.Join(r.Header.Values(header), ",") // a proxy may add a header of its own
		added := strings.TrimSpace(sent[strings.LastIndexByte(sent, ',')+1:])
		if added == "" {
			added = r.RemoteAddr
		}
		if whole, err := netip.ParseAddrPort(added); err == nil { // some proxies write the port, which is another one each time
			return whole.Addr().String()
		}
		return added
	}
}

// ownAffairs finds a citizen's affairs for the pages.
type ownAffairs struct{ affairs *affair.Service }

// Unreviewed finds those of a hall that the citizen has not rated yet.
func (o ownAffairs) Unreviewed(ctx context.Context, citizen identity.Citizen, hall string) ([]affair.Affair, error) {
	return o.affairs.Unreviewed(ctx, citizen.CertificateNo, cmp.Or(citizen.UserID, citizen.Phone), hall)
}

// provider is where citizens log in; nil when none is set.
func provider(ctx context.Context, settings *config.Pages) (citizen.Provider, error) {
	if settings.OIDCIssuer == "" {
		return nil, nil //nolint:nilnil // no login is a setting, not a fault
	}
	secret := ""
	if settings.OIDCClientSecret != "" {
		var err error
		if secret, err = readSecret(settings.OIDCClientSecret); err != nil {
			return nil, err
		}
	}
	var claims identity.Claims
	fields := map[string]*string{
		"userId": &claims.UserID, "name": &claims.Name, "phone": &claims.Phone, "passport": &claims.Passport,
		"userType": &claims.UserType, "certificateType": &claims.CertificateType, "certificateNo": &claims.CertificateNo,
	}
	for field, claim := range settings.OIDCClaims {
		*fields[field] = claim // Check knows the same fields
	}
	oidc, err := identity.NewOIDC(ctx, identity.OIDCSettings{
		Issuer: settings.OIDCIssuer, ClientID: settings.OIDCClientID, ClientSecret: secret, Scopes: settings.OIDCScopes,
		RedirectURL: settings.Base() + "/ping/callback", AfterLogoutURL: settings.Base() + "/ping/logout", Claims: claims,
	})
	if err != nil {
		return nil, err
	}
	return oidc, nil
}

// sweepSessions deletes sessions that ended, piece by piece.
func (s *service) sweepSessions(ctx context.Context) {
	for swept := store.SweepPiece; swept == store.SweepPiece && ctx.Err() == nil; {
		var err error
		if swept, err = s.sessions.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("sweep sessions", "error", err)
		}
	}
}
