package app

import (
	"os"
	"runtime"
)

// runners is how many goroutines run at once at least. Go finds out that somebody asks for a page when a processor of its own has
// nothing else to do, or after 10 ms; and with an embedded database one goroutine that stores and one that reads would keep a
// machine of two processors to themselves for so long, again and again. The kernel shares processors in smaller pieces, and lets
// who has waited go first.
const runners = 4

// shareProcessors lets the kernel choose among more goroutines than there are processors. Who sets GOMAXPROCS himself knows better.
func shareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runnersOn(runtime.NumCPU(), runtime.GOMAXPROCS(0)))
	}
}

// runnersOn is how many goroutines run at once on so many processors, of which a control group allows the time of some: with more
// than these, all would only be stopped the sooner.
func runnersOn(processors, allowed int) int {
	if allowed < processors {
		return allowed
	}
	return max(runners, allowed)
}
