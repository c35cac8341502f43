package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies are kept in microseconds, to two minutes, with three digits.
const (
	mostMicroseconds = int64(2 * time.Minute / time.Microsecond)
	digits           = 3
)

// maxExamples is how many different complaints a report keeps.
const maxExamples = 5

// receipt is an acknowledged review: which one, and the serial number it got. It is small and without pointers, since
// there may be millions.
type receipt struct {
	index  uint32
	length uint8
	serial [maxSerial]byte
}

func newReceipt(index uint64, serial string) receipt {
	r := receipt{index: uint32(index), length: uint8(len(serial))} //nolint:gosec // below maxCount; at most maxSerial
	copy(r.serial[:], serial)
	return r
}

func (r *receipt) text() string { return string(r.serial[:r.length]) }

// result gathers what the callers see.
type result struct {
	mu         sync.Mutex
	sent       int64
	codes      map[int]int64
	statuses   map[int]int64
	unanswered int64
	improper   int64
	latency    *hdrhistogram.Histogram // of all that were sent
	accepted   *hdrhistogram.Histogram // of the acknowledged
	receipts   []receipt
	examples   examples
	last       time.Time
}

func newResult() result {
	return result{
		codes: map[int]int64{}, statuses: map[int]int64{},
		latency:  hdrhistogram.New(1, mostMicroseconds, digits),
		accepted: hdrhistogram.New(1, mostMicroseconds, digits),
		last:     time.Now(),
	}
}

// add records the answer to review i, or that there was none.
func (r *result) add(i uint64, latency time.Duration, a answer, err error) {
	micro := min(max(latency.Microseconds(), 1), mostMicroseconds)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent++
	r.last = time.Now()
	_ = r.latency.RecordValue(micro) // within its range
	if err != nil {
		r.unanswered++
		r.examples.add("无应答：" + err.Error())
		return
	}
	r.statuses[a.status]++
	switch {
	case !a.proper:
		r.improper++
		r.examples.add(fmt.Sprintf("HTTP %d 的应答不是规定的报文", a.status))
		return
	case a.stored():
		_ = r.accepted.RecordValue(micro)
		r.receipts = append(r.receipts, newReceipt(i, a.serial))
	default:
		r.examples.add(fmt.Sprintf("code %d，HTTP %d：%s", a.code, a.status, a.message))
	}
	r.codes[a.code]++
}

// addFault records what kept a caller from sending.
func (r *result) addFault(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unanswered++
	r.examples.add(err.Error())
}

func (r *result) lastAnswer() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// sending is a line of progress.
func (r *result) sending() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("已发 %d，成功 %d，p99 %s", r.sent, len(r.receipts), milliseconds(quantile(r.latency, 99)))
}

func (r *result) report(opts Options, elapsed time.Duration) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := Report{
		Target: opts.Target, Seed: opts.Seed, Callers: opts.Callers, TargetRate: opts.Rate,
		Requests: r.sent, Acknowledged: int64(len(r.receipts)), Elapsed: elapsed,
		Codes: maps.Clone(r.codes), Statuses: maps.Clone(r.statuses), Unanswered: r.unanswered, Improper: r.improper,
		Latency: latencyOf(r.latency), AcknowledgedLatency: latencyOf(r.accepted), Examples: r.examples.texts(),
	}
	if opts.Rate > 0 || opts.Duration == 0 {
		report.Missed = max(int64(opts.planned())-r.sent, 0) //nolint:gosec // below maxCount
	}
	return report
}

// examples counts complaints, the first few different ones.
type examples struct{ counts map[string]int64 }

func (e *examples) add(text string) {
	if e.counts == nil {
		e.counts = map[string]int64{}
	}
	if _, known := e.counts[text]; known || len(e.counts) < maxExamples {
		e.counts[text]++
	}
}

// texts gives the complaints with how often each came, most frequent first.
func (e *examples) texts() []string {
	texts := slices.SortedFunc(maps.Keys(e.counts), func(a, b string) int {
		if more := e.counts[b] - e.counts[a]; more != 0 {
			return int(more)
		}
		return strings.Compare(a, b)
	})
	for i, text := range texts {
		texts[i] = fmt.Sprintf("%s（%d 次）", text, e.counts[text])
	}
	return texts
}
