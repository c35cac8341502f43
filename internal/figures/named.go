package figures

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
)

// Period is a span of days by its name in an address: today 7d 30d month quarter year, 2026-10, 2026-Q3, 2026,
// 20260901-20260930. One that is not over yet ends today.
type Period struct {
	Name string
	Span Span
}

// DefaultPeriod is the name of the period that is meant when nobody says.
const DefaultPeriod = "30d"

// forms are how a name with digits looks.
var forms = struct{ year, month, quarter, days *regexp.Regexp }{
	regexp.MustCompile(`^(\d{4})$`), regexp.MustCompile(`^(\d{4})-(\d{2})$`), regexp.MustCompile(`^(\d{4})-Q([1-4])$`),
	regexp.MustCompile(`^(\d{8})-(\d{8})$`),
}

// ParsePeriod reads a name; none is 30d. The fault of one that can't be read says what would be right.
func ParsePeriod(name string, now time.Time) (Period, error) {
	if name == "" {
		name = DefaultPeriod
	}
	today := beijing.Day(now)
	span, ok := spanOf(name, today)
	if !ok {
		return Period{}, periodFault("应为 today、7d、30d、month、quarter、year，或如 2026-10、2026-Q3、2026、20260901-20260930")
	}
	switch {
	case span.From < firstDay:
		return Period{}, periodFault("不得早于 1970 年")
	case span.From > span.To:
		return Period{}, periodFault("结束日期不得早于开始日期")
	case span.From > today:
		return Period{}, periodFault("尚未开始，请选择今天或以前的时间")
	}
	span.To = min(span.To, today)
	return Period{Name: name, Span: span}, nil
}

func periodFault(reason string) error {
	return fault.NewInvalid(fault.Violation{Field: "period", Reason: reason})
}

// spanOf is the whole span of a name; false when there is no such name, month or day.
func spanOf(name string, today int) (span Span, ok bool) {
	year, month := today/10000, today/100%100
	switch name {
	case "today":
		return Span{today, today}, true
	case "7d":
		return Span{beijing.AddDays(today, -6), today}, true
	case "30d":
		return Span{beijing.AddDays(today, -29), today}, true
	case "month":
		return monthsFrom(year, month, 1), true
	case "quarter":
		return monthsFrom(year, (month-1)/3*3+1, 3), true
	case "year":
		return monthsFrom(year, 1, 12), true
	}
	if digits := forms.year.FindStringSubmatch(name); digits != nil {
		return monthsFrom(integer(digits[1]), 1, 12), true
	}
	if digits := forms.month.FindStringSubmatch(name); digits != nil {
		year, month := integer(digits[1]), integer(digits[2])
		return monthsFrom(year, month, 1), 1 <= month && month <= 12
	}
	if digits := forms.quarter.FindStringSubmatch(name); digits != nil {
		return monthsFrom(integer(digits[1]), 3*integer(digits[2])-2, 3), true
	}
	if digits := forms.days.FindStringSubmatch(name); digits != nil {
		span = Span{integer(digits[1]), integer(digits[2])}
		return span, realDay(span.From) && realDay(span.To)
	}
	return Span{}, false
}

