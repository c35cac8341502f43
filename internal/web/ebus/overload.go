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
	// sparedRefusals is how many callers may be refused in a second for each processor, however few calls end: where a disk is what
	// storing waits for, processors are there to tell callers sooner. One costs some 40 µs, so these cost less than a tenth.
	sparedRefusals = 2000
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
	told    atomic.Int64 // callers who were told when to come again
	said    atomic.Int64 // when the log told last, Unix nanoseconds
}

// keptOut stands for the code of a call that was kept out, so that its connection rests afterwards.
const keptOut = math.MinInt

// keepOut refuses a call before work is spent on it: 503 at once. Nothing is logged for each. Retry-After is what rest says, in
// whole seconds; above one, every second caller is told one more, for those who were refused together shall not come back together.
func (h *Handler) keepOut(w http.ResponseWriter, g *gate) int {
	wait := int64(math.Ceil(h.overload.rest(g).Seconds()))
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
// rate that the machine can spare.
func (o *overloaded) rest(g *gate) time.Duration {
	spare := max(refusalsForOne*g.ending.Load(), sparedRefusals*int64(runtime.GOMAXPROCS(0)))
	return min(time.Duration(o.resting.Load()+1)*time.Second/time.Duration(spare), longestRest)
}

// pause lets the connection of a refused caller rest, who has his answer: callers who don't wait as they were told must not keep
// the machine busy with refusing. It ends early when he hangs up. Many callers share a connection of HTTP/2, and are not
// held up.
func (o *overloaded) pause(w http.ResponseWriter, r *http.Request, g *gate) {
	if r.ProtoMajor != 1 {
		return
	}
	rest := o.rest(g)
	o.resting.Add(1)
	defer o.resting.Add(-1)
	if rest < time.Millisecond || http.NewResponseController(w).Flush() != nil {
		return
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
