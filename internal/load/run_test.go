package load_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/load"
)

func TestEveryReviewIsAcknowledgedAndFoundAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*load.Options)
	}{
		{"flat out", func(*load.Options) {}},
		{"at a rate", func(o *load.Options) { o.Rate = 3000 }},
		{"with body digests", func(o *load.Options) { o.BodyDigest = client.SM3 }},
	} {
		e := &ebus{}
		opts := options(e.start(t))
		tt.change(&opts)
		report, err := load.Run(t.Context(), opts)
		if err != nil || !report.OK() {
			t.Fatalf("%s: got %+v, %v, want OK", tt.name, report, err)
		}
		if report.Requests != 300 || report.Acknowledged != 300 || report.Codes[0] != 300 || report.Statuses[200] != 300 || report.Missed != 0 {
			t.Errorf("%s: got %+v, want 300 acknowledged", tt.name, report)
		}
		if v := report.Verification; v.Acknowledged != 300 || v.Same != 300 {
			t.Errorf("%s: got %+v, want 300 the same", tt.name, v)
		}
		if e.stored != 300 || e.requests != 600 || len(e.bad) > 0 {
			t.Errorf("%s: the server stored %d of %d requests and refused %d signatures, want 300 of 600 and none",
				tt.name, e.stored, e.requests, len(e.bad))
		}
		if e.paths[client.PathAffair] == 0 || e.paths[client.PathGuide] == 0 || e.paths[client.PathHotline] == 0 {
			t.Errorf("%s: got %v, want all three interfaces", tt.name, e.paths)
		}
		l := report.Latency
		if l.Min <= 0 || l.Min > l.P50 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.P999 || l.P999 > l.Max {
			t.Errorf("%s: got latencies %v out of order", tt.name, l)
		}
	}
}

func TestVerificationFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		fake *ebus
		got  func(*load.Verification) int64
		want int64
	}{
		{
			"when an acknowledged review is lost", &ebus{loses: func(n int) bool { return n == 17 }},
			func(v *load.Verification) int64 { return v.Different }, 1,
		},
		{
			"when a review is refused that was acknowledged", &ebus{spoil: func(_ *ebus, n int, w http.ResponseWriter) bool {
				if n == 400 {
					answer(w, http.StatusOK, client.CodeFailed, "该办件已评价", "")
				}
				return n == 400
			}},
			func(v *load.Verification) int64 { return v.Refused }, 1,
		},
		{
			"when two reviews share a serial number", &ebus{number: func(n int) string { return fmt.Sprintf("E%d", n/2) }},
			func(v *load.Verification) int64 { return v.Duplicates }, 149,
		},
	} {
		report, err := load.Run(t.Context(), options(tt.fake.start(t)))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if report.OK() || report.Verification.OK() {
			t.Errorf("%s: got OK", tt.name)
		}
		if got := tt.got(report.Verification); got != tt.want || len(report.Verification.Examples) == 0 {
			t.Errorf("%s: got %d, want %d in %+v", tt.name, got, tt.want, report.Verification)
		}
	}
}

