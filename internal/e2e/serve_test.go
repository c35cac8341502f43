package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

// A business system sends a review by the specification, gets its serial number, and the public figures have moved.
func TestAReviewCountsAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "gzga01")
		s := h.serve(t)
		reviews := sample.New(1, sample.Options{AppCode: a.Code})
		c := s.client(a)
		for i := range 5 {
			message := reviews.Affair(time.Now())
			receipt, err := c.SubmitAffair(t.Context(), message)
			if err != nil || len(receipt.AffairEvalID) != 20 {
				t.Fatalf("review %d: got %+v, %v", i, receipt, err)
			}
			again, err := c.SubmitAffair(t.Context(), message)
			if err != nil || again.AffairEvalID != receipt.AffairEvalID {
				t.Fatalf("the same again: got %+v, %v, want %s", again, err, receipt.AffairEvalID)
			}
			if got := counted(t, s); got != i+1 {
				t.Fatalf("after %d reviews: %d are in the figures", i+1, got)
			}
		}
		if status := s.stop(t); status != 0 {
			t.Errorf("SIGTERM: exit status %d", status)
		}
		if out := h.mustRun(t, "recount"); !strings.HasPrefix(out, "一致") {
			t.Errorf("recount: %s", out)
		}
	})
}

// counted is how many reviews the public figures hold.
func counted(t *testing.T, s *server) int {
	t.Helper()
	var body string
	eventually(t, "figures are told", func() (told bool) { // who is told to come again comes again
		var status int
		status, body = s.get(t, "/ping/apis/evals/stars")
		return status != http.StatusServiceUnavailable
	})
	var answer struct {
		Data []struct{ SumCount int }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	total := 0
	for _, star := range answer.Data {
		total += star.SumCount
	}
	return total
}

// SIGTERM under load loses no request: every one that was taken is answered. Only a connection that nobody had taken yet is
// refused or reset.
func TestStopUnderLoadLosesNothing(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0")
		acknowledged, lost := drive(t, s, a, 16, func(sent func() int) {
			eventually(t, "some reviews are stored", func() bool { return sent() > 200 })
			if status := s.stop(t); status != 0 {
				t.Errorf("exit status %d", status)
			}
		})
		for _, err := range lost {
			// Refused, or sent on a connection that was just closed, which is a reset or a broken pipe.
			if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("a request was lost: %v", err)
			}
		}
		verify(t, h, a, acknowledged)
	})
}

// sent is a review that was acknowledged.
type sent struct {
	message client.AffairEval
	serial  string
}

// drive lets callers send unique reviews, each until his first failure, while during does something; it gives what was
// acknowledged and what the callers ended with.
func drive(t *testing.T, s *server, a app, callers int, during func(sent func() int)) (acknowledged []sent, failures []error) {
	t.Helper()
	reviews := sample.New(uint64(time.Now().UnixNano()), sample.Options{AppCode: a.Code, BadShare: 0.1})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			c := s.client(a)
			for {
				message := reviews.Affair(time.Now())
				receipt, err := c.SubmitAffair(ctx, message)
				mu.Lock()
				if err != nil {
					failures = append(failures, err)
					mu.Unlock()
					return
				}
				acknowledged = append(acknowledged, sent{message, receipt.AffairEvalID})
				mu.Unlock()
			}
		})
	}
	during(func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acknowledged)
	})
	wg.Wait()
	return acknowledged, failures
}

// verify holds a house against what was acknowledged: every review is there once, under its serial number, and the
// counters equal a recount.
func verify(t *testing.T, h *house, a app, acknowledged []sent) {
	t.Helper()
	s := h.serve(t, "--rate", "0")
	c := s.client(a)
	serials := map[string]bool{}
	for _, one := range acknowledged {
		receipt, err := c.SubmitAffair(t.Context(), one.message)
		if err != nil || receipt.AffairEvalID != one.serial {
			t.Fatalf("acknowledged as %s; sent again: %+v, %v", one.serial, receipt, err)
		}
		serials[one.serial] = true
	}
	if len(serials) != len(acknowledged) {
		t.Errorf("%d serial numbers for %d reviews", len(serials), len(acknowledged))
	}
	if out := h.run(t, "recount"); out.status != 0 {
		t.Errorf("recount: %s%s", out.out, out.err)
	}
	t.Logf("%d reviews acknowledged, all there", len(acknowledged))
}
