package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/tracing"
)

// openTracer starts to trace; without a collector there is nothing, and nothing costs anything.
func openTracer(ctx context.Context, settings *config.Watch, log *slog.Logger) (*tracing.Tracer, error) {
	if settings.Traces == "" {
		return nil, nil //nolint:nilnil // a nil tracer is tracing switched off
	}
	headers, err := settings.Headers()
	if err != nil {
		return nil, errors.New("trace-headers 应为 名=值，以逗号分隔")
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

// watchJobs counts what becomes of every attempt of a job.
func (m *metrics) watchJobs(handlers []job.Handler) []job.Handler {
	watched := make([]job.Handler, len(handlers))
	for i, h := range handlers {
		watched[i] = h
		watched[i].Do = func(ctx context.Context, c *job.Claimed) error {
			err := h.Do(ctx, c)
			result := "done"
			switch {
			case err != nil && (job.Hopeless(err) || c.Last()):
				result = "given up"
			case err != nil:
				result = "failed"
			}
			m.jobs.WithLabelValues(h.Kind, result).Inc()
			return err
		}
	}
	return watched
}
