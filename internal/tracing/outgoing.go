package tracing

import (
	"context"

	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Jobs gives handlers of which every attempt is a span.
func (t *Tracer) Jobs(handlers []job.Handler) []job.Handler {
	if t == nil {
		return handlers
	}
	traced := make([]job.Handler, len(handlers))
	for i, h := range handlers {
		traced[i] = h
		traced[i].Do = func(ctx context.Context, c *job.Claimed) error {
			ctx, span := t.tracer.Start(ctx, "job "+h.Kind, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer),
				trace.WithAttributes(attribute.String("haochaping.job", c.ID), attribute.Int("haochaping.attempt", c.Attempt)))
			err := h.Do(ctx, c)
			if _, is := job.Postponed(err); is { // no fault
				end(span, nil)
				return err
			}
			end(span, err)
			return err
		}
	}
	return traced
}

// Courier gives a courier of which every mail and every webhook is a span, without its receiver. Receivers are not told our trace:
// they are other houses.
func (t *Tracer) Courier(c notice.Courier) notice.Courier {
	if t == nil {
		return c
	}
	return &courier{c, t.tracer}
}

type courier struct {
	notice.Courier
	tracer trace.Tracer
}

// Mail implements notice.Courier.
func (c *courier) Mail(ctx context.Context, m notice.Letter) error {
	ctx, span := c.tracer.Start(ctx, "send mail", trace.WithSpanKind(trace.SpanKindClient))
	err := c.Courier.Mail(ctx, m)
	end(span, err)
	return err
}

// Post implements notice.Courier.
func (c *courier) Post(ctx context.Context, p notice.Post) error {
	ctx, span := c.tracer.Start(ctx, "send webhook", trace.WithSpanKind(trace.SpanKindClient))
	err := c.Courier.Post(ctx, p)
	end(span, err)
	return err
}
