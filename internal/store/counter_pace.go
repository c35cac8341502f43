package store

import (
	"sync/atomic"
	"time"
)

// pace is how many bytes of facts are folded at once: the fewer, the slower the machine was lately. A fold that holds a
// writer too long has reviews refused. It begins small: nobody knows yet how fast the machine is.
type pace struct {
	doubled atomic.Int32 // how often
}

// mostDoubled is when a fold is as large as it may be; the smallest one still holds some reviews.
const mostDoubled = 6

// bytes is what may be folded now.
func (p *pace) bytes(most int) int { return most >> (mostDoubled - p.doubled.Load()) }

// took is told how long a fold took, and how long one may.
func (p *pace) took(fold, within time.Duration) {
	switch doubled := p.doubled.Load(); {
	case fold > within && doubled > 0:
		p.doubled.Store(doubled - 1)
	case fold < within/4 && doubled < mostDoubled:
		p.doubled.Store(doubled + 1)
	}
}
