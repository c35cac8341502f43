package affair

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Front is a source's database, as internal/frontdb reads it.
type Front interface {
	// Page reads the rows after a cursor that have rested, in the order of (cursor, key), at most limit; nil is from the
	// beginning.
	Page(ctx context.Context, after *Cursor, limit int) (Page, error)
	// Recent reads again what is younger than age, page by page in the same order.
	Recent(ctx context.Context, age time.Duration, after *Cursor, limit int) (Page, error)
}

// Page is some rows of a source.
type Page struct {
	Columns []string   // our fields' names
	Rows    [][]string // a cell for each column
	Where   []Cursor   // of each row
	More    bool       // there were more than asked for
	Reached time.Time  // the last row's cursor where that is a time
}

// SourceError is an error whose kind anybody may read.
type SourceError interface {
	error
	Brief() string
}

// Taker takes rows in. *Service is one.
type Taker interface {
	Take(ctx context.Context, batch Batch) ([]Verdict, error)
	Cursor(ctx context.Context, source string) (Cursor, bool, error)
	Lease(ctx context.Context, source, holder string, span time.Duration) (bool, error)
	Release(ctx context.Context, source, holder string) error
}

// Source says how a source is pulled.
type Source struct {
	Name  string
	Front Front
	// Interval is the pause when everything has been read.
	Interval time.Duration
	// LookBack is how long a transaction at the source may have been under way for its rows to be found, although their
	// cursor was passed meanwhile: so often twice that long is read again. 0 is never.
	LookBack time.Duration
	// PageRows is the most rows that are read and taken at once.
	PageRows int
}

// Puller brings the completed affairs of one source in, for as long as it runs. Of several processes one pulls a source.
type Puller struct {
	source  Source
	taker   Taker
	notes   Notes
	owner   string
	now     func() time.Time
	log     *slog.Logger
	sweptAt time.Time
	news    chan struct{} // something that others should know at once

	mu    sync.Mutex
	state SourceState
}

// NewPuller makes a puller; owner names the process among those that share the database.
func NewPuller(source Source, taker Taker, notes Notes, owner string, now func() time.Time, log *slog.Logger) *Puller {
	return &Puller{
		source: source, taker: taker, notes: notes, owner: owner, now: now, log: log.With("source", source.Name),
		state: SourceState{Source: source.Name, Standby: true}, news: make(chan struct{}, 1),
	}
}

// The pauses after failures grow from the first to the longest.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// Run pulls until ctx ends. Whatever fails is tried again, with growing pauses.
func (p *Puller) Run(ctx context.Context) {
	for ctx.Err() == nil {
		held, err := p.hold(ctx)
		switch {
		case err != nil:
			p.failed(fmt.Errorf("本库：%w", err))
			pause(ctx, firstPause)
		case !held:
			p.stand(ctx)
			pause(ctx, leaseTime/3)
		default:
			p.change(func(s *SourceState) {
				if s.Standby {
					s.Failing, s.Brief, s.FailingSince, s.Standby = "", "", time.Time{}, false
				}
			})
			p.lead(ctx)
		}
	}
	p.release()
}

// lead pulls for as long as no other process may.
func (p *Puller) lead(ctx context.Context) {
	ctx, lost := context.WithCancel(ctx)
	defer lost()
	var keeping sync.WaitGroup
	defer keeping.Wait()
	keeping.Go(func() { p.keep(ctx, lost) })
	defer lost()
	wait := time.Duration(0)
	for {
		err := p.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.failed(err)
			wait = grown(wait)
			pause(ctx, jittered(wait))
		default:
			p.well()
			wait = 0
			pause(ctx, p.source.Interval)
		}
	}
}

// grown is the pause after one more failure.
func grown(pause time.Duration) time.Duration {
	return min(max(2*pause, firstPause), longestPause)
}

// jittered is a pause a little shorter, so that not everyone comes at once.
func jittered(pause time.Duration) time.Duration {
	return pause - rand.N(pause/4+1) //nolint:gosec // nobody gains by guessing it
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// failed notes a failure, and logs it when it is news.
func (p *Puller) failed(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	brief := "读取出错"
	var told SourceError
	if errors.As(err, &told) {
		brief = told.Brief()
	}
	p.change(func(s *SourceState) {
		if s.Failing != err.Error() {
			p.log.Warn("source fails", "error", err)
			p.tell()
		}
		if s.Failing == "" {
			s.FailingSince = p.now()
		}
		s.Failing, s.Brief = err.Error(), brief
	})
}

// well notes that everything that had rested is here.
func (p *Puller) well() {
	p.change(func(s *SourceState) {
		if s.Failing != "" {
			p.log.Info("source is well again", "after", p.now().Sub(s.FailingSince).String())
			p.tell()
		}
		s.Failing, s.Brief, s.FailingSince = "", "", time.Time{}
	})
}
