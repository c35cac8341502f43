package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

// breath is how long a caller pauses before he sends the same review again.
const breath = 20 * time.Millisecond

// acknowledged is a review of any of the three interfaces that was answered code 0, with its serial number.
type acknowledged struct {
	message any
	serial  string
}

// traffic is callers that behave as integrators should: each sends one review after another, and each review again and
// again until it is acknowledged or refused for good.
type traffic struct {
	app      app
	reviews  *sample.Generator
	http     *http.Client
	to       atomic.Pointer[server]
	ctx      context.Context // ends the callers with the test
	ended    chan struct{}
	callers  sync.WaitGroup
	mu       sync.Mutex
	stored   []acknowledged
	failures []error
}

// begin lets callers send to a server until end or the end of the test, each with a pause between two reviews.
func begin(t *testing.T, s *server, a app, callers int, pause time.Duration) *traffic {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	tr := &traffic{
		app: a, ctx: ctx, ended: make(chan struct{}),
		reviews: sample.New(uint64(time.Now().UnixNano()), sample.Options{AppCode: a.Code, BadShare: 0.1}),
		http:    &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * callers}},
	}
	tr.to.Store(s)
	for range callers {
		tr.callers.Go(func() {
			for !tr.over() {
				tr.submit(tr.next())
				tr.pause(pause)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		tr.callers.Wait()
		tr.http.CloseIdleConnections()
	})
	return tr
}

func (tr *traffic) next() any {
	_, _, message := tr.reviews.Next(time.Now())
	return message
}

func (tr *traffic) over() bool {
	select {
	case <-tr.ended:
		return true
	case <-tr.ctx.Done():
		return true
	default:
		return false
	}
}

func (tr *traffic) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-tr.ctx.Done():
	}
}

// once sends a review once, to the server that the traffic goes to now.
func (tr *traffic) once(message any) (client.Receipt, error) {
	return send(tr.ctx, tr.to.Load().client(tr.app, client.WithHTTPClient(tr.http)), message)
}

// submit sends a review until it is acknowledged, and keeps every failure on the way.
func (tr *traffic) submit(message any) {
	for {
		receipt, err := tr.once(message)
		if tr.ctx.Err() != nil {
			return
		}
		tr.note(message, receipt, err)
		var refused *client.Error
		if err == nil || errors.As(err, &refused) && refused.HTTPStatus == http.StatusOK {
			return
		}
		tr.pause(breath)
	}
}

func (tr *traffic) note(message any, receipt client.Receipt, err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err != nil {
		tr.failures = append(tr.failures, err)
	} else {
		tr.stored = append(tr.stored, acknowledged{message, receipt.AffairEvalID})
	}
}

// count is how many reviews were acknowledged until now, failed how often a review was not.
func (tr *traffic) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.stored)
}

func (tr *traffic) failed() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.failures)
}

// more waits until so many more reviews are acknowledged.
func (tr *traffic) more(t *testing.T, n int) {
	t.Helper()
	from := tr.count()
	eventually(t, fmt.Sprintf("%d more reviews are acknowledged", n), func() bool { return tr.count() >= from+n })
}

// end lets every caller have his last review acknowledged. It gives all that were, and all failures on the way.
func (tr *traffic) end(t *testing.T) (stored []acknowledged, failures []error) {
	t.Helper()
	close(tr.ended)
	tr.callers.Wait()
	if err := tr.ctx.Err(); err != nil {
		t.Fatalf("a review was never acknowledged: %v; the last failures: %v", err, tr.failures[max(0, len(tr.failures)-5):])
	}
	return tr.stored, tr.failures
}

// sendAgain sends reviews again that were acknowledged: each must be known by its serial number, and no two by the same.
func (s *server) sendAgain(t *testing.T, a app, stored []acknowledged) {
	t.Helper()
	serials := map[string]bool{}
	for _, one := range stored {
		serials[one.serial] = true
	}
	if len(serials) != len(stored) {
		t.Errorf("%d serial numbers for %d reviews", len(serials), len(stored))
	}
	c := s.client(a, client.WithRetry(10, time.Second)) // so many at once may be told to come again
	together(32, len(stored), func(i int) {
		receipt, err := send(t.Context(), c, stored[i].message)
		if err != nil || receipt.AffairEvalID != stored[i].serial {
			t.Errorf("acknowledged as %s; sent again: %+v, %v", stored[i].serial, receipt, err)
		}
	})
}

// together does n things, so many at a time, and returns when all are done.
func together(callers, n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(callers, n) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wg.Wait()
}

// send sends a message once through the interface that it is for.
func send(ctx context.Context, c *client.Client, message any) (client.Receipt, error) {
	switch m := message.(type) {
	case client.AffairEval:
		return c.SubmitAffair(ctx, m)
	case client.GuideEval:
		return c.SubmitGuide(ctx, m)
	case client.HotlineEval:
		return c.SubmitHotline(ctx, m)
	default:
		return client.Receipt{}, fmt.Errorf("no interface for %T", message)
	}
}

// comeAgain says whether a failure is -1 with 503 and Retry-After: not possible now (contract.md 2).
func comeAgain(err error) bool {
	var refused *client.Error
	return errors.As(err, &refused) && refused.HTTPStatus == http.StatusServiceUnavailable &&
		refused.Code == client.CodeFailed && refused.RetryAfter > 0
}

// onlyComeAgain holds that callers met nothing but 503 and -1.
func onlyComeAgain(t *testing.T, failures []error) {
	t.Helper()
	for _, err := range failures {
		if !comeAgain(err) {
			t.Errorf("got %v, want code -1 with 503 and Retry-After", err)
		}
	}
}

// status is the status of a page of the server.
func (s *server) status(t *testing.T, path string) int {
	t.Helper()
	status, _ := s.get(t, path)
	return status
}

// metric reads one line of /metrics, named with its labels.
func (s *server) metric(t *testing.T, name string) float64 {
	t.Helper()
	_, body := s.get(t, "/metrics")
	for line := range strings.Lines(body) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return 0 // a counter that has counted nothing yet is not there
}

// request is a signed submission as it goes over the wire.
func (s *server) request(t *testing.T, a app, message client.AffairEval) []byte {
	t.Helper()
	body, err := client.Encode(message)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+client.PathAffair, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json;charset=utf-8")
	s.client(a).Sign(r, body)
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	return wire.Bytes()
}
