package affair

import (
	"context"
	"time"
)

// SourceState is how a source is doing.
type SourceState struct {
	Source string
	// Owner is the process that pulls it, and said all this at NotedAt.
	Owner   string
	NotedAt time.Time
	// Standby says that another process pulls.
	Standby bool
	// Reached is the moment up to which everything that had rested is here; zero when that is not known yet.
	Reached time.Time
	// PulledAt is when it was last read to its end.
	PulledAt time.Time
	// Failing is why it can't be read, "" when it can; Brief is that for everybody, without names.
	Failing, Brief string
	FailingSince   time.Time
	// Rows since the process began to pull.
	New, Changed, Same, Rejected int64
}

// Noted is how long what a process says of itself holds; after that nobody pulls, as far as anyone knows.
const Noted = 3 * leaseTime

// Notes remember how sources are doing, for those who ask another process.
type Notes interface {
	// NoteSource keeps a source's state. A moment that the process does not know yet stays as it was.
	NoteSource(ctx context.Context, state SourceState) error
	// Sources are all that have ever been pulled, by their names.
	Sources(ctx context.Context) ([]SourceState, error)
}

// leaseTime is how long a source waits for a process that has died. Two that pull at the same time, since one was
// stopped and goes on, lose nothing and count nothing twice: they only read more than they need.
const leaseTime = 6 * time.Second

// State says how the source is doing.
func (p *Puller) State() SourceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

func (p *Puller) change(how func(s *SourceState)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how(&p.state)
}

// tell has the state noted at once.
func (p *Puller) tell() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// hold takes or keeps the source.
func (p *Puller) hold(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseTime/2)
	defer cancel()
	return p.taker.Lease(ctx, p.source.Name, p.owner, leaseTime)
}

// keep holds the source until ctx ends, and notes how it is doing. When it can't hold it in time, lost is called.
func (p *Puller) keep(ctx context.Context, lost func()) {
	since := p.now()
	for {
		p.note(ctx)
		select {
		case <-ctx.Done():
			return
		case <-p.news:
		case <-time.After(leaseTime / 3):
		}
		held, err := p.hold(ctx)
		switch {
		case err == nil && held:
			since = p.now()
		case err == nil, p.now().Sub(since) > leaseTime:
			lost()
			return
		}
	}
}

// note keeps the state for others. That it can't is no reason to stop: the next one may.
func (p *Puller) note(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaseTime/3)
	defer cancel()
	state := p.State()
	state.Owner, state.NotedAt = p.owner, p.now()
	if err := p.notes.NoteSource(ctx, state); err != nil && ctx.Err() == nil {
		p.log.Debug("note source", "error", err)
	}
}

// stand notes that another process pulls, and how it says that the source is doing.
func (p *Puller) stand(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaseTime/3)
	defer cancel()
	seen := SourceState{Source: p.source.Name}
	if all, err := p.notes.Sources(ctx); err == nil {
		for _, state := range all {
			if state.Source == seen.Source {
				seen = state
			}
		}
	}
	p.change(func(s *SourceState) {
		*s = seen
		s.Standby, s.New, s.Changed, s.Same, s.Rejected = true, 0, 0, 0, 0
	})
}

// release gives the source up when the process ends, and notes what was last.
func (p *Puller) release() {
	ctx, cancel := context.WithTimeout(context.Background(), leaseTime/3)
	defer cancel()
	if p.State().Standby {
		return
	}
	p.note(ctx)
	if err := p.taker.Release(ctx, p.source.Name, p.owner); err != nil {
		p.log.Warn("release source", "error", err)
	}
}
