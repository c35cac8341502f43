package notice

import (
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/job"
)

const (
	// slowAtOnce is how many slow receivers are sent to at once: one worker is always left to the others.
	slowAtOnce = job.Workers - 1
	// longestTurn is the longest that a message waits for its turn before it is looked at again: who was slow may be quick by then.
	longestTurn = 5 * time.Minute
)

// unhurried are the receivers whose last attempt kept this process waiting, whatever came of it. A few of them, each taking nearly
// as long as a message may take, would hold all workers; so each is sent one message at a time, and all of them leave a worker free.
// Their other messages are postponed, which counts as no attempt: they would arrive.
type unhurried struct {
	mu   sync.Mutex
	took map[string]time.Duration // how long the last attempt took
	busy map[string]bool
	free map[string]time.Time // when a receiver will have taken all that waits for it
}

// turn begins an attempt; whoever has it calls end when it is over. job.Later when it is not this message's turn.
func (u *unhurried) turn(receiver string, now time.Time) (end func(ended time.Time), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	took, slow := u.took[receiver]
	if slow && (u.busy[receiver] || len(u.busy) >= slowAtOnce) {
		wait := min(later(now, u.free[receiver]).Add(took).Sub(now), longestTurn)
		u.free[receiver] = now.Add(wait)
		return nil, job.Later(wait)
	}
	if u.took == nil {
		u.took, u.busy, u.free = map[string]time.Duration{}, map[string]bool{}, map[string]time.Time{}
	}
	if slow {
		u.busy[receiver] = true
	}
	return func(ended time.Time) {
		u.mu.Lock()
		defer u.mu.Unlock()
		if slow {
			delete(u.busy, receiver)
		}
		if took := ended.Sub(now); took >= silence {
			u.took[receiver] = took
			return
		}
		delete(u.took, receiver)
		delete(u.free, receiver)
	}, nil
}
