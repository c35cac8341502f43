// Package oidctest gives tests a real OpenID Connect provider on this machine: people sign in on a page of its own, and a test
// may stop it, change its keys, and make it lie.
package oidctest

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// User is a person who can sign in.
type User struct {
	Login    string
	Password string
	// Claims are what the provider says of him; sub is required. name and preferred_username belong to the scope profile,
	// phone_number to phone, all others to profile too.
	Claims map[string]any
}

func (u *User) subject() string { return u.Claims["sub"].(string) }

// Server is a running provider. It knows one client, which may come back to /ping/callback and
// /console/oidc/callback and, after a logout, to /ping/logout, on any port of this machine.
type Server struct {
	Issuer       string
	ClientID     string
	ClientSecret string

	http     *httptest.Server
	door     *door
	provider *op.Provider
	storage  *storage

	mu        sync.Mutex
	overrides map[string]http.HandlerFunc
	tamper    func(claims map[string]any)
	foreign   bool
	asked     map[string]int
}

// Start starts a provider, which ends with the test.
func Start(t testing.TB, users ...User) *Server {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start the provider: %v", err)
	}
	s := &Server{
		Issuer: "http://" + listener.Addr().String(), ClientID: "haochaping", ClientSecret: rand.Text(),
		door: &door{Listener: listener}, overrides: map[string]http.HandlerFunc{}, asked: map[string]int{},
	}
	s.storage = newStorage(t, client{id: s.ClientID}, s.ClientSecret, users)
	config := &op.Config{CodeMethodS256: true, AuthMethodPost: true, DefaultLogoutRedirectURI: "/signed-out"}
	rand.Read(config.CryptoKey[:])
	if s.provider, err = op.NewProvider(config, s.storage, op.StaticIssuer(s.Issuer), op.WithAllowInsecure()); err != nil {
		t.Fatalf("start the provider: %v", err)
	}
	s.http = &httptest.Server{Listener: s.door, Config: &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}}
	s.http.Start()
	t.Cleanup(s.http.Close)
	return s
}

// ServeHTTP answers everything: the pages, the protocol, and what a test says instead.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	override := s.overrides[r.URL.Path]
	s.mu.Unlock()
	switch {
	case override != nil:
		override(w, r)
	case r.URL.Path == signInPath:
		s.signIn(w, r)
	case r.URL.Path == s.provider.TokenEndpoint().Relative():
		s.token(w, r)
	default:
		s.provider.ServeHTTP(w, r)
	}
}

// Stop makes the provider unreachable: every connection ends at once.
func (s *Server) Stop() {
	s.door.shut.Store(true)
	s.http.CloseClientConnections()
}

// Resume makes it reachable again at the same address.
func (s *Server) Resume() { s.door.shut.Store(false) }

// Restart forgets every login and signs with a new key, as a provider does that keeps nothing.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.http.CloseClientConnections()
	s.storage.forget(t, newKey)
}

// Override answers a path, such as /userinfo, by answer; nil is as before.
func (s *Server) Override(path string, answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.overrides[path] = answer
}

// Asked is how many requests came for a path.
func (s *Server) Asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

// SignOuts is how many sessions were ended at the provider.
func (s *Server) SignOuts() int { return int(s.storage.signOuts.Load()) }

// IDTokensTellAll puts a person's claims into the id token, too, and not only on the userinfo endpoint.
func (s *Server) IDTokensTellAll() { s.storage.tellAll.Store(true) }

// Endpoints of the provider, for Override and Asked.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	TokenPath     = "/oauth/token" //nolint:gosec // an address, no secret
	UserinfoPath  = "/userinfo"
	KeysPath      = "/keys"
)

// door is a listener that can be shut without losing its port.
type door struct {
	net.Listener
	shut atomic.Bool
}

func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil || !d.shut.Load() {
			return conn, err
		}
		_ = conn.Close() // nobody is at home
	}
}
