package ebus

import (
	"math"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/web/respond"
)

const (
	// refusalsForOne is how many callers may be refused for each call that ends: refusing costs a tenth of storing, or less, and what
	// is left must be enough.
	refusalsForOne = 1
	// leastSpared and mostSpared bound how many callers may be refused in a second for each processor, however few calls end: where a
	// disk is what storing waits for, processors are there to tell callers sooner. A refusal costs some 40 µs.
	// They begin between: with startSpared.
	leastSpared, mostSpared, startSpared = 50, 2000, 500
	// tardy is how late a rest may end where processors have nothing better to do.
	tardy = 10 * time.Millisecond
	// longestRest is the time for which the connection of a refused caller rests at most, and about how long he is told to wait.
	longestRest = 5 * time.Second
	// sayAgain is how often the log tells that callers are kept out.
	sayAgain = 5 * time.Second
)

// Load is how the way in is used.
type Load struct {
	Inside  int64 // calls that are worked on
	Limit   int64 // how many may be, now
	Refused int64 // calls that were refused for that since the start
}

// Load tells how the way in for reviews is used, for metrics.
func (h *Handler) Load() Load {
	return Load{Inside: h.reviews.inside.Load(), Limit: h.reviews.limit.Load(), Refused: h.reviews.refused.Load()}
}

// overloaded keeps the peace while there is more to do than can be done.
type overloaded struct {
	resting atomic.Int64 // connections after a refusal
	spared  atomic.Int64 // how many may be refused in a second, as processors have had time of late
	told    atomic.Int64 // callers who were told when to come again
	said    atomic.Int64 // when the log told last, Unix nanoseconds
}

// keptOut stands for the code of a call that was kept out, so that its connection rests afterwards.
const keptOut = math.MinInt

// keepOut refuses a call before work is spent on it: 503 at once. Nothing is logged for each. Retry-After is what rest says, in
// whole seconds; above one, every second caller is told one more, for those who were refused together shall not come back together.
func (h *Handler) keepOut(w http.ResponseWriter, g *gate) int {
	wait := int64(math.Ceil(h.overload.rest(h.reviews.ending.Load()).Seconds()))
	if wait > 1 {
		wait += h.overload.told.Add(1) & 1
	}
	w.Header().Set("Retry-After", strconv.FormatInt(wait, 10))
	respond.Refuse(w, http.StatusServiceUnavailable, "系统繁忙，请稍后用同一请求重试")
	now := time.Now()
	if last := h.overload.said.Load(); now.UnixNano()-last > int64(sayAgain) && h.overload.said.CompareAndSwap(last, now.UnixNano()) {
		h.Log.Warn("overloaded: callers are told to come again", "inside", g.inside.Load(), "limit", g.limit.Load(), "refused", g.refused.Load())
	}
	return keptOut
}

// rest is how long a caller who is refused now should wait: until those who rest already could all have been refused again, at the
// rate that the machine can spare while so many reviews end in a second.
func (o *overloaded) rest(ending int64) time.Duration {
	spare := max(refusalsForOne*ending, o.spared.Load(), leastSpared)
	return min(time.Duration(o.resting.Load()+1)*time.Second/time.Duration(spare), longestRest)
}

// woke notes how late a rest ended: late ones say that processors are busy, with storing or with other work of the machine, and fewer
// callers are refused from then on; those that end in time let more be. It falls quickly and grows slowly.
func (o *overloaded) woke(late time.Duration) {
	spared := o.spared.Load()
	if late > tardy {
		spared -= spared / 8
	} else {
		spared += spared/64 + 1
	}
	o.spared.Store(min(max(spared, leastSpared), mostSpared*int64(runtime.GOMAXPROCS(0)))) // of two at once one counts
}

// pause lets the connection of a refused caller rest, who has his answer: callers who don't wait as they were told must not keep
// the machine busy with refusing. It ends early when he hangs up. Many callers share a connection of HTTP/2, and are not
// held up.
func (o *overloaded) pause(w http.ResponseWriter, r *http.Request, ending int64) {
	if r.ProtoMajor != 1 {
		return
	}
	rest := o.rest(ending)
	o.resting.Add(1)
	defer o.resting.Add(-1)
	if rest < time.Millisecond || http.NewResponseController(w).Flush() != nil {
		return
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	due := time.Now().Add(rest)
	select {
	case <-timer.C:
		o.woke(time.Since(due))
	case <-r.Context().Done():
	}
}
