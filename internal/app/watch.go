package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/tracing"
	"github.com/prometheus/client_golang/prometheus"
)

// openTracer starts to trace; without a collector there is nothing, and nothing costs anything.
func openTracer(ctx context.Context, settings *config.Watch, log *slog.Logger) (*tracing.Tracer, error) {
	if settings.Traces == "" {
		return nil, nil //nolint:nilnil // a nil tracer is tracing switched off
	}
	headers, err := settings.Headers()
	if err != nil {
		return nil, err
	}
	return tracing.Open(ctx, tracing.Options{
		Endpoint: settings.Traces, Headers: headers, Ratio: settings.TraceRatio, Version: Version(), Log: log,
	})
}

// tracesTime is how long the last traces may take to be sent.
const tracesTime = 3 * time.Second

// endTraces sends what waits; what a collector does not take then is lost.
func (s *service) endTraces() {
	ctx, cancel := context.WithTimeout(context.Background(), tracesTime)
	defer cancel()
	if err := s.tracer.Close(ctx); err != nil {
		s.log.Warn("stop tracing", "error", err)
	}
}

// slowStatement tells of a statement that took long.
func (s *service) slowStatement(slow store.Slow) {
	s.metrics.slow.WithLabelValues(slow.Statement).Inc()
	s.log.Warn("slow statement", "statement", slow.Statement, "at", slow.Place, "seconds", slow.Took.Seconds())
}

// Levels of the log's lines that are counted.
const (
	linesOfError = "error"
	linesOfWarn  = "warn"
)

// counted writes the log on, and counts what is wrong, whether it is written or not.
type counted struct {
	slog.Handler
	lines *prometheus.CounterVec
}

// Enabled implements slog.Handler.
func (c counted) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn || c.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (c counted) Handle(ctx context.Context, r slog.Record) error {
	switch {
	case r.Level >= slog.LevelError:
		c.lines.WithLabelValues(linesOfError).Inc()
	case r.Level >= slog.LevelWarn:
		c.lines.WithLabelValues(linesOfWarn).Inc()
	}
	if !c.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c counted) WithAttrs(attributes []slog.Attr) slog.Handler {
	return counted{c.Handler.WithAttrs(attributes), c.lines}
}

// WithGroup implements slog.Handler.
func (c counted) WithGroup(name string) slog.Handler {
	return counted{c.Handler.WithGroup(name), c.lines}
}

// What becomes of an attempt of a job.
const (
	jobDone    = "done"
	jobFailed  = "failed"
	jobGivenUp = "given up"
)

// watchJobs counts what becomes of every attempt of a job.
func (m *metrics) watchJobs(handlers []job.Handler) []job.Handler {
	watched := make([]job.Handler, len(handlers))
	for i, h := range handlers {
		for _, result := range []string{jobDone, jobFailed, jobGivenUp} { // at zero: see newMetrics
			m.jobs.WithLabelValues(h.Kind, result)
		}
		watched[i] = h
		watched[i].Do = func(ctx context.Context, c *job.Claimed) error {
			err := h.Do(ctx, c)
			if _, is := job.Postponed(err); is { // no attempt
				return err
			}
			result := jobDone
			switch {
			case err != nil && (job.Hopeless(err) || c.Last()):
				result = jobGivenUp
			case err != nil:
				result = jobFailed
			}
			m.jobs.WithLabelValues(h.Kind, result).Inc()
			return err
		}
	}
	return watched
}
