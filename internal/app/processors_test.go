package app

import (
	"runtime"
	"testing"
)

func TestShareProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	t.Setenv("GOMAXPROCS", "1")
	if shareProcessors(); runtime.GOMAXPROCS(0) != 1 {
		t.Errorf("GOMAXPROCS=1 was overruled by %d", runtime.GOMAXPROCS(0))
	}
	t.Setenv("GOMAXPROCS", "")
	if shareProcessors(); runtime.GOMAXPROCS(0) != runners {
		t.Errorf("%d goroutines run at once, want %d", runtime.GOMAXPROCS(0), runners)
	}
	runtime.GOMAXPROCS(runners + 1)
	if shareProcessors(); runtime.GOMAXPROCS(0) != runners+1 {
		t.Errorf("a larger machine was cut down to %d", runtime.GOMAXPROCS(0))
	}
}