func TestEachAnswerIsCountedAsItIs(t *testing.T) {
	e := &ebus{spoil: func(_ *ebus, n int, w http.ResponseWriter) bool {
		switch {
		case n > 300: // verifying
			return false
		case n%10 == 1:
			answer(w, http.StatusServiceUnavailable, client.CodeFailed, "系统繁忙", "")
		case n%10 == 2:
			answer(w, http.StatusOK, client.CodeInvalid, "参数不合法", "")
		case n%10 == 3:
			_, _ = w.Write([]byte("<html>"))
		case n%10 == 4:
			answer(w, http.StatusOK, client.CodeOK, "成功", "")
		case n%10 == 5:
			answer(w, http.StatusOK, client.CodeOK, "成功", strings.Repeat("E", 21))
		case n%100 == 6:
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	}}
	report, err := load.Run(t.Context(), options(e.start(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		got, want int64
	}{
		{"requests", report.Requests, 300},
		{"acknowledged", report.Acknowledged, 147},
		{"code 0", report.Codes[client.CodeOK], 147},
		{"code -1", report.Codes[client.CodeFailed], 30},
		{"code 2", report.Codes[client.CodeInvalid], 30},
		{"HTTP 503", report.Statuses[503], 30},
		{"HTTP 200", report.Statuses[200], 267},
		{"improper", report.Improper, 90},
		{"unanswered", report.Unanswered, 3},
		{"verified", report.Verification.Same, 147},
		{"sent in all", int64(e.requests), 447},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, tt.got, tt.want)
		}
	}
	if report.OK() {
		t.Errorf("got OK")
	}
}

func TestABusyServerIsOK(t *testing.T) {
	e := &ebus{spoil: func(_ *ebus, n int, w http.ResponseWriter) bool {
		if n%2 == 0 && n <= 300 {
			w.Header().Set("Retry-After", "1")
			answer(w, http.StatusServiceUnavailable, client.CodeFailed, "系统繁忙", "")
			return true
		}
		return false
	}}
	report, err := load.Run(t.Context(), options(e.start(t)))
	if err != nil || !report.OK() || report.Acknowledged != 150 {
		t.Errorf("got %+v, %v, want OK with 150 acknowledged", report, err)
	}
}

// When one caller has to send what is due all at once, half of it waits for half of the time; a generator that measured
// from when it got to sending would see every answer as quick (coordinated omission).
func TestLatencyCountsFromWhenAReviewWasDue(t *testing.T) {
	e := &ebus{}
	opts := options(e.start(t))
	opts.Callers, opts.Rate, opts.Count, opts.Verify = 1, 1e9, 200, false
	report, err := load.Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if report.Latency.Max < report.Elapsed/2 { // the last one was due at once, and waited for all others
		t.Errorf("got at most %v in %v, want nearly all of it", report.Latency.Max, report.Elapsed)
	}
	opts.Rate, opts.Seed = 0, 2
	report, err = load.Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if report.Latency.P50 > report.Elapsed/20 {
		t.Errorf("flat out: got a median of %v in %v, want that of one answer", report.Latency.P50, report.Elapsed)
	}
}

func TestDurationEndsTheRun(t *testing.T) {
	e := &ebus{}
	opts := options(e.start(t))
	opts.Count, opts.Duration = 0, 50*time.Millisecond
	report, err := load.Run(t.Context(), opts)
	if err != nil || !report.OK() || report.Elapsed < 40*time.Millisecond || report.Missed != 0 {
		t.Errorf("flat out: got %+v, %v", report, err)
	}
	opts.Rate, opts.Seed = 200, 2
	report, err = load.Run(t.Context(), opts)
	if err != nil || !report.OK() || report.Requests != 10 || report.Missed != 0 {
		t.Errorf("at a rate: got %+v, %v, want 10 requests", report, err)
	}
}

func TestCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := &ebus{spoil: func(_ *ebus, n int, _ http.ResponseWriter) bool {
		if n == 100 {
			cancel()
		}
		return false
	}}
	report, err := load.Run(ctx, options(e.start(t)))
	if !errors.Is(err, context.Canceled) || report.Requests == 0 || report.Requests >= 300 || report.Unanswered != 0 || report.Verification != nil {
		t.Errorf("got %+v, %v, want what was measured and the cancellation", report, err)
	}
}

func TestAUsedSeedIsNotOK(t *testing.T) {
	e := &ebus{spoil: func(e *ebus, n int, w http.ResponseWriter) bool {
		if n > 300 { // as the once-only rule answers when the time differs
			answer(w, http.StatusOK, client.CodeFailed, "该办件已评价", "")
		}
		return n > 300
	}}
	opts := options(e.start(t))
	opts.Verify = false
	if report, err := load.Run(t.Context(), opts); err != nil || !report.OK() {
		t.Fatalf("got %+v, %v, want OK", report, err)
	}
	report, err := load.Run(t.Context(), opts)
	if err != nil || report.OK() || report.Codes[client.CodeFailed] != 300 {
		t.Errorf("got %+v, %v, want 300 refusals", report, err)
	}
}
