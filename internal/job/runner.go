package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// Handler does the jobs of one kind. A job may be done more than once, when its process dies between doing it and saying so.
type Handler struct {
	Kind string
	// Limit is how long one attempt may take.
	Limit time.Duration
	// Do does it. A fault.Error's message is kept and shown, so it holds no personal data; of any other error only the log
	// tells more than that there was one. GiveUp around an error ends the attempts.
	Do func(ctx context.Context, c *Claimed) error
}

// GiveUp marks an error after which no further attempt makes sense.
func GiveUp(err error) error { return &hopeless{err} }

type hopeless struct{ error }

func (h *hopeless) Unwrap() error { return h.error }

// Hopeless says whether an error was marked by GiveUp.
func Hopeless(err error) bool {
	var h *hopeless
	return errors.As(err, &h)
}

// Later marks a job that was not tried, for it is not its turn: it comes again after a pause, and no attempt is counted.
func Later(pause time.Duration) error { return &postponed{pause} }

type postponed struct{ pause time.Duration }

func (p *postponed) Error() string { return fmt.Sprintf("postponed by %v", p.pause) }

// Postponed says whether an error is one of Later, and how long its pause is.
func Postponed(err error) (pause time.Duration, is bool) {
	var p *postponed
	if is = errors.As(err, &p); is {
		pause = p.pause
	}
	return pause, is
}

// Words say for people why a job failed: a fault's own message, or that there was an error. They hold no personal data.
func Words(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return "内部错误，详见日志"
}

// Last says whether an attempt is the last, whatever comes of it.
func (c *Claimed) Last() bool { return c.Attempt > len(Pauses) }

// grace is how much longer a lease is than a job may take: time to write down how it ended.
const grace = time.Minute

// Runner does jobs until its context ends.
type Runner struct {
	queue    Queue
	handlers map[string]Handler
	kinds    []string
	lease    time.Duration
	now      func() time.Time
	log      *slog.Logger
}

// NewRunner makes a runner with a handler for each kind.
func NewRunner(queue Queue, now func() time.Time, log *slog.Logger, handlers ...Handler) *Runner {
	r := &Runner{queue: queue, handlers: map[string]Handler{}, now: now, log: log}
	for _, h := range handlers {
		r.handlers[h.Kind] = h
		r.kinds = append(r.kinds, h.Kind)
		r.lease = max(r.lease, h.Limit+grace)
	}
	return r
}

const (
	// Workers is how many jobs a process does at once, so that one slow job does not hold up all. Many of them for receivers that
	// answer late or not at all would: see package notice, resting and unhurried.
	Workers = 3
	// look is how often a worker without work looks for some.
	look = 2 * time.Second
	// keepEnded is how long jobs are kept that came to an end, and sweepEvery how often they are looked for.
	keepEnded  = 90 * 24 * time.Hour
	sweepEvery = time.Hour
)

// Run does jobs until ctx ends; those under way are broken off then and tried again later.
func (r *Runner) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range Workers {
		wg.Go(func() { r.work(ctx) })
	}
	wg.Go(func() { r.sweep(ctx) })
	wg.Wait()
}

func (r *Runner) work(ctx context.Context) {
	idle := time.NewTicker(look)
	defer idle.Stop()
	for ctx.Err() == nil {
		did, err := r.Step(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Warn("look for jobs", "error", err)
		}
		if did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-idle.C:
		}
	}
}

// Step does one job that is due; false when there is none.
func (r *Runner) Step(ctx context.Context) (did bool, err error) {
	claimed, err := r.queue.ClaimJob(ctx, r.kinds, r.lease)
	if err != nil || claimed == nil {
		return false, err
	}
	err = r.do(ctx, claimed)
	// That it was done must be noted even when the process is about to stop.
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace/2)
	defer cancel()
	if pause, is := Postponed(err); is {
		return true, r.queue.PutBackJob(note, claimed, pause)
	}
	words, retry := "", time.Duration(0)
	if err != nil {
		words, retry = r.outcome(ctx, claimed, err)
	}
	return true, r.queue.FinishJob(note, claimed, words, retry)
}

// do runs the handler within its limit. A panic is an error of this job, not the end of the process.
func (r *Runner) do(ctx context.Context, c *Claimed) (err error) {
	handler := r.handlers[c.Kind]
	ctx, cancel := context.WithTimeout(ctx, handler.Limit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return handler.Do(ctx, c)
}

// outcome says in words why an attempt failed, and how long the pause is before the next one; negative when there is none.
func (r *Runner) outcome(ctx context.Context, c *Claimed, err error) (words string, retry time.Duration) {
	words = Words(err)
	switch {
	case ctx.Err() != nil:
		return "服务停止，稍后继续", 0
	case Hopeless(err), c.Last():
		retry = -1
	default:
		retry = Pauses[c.Attempt-1]
	}
	r.log.Warn("job failed", "kind", c.Kind, "id", c.ID, "attempt", c.Attempt, "last", retry < 0, "error", err)
	return words, retry
}

func (r *Runner) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		for {
			deleted, err := r.queue.SweepJobs(ctx, r.now().Add(-keepEnded))
			if err != nil && ctx.Err() == nil {
				r.log.Warn("sweep jobs", "error", err)
			}
			if err != nil || deleted < SweepPiece {
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
