package apis

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Limits of the fuller interface: rows of a table, reviews of a list, and what is kept in memory.
const (
	mostRows      = 2000
	mostNewest    = 50
	defaultNewest = 10
	cacheBytes    = 32 << 20
	// cacheAge bounds what the figures' version does not tell: a name in a register, the end of an hour.
	cacheAge = time.Minute
	// clientAge is for how long a caller, or a proxy before it, need not ask again.
	clientAge = "public, max-age=1"
)

// v1Query is what a request of the fuller interface asks for.
type v1Query struct {
	scope  figures.Scope
	period figures.Period
	stars  int // newest only; 0 is all
	limit  int
}

// v1Route is a path of the fuller interface: which parameters it takes, and how its data is made.
type v1Route struct {
	parameters []string
	most       int  // of limit
	standard   int  // limit when nobody says
	lasting    bool // does not depend on what is stored
	data       func(ctx context.Context, q *v1Query) (any, error)
}

// parse reads the parameters. One that is not known is refused: a filter that is misspelt would give figures of all. So is one that
// stands twice: nobody knows which is meant.
func (h *Handler) parse(route *v1Route, r *http.Request) (*v1Query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values, handler: h}
	if err != nil {
		q.fail("query", "不是合法的查询串")
	}
	for name, given := range values {
		switch {
		case !slices.Contains(route.parameters, name):
			q.fail(name, "没有这个参数"+takes(route.parameters))
		case len(given) > 1:
			q.fail(name, "只能写一次")
		}
	}
	slices.SortFunc(q.violations, func(a, b fault.Violation) int { return strings.Compare(a.Field, b.Field) })
	asked := &v1Query{limit: q.number("limit", route.standard, 1, max(1, route.most)), stars: q.number("stars", 0, 0, 5)}
	asked.scope = figures.Scope{Region: q.region(), Entity: h.Entities.Code(values.Get("entity")), Channel: values.Get("channel")}
	if code := asked.scope.Entity; code != "" && !h.Entities.Known(code) {
		q.fail("entity", "没有这个评价对象编码")
	}
	if code := asked.scope.Channel; code != "" && !catalog.KnownChannel(code) {
		q.fail("channel", "没有这个渠道编码")
	}
	if asked.period, err = figures.ParsePeriod(values.Get("period"), h.Now()); err != nil {
		var f *fault.Error
		if !errors.As(err, &f) {
			return nil, err
		}
		q.violations = append(q.violations, f.Violations...)
	}
	asked.scope.Span = asked.period.Span
	return asked, q.fault()
}

func takes(parameters []string) string {
	if len(parameters) == 0 {
		return "，也没有别的参数"
	}
	return "，应为 " + strings.Join(parameters, "、")
}

// region reads a region of the register; a code that was given up is that which counts now. None is the root; 0 is everywhere.
func (q *query) region() string {
	code := q.values.Get("region")
	switch code {
	case "":
		return q.handler.Root
	case org.AllRegions:
		return org.AllRegions
	}
	full, ok := org.NormalizeRegion(code)
	if !ok {
		q.fail("region", "应为 12 位数字的区划编码")
		return ""
	}
	region, known := q.handler.Registry.Region(full)
	if !known {
		q.fail("region", "没有这个区划")
	}
	return region.Code
}

// key is the same for questions that have the same answer: the period by its days, for today is another day tomorrow.
func (q *v1Query) key(path string, now time.Time) string {
	s := q.scope
	return strings.Join([]string{
		path, s.Region, q.period.Name, strconv.Itoa(s.Span.From), strconv.Itoa(s.Span.To), s.Entity, s.Channel, strconv.Itoa(q.stars),
		strconv.Itoa(q.limit), now.In(beijing.Zone).Format("2006010215"),
	}, "\n")
}

// serveV1 answers from memory while the figures have not changed.
func (h *Handler) serveV1(w http.ResponseWriter, r *http.Request, path string, route *v1Route) (code int, err error) {
	asked, err := h.parse(route, r)
	if err != nil {
		return 0, err
	}
	version := ""
	if !route.lasting {
		if version, err = h.Figures.Recent(r.Context()); err != nil {
			return 0, err
		}
	}
	kept, err := h.cache.Get(r.Context(), asked.key(path, h.Now()), version, func(ctx context.Context) (*respond.Kept, error) {
		data, err := route.data(ctx, asked)
		if err != nil {
			return nil, fmt.Errorf("answer %s: %w", path, err)
		}
		return respond.KeepData(data), nil
	})
	if err != nil {
		return 0, err
	}
	w.Header().Set("Cache-Control", clientAge)
	return kept.ServeData(w, r), nil
}
