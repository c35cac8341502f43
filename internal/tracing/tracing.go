// Package tracing tells a collector of OpenTelemetry what the program does and how long it takes: requests, batches, jobs, and
// what is sent outwards. No attribute holds anything personal: no address, no path but its pattern, no words of an error.
//
// A nil Tracer is tracing switched off: whatever it is given it gives back as it is, so that it costs nothing at all.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options say where spans go; all are required.
type Options struct {
	// Endpoint is the collector's address for OTLP over HTTP, such as http://127.0.0.1:4318, without /v1/traces.
	Endpoint string
	// Headers go with every export, such as a collector's token.
	Headers map[string]string
	// Ratio is which part of all traces is kept, above 0, at most 1.
	Ratio   float64
	Version string
	Log     *slog.Logger
}

// Limits on what waits for a collector: what is more is dropped, never waited for.
const (
	queueSpans  = 4096
	exportSpans = 512
	exportEvery = 2 * time.Second
	exportTime  = 10 * time.Second
)

// Tracer makes spans. The nil Tracer makes none.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Open starts to export; Close ends it. A collector that is away only costs the traces of that time.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	client, err := newClient(o.Endpoint, o.Headers)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("start to export traces: %w", err)
	}
	// A process of several nodes is told apart by the resource's own attributes (OTEL_RESOURCE_ATTRIBUTES), which win.
	described, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "haochaping"), attribute.String("service.version", o.Version),
	), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("describe this process to the collector: %w", err), exporter.Shutdown(ctx))
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { o.Log.Warn("export traces", "error", err) }))
	provider := sdk.NewTracerProvider(
		sdk.WithResource(described),
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Ratio))),
		sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(queueSpans), sdk.WithMaxExportBatchSize(exportSpans),
			sdk.WithBatchTimeout(exportEvery), sdk.WithExportTimeout(exportTime)),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("github.com/haochaping/haochaping")}, nil
}

// Close sends what waits, as long as ctx says.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// end ends a span by what came of it. Of an error only the kind is told: its words may be somebody's.
func end(span trace.Span, err error) {
	if err != nil {
		kind := kindOf(err)
		span.SetAttributes(attribute.String("error.type", kind))
		span.SetStatus(codes.Error, kind)
	}
	span.End()
}

// kindOf names what an error is.
func kindOf(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	switch fault.KindOf(err) {
	case fault.Invalid:
		return "invalid"
	case fault.Untrusted:
		return "untrusted"
	case fault.Conflict:
		return "conflict"
	case fault.Missing:
		return "missing"
	case fault.TooMany:
		return "too many"
	case fault.Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}
