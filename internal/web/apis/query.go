package apis

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// Limits of paging. Deeper than deepest, a listing goes on with lastRecord.
const (
	defaultPage = 10
	largestPage = 100
	deepest     = 10_000
)

// query reads the parameters of a request and collects what is wrong with them.
type query struct {
	values     url.Values
	handler    *Handler
	violations []fault.Violation
}

func (h *Handler) query(r *http.Request) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values, handler: h}
	if err != nil {
		q.fail("query", "不是合法的查询串")
	}
	return q
}

func (q *query) fail(field, reason string) {
	q.violations = append(q.violations, fault.Violation{Field: field, Reason: reason})
}

// fault is what was wrong, nil when nothing was.
func (q *query) fault() error {
	if len(q.violations) == 0 {
		return nil
	}
	return fault.NewInvalid(q.violations...)
}

// scope reads regionCode (absent: everywhere; one that was given up: that which counts now), startTime, endTime (absent: all time; whole days count), evalEntityCode
// (absent: all).
func (q *query) scope() figures.Scope {
	scope := figures.Scope{Region: org.AllRegions, Span: figures.Span{From: 0, To: 99991231}, Entity: q.handler.Entities.Code(q.values.Get("evalEntityCode"))}
	if code := q.values.Get("regionCode"); code != "" {
		region, ok := org.NormalizeRegion(code)
		if !ok {
			q.fail("regionCode", "应为 12 位数字的区划编码")
		}
		scope.Region = q.handler.Registry.Successions().Code(org.OfRegion, region)
	}
	if scope.Entity != "" && !q.handler.Entities.Known(scope.Entity) {
		q.fail("evalEntityCode", "没有这个评价对象编码")
	}
	from, begins := q.moment("startTime")
	if begins {
		scope.Span.From = beijing.Day(from)
	}
	to, ends := q.moment("endTime")
	if ends {
		scope.Span.To = beijing.Day(to)
	}
	if begins && ends && to.Before(from) {
		q.fail("endTime", "不得早于 startTime")
	}
	return scope
}

// moment reads a time; false when there is none.
func (q *query) moment(name string) (time.Time, bool) {
	text := q.values.Get(name)
	if text == "" {
		return time.Time{}, false
	}
	at, digits, real := beijing.Parse14(text)
	switch {
	case !digits:
		q.fail(name, "应为 yyyyMMddHHmmss 格式的 14 位数字")
	case !real:
		q.fail(name, "应为 1970 年以来真实的日期和时间")
	}
	return at, real
}

// number reads a whole number from min to max.
func (q *query) number(name string, absent, min, max int) int {
	text := q.values.Get(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < min || n > max {
		q.fail(name, fmt.Sprintf("应为 %d 到 %d 的整数", min, max))
		return absent
	}
	return n
}

// page is which part of a list is wanted.
type page struct{ number, size int }

func (q *query) page() page {
	size := q.number("pageSize", defaultPage, 1, largestPage)
	return page{q.number("pageNo", 1, 1, deepest/size), size}
}

// anyPage is a page whose number is not used: it may be as deep as one of the smallest size.
func (q *query) anyPage() page {
	size := q.number("pageSize", defaultPage, 1, largestPage)
	return page{q.number("pageNo", 1, 1, deepest), size}
}

func (p page) offset() int { return (p.number - 1) * p.size }

// of is how many pages a list of n has; none has one empty page.
func (p page) of(n int64) int64 {
	return max(1, (n+int64(p.size)-1)/int64(p.size))
}

// cut is the page's part of a list.
func cut[T any](p page, list []T) []T {
	from := min(p.offset(), len(list))
	return list[from:min(from+p.size, len(list))]
}
