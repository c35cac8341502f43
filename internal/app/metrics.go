package app

import (
	"net/http"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/ebus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what /metrics tells (docs/operations.md). No label holds anything that a caller may choose freely.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec   // by interface and code of the envelope
	duration *prometheus.HistogramVec // by interface
	flushes  *prometheus.CounterVec   // by result
	flushed  prometheus.Histogram     // seconds
	batch    prometheus.Histogram     // reviews
	changes  prometheus.Gauge
	slow     *prometheus.CounterVec // by statement
	jobs     *prometheus.CounterVec // by kind and result
	build    *prometheus.GaugeVec   // by version, 1
	lines    *prometheus.CounterVec // of the log, by level
	unopened prometheus.Counter     // reviews
}

func newMetrics() *metrics {
	latencies := prometheus.ExponentialBuckets(0.0005, 2, 14) // 0.5 ms to 4 s
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "haochaping_requests_total", Help: "Requests by interface and code of the answer's envelope.",
		}, []string{"interface", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "haochaping_request_seconds", Help: "Time to answer, by interface.", Buckets: latencies,
		}, []string{"interface"}),
		flushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "haochaping_flushes_total", Help: "Batches of reviews by what became of them.",
		}, []string{"result"}),
		flushed: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "haochaping_flush_seconds", Help: "Time to store one batch of reviews durably.", Buckets: latencies,
		}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "haochaping_batch_reviews", Help: "Reviews in one batch.", Buckets: prometheus.ExponentialBuckets(1, 2, 12),
		}),
		changes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "haochaping_counter_changes", Help: "Batches whose facts wait to be folded into counters; figures hold them already.",
		}),
		slow: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "haochaping_slow_statements_total", Help: "Statements that took longer than slow-query, by the store's method.",
		}, []string{"statement"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "haochaping_jobs_total", Help: "Attempts of jobs by kind and by what became of them: done, failed (tried again later), given up.",
		}, []string{"kind", "result"}),
		build: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "haochaping_build_info", Help: "1, with the version of the program.",
		}, []string{"version"}),
		lines: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "haochaping_log_lines_total", Help: "Lines of the log by level, those of warn and error alone; an error is a fault of ours.",
		}, []string{"level"}),
		unopened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "haochaping_unopened_reviews_total", Help: "Reviews that were listed without what is sealed in them, for it does not open; each time one is listed counts.",
		}),
	}
	m.build.WithLabelValues(Version()).Set(1)
	// At zero from the start: what appears with its first event has not increased for Prometheus, and nobody would be alerted of it.
	for _, result := range []string{flushStored, flushFailed} {
		m.flushes.WithLabelValues(result)
	}
	for _, level := range []string{linesOfError, linesOfWarn} {
		m.lines.WithLabelValues(level)
	}
	m.registry.MustRegister(m.requests, m.duration, m.flushes, m.flushed, m.batch, m.changes, m.slow, m.jobs, m.build, m.lines, m.unopened,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds what the review service tells of itself.
func (m *metrics) watch(reviews *review.Service) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "haochaping_waiting_reviews", Help: "Reviews that wait for their batch.",
	}, func() float64 { return float64(reviews.Waiting()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "haochaping_accepting", Help: "1 when every lane stores, 0 while one is parked after a failed flush.",
		}, func() float64 {
			if reviews.Ready() {
				return 1
			}
			return 0
		}))
}

// admit adds how the way in for reviews is used.
func (m *metrics) admit(way *ebus.Handler) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "haochaping_calls_inside", Help: "Calls of the interfaces for reviews that are worked on.",
		}, func() float64 { return float64(way.Load().Inside) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "haochaping_calls_limit", Help: "How many of them may be at once, as the machine allows now.",
		}, func() float64 { return float64(way.Load().Limit) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "haochaping_calls_kept_out_total", Help: "Calls that were told to come again before work was spent on them.",
		}, func() float64 { return float64(way.Load().Refused) }))
}

// connected adds how many connections there are.
func (m *metrics) connected(to *connections) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "haochaping_connections", Help: "Connections of callers, idle ones with them.",
		}, func() float64 { return float64(to.open()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "haochaping_connections_limit", Help: "How many there may be.",
		}, func() float64 { return float64(to.most) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "haochaping_connections_refused_total", Help: "Newcomers who found all places taken and nobody idle.",
		}, func() float64 { return float64(to.refused.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "haochaping_connections_closed_idle_total", Help: "Idle connections that were closed for newcomers.",
		}, func() float64 { return float64(to.closed.Load()) }))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe gives the observer of one group of interfaces.
func (m *metrics) observe(group string) func(path string, code int, took time.Duration) {
	return func(path string, code int, took time.Duration) {
		name := group + "/" + path
		m.requests.WithLabelValues(name, strconv.Itoa(code)).Inc()
		m.duration.WithLabelValues(name).Observe(took.Seconds())
	}
}

// What becomes of a batch.
const (
	flushStored = "stored"
	flushFailed = "failed"
)

// Flushed implements review.Observer.
func (m *metrics) Flushed(_, size int, took time.Duration, err error) {
	result := flushStored
	if err != nil {
		result = flushFailed
	}
	m.flushes.WithLabelValues(result).Inc()
	m.flushed.Observe(took.Seconds())
	m.batch.Observe(float64(size))
}

func (m *metrics) unfolded(changes int) { m.changes.Set(float64(changes)) }
