package client

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/signature"
)

// Defaults of New.
const (
	defaultTimeout  = 15 * time.Second // of one attempt
	defaultAttempts = 4
	defaultMaxWait  = 10 * time.Second
)

// Client calls the interfaces under /ping/ebus/ of one system on behalf of one app.
type Client struct {
	base     string
	paasid   string
	secret   string
	http     *http.Client
	now      func() time.Time
	digest   Algorithm // "" signs the caller only
	attempts int
	maxWait  time.Duration
	wait     func(context.Context, time.Duration) error
}

// Option changes how a Client works.
type Option func(*Client)

// Algorithm is the hash function of WithBodyDigest.
type Algorithm = signature.Algorithm

// The algorithms that the system knows: the national one and the international one.
const (
	SM3    = signature.SM3
	SHA256 = signature.SHA256
)

// New makes a client for the system at baseURL, such as https://haochaping.example.gov.cn, with the paasid and the
// secret that the app was given. A faulty baseURL shows at the first call.
func New(baseURL, paasid, secret string, opts ...Option) *Client {
	c := &Client{
		base:     strings.TrimRight(baseURL, "/"),
		paasid:   paasid,
		secret:   secret,
		http:     &http.Client{Timeout: defaultTimeout, CheckRedirect: stay},
		now:      time.Now,
		attempts: defaultAttempts,
		maxWait:  defaultMaxWait,
		wait:     wait,
	}
	for _, opt := range opts {
		opt(c)
	}
	return c
}

// stay follows no redirect: a signed POST would lose its body or reach a host that nobody named.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// WithHTTPClient makes the calls through hc; the default has a timeout of 15 s and follows no redirects.
func WithHTTPClient(hc *http.Client) Option { return func(c *Client) { c.http = hc } }

// WithClock takes the time of signatures from now instead of time.Now.
func WithClock(now func() time.Time) Option { return func(c *Client) { c.now = now } }

// WithBodyDigest signs method, path and body too, beside the gateway's signature, which covers the caller and the
// time only. The path has to reach the system as it was sent: not through a proxy that rewrites it. With an alg other
// than SM3 and SHA256 nothing is sent: every call is an error.
func WithBodyDigest(alg Algorithm) Option { return func(c *Client) { c.digest = alg } }

// WithRetry sets how many times a request is sent at most (1: never again; default 4) and how long to pause at most
// before sending again (default 10 s). A server that asks for a longer pause by Retry-After is not asked again: the
// caller gets the Error with that pause in it.
func WithRetry(attempts int, maxWait time.Duration) Option {
	return func(c *Client) { c.attempts, c.maxWait = max(attempts, 1), max(maxWait, 0) }
}
