package board

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

const (
	// heartbeatPause is how long a viewer hears nothing.
	heartbeatPause = 15 * time.Second
	// comeAgain is what one who finds no place is told.
	comeAgain = 30 * time.Second
	// senders write to viewers side by side, each to so many at least.
	senders      = 8
	sendersShare = 256
)

// hub tells all who look what changes: one drawing for each state that has viewers, and one message for all of them.
type hub struct {
	newest func(ctx context.Context, what shown) (*drawn, error)
	log    *slog.Logger
	// The most viewers, and the most states that they look at.
	mostViewers, mostStates int

	mu       sync.Mutex // may be taken while a channel's is held, never the other way round
	closed   bool
	viewers  int
	channels map[state]*channel
}

// channel is a state with its viewers.
type channel struct {
	state state
	seats int // viewers and those who are about to be; the hub's lock guards it

	mu      sync.Mutex
	viewers []viewer
	shown   *drawn    // what the viewers have
	told    time.Time // when they heard something
}

func newHub(newest func(context.Context, shown) (*drawn, error), log *slog.Logger, viewers, states int) *hub {
	return &hub{newest: newest, log: log, mostViewers: viewers, mostStates: states, channels: map[state]*channel{}}
}

// enter keeps a seat for a viewer of a state, until leave.
func (h *hub) enter(s state) (*channel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.channels[s]
	if h.closed || h.viewers >= h.mostViewers || c == nil && len(h.channels) >= h.mostStates {
		return nil, fault.NewUnavailable("实时更新的人数已满，页面会定时刷新。", comeAgain, nil)
	}
	if c == nil {
		c = &channel{state: s}
		h.channels[s] = c
	}
	c.seats++
	h.viewers++
	return c, nil
}

// leave gives seats back. The channel's lock may be held.
func (h *hub) leave(c *channel, seats int) {
	if seats == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.viewers -= seats
	if c.seats -= seats; c.seats == 0 {
		delete(h.channels, c.state)
	}
}

// join lets a viewer who has a seat hear what changes from a version on. What is drawn now is told at once if it is another.
// It is false when he is gone already, and his seat with him.
func (h *hub) join(c *channel, v viewer, version string, now *drawn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shown == nil || c.shown.at.Before(now.at) {
		h.leave(c, c.tell(changeOfShown(c.shown, now), now))
	}
	if m := changeOf(version, c.shown); h.ended() || m != nil && !v.send(m) {
		v.close()
		h.leave(c, 1)
		return false
	}
	c.viewers = append(c.viewers, v)
	return true
}

func changeOfShown(shown, now *drawn) *message {
	if shown == nil {
		return nil
	}
	return changeOf(shown.version, now)
}

// tell sends a message, if there is one, and drops whom it does not reach. It is called with the channel's lock held and
// says how many were dropped.
func (c *channel) tell(m *message, now *drawn) (dropped int) {
	c.shown = now
	if m == nil {
		return 0
	}
	c.told = time.Now()
	return c.send(m)
}

func (c *channel) send(m *message) (dropped int) {
	gone := make([]bool, len(c.viewers))
	share := max(sendersShare, (len(c.viewers)+senders-1)/senders)
	var all sync.WaitGroup
	for from := 0; from < len(c.viewers); from += share {
		to := min(from+share, len(c.viewers))
		all.Go(func() {
			for i := from; i < to; i++ {
				gone[i] = !c.viewers[i].send(m)
			}
		})
	}
	all.Wait()
	kept := c.viewers[:0]
	for i, v := range c.viewers {
		if gone[i] {
			v.close()
			dropped++
		} else {
			kept = append(kept, v)
		}
	}
	clear(c.viewers[len(kept):])
	c.viewers = kept
	return dropped
}

// drop takes out a viewer who left by himself.
func (h *hub) drop(c *channel, v viewer) {
	c.mu.Lock()
	found := false
	for i := range c.viewers {
		if c.viewers[i] == v {
			c.viewers[i] = c.viewers[len(c.viewers)-1]
			c.viewers = c.viewers[:len(c.viewers)-1]
			found = true
			break
		}
	}
	if found {
		h.leave(c, 1)
	}
	c.mu.Unlock()
	v.close()
}

// refresh tells the viewers of every state what changed, or lets them hear that the line stands.
func (h *hub) refresh(ctx context.Context) {
	for _, c := range h.all() {
		now, err := h.newest(ctx, shown{state: c.state})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			h.log.Warn("draw the board for its viewers", "error", err)
			now = nil
		}
		c.mu.Lock()
		dropped := 0
		if now != nil && c.shown != nil && now != c.shown && !now.at.Before(c.shown.at) {
			dropped = c.tell(changeOfShown(c.shown, now), now)
		}
		if time.Since(c.told) >= heartbeatPause {
			c.told = time.Now()
			dropped += c.send(heartbeat)
		}
		h.leave(c, dropped)
		c.mu.Unlock()
	}
}

func (h *hub) all() (channels []*channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.channels {
		channels = append(channels, c)
	}
	return channels
}

func (h *hub) ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// count is how many look, and at how many states.
func (h *hub) count() (viewers, states int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.viewers, len(h.channels)
}

// close ends every stream; nobody is let in again.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	for _, c := range h.all() {
		c.mu.Lock()
		for _, v := range c.viewers {
			v.close()
		}
		h.leave(c, len(c.viewers))
		c.viewers = nil
		c.mu.Unlock()
	}
}
