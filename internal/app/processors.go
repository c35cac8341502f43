package app

import (
	"os"
	"runtime"
)

// runners is how many goroutines run at once at least beside an embedded database. SQLite works in goroutines of ours, and one that
// works gives its turn away after 10 ms: one that stores and one that reads would keep a machine of two processors to themselves for
// so long, again and again. The kernel shares processors in smaller pieces, and lets who has waited go first.
const runners = 4

// shareProcessors lets the kernel choose among more goroutines than there are processors. Who sets GOMAXPROCS himself knows better.
func shareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(runners, runtime.GOMAXPROCS(0)))
	}
}
