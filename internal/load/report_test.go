package load_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/load"
)

func TestReportForPeople(t *testing.T) {
	report := load.Report{
		Target: "http://127.0.0.1:8080", Seed: 7, Callers: 64, TargetRate: 1500, Requests: 1000, Missed: 2, Acknowledged: 990,
		Elapsed: 2 * time.Second, Codes: map[int]int64{0: 990, -1: 10}, Statuses: map[int]int64{200: 990, 503: 10},
		Examples:            []string{"code -1，HTTP 503：系统繁忙（10 次）"},
		Latency:             load.Latency{Min: 100 * time.Microsecond, P50: 2 * time.Millisecond, P90: 3 * time.Millisecond, P99: 4 * time.Millisecond, P999: 5 * time.Millisecond, Max: 6 * time.Millisecond},
		AcknowledgedLatency: load.Latency{Min: time.Millisecond, P50: time.Millisecond, P90: time.Millisecond, P99: time.Millisecond, P999: time.Millisecond, Max: time.Millisecond},
		Verification:        &load.Verification{Acknowledged: 990, Same: 989, Different: 1, Examples: []string{"流水号 E1 的评价重发得到 E2（1 次）"}},
	}
	var b bytes.Buffer
	if err := report.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `目标        http://127.0.0.1:8080，每秒 1500 次，并发 64，种子 7
请求数      1000，未及发出 2
用时        2.00 秒
速率        500.0 次/秒，其中成功 495.0 次/秒
延迟分布    min 0.10 ms  p50 2.00 ms  p90 3.00 ms  p99 4.00 ms  p99.9 5.00 ms  max 6.00 ms
成功延迟    min 1.00 ms  p50 1.00 ms  p90 1.00 ms  p99 1.00 ms  p99.9 1.00 ms  max 1.00 ms
应答数      code -1 失败 10，code 0 成功 990，HTTP 200 990 次，HTTP 503 10 次，无应答 0，报文不合规 0
            code -1，HTTP 503：系统繁忙（10 次）
核对结果    已确认的 990 条评价逐条重发：流水号一致 989，不一致 1，被拒 0，无应答 0；流水号重复 0
            流水号 E1 的评价重发得到 E2（1 次）
结论        不通过
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestProgress(t *testing.T) {
	e := &ebus{}
	opts := options(e.start(t))
	var b bytes.Buffer
	opts.Progress = &b
	if _, err := load.Run(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"发送", "已发 300，成功 300", "核对", "已核对 300 / 300，异常 0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got %s, want %s in it", b.String(), want)
		}
	}
}
