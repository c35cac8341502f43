package oidctest

import (
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// client is the one program that people sign in to.
type client struct {
	id      string
	tellAll bool
}

var _ op.HasRedirectGlobs = client{}

// ours are its addresses: on this machine, on any port.
func ours(path string) []string {
	return []string{"http://127.0.0.1:*" + path, "http://localhost:*" + path, "https://127.0.0.1:*" + path, "https://localhost:*" + path}
}

func (c client) GetID() string                    { return c.id }
func (c client) RedirectURIs() []string           { return nil }
func (c client) PostLogoutRedirectURIs() []string { return nil }
func (c client) RedirectURIGlobs() []string {
	return append(ours("/ping/callback"), ours("/console/oidc/callback")...)
}
func (c client) PostLogoutRedirectURIGlobs() []string { return ours("/ping/logout") }
func (c client) ApplicationType() op.ApplicationType  { return op.ApplicationTypeWeb }
func (c client) AuthMethod() oidc.AuthMethod          { return oidc.AuthMethodBasic }
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (c client) GrantTypes() []oidc.GrantType { return []oidc.GrantType{oidc.GrantTypeCode} }

func (c client) LoginURL(id string) string            { return signInPath + "?" + url.Values{"id": {id}}.Encode() }
func (c client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (c client) IDTokenLifetime() time.Duration       { return 5 * time.Minute }
func (c client) DevMode() bool                        { return true }
func (c client) IsScopeAllowed(string) bool           { return false }
func (c client) IDTokenUserinfoClaimsAssertion() bool { return c.tellAll }
func (c client) ClockSkew() time.Duration             { return 0 }
func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

// request is a sign-in under way.
type request struct {
	id      string
	asked   *oidc.AuthRequest
	subject string
	at      time.Time
}

var _ op.AuthRequest = (*request)(nil)

// copy is for those who read without the storage's lock.
func (r *request) copy() *request {
	copied := *r
	return &copied
}

func (r *request) GetID() string                      { return r.id }
func (r *request) GetACR() string                     { return "" }
func (r *request) GetAMR() []string                   { return []string{"pwd"} }
func (r *request) GetAudience() []string              { return []string{r.asked.ClientID} }
func (r *request) GetAuthTime() time.Time             { return r.at }
func (r *request) GetClientID() string                { return r.asked.ClientID }
func (r *request) GetNonce() string                   { return r.asked.Nonce }
func (r *request) GetRedirectURI() string             { return r.asked.RedirectURI }
func (r *request) GetResponseType() oidc.ResponseType { return r.asked.ResponseType }
func (r *request) GetResponseMode() oidc.ResponseMode { return r.asked.ResponseMode }
func (r *request) GetScopes() []string                { return r.asked.Scopes }
func (r *request) GetState() string                   { return r.asked.State }
func (r *request) GetSubject() string                 { return r.subject }
func (r *request) Done() bool                         { return r.subject != "" }
func (r *request) GetCodeChallenge() *oidc.CodeChallenge {
	if r.asked.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: r.asked.CodeChallengeMethod}
}
