package app

import (
	"os"
	"runtime/debug"
)

// What is left to the garbage collector: it runs when the heap has grown to five times what is in use, not twice, for what
// a review leaves behind is little and what a collection must look through, every waiting caller's stack, is not. Near
// collectorHeap it runs as often as it must.
const (
	collectorPercent = 400
	collectorHeap    = 56 << 20
)

// SetCollector sets the garbage collector for a server, unless the operator does by GOGC or GOMEMLIMIT.
func SetCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(collectorPercent)
		debug.SetMemoryLimit(collectorHeap)
	}
}
