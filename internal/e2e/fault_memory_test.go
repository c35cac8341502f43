package e2e

import "testing"

// A limit on memory that leaves next to nothing: the collector works harder, many callers at once are served or told to come again,
// and what was acknowledged is there once. When the kernel kills it all the same, that is TestKilledUnderLoad.
func TestMemoryLimit(t *testing.T) {
	const limit = 48 << 20 // of which half is the ballast's
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		h.env = append(h.env, "GOMEMLIMIT=48MiB")
		s := h.serve(t, "--rate", "0")
		if got := s.metric(t, "go_gc_gomemlimit_bytes"); got != limit {
			t.Fatalf("it keeps to %g bytes, want %d", got, limit)
		}
		callers := begin(t, s, a, 96, 0)
		callers.more(t, 500)
		for _, path := range []string{"/readyz", "/console/login", "/ping/board"} {
			if got := s.status(t, path); got != 200 {
				t.Errorf("%s: status %d", path, got)
			}
		}
		if got := s.metric(t, "go_memstats_heap_inuse_bytes"); got > 2*limit {
			t.Errorf("%.0f MB are in use", got/1e6)
		}
		stored, failures := callers.end(t)
		onlyComeAgain(t, failures)
		h.isWhole(t, s, len(stored))
		s.sendAgain(t, a, stored)
	})
}
