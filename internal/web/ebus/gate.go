package ebus

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// gateTarget is how long a call may take, on average, before fewer are let in at once.
	gateTarget = 500 * time.Millisecond
	// gateWindow is how often the gate thinks anew, at most, and gateCalls on how many calls at least.
	gateWindow = 250 * time.Millisecond
	gateCalls  = 32
	// gateLeast and gateStart are how many calls are let in at least and at first. With fewer than fill a batch, each costs more, so
	// that still fewer would fit; a machine that is too slow for gateLeast within gateTarget makes them wait longer.
	gateLeast, gateStart = 512, 1024
	// affairsInside is how many calls with completed affairs, of up to a mebibyte each, are worked on at once.
	affairsInside = 32
)

// gate bounds how many calls are worked on at once, so that who is let in has his answer soon, and everybody else is refused
// before work is spent on him: before his body is read, his signature checked, anything sealed. The bound follows what the
// machine does (Little's law): it falls while more are inside than end within the target, and grows while it keeps callers out
// who would be answered in time. A call is inside from when its body is there, so that slow callers do not fill the gate.
type gate struct {
	least, most int64
	inside      atomic.Int64
	limit       atomic.Int64
	refused     atomic.Int64
	ending      atomic.Int64 // calls in a second, as of late

	mu     sync.Mutex // guards what follows: the window under way
	since  time.Time  // zero while nobody is inside
	count  int64      // of calls that ended in it
	before int64      // refused until it began
}

// newGate makes one that lets in start calls at first, and always least to most.
func newGate(least, start, most int) *gate {
	g := &gate{least: int64(least), most: int64(max(most, least))}
	g.limit.Store(min(int64(start), g.most))
	return g
}

// full says whether a newcomer would be refused, which then counts as refused.
func (g *gate) full() bool {
	if g.inside.Load() < g.limit.Load() {
		return false
	}
	g.refused.Add(1)
	return true
}

// enter lets a call in, or refuses it. Who was let in must leave.
func (g *gate) enter() bool {
	if g.inside.Add(1) > g.limit.Load() {
		g.inside.Add(-1)
		g.refused.Add(1)
		return false
	}
	return true
}

// leave ends a call. How many end in a window tells what the machine does now, whatever the bound was when they came in; how
// long they took would tell of a crowd that is gone, and the bound would be lowered for it again and again.
func (g *gate) leave(now time.Time) {
	inside := g.inside.Add(-1)
	if g.least == g.most {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case inside == 0: // that nobody asks says nothing of the machine
		g.since = time.Time{}
		return
	case g.since.IsZero():
		g.since, g.count, g.before = now, 0, g.refused.Load()
		return
	}
	g.count++
	window := now.Sub(g.since)
	if window < gateWindow || g.count < gateCalls {
		return
	}
	limit, refused := g.limit.Load(), g.refused.Load()
	fitting := int64(float64(g.count) * gateTarget.Seconds() / window.Seconds())
	switch {
	case inside > fitting:
		limit = max(fitting, limit/2)
	case refused > g.before && fitting > limit:
		limit = min(fitting, limit+limit/2)
	}
	g.ending.Store((g.ending.Load() + int64(float64(g.count)/window.Seconds())) / 2)
	g.limit.Store(min(max(limit, g.least), g.most))
	g.since, g.count, g.before = now, 0, refused
}
