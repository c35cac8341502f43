package load

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

const (
	// attemptTimeout is how long to wait for one answer.
	attemptTimeout = 30 * time.Second
	// backlogTime is how long after the end reviews are still sent that were due before it.
	backlogTime = time.Second
	// Verifying is not measured, so it has patience with a busy server.
	verifyAttempts = 8
	verifyWait     = 5 * time.Second
)

// Run sends reviews as the options say and reports how they were answered. The error says that the run could not
// begin or was cut short; what was measured until then is in the report either way.
func Run(ctx context.Context, opts Options) (Report, error) {
	if err := opts.complete(); err != nil {
		return Report{}, err
	}
	r := newRun(opts)
	defer r.http.CloseIdleConnections()
	r.progress(ctx, "发送", func(ctx context.Context) { r.callers(func() { r.send(ctx) }) }, r.result.sending)
	report := r.result.report(opts, r.sendingTime())
	if err := ctx.Err(); err != nil {
		return report, err
	}
	if opts.Verify {
		v := newVerification(r)
		r.progress(ctx, "核对", func(ctx context.Context) { r.callers(func() { v.work(ctx) }) }, v.checking)
		report.Verification = v.finish()
	}
	return report, ctx.Err()
}

// run is one run under way.
type run struct {
	opts    Options
	planned uint64
	reviews *sample.Generator
	client  *client.Client // signs; and sends again when verifying
	http    *http.Client
	start   time.Time
	next    atomic.Uint64 // the index of the next review
	result  result
}

func newRun(opts Options) *run {
	transport := &http.Transport{ // straight to the target: no proxy
		MaxIdleConns: opts.Callers, MaxIdleConnsPerHost: opts.Callers, MaxConnsPerHost: opts.Callers,
		IdleConnTimeout: time.Minute, DisableCompression: true,
	}
	hc := &http.Client{
		Transport: transport, Timeout: attemptTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	signer := []client.Option{client.WithHTTPClient(hc), client.WithRetry(verifyAttempts, verifyWait)}
	if opts.BodyDigest != "" {
		signer = append(signer, client.WithBodyDigest(opts.BodyDigest))
	}
	return &run{
		opts:    opts,
		planned: opts.planned(),
		reviews: sample.New(opts.Seed, sample.Options{AppCode: opts.AppCode, BadShare: opts.BadShare}),
		client:  client.New(opts.Target, opts.PaasID, opts.Secret, signer...),
		http:    hc,
		start:   time.Now(),
		result:  newResult(),
	}
}

// callers runs work in as many goroutines as there are callers, until all have returned.
func (r *run) callers(work func()) {
	var wg sync.WaitGroup
	for range r.opts.Callers {
		wg.Go(work)
	}
	wg.Wait()
}

// due is when review i is to be sent. With a rate it is the schedule, which no slow answer moves; flat out it is the
// start, and only tells the review's time.
func (r *run) due(i uint64) time.Time {
	if r.opts.Rate == 0 {
		return r.start
	}
	return r.start.Add(time.Duration(float64(i) / r.opts.Rate * float64(time.Second)))
}

// over says whether the time of sending has passed. With a rate the last reviews are due just before the end, so a
// little more is given for what is late.
func (r *run) over(now time.Time) bool {
	end := r.opts.Duration
	if r.opts.Rate > 0 {
		end += backlogTime
	}
	return r.opts.Duration > 0 && now.Sub(r.start) >= end
}

// send is one caller: it takes the next review, encodes it, waits until it is due, sends it and records the answer.
// With a rate the latency counts from when the review was due, so that one that had to wait for a free caller shows it
// (no coordinated omission).
func (r *run) send(ctx context.Context) {
	for {
		i := r.next.Add(1) - 1
		if i >= r.planned {
			return
		}
		due := r.due(i)
		_, path, message := r.reviews.At(i, due)
		body, err := client.Encode(message)
		if err != nil {
			r.result.addFault(err)
			return
		}
		if r.opts.Rate > 0 && !sleepUntil(ctx, due) || ctx.Err() != nil {
			return
		}
		from := time.Now()
		if r.over(from) {
			return
		}
		if r.opts.Rate > 0 {
			from = due
		}
		a, err := r.post(ctx, path, body)
		if err != nil && ctx.Err() != nil {
			return // cut short by us: says nothing of the server
		}
		r.result.add(i, time.Since(from), a, err)
	}
}

// post sends a review once. There is an error when there was no answer.
func (r *run) post(ctx context.Context, path string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.opts.Target+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json;charset=utf-8")
	r.client.Sign(req, body)
	response, err := r.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	return readAnswer(response)
}

// sendingTime is how long was sent: to the last answer.
func (r *run) sendingTime() time.Duration { return r.result.lastAnswer().Sub(r.start) }

// sleepUntil waits for t; false when ctx ends first.
func sleepUntil(ctx context.Context, t time.Time) bool {
	wait := time.Until(t)
	if wait <= 0 {
		return true
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
