package ebus

import (
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/web/respond"
)

const (
	// retryAfter is what those are told who are kept out, in seconds.
	retryAfter = "1"
	// refusalsPerSecond is how many refusals a second the machine spends time on while callers do not wait as they were told, as far
	// as longestPause holds so many of them up.
	refusalsPerSecond = 1000
	// longestPause is how long a connection rests after a refusal, at most: as long as its caller was told to wait.
	longestPause = time.Second
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
	pausing atomic.Int64 // connections that wait after a refusal
	said    atomic.Int64 // when the log told last, Unix nanoseconds
}

// keptOut stands for the code of a call that was kept out, so that its connection rests afterwards.
const keptOut = math.MinInt

// keepOut refuses a call before work is spent on it: 503 at once. Nothing is logged for each.
func (h *Handler) keepOut(w http.ResponseWriter, g *gate) int {
	w.Header().Set("Retry-After", retryAfter)
	respond.Refuse(w, http.StatusServiceUnavailable, "系统繁忙，请稍后用同一请求重试")
	now := time.Now()
	if last := h.overload.said.Load(); now.UnixNano()-last > int64(sayAgain) && h.overload.said.CompareAndSwap(last, now.UnixNano()) {
		h.Log.Warn("overloaded: callers are told to come again", "inside", g.inside.Load(), "limit", g.limit.Load(), "refused", g.refused.Load())
	}
	return keptOut
}

// pause lets the connection of a refused caller rest, who has his answer, the longer the more of them do: callers who don't wait
// as they were told must not keep the machine busy with refusing. It ends early when he hangs up. Many callers share a
// connection of HTTP/2, and are not held up.
func (o *overloaded) pause(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 1 {
		return
	}
	waiting := o.pausing.Add(1)
	defer o.pausing.Add(-1)
	pause := min(time.Duration(waiting)*time.Second/refusalsPerSecond, longestPause)
	if pause < time.Millisecond || http.NewResponseController(w).Flush() != nil {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
