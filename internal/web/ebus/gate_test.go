package ebus

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// The bound follows the machine: what one does a second is answered within about the target, whether it is fast or slow, and
// when it slows down.
func TestTheGateFollowsTheMachine(t *testing.T) {
	g, now := newGate(gateLeast, gateStart, 100_000), noon
	// crowd has more callers come than the gate lets in, for a while, to a machine that does so much a second, one after another.
	var queue []time.Time
	crowd := func(perSecond int64, seconds int) (took time.Duration) {
		for range int64(seconds) * perSecond {
			for g.enter() { // one more than may is refused
				queue = append(queue, now)
			}
			now = now.Add(time.Second / time.Duration(perSecond))
			took = now.Sub(queue[0])
			g.leave(now)
			queue = queue[1:]
		}
		return took
	}
	for _, machine := range []struct {
		perSecond int64
		seconds   int
		most      time.Duration // that a call may take then
	}{
		{2000, 5, 700 * time.Millisecond},
		{10_000, 5, 700 * time.Millisecond},
		{1200, 20, 700 * time.Millisecond}, // whose callers let in before have to be served first
		{200, 60, 3 * time.Second},         // less than the least in time
		{4000, 10, 700 * time.Millisecond},
	} {
		took := crowd(machine.perSecond, machine.seconds)
		if took > machine.most || took < gateTarget/2 {
			t.Errorf("at %d a second a call takes %v, of %d inside", machine.perSecond, took, g.limit.Load())
		}
	}
}

// A pause is not taken for slowness: after a quiet time, and when the program has just begun, as many are let in as before.
func TestAPauseSaysNothingOfTheMachine(t *testing.T) {
	g, now := newGate(gateLeast, gateStart, 100_000), noon
	for _, pause := range []time.Duration{time.Hour, time.Second, 10 * time.Minute, gateWindow} {
		now = now.Add(pause)
		for range 4 * gateCalls { // who are answered within a millisecond
			for range 4 {
				g.enter()
			}
			for range 4 {
				g.leave(now)
			}
			now = now.Add(time.Millisecond)
		}
		for range 2 * gateCalls {
			g.enter()
		}
		for range 2 * gateCalls {
			now = now.Add(time.Microsecond)
			g.leave(now)
		}
		if limit := g.limit.Load(); limit != gateStart {
			t.Fatalf("after a pause of %v the bound is %d, want %d", pause, limit, gateStart)
		}
	}
}

// stuck is a body that stops coming after some bytes, until it is let go.
type stuck struct {
	io.Reader
	arrived chan<- struct{}
	rest    <-chan struct{}
}

func (s stuck) Read(into []byte) (int, error) {
	n, err := s.Reader.Read(into)
	if err == io.EOF {
		s.arrived <- struct{}{}
		<-s.rest
	}
	return n, err
}

// Bodies that come slowly take no more memory than there is for them, and those of callers whom nobody knows half of it; who finds it taken is
// told to come again, but for those with a body of the usual length, and it is free again when they are gone.
func TestBodiesThatComeSlowlyTakeBoundedMemory(t *testing.T) {
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, nil)
	h.bodies.most = 64 << 10
	const piece = 16 << 10
	long := strings.Repeat(" ", freeOfBody+piece)
	post := func(body io.Reader, headers map[string]string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ping/ebus/guide/eval", body)
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	refused := func(when string, headers map[string]string) {
		t.Helper()
		w := post(strings.NewReader(long), headers)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Connection") != "close" {
			t.Errorf("%s: %d %v %s", when, w.Code, w.Header(), w.Body)
		}
	}
	arrived, rest := make(chan struct{}), make(chan struct{})
	var slow sync.WaitGroup
	hold := func(headers map[string]string) {
		slow.Go(func() { post(stuck{strings.NewReader(long), arrived, rest}, headers) })
		<-arrived
	}
	hold(nil)
	hold(nil)
	refused("unsigned, while the half for such is taken", nil)
	if w, _ := h.post(t, "/ping/ebus/affair/eval", affairBody+long, nil); w.Code != http.StatusOK {
		t.Errorf("signed, while the other half is free: %d %s", w.Code, w.Body)
	}
	hold(h.signed())
	hold(h.signed())
	refused("signed, while all is taken", h.signed())
	if w, _ := h.post(t, "/ping/ebus/affair/eval", affairBody, nil); w.Code != http.StatusOK {
		t.Errorf("one of the usual length: %d %s", w.Code, w.Body)
	}
	close(rest)
	slow.Wait()
	if taken := h.bodies.taken.Load(); taken != 0 {
		t.Errorf("%d bytes are taken by nobody", taken)
	}
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a call that was kept out is read")
	return 0, errors.New("unread")
}

