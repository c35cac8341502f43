package app

import (
	"runtime"
	"testing"
)

func TestShareProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	t.Setenv("GOMAXPROCS", "1")
	runtime.GOMAXPROCS(1)
	if shareProcessors(); runtime.GOMAXPROCS(0) != 1 {
		t.Errorf("GOMAXPROCS=1 was overruled by %d", runtime.GOMAXPROCS(0))
	}
	t.Setenv("GOMAXPROCS", "")
	runtime.GOMAXPROCS(runtime.NumCPU())
	if shareProcessors(); runtime.GOMAXPROCS(0) < runners {
		t.Errorf("%d goroutines run at once, want %d", runtime.GOMAXPROCS(0), runners)
	}
	for _, c := range []struct{ processors, allowed, want int }{
		{1, 1, runners}, {2, 2, runners}, {runners + 1, runners + 1, runners + 1}, // a larger machine is not cut down
		{8, 1, 1}, {8, 2, 2}, // within a container's limit
	} {
		if got := runnersOn(c.processors, c.allowed); got != c.want {
			t.Errorf("%d of %d processors: %d goroutines run at once, want %d", c.allowed, c.processors, got, c.want)
		}
	}
}
