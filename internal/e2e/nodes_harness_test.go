package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// balance puts a balancer in front of nodes: each request goes to the next one, and to another when that one does not take
// connections. What a node was given and did not answer is lost, as behind any balancer.
func balance(t *testing.T, nodes ...*server) *server {
	t.Helper()
	b := &balancer{transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	for _, node := range nodes {
		address, err := url.Parse(node.url)
		if err != nil {
			t.Fatal(err)
		}
		b.nodes = append(b.nodes, address.Host)
	}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme = "http"; r.SetXForwarded() },
		Transport: b, FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(func() {
		front.Close()
		b.transport.CloseIdleConnections()
	})
	return &server{url: front.URL}
}

type balancer struct {
	nodes     []string
	next      atomic.Int64
	transport *http.Transport
}

// RoundTrip sends a request to the next node that takes connections.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	var err error
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	first := int(b.next.Add(1))
	for i := range b.nodes {
		to := r.Clone(r.Context())
		to.URL.Host = b.nodes[(first+i)%len(b.nodes)]
		to.Body = io.NopCloser(bytes.NewReader(body))
		var response *http.Response
		if response, err = b.transport.RoundTrip(to); err == nil || !errors.Is(err, syscall.ECONNREFUSED) {
			return response, err
		}
	}
	return nil, err
}

// deliveries are what a webhook's receiver was told: how often, by the message's id, and about which case.
type deliveries struct {
	url   string
	mu    sync.Mutex
	times map[string]int
	cases map[string]string
}

// receiveIDs starts a receiver that takes everything.
func receiveIDs(t *testing.T) *deliveries {
	t.Helper()
	d := &deliveries{times: map[string]int{}, cases: map[string]string{}}
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	d.url = s.URL
	return d
}

// ServeHTTP keeps the id and the case.
func (d *deliveries) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)) // what is missing fails to decode
	var m hookMessage
	if json.Unmarshal(body, &m) != nil || m.Data.Serial == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	id := r.Header.Get("Webhook-Id")
	d.times[id]++
	d.cases[id] = m.Data.Serial
}

// count is how many messages arrived, repeated how many of them more than once, and cases about how many cases they are.
func (d *deliveries) count() (messages, repeated, cases int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	about := map[string]bool{}
	for id, times := range d.times {
		about[d.cases[id]] = true
		if times > 1 {
			repeated++
		}
	}
	return len(d.times), repeated, len(about)
}
