package respond

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Route names the request's span, if it has one, by the pattern that matched, prefix and pattern; never by its path, which may
// hold a receipt or a name, nor by its method, which may be anything.
func Route(r *http.Request, prefix, pattern string) {
	span := trace.SpanFromContext(r.Context())
	if !span.IsRecording() {
		return
	}
	route := prefix + pattern
	span.SetName(route)
	span.SetAttributes(attribute.String("http.route", route))
}