// integer reads digits that a pattern has found.
func integer(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// realDay says whether there is such a day: 20260231 is none.
func realDay(day int) bool { return beijing.Day(beijing.DayStart(day)) == day }

// monthsFrom are n months from the first of a month on.
func monthsFrom(year, month, n int) Span {
	first := year*10000 + month*100 + 1
	return Span{first, beijing.AddDays(addMonths(first, n), -1)}
}

// addMonths is the same day n months later, or the last day of a month that has no such day.
func addMonths(day, n int) int {
	first := beijing.Day(beijing.DayStart(day/100*100+1).AddDate(0, n, 0))
	return min(first+day%100-1, endOfMonth(first))
}

// months is how many months a period by the calendar has; 0 when it is a number of days.
func (p Period) months() int {
	switch {
	case p.Name == "month", forms.month.MatchString(p.Name):
		return 1
	case p.Name == "quarter", forms.quarter.MatchString(p.Name):
		return 3
	case p.Name == "year", forms.year.MatchString(p.Name):
		return 12
	}
	return 0
}

// over says whether a period by the calendar has come to its last day.
func (p Period) over() bool {
	return p.Span.To == beijing.AddDays(addMonths(p.Span.From, p.months()), -1)
}

// Days is how many days the period has so far.
func (p Period) Days() int {
	return int(beijing.DayStart(p.Span.To).Sub(beijing.DayStart(p.Span.From))/(24*time.Hour)) + 1
}

// Before is what the period is compared with: as many days before it; before a month, quarter or year the one before it, and
// of that the same days only while it is not over.
func (p Period) Before() Period {
	last := beijing.AddDays(p.Span.From, -1)
	n := p.months()
	if n == 0 {
		return daysPeriod(Span{beijing.AddDays(p.Span.From, -p.Days()), last})
	}
	from := addMonths(p.Span.From, -n)
	if !p.over() {
		return daysPeriod(Span{from, min(addMonths(p.Span.To, -n), last)})
	}
	name := fmt.Sprintf("%04d", from/10000)
	switch n {
	case 1:
		name += fmt.Sprintf("-%02d", from/100%100)
	case 3:
		name += fmt.Sprintf("-Q%d", (from/100%100+2)/3)
	}
	return Period{Name: name, Span: Span{from, last}}
}

func daysPeriod(span Span) Period {
	return Period{Name: fmt.Sprintf("%08d-%08d", span.From, span.To), Span: span}
}

// Title is how people call the period: 近30天, 2026年10月.
func (p Period) Title() string {
	switch p.Name {
	case "today":
		return "今天"
	case "7d":
		return "近7天"
	case "30d":
		return "近30天"
	case "month":
		return "本月"
	case "quarter":
		return "本季度"
	case "year":
		return "本年"
	}
	year, month := p.Span.From/10000, p.Span.From/100%100
	switch p.months() {
	case 1:
		return fmt.Sprintf("%d年%d月", year, month)
	case 3:
		return fmt.Sprintf("%d年第%s季度", year, [...]string{"一", "二", "三", "四"}[(month-1)/3])
	case 12:
		return fmt.Sprintf("%d年", year)
	}
	return p.Span.Title()
}

// Title is how people write a span: 2026年9月1日至9月30日.
func (s Span) Title() string {
	day := func(day int) string { return fmt.Sprintf("%d月%d日", day/100%100, day%100) }
	text := fmt.Sprintf("%d年%s", s.From/10000, day(s.From))
	switch {
	case s.From == s.To:
		return text
	case s.From/10000 == s.To/10000:
		return text + "至" + day(s.To)
	}
	return fmt.Sprintf("%s至%d年%s", text, s.To/10000, day(s.To))
}

// BeforeTitle is how people say to what a change is: 较前30天.
func (p Period) BeforeTitle() string { return "较" + p.Earlier() }

// named says whether the period has a name of its own, such as 2026-10, and is not one of those that end today or with this month.
func (p Period) named() bool {
	return forms.month.MatchString(p.Name) || forms.quarter.MatchString(p.Name) || forms.year.MatchString(p.Name)
}

// Earlier is how people call what the period is compared with: 前30天, 上月同期, 上月; 2026年9月 before 2026-10, for 上月 is the month
// before this one.
func (p Period) Earlier() string {
	if p.Name == "today" {
		return "昨日全天"
	}
	words := map[int]string{1: "上月", 3: "上季度", 12: "上年"}[p.months()]
	switch {
	case words == "":
		return fmt.Sprintf("前%d天", p.Days())
	case p.over() && p.named():
		return p.Before().Title()
	case p.over():
		return words
	}
	return words + "同期"
}
