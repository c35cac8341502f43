package ebus

import (
	"math"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"golang.org/x/time/rate"
)

// limiter gives each app its own bucket of calls.
type limiter struct {
	perSecond float64 // of apps without a rate of their own; 0 is without limit
	buckets   sync.Map
}

// allow takes one call out of the app's bucket, which holds two seconds' worth.
func (l *limiter) allow(app *integrator.App, clock func() time.Time) error {
	perSecond := l.perSecond
	if app.Rate > 0 {
		perSecond = float64(app.Rate)
	}
	if perSecond == 0 {
		return nil
	}
	now := clock()
	if l.bucket(app.Code, perSecond, now).AllowN(now, 1) {
		return nil
	}
	return fault.NewTooMany("调用过于频繁，请按 Retry-After 稍后用同一请求重试",
		time.Duration(float64(time.Second)/perSecond))
}

// bucket is the app's, at the rate that it has now.
func (l *limiter) bucket(appCode string, perSecond float64, now time.Time) *rate.Limiter {
	burst := int(math.Ceil(2 * perSecond))
	if found, ok := l.buckets.Load(appCode); ok {
		bucket := found.(*rate.Limiter)
		if bucket.Limit() != rate.Limit(perSecond) {
			bucket.SetLimitAt(now, rate.Limit(perSecond))
			bucket.SetBurstAt(now, burst)
		}
		return bucket
	}
	made, _ := l.buckets.LoadOrStore(appCode, rate.NewLimiter(rate.Limit(perSecond), burst))
	return made.(*rate.Limiter)
}
