package ebus

import (
	"math"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"golang.org/x/time/rate"
)

// limiter gives each app its own bucket of calls.
type limiter struct {
	perSecond float64 // 0 is without limit
	buckets   sync.Map
}

// allow takes one call out of the app's bucket, which holds two seconds' worth.
func (l *limiter) allow(appCode string, now time.Time) error {
	if l.perSecond == 0 {
		return nil
	}
	bucket, ok := l.buckets.Load(appCode)
	if !ok {
		burst := int(math.Ceil(2 * l.perSecond))
		bucket, _ = l.buckets.LoadOrStore(appCode, rate.NewLimiter(rate.Limit(l.perSecond), burst))
	}
	if bucket.(*rate.Limiter).AllowN(now, 1) {
		return nil
	}
	return fault.NewTooMany("调用过于频繁，请按 Retry-After 稍后用同一请求重试",
		time.Duration(float64(time.Second)/l.perSecond))
}
