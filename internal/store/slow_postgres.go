package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// watchPostgres measures what goes over a connection: statements, pipelines, copies.
type watchPostgres struct{ *watch }

var (
	_ pgx.QueryTracer    = watchPostgres{}
	_ pgx.BatchTracer    = watchPostgres{}
	_ pgx.CopyFromTracer = watchPostgres{}
)

type beganKey struct{}

func (w watchPostgres) start(ctx context.Context) context.Context {
	began := w.begin()
	if began.IsZero() {
		return ctx
	}
	return context.WithValue(ctx, beganKey{}, began)
}

func (w watchPostgres) stop(ctx context.Context) {
	began, _ := ctx.Value(beganKey{}).(time.Time)
	w.end(began)
}

// TraceQueryStart implements pgx.QueryTracer.
func (w watchPostgres) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return w.start(ctx)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (w watchPostgres) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	w.stop(ctx)
}

// TraceBatchStart implements pgx.BatchTracer.
func (w watchPostgres) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return w.start(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer: a pipeline is measured as one.
func (w watchPostgres) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (w watchPostgres) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	w.stop(ctx)
}

// TraceCopyFromStart implements pgx.CopyFromTracer.
func (w watchPostgres) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	return w.start(ctx)
}

// TraceCopyFromEnd implements pgx.CopyFromTracer.
func (w watchPostgres) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromEndData) {
	w.stop(ctx)
}