// Who comes while all places are taken is told at once to come again, before his body is read, and the log does not tell of each.
func TestKeptOutBeforeWorkIsSpent(t *testing.T) {
	release, entered := make(chan struct{}), make(chan struct{}, 2)
	h := newHouse(func(review.Review) (review.Receipt, error) {
		entered <- struct{}{}
		<-release
		return review.Receipt{Serial: "1"}, nil
	}, func(n *Needs) { n.Inside = 2 })
	var inside sync.WaitGroup
	for range 2 {
		inside.Go(func() {
			if w, _ := h.post(t, "/ping/ebus/affair/eval", affairBody, nil); w.Code != http.StatusOK {
				t.Errorf("who came first got %d %s", w.Code, w.Body)
			}
		})
	}
	<-entered
	<-entered
	for range 20 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ping/ebus/guide/eval", unread{t}))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" ||
			!strings.HasPrefix(w.Body.String(), `{"code":-1,"message":"系统繁忙`) {
			t.Fatalf("got %d %v %s", w.Code, w.Header(), w.Body)
		}
	}
	if load := h.Load(); load != (Load{Inside: 2, Limit: 2, Refused: 20}) {
		t.Errorf("got %+v", load)
	}
	waits := map[string]int{} // of many who rest already: they shall not come back together
	h.overload.spared.Store(0)
	h.overload.resting.Store(2 * leastSpared)
	for range 10 {
		w := httptest.NewRecorder()
		h.keepOut(w, h.Handler.reviews)
		waits[w.Header().Get("Retry-After")]++
	}
	h.overload.resting.Store(0)
	if waits["3"] != 5 || waits["4"] != 5 {
		t.Errorf("told to wait for seconds: %v", waits)
	}
	close(release)
	inside.Wait()
	if w, _ := h.post(t, "/ping/ebus/affair/eval", affairBody, nil); w.Code != http.StatusOK {
		t.Errorf("with places free: %d %s", w.Code, w.Body)
	}
	if lines := strings.Count(h.log.String(), "\n"); lines != 1 {
		t.Errorf("%d lines are logged:\n%s", lines, &h.log)
	}
}

// How long a refused caller's next call waits follows what is stored, or what processors can spare where that is more: while rests end
// in time, more and more are refused, and few once they end late; never does one last longer than five seconds.
func TestARefusedCallerRestsNoLongerThanNeeded(t *testing.T) {
	var o overloaded
	rests := func(resting, ending int64, want time.Duration) {
		t.Helper()
		o.resting.Store(resting)
		if got := o.rest(ending); got != want {
			t.Errorf("with %d resting and %d calls ending a second: %v, want %v", resting, ending, got, want)
		}
	}
	rests(0, 0, time.Second/leastSpared)
	rests(1999, 1000, 2*time.Second)
	rests(1999, 10, longestRest)
	for range 1000 {
		o.woke(time.Millisecond)
	}
	most := mostSpared * int64(runtime.GOMAXPROCS(0))
	rests(most-1, 10, time.Second)
	rests(most-1, 2*most, time.Second/2)
	for range 10 {
		o.woke(100 * time.Millisecond)
	}
	if spared := o.spared.Load(); spared > most/3 {
		t.Errorf("while processors are busy %d are refused in a second, with time %d", spared, most)
	}
	for range 100 {
		o.woke(100 * time.Millisecond)
	}
	rests(leastSpared-1, 10, time.Second)
}
