package e2e

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
)

// Far more callers come than are let in at once, and none waits as he was told: everyone else is told at once to come again,
// health and the console answer meanwhile, and what was acknowledged is there once. How much is stored of what could be is for
// `go run ./bench --only overload` to say.
func TestOverload(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0", "--lanes", "1", "--queue", "12", "--batch", "4")
		callers := begin(t, s, a, 80, 0)
		watched := make(chan struct{})
		var watching sync.WaitGroup
		for _, path := range []string{"/healthz", "/readyz", "/console/login"} {
			watching.Go(func() {
				for {
					began := time.Now()
					if got := s.status(t, path); got != http.StatusOK {
						t.Errorf("%s: status %d", path, got)
					}
					if took := time.Since(began); took > patience/4 {
						t.Errorf("%s took %v", path, took)
					}
					select {
					case <-watched:
						return
					case <-time.After(50 * time.Millisecond):
					}
				}
			})
		}
		callers.more(t, 300)
		eventually(t, "callers are kept out", func() bool { return callers.failed() > 200 })
		close(watched)
		watching.Wait()
		if got := s.metric(t, "haochaping_calls_kept_out_total"); got < 100 {
			t.Errorf("%g calls were kept out", got)
		}
		if got := s.metric(t, "process_resident_memory_bytes"); got > 512<<20 {
			t.Errorf("%.0f MB resident", got/1e6)
		}
		stored, failures := callers.end(t)
		onlyComeAgain(t, failures)
		keptOut := 0
		for _, err := range failures {
			var refused *client.Error
			if errors.As(err, &refused) && refused.Message == "系统繁忙，请稍后用同一请求重试" && refused.RetryAfter >= time.Second {
				keptOut++
			}
		}
		if keptOut < 100 {
			t.Errorf("of %d failures %d say that the system is busy", len(failures), keptOut)
		}
		h.isWhole(t, s, len(stored))
		s.sendAgain(t, a, stored)
		t.Logf("%d reviews acknowledged, all there; told %d times to come again", len(stored), len(failures))
	})
}
