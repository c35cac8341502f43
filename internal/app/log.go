package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// moreEvery is how often it is told how many more lines there were that say the same.
const moreEvery = 10 * time.Second

// mostOfCallers is how many lines that say the same are written in that time of what callers did wrong: who asks for the line of his own
// request finds it, but nobody can fill the disk by sending what is refused.
const mostOfCallers = 100

// quiet writes the log on. Of what is refused for a reason that lasts (the database is away, a caller is over his rate) it writes the
// first line, and then how many more there were: thousands a second would fill the disk and hide what else is said. Of other faults of
// callers it writes a hundred; of our own every one. Where every line is asked for (debug) it writes them all.
type quiet struct {
	slog.Handler
	lines *repeated
}

// repeated are the lines that are counted, by what they say.
type repeated struct {
	mu   sync.Mutex
	of   map[sameness]*repeats
	tell slog.Handler
}

// sameness is what two lines have in common that say the same.
type sameness struct {
	level   slog.Level
	message string
	kind    fault.Kind
}

type repeats struct {
	written, more int
	why           string // of the last one
}

func newQuiet(to slog.Handler) quiet {
	return quiet{to, &repeated{of: map[sameness]*repeats{}, tell: to}}
}

// Handle implements slog.Handler.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	err := errorOf(&r)
	kind := fault.KindOf(err)
	if err == nil || kind == fault.Internal {
		return q.Handler.Handle(ctx, r)
	}
	why := causeOf(err)
	if q.lines.again(sameness{r.Level, r.Message, kind}, why) && !q.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	told := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == errorKey {
			a = slog.String(errorKey, why)
		}
		told.AddAttrs(a)
		return true
	})
	return q.Handler.Handle(ctx, told)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attributes []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attributes), q.lines}
}

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithGroup(name), q.lines}
}

// lasts says whether a reason to refuse lasts, so that one line tells what all would.
func (s sameness) lasts() bool { return s.kind == fault.Unavailable || s.kind == fault.TooMany }

// again says whether lines like this were written already, as many as may be, and counts it then.
func (l *repeated) again(line sameness, why string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.of[line]
	if known == nil {
		known = &repeats{}
		l.of[line] = known
	}
	most := mostOfCallers
	if line.lasts() {
		most = 1
	}
	if known.written < most {
		known.written++
		return false
	}
	known.more++
	known.why = why
	return true
}

// Tell writes how many more lines there were since the last time. What did not come again is over: it is written when it begins anew.
func (l *repeated) Tell(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line, r := range l.of {
		if r.more == 0 || !line.lasts() {
			delete(l.of, line)
		}
		if r.more == 0 {
			continue
		}
		record := slog.NewRecord(time.Now(), line.level, line.message, 0)
		record.AddAttrs(slog.Int("more", r.more), slog.String(errorKey, r.why))
		if l.tell.Enabled(ctx, line.level) {
			_ = l.tell.Handle(ctx, record) // as log/slog does
		}
		r.more = 0
	}
}

// errorKey is what an error is called in a line of the log.
const errorKey = "error"

// errorOf is the error of a line; nil when it has none.
func errorOf(r *slog.Record) (err error) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == errorKey {
			err, _ = a.Value.Any().(error)
		}
		return err == nil
	})
	return err
}

// causeOf is an error in one line, without the words that callers are told where they stand before a cause.
func causeOf(err error) string {
	text := err.Error()
	for f := (*fault.Error)(nil); errors.As(err, &f) && f.Unwrap() != nil; err = f.Unwrap() {
		text = strings.Replace(text, f.Message+": ", "", 1)
	}
	return strings.Join(strings.Fields(text), " ")
}

// spell is a time in which something fails, of which the log tells its beginning and its end.
type spell struct {
	mu      sync.Mutex
	since   time.Time
	failing map[int]bool // parts
}

// note says whether something began to fail now, or ended, and after how long, as a part of it failed or not.
func (s *spell) note(part int, failed bool) (began, ended bool, lasted time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.failing)
	if !failed {
		delete(s.failing, part)
		if before == 0 || len(s.failing) > 0 {
			return false, false, 0
		}
		return false, true, time.Since(s.since)
	}
	if before == 0 {
		s.since, s.failing = time.Now(), map[int]bool{}
	}
	s.failing[part] = true
	return before == 0, false, 0
}

// storing observes whether reviews can be stored, beside the metrics.
type storing struct {
	*metrics
	log *slog.Logger
	spell
}

// Flushed implements review.Observer.
func (s *storing) Flushed(lane, size int, took time.Duration, err error) {
	s.metrics.Flushed(lane, size, took, err)
	if err != nil && fault.KindOf(err) != fault.Unavailable { // one review is to blame
		return
	}
	began, ended, lasted := s.note(lane, err != nil)
	if began {
		s.log.Warn("reviews can't be stored", errorKey, causeOf(err))
	}
	if ended {
		s.log.Warn("reviews are stored again", "seconds", lasted.Seconds())
	}
}
