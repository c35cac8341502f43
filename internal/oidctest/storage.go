package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage keeps everything in memory.
type storage struct {
	client   client
	secret   string
	users    []User
	tellAll  atomic.Bool
	signOuts atomic.Int32

	mu       sync.Mutex
	key      signingKey
	requests map[string]*request
	codes    map[string]string // id of the request by code
	tokens   map[string]token
}

type token struct {
	subject string
	scopes  []string
}

var (
	_ op.Storage                   = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest = (*storage)(nil)

	errUnknown = errors.New("unknown")
)

func newStorage(t testing.TB, client client, secret string, users []User) *storage {
	t.Helper()
	for _, user := range users {
		if sub, ok := user.Claims["sub"].(string); !ok || sub == "" {
			t.Fatalf("user %s has no sub", user.Login)
		}
	}
	s := &storage{client: client, secret: secret, users: users}
	s.forget(t, firstKey)
	return s
}

// firstKey is that of every provider of this process until it restarts: a key takes long to make.
var firstKey = sync.OnceValues(newKey)

func (s *storage) forget(t testing.TB, newKey func() (signingKey, error)) {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatalf("make a key: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.requests, s.codes, s.tokens = key, map[string]*request{}, map[string]string{}, map[string]token{}
}

func (s *storage) user(subject string) (*User, error) {
	for i := range s.users {
		if s.users[i].subject() == subject {
			return &s.users[i], nil
		}
	}
	return nil, errUnknown
}

// authenticate ends the sign-in of a request.
func (s *storage) authenticate(id, login, password string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.requests[id]
	if !ok {
		return errUnknown
	}
	for i := range s.users {
		if s.users[i].Login == login && s.users[i].Password == password {
			r.subject, r.at = s.users[i].subject(), time.Now()
			return nil
		}
	}
	return errors.New("wrong password")
}

// Requests and codes.

func (s *storage) CreateAuthRequest(_ context.Context, asked *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &request{id: rand.Text(), asked: asked}
	s.requests[r.id] = r
	return r.copy(), nil
}

func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.requests[id]; ok {
		return r.copy(), nil
	}
	return nil, errUnknown
}

func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.requests[s.codes[code]]; ok {
		return r.copy(), nil
	}
	return nil, errUnknown
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = id
	return nil
}

func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.requests, id)
	return nil
}

// Tokens.

func (s *storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := rand.Text()
	s.tokens[id] = token{subject: r.GetSubject(), scopes: r.GetScopes()}
	return id, time.Now().Add(5 * time.Minute), nil
}

func (s *storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnknown
}

func (s *storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errUnknown
}

func (s *storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

func (s *storage) RevokeToken(context.Context, string, string, string) *oidc.Error { return nil }

func (s *storage) TerminateSession(context.Context, string, string) error {
	s.signOuts.Add(1)
	return nil
}

// The client.

func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.client.id {
		return nil, errUnknown
	}
	return client{id: id, tellAll: s.tellAll.Load()}, nil
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.client.id || secret != s.secret {
		return errUnknown
	}
	return nil
}

// What is said of a person.

func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	return s.tell(info, r.GetSubject(), scopes)
}

func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, id, subject, _ string) error {
	s.mu.Lock()
	known, ok := s.tokens[id]
	s.mu.Unlock()
	if !ok || known.subject != subject {
		return errUnknown
	}
	return s.tell(info, subject, known.scopes)
}

func (s *storage) tell(info *oidc.UserInfo, subject string, scopes []string) error {
	user, err := s.user(subject)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, scope := range scopes {
		asked[scope] = true
	}
	info.Subject = subject
	for name, value := range user.Claims {
		if name == "phone_number" && asked[oidc.ScopePhone] || name != "phone_number" && name != "sub" && asked[oidc.ScopeProfile] {
			info.AppendClaims(name, value)
		}
	}
	return nil
}

func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnknown
}

func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// Keys.

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, nil
}

func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []op.Key{publicKey{s.key}}, nil
}

func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnknown
}

func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnknown
}

func (s *storage) Health(context.Context) error { return nil }

type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

func newKey() (signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	return signingKey{id: rand.Text(), private: private}, err
}

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) Key() any                                    { return k.private }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

type publicKey struct{ signingKey }

func (k publicKey) Key() any                           { return &k.private.PublicKey }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
