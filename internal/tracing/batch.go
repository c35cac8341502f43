package tracing

import (
	"context"
	"iter"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// mostLinks is how many of a batch's requests its span is linked to.
const mostLinks = 128

// Batches gives the function that makes a span of every batch (review.Needs.Around), linked to the spans of the requests that
// wait for it; nil when tracing is off.
func (t *Tracer) Batches() func(lane, size int, callers iter.Seq[context.Context]) (context.Context, func(error)) {
	if t == nil {
		return nil
	}
	return func(lane, size int, callers iter.Seq[context.Context]) (context.Context, func(error)) {
		var links []trace.Link
		for caller := range callers {
			if request := trace.SpanContextFromContext(caller); request.IsSampled() {
				if links = append(links, trace.Link{SpanContext: request}); len(links) == mostLinks {
					break
				}
			}
		}
		ctx, span := t.tracer.Start(context.Background(), "store batch", trace.WithLinks(links...), trace.WithAttributes(
			attribute.Int("haochaping.lane", lane), attribute.Int("haochaping.reviews", size),
		))
		return ctx, func(err error) { end(span, err) }
	}
}
