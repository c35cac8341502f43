package load

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/haochaping/haochaping/client"
)

// Report is what a run measured.
type Report struct {
	Target     string
	Seed       uint64
	Callers    int
	TargetRate float64 // 0: flat out

	Requests     int64 // sent, answered or not
	Missed       int64 // planned and not sent before the time was over: all callers were waiting for answers
	Acknowledged int64 // answered with code 0
	Elapsed      time.Duration

	Codes      map[int]int64 // proper answers by code
	Statuses   map[int]int64 // all answers by HTTP status
	Unanswered int64
	Improper   int64    // not the envelope, or code 0 without a serial number
	Examples   []string // some of what was not answered with code 0, with how often

	Latency             Latency // of everything sent; with a rate, from when it was due
	AcknowledgedLatency Latency // of what was answered with code 0

	Verification *Verification // nil when there was none
}

// Latency is a distribution of latencies, in steps of a microsecond with three digits.
type Latency struct {
	Min, P50, P90, P99, P999, Max time.Duration
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	return Latency{
		Min: time.Duration(h.Min()) * time.Microsecond, P50: quantile(h, 50), P90: quantile(h, 90),
		P99: quantile(h, 99), P999: quantile(h, 99.9), Max: time.Duration(h.Max()) * time.Microsecond,
	}
}

func quantile(h *hdrhistogram.Histogram, percent float64) time.Duration {
	return time.Duration(h.ValueAtPercentile(percent)) * time.Microsecond
}

// OK says whether the server did its duty: it acknowledged reviews, answered every request properly with code 0 or, when
// it had too much, with 429 or 503, and has everything that it acknowledged.
func (r Report) OK() bool {
	busy := r.Statuses[http.StatusTooManyRequests] + r.Statuses[http.StatusServiceUnavailable]
	return r.Acknowledged > 0 && r.Unanswered == 0 && r.Improper == 0 && r.Requests == r.Acknowledged+busy &&
		(r.Verification == nil || r.Verification.OK())
}

// Rate is how many requests a second were sent and answered, or given up.
func (r Report) Rate() float64 { return perSecond(r.Requests, r.Elapsed) }

// AcknowledgedRate is how many reviews a second were acknowledged.
func (r Report) AcknowledgedRate() float64 { return perSecond(r.Acknowledged, r.Elapsed) }

func perSecond(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// Write prints the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		// A Chinese character is two columns wide; the names have no others.
		fmt.Fprintf(&b, "%s%s%s\n", name, strings.Repeat(" ", max(12-2*len([]rune(name)), 2)), fmt.Sprintf(format, args...))
	}
	mode := "不限速"
	if r.TargetRate > 0 {
		mode = fmt.Sprintf("每秒 %g 次", r.TargetRate)
	}
	line("目标", "%s，%s，并发 %d，种子 %d", r.Target, mode, r.Callers, r.Seed)
	line("请求数", "%d，未及发出 %d", r.Requests, r.Missed)
	line("用时", "%.2f 秒", r.Elapsed.Seconds())
	line("速率", "%.1f 次/秒，其中成功 %.1f 次/秒", r.Rate(), r.AcknowledgedRate())
	line("延迟分布", "%s", r.Latency)
	if r.Acknowledged != r.Requests {
		line("成功延迟", "%s", r.AcknowledgedLatency)
	}
	line("应答数", "%s", strings.Join(r.answers(), "，"))
	for _, text := range r.Examples {
		line("", "%s", text)
	}
	if v := r.Verification; v == nil {
		line("核对结果", "未核对")
	} else {
		line("核对结果", "已确认的 %d 条评价逐条重发：流水号一致 %d，不一致 %d，被拒 %d，无应答 %d；流水号重复 %d",
			v.Acknowledged, v.Same, v.Different, v.Refused, v.Unanswered, v.Duplicates)
		for _, text := range v.Examples {
			line("", "%s", text)
		}
	}
	verdict := "通过"
	if !r.OK() {
		verdict = "不通过"
	}
	line("结论", "%s", verdict)
	_, err := io.WriteString(w, b.String())
	return err
}

// answers counts the answers of each sort.
func (r Report) answers() []string {
	names := map[int]string{
		client.CodeOK: "成功", client.CodeFailed: "失败", client.CodeInvalid: "参数不合法", client.CodeSignature: "验签失败",
	}
	var texts []string
	for _, code := range slices.Sorted(maps.Keys(r.Codes)) {
		texts = append(texts, fmt.Sprintf("code %d %s %d", code, names[code], r.Codes[code]))
	}
	for _, status := range slices.Sorted(maps.Keys(r.Statuses)) {
		texts = append(texts, fmt.Sprintf("HTTP %d %d 次", status, r.Statuses[status]))
	}
	return append(texts, fmt.Sprintf("无应答 %d", r.Unanswered), fmt.Sprintf("报文不合规 %d", r.Improper))
}

// String gives the distribution in milliseconds.
func (l Latency) String() string {
	return fmt.Sprintf("min %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s", milliseconds(l.Min), milliseconds(l.P50),
		milliseconds(l.P90), milliseconds(l.P99), milliseconds(l.P999), milliseconds(l.Max))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
