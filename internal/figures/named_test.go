package figures

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"pgregory.net/rapid"
)

// at is noon of a day.
func at(day int) time.Time { return beijing.DayStart(day).Add(12 * time.Hour) }

func TestNamedPeriods(t *testing.T) {
	for _, c := range []struct {
		name         string
		now          int
		span, before Span
		title, than  string
	}{
		{"", 20260615, Span{20260517, 20260615}, Span{20260417, 20260516}, "近30天", "较前30天"},
		{"today", 20260615, Span{20260615, 20260615}, Span{20260614, 20260614}, "今天", "较昨日全天"},
		{"7d", 20260302, Span{20260224, 20260302}, Span{20260217, 20260223}, "近7天", "较前7天"},
		{"30d", 20260615, Span{20260517, 20260615}, Span{20260417, 20260516}, "近30天", "较前30天"},

		{"month", 20260615, Span{20260601, 20260615}, Span{20260501, 20260515}, "本月", "较上月同期"},
		{"month", 20260601, Span{20260601, 20260601}, Span{20260501, 20260501}, "本月", "较上月同期"},
		{"month", 20260330, Span{20260301, 20260330}, Span{20260201, 20260228}, "本月", "较上月同期"}, // a shorter month before
		{"month", 20260228, Span{20260201, 20260228}, Span{20260101, 20260131}, "本月", "较上月"},   // its last day
		{"month", 20240228, Span{20240201, 20240228}, Span{20240101, 20240128}, "本月", "较上月同期"}, // not so in a leap year
		{"month", 20260115, Span{20260101, 20260115}, Span{20251201, 20251215}, "本月", "较上月同期"}, // over the new year
		{"quarter", 20260615, Span{20260401, 20260615}, Span{20260101, 20260315}, "本季度", "较上季度同期"},
		{"quarter", 20260531, Span{20260401, 20260531}, Span{20260101, 20260228}, "本季度", "较上季度同期"},
		{"quarter", 20260331, Span{20260101, 20260331}, Span{20251001, 20251231}, "本季度", "较上季度"},
		{"year", 20240229, Span{20240101, 20240229}, Span{20230101, 20230228}, "本年", "较上年同期"},
		{"year", 20261231, Span{20260101, 20261231}, Span{20250101, 20251231}, "本年", "较上年"},

		{"2026-05", 20260615, Span{20260501, 20260531}, Span{20260401, 20260430}, "2026年5月", "较2026年4月"},
		{"2026-06", 20260615, Span{20260601, 20260615}, Span{20260501, 20260515}, "2026年6月", "较上月同期"},
		{"2026-01", 20260615, Span{20260101, 20260131}, Span{20251201, 20251231}, "2026年1月", "较2025年12月"},
		{"2024-02", 20260615, Span{20240201, 20240229}, Span{20240101, 20240131}, "2024年2月", "较2024年1月"},
		{"2026-Q1", 20260615, Span{20260101, 20260331}, Span{20251001, 20251231}, "2026年第一季度", "较2025年第四季度"},
		{"2025-Q4", 20260615, Span{20251001, 20251231}, Span{20250701, 20250930}, "2025年第四季度", "较2025年第三季度"},
		{"2025", 20260615, Span{20250101, 20251231}, Span{20240101, 20241231}, "2025年", "较2024年"},
		{"2026", 20260615, Span{20260101, 20260615}, Span{20250101, 20250615}, "2026年", "较上年同期"},
		{"20260501-20260531", 20260615, Span{20260501, 20260531}, Span{20260331, 20260430}, "2026年5月1日至5月31日", "较前31天"},
		{"20251230-20260102", 20260615, Span{20251230, 20260102}, Span{20251226, 20251229}, "2025年12月30日至2026年1月2日", "较前4天"},
		{"20260610-20260620", 20260615, Span{20260610, 20260615}, Span{20260604, 20260609}, "2026年6月10日至6月15日", "较前6天"},
		{"20260610-20260610", 20260615, Span{20260610, 20260610}, Span{20260609, 20260609}, "2026年6月10日", "较前1天"},
	} {
		p, err := ParsePeriod(c.name, at(c.now))
		if err != nil {
			t.Errorf("%s on %d: %v", c.name, c.now, err)
			continue
		}
		got := []any{p.Span, p.Before().Span, p.Title(), p.BeforeTitle()}
		if diff := cmp.Diff([]any{c.span, c.before, c.title, c.than}, got); diff != "" {
			t.Errorf("%s on %d: %s", c.name, c.now, diff)
		}
	}
}

// The fault of a name says what would be right.
func TestPeriodsThatAreNone(t *testing.T) {
	for name, want := range map[string]string{
		"yesterday": "应为 today", "2026-13": "应为 today", "2026-00": "应为 today", "2026-Q5": "应为 today", "2026-q1": "应为 today", "26": "应为 today",
		"20260231-20260301": "应为 today", "20260101-2026010": "应为 today", " 7d": "应为 today", "20260101": "应为 today", "２０２６": "应为 today",
		"20260105-20260101": "结束日期不得早于开始日期", "1969": "不得早于 1970 年", "2026-07": "尚未开始", "20260616-20260617": "尚未开始", "9999": "尚未开始",
	} {
		if _, err := ParsePeriod(name, at(20260615)); err == nil || !strings.Contains(err.Error(), "period "+want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// What a period is compared with ends the day before it, or is the same days one unit earlier; its name says the same days again.
func TestBeforeIsAPeriodOfItsOwn(t *testing.T) {
	names := []string{"today", "7d", "30d", "month", "quarter", "year", "2025-02", "2024-02", "2025-Q3", "2025", "20250105-20250301"}
	rapid.Check(t, func(t *rapid.T) {
		now := at(beijing.AddDays(20260101, rapid.IntRange(0, 2000).Draw(t, "day")))
		p, err := ParsePeriod(rapid.SampledFrom(names).Draw(t, "name"), now)
		if err != nil {
			t.Fatal(err)
		}
		before := p.Before()
		again, err := ParsePeriod(before.Name, now)
		if err != nil || again != before {
			t.Fatalf("%v before %v is read as %v, %v", before, p, again, err)
		}
		if before.Span.From > before.Span.To || before.Span.To >= p.Span.From {
			t.Fatalf("%v lies not before %v", before.Span, p.Span)
		}
		if p.months() == 0 && before.Days() != p.Days() {
			t.Fatalf("%v has %d days, %v before it %d", p.Span, p.Days(), before.Span, before.Days())
		}
		if p.months() > 0 && before.Span.From != addMonths(p.Span.From, -p.months()) {
			t.Fatalf("%v begins not a unit before %v", before.Span, p.Span)
		}
	})
}
