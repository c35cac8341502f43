package tracing_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/tracing"
	"github.com/haochaping/haochaping/internal/web/respond"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes spans as a collector does.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	bad   []string
	spans []*tracepb.Span
	whole []byte // all that was sent
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" ||
			r.Header.Get("Authorization") != "Bearer t" || proto.Unmarshal(body, &data) != nil {
			c.bad = append(c.bad, r.Method+" "+r.URL.Path)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.whole = append(c.whole, body...)
		for _, resource := range data.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// traced gives a tracer whose spans arrive when the function beside it is called.
func traced(t *testing.T) (tracer *tracing.Tracer, spans func() (map[string]*tracepb.Span, string)) {
	t.Helper()
	c := newCollector(t)
	tracer, err := tracing.Open(t.Context(), tracing.Options{
		Endpoint: c.URL + "/", Headers: map[string]string{"Authorization": "Bearer t"}, Ratio: 1, Version: "v1", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return tracer, func() (map[string]*tracepb.Span, string) {
		t.Helper()
		if err := tracer.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		named := map[string]*tracepb.Span{}
		for _, s := range c.spans {
			named[s.GetName()] = s
		}
		if len(c.bad) > 0 || len(named) != len(c.spans) {
			t.Fatalf("refused %q, got %d spans of %d names", c.bad, len(c.spans), len(named))
		}
		return named, string(c.whole)
	}
}

// attributes are those of a span as text.
func attributes(s *tracepb.Span) map[string]string {
	all := map[string]string{}
	for _, a := range s.GetAttributes() {
		value := a.GetValue()
		if all[a.GetKey()] = value.GetStringValue(); all[a.GetKey()] == "" {
			all[a.GetKey()] = strings.TrimPrefix(value.String(), "int_value:")
		}
	}
	return all
}

const (
	private    = "R7KQ2M9XW4TB" // a receipt
	callersOwn = "0af7651916cd43dd8448eb211c80319c"
)

func TestARequestIsASpanOfItsRouteAndTheCallersTraceIsLinked(t *testing.T) {
	tracer, spans := traced(t)
	handler := tracer.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "id1")
		if r.URL.Path != "/healthz" {
			respond.Route(r, "/ping/", "r/{receipt}")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error("a stream can't be flushed:", err)
		}
	}))
	for _, path := range []string{"/healthz", "/ping/r/" + private + "?phone=13800138000"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Traceparent", "00-"+callersOwn+"-b7ad6b7169203331-01")
		r.Header.Set("User-Agent", "agent-"+private)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	got, whole := spans()
	s := got["/ping/r/{receipt}"]
	if len(got) != 1 || s == nil {
		t.Fatalf("got %v, want one span", got)
	}
	want := map[string]string{
		"http.request.method": "GET", "http.route": "/ping/r/{receipt}", "http.response.status_code": "503", "haochaping.request_id": "id1",
	}
	if diff := cmp.Diff(want, attributes(s)); diff != "" {
		t.Error(diff)
	}
	if s.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR || s.GetKind() != tracepb.Span_SPAN_KIND_SERVER {
		t.Errorf("status %v, kind %v", s.GetStatus(), s.GetKind())
	}
	if len(s.GetParentSpanId()) != 0 || len(s.GetLinks()) != 1 || hex(s.GetLinks()[0].GetTraceId()) != callersOwn || hex(s.GetTraceId()) == callersOwn {
		t.Errorf("the caller's trace is not linked alone: %v", s)
	}
	for _, personal := range []string{private, "13800138000"} {
		if strings.Contains(whole, personal) {
			t.Errorf("the collector was told %s", personal)
		}
	}
}

func hex(b []byte) string {
	const digits = "0123456789abcdef"
	var text strings.Builder
	for _, c := range b {
		text.WriteByte(digits[c>>4])
		text.WriteByte(digits[c&15])
	}
	return text.String()
}

func TestABatchIsLinkedToTheRequestsThatWaitForIt(t *testing.T) {
	tracer, spans := traced(t)
	around := tracer.Batches()
	handler := tracer.Requests(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		respond.Route(r, "", "/submit")
		_, done := around(3, 2, slices.Values([]context.Context{r.Context(), t.Context()}))
		done(fault.NewUnavailable(private, 0, errors.New(private)))
	}))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/submit", nil))
	got, whole := spans()
	request, batch := got["/submit"], got["store batch"]
	if request == nil || batch == nil || len(batch.GetLinks()) != 1 || !slices.Equal(batch.GetLinks()[0].GetSpanId(), request.GetSpanId()) {
		t.Fatalf("got %v", got)
	}
	want := map[string]string{"haochaping.lane": "3", "haochaping.reviews": "2", "error.type": "unavailable"}
	if diff := cmp.Diff(want, attributes(batch)); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(whole, private) {
		t.Error("the collector was told an error's words")
	}
}

// outside is a courier that reaches nobody.
type outside struct{ err error }

func (o *outside) Mail(context.Context, notice.Letter) error { return o.err }
func (o *outside) Post(context.Context, notice.Post) error   { return nil }

func TestJobsAndWhatTheySendAreSpansWithoutReceivers(t *testing.T) {
	tracer, spans := traced(t)
	carrier := tracer.Courier(&outside{job.GiveUp(errors.New(private))})
	handlers := tracer.Jobs([]job.Handler{{Kind: "deliver", Do: func(ctx context.Context, _ *job.Claimed) error {
		if err := carrier.Post(ctx, notice.Post{URL: "https://" + private}); err != nil {
			t.Error(err)
		}
		return carrier.Mail(ctx, notice.Letter{To: private, Subject: private})
	}}})
	if err := handlers[0].Do(t.Context(), &job.Claimed{ID: "j1", Attempt: 2, Key: private}); !job.Hopeless(err) {
		t.Errorf("got %v, want the handler's own error", err)
	}
	got, whole := spans()
	parent := got["job deliver"]
	for _, name := range []string{"send mail", "send webhook"} {
		if s := got[name]; parent == nil || s == nil || !slices.Equal(s.GetParentSpanId(), parent.GetSpanId()) {
			t.Fatalf("%s is no span below the job's: %v", name, got)
		}
	}
	want := map[string]string{"haochaping.job": "j1", "haochaping.attempt": "2", "error.type": "internal"}
	if diff := cmp.Diff(want, attributes(parent)); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(whole, private) {
		t.Error("the collector was told the receiver or the words of an error")
	}
}

func TestSwitchedOffNothingIsAdded(t *testing.T) {
	var off *tracing.Tracer
	mux, jobs, carrier := http.NewServeMux(), []job.Handler{{}}, &outside{}
	if off.Requests(mux) != http.Handler(mux) || &off.Jobs(jobs)[0] != &jobs[0] || off.Courier(carrier) != notice.Courier(carrier) || off.Batches() != nil {
		t.Error("something is wrapped")
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/board", nil)
	if n := testing.AllocsPerRun(100, func() { respond.Route(r, "/ping/", "board") }); n != 0 {
		t.Errorf("naming a route that nobody traces allocates %v times", n)
	}
	if err := off.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestACollectorThatIsAwayHoldsUpNobody(t *testing.T) {
	c := newCollector(t)
	c.Close()
	tracer, err := tracing.Open(t.Context(), tracing.Options{Endpoint: c.URL, Ratio: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	answered := 0
	handler := tracer.Requests(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered++ }))
	for range 10_000 { // more than may wait
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	}
	if answered != 10_000 {
		t.Errorf("answered %d", answered)
	}
	_ = tracer.Close(t.Context()) // it says that nobody took them
}
