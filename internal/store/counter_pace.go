package store

import (
	"sync/atomic"
	"time"
)

// pace is how many bytes of facts are folded at once: the fewer, the slower the machine was lately. A fold that holds a
// writer too long has reviews refused.
type pace struct {
	halved atomic.Int32 // how often
}

// mostHalved leaves some reviews to a fold on the slowest machine.
const mostHalved = 6

// bytes is what may be folded now.
func (p *pace) bytes(most int) int { return most >> p.halved.Load() }

// took is told how long a fold took, and how long one may.
func (p *pace) took(fold, within time.Duration) {
	switch halved := p.halved.Load(); {
	case fold > within && halved < mostHalved:
		p.halved.Store(halved + 1)
	case fold < within/4 && halved > 0:
		p.halved.Store(halved - 1)
	}
}
