package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// answer is what a provider says of a person.
type answer struct {
	claimSet
	// methods are how he proved who he is (amr, RFC 8176), as the signed id token alone says.
	methods []string
}

// claims are those of the id token, and of the userinfo endpoint where the id token lacks one of names (OpenID Connect Core
// 3.1.3.7, 5.3).
func (o *OIDC) claims(ctx context.Context, p *provider, token *oauth2.Token, nonce string, names []string) (answer, error) {
	id, err := o.verify(ctx, p, token, nonce)
	if err != nil {
		return answer{}, err
	}
	var said answer
	if err := id.Claims(&said.claimSet); err != nil {
		return answer{}, restart(errors.New("id token can't be read"))
	}
	said.methods = said.texts("amr")
	if p.UserInfoEndpoint() == "" || said.hasAll(names) {
		return said, nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return answer{}, later(fmt.Errorf("ask for userinfo: %w", plain(err)))
	}
	if info.Subject != id.Subject {
		return answer{}, restart(errors.New("userinfo is of another person than the id token"))
	}
	var more claimSet
	if err := info.Claims(&more); err != nil {
		return answer{}, restart(errors.New("userinfo can't be read"))
	}
	said.add(more)
	return said, nil
}

// verify checks the id token: signature, issuer, audience and time by go-oidc, and what that leaves to its caller.
func (o *OIDC) verify(ctx context.Context, p *provider, token *oauth2.Token, nonce string) (*oidc.IDToken, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, restart(errors.New("provider sent no id token"))
	}
	keys := &witness{KeySet: p.keys}
	verifier := oidc.NewVerifier(o.settings.Issuer, keys, &oidc.Config{
		ClientID:             o.settings.ClientID,
		SupportedSigningAlgs: p.algorithms,
		Now:                  func() time.Time { return o.settings.Now().Add(-clockLeeway) },
	})
	id, err := verifier.Verify(ctx, raw)
	if outside(keys.err) {
		return nil, later(fmt.Errorf("fetch the provider's keys: %w", plain(keys.err)))
	}
	if err != nil {
		return nil, restart(fmt.Errorf("verify the id token: %w", plain(err)))
	}
	var more struct {
		AuthorizedParty string `json:"azp"`
	}
	if err := id.Claims(&more); err != nil {
		return nil, restart(errors.New("id token can't be read"))
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		return nil, restart(errors.New("id token has another nonce than we gave"))
	case more.AuthorizedParty != "" && more.AuthorizedParty != o.settings.ClientID,
		more.AuthorizedParty == "" && len(id.Audience) > 1:
		return nil, restart(errors.New("id token was made for another client"))
	case id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil:
		return nil, restart(errors.New("access token is not the id token's"))
	}
	return id, nil
}

// witness remembers why a signature was not verified: the verifier's own error does not tell a wrong one from keys that could
// not be fetched.
type witness struct {
	oidc.KeySet
	err error
}

func (w *witness) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := w.KeySet.VerifySignature(ctx, token)
	w.err = err
	return payload, err
}
