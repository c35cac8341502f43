package board

import (
	"container/list"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/web/respond"
)

const (
	// cacheBytes bounds what is kept drawn.
	cacheBytes = 48 << 20
	// drawnCost is about what a drawn state takes beside its texts.
	drawnCost = 4 << 10
	// grace is how long ago figures may have changed of which the ones before are shown while the new ones are being drawn: nobody
	// waits for figures that move all the time, and what was counted shows within two seconds, a second of which is watchPause.
	grace = time.Second
	// drawers is how many states are drawn at a time for who waits, and drawersWait how long one more waits for his turn. What
	// nobody waits for yet is drawn one after the other by a drawer of its own, so that others find a processor.
	drawers     = 2
	drawersWait = 5 * time.Second
	// brokenPause is how long a page is shown of which a block could not be read, before it is tried again.
	brokenPause = 5 * time.Second
	// drawTime bounds how long drawing takes: it goes on when the one who asked first hangs up.
	drawTime = 20 * time.Second
)

// shown is what is asked for: a state of the board, or a file with one of its tables.
type shown struct {
	state
	table, format string // of a file; empty for a page
}

// drawn is what a state shows, finished once for everybody.
type drawn struct {
	stamp
	at      time.Time // when it was begun
	kept    *respond.Kept
	name    string            // of a file, for who saves it
	blocks  map[string]string // of a page, by name
	version string            // of the blocks
	names   names
	// broken says that a block of it could not be read; from again on it is drawn again though nothing changed.
	broken bool
	again  time.Time
}

// stands says whether what was drawn of the newest figures is right at a moment.
func (d *drawn) stands(stamp stamp, now time.Time) bool {
	return d.stamp == stamp && (!d.broken || now.Before(d.again))
}

func (d *drawn) size() int {
	size := drawnCost + 2*len(d.kept.Body()) // and packed, and its list of names
	for _, block := range d.blocks {
		size += len(block)
	}
	return size
}

// cache keeps what was drawn, bounded by bytes; what nobody asked for longest goes first.
type cache struct {
	watcher *watcher
	draw    func(ctx context.Context, what shown, readers int) (*drawn, error)
	turns   chan struct{} // as many as drawers
	behind  chan struct{} // the turn of what nobody waits for

	mu      sync.Mutex
	held    int
	recent  *list.List // of *cached, asked for last first
	entries map[shown]*list.Element
	drawing map[flight]*drawing
	again   map[shown]bool // waits for its turn to be drawn again
}

// flight is what is being drawn, and of when.
type flight struct {
	shown
	stamp
}

type cached struct {
	what  shown
	drawn *drawn
}

// drawing is one that is under way; who asks for the same waits for it.
type drawing struct {
	done  chan struct{}
	drawn *drawn
	err   error
}

func newCache(draw func(context.Context, shown, int) (*drawn, error), w *watcher) *cache {
	return &cache{
		watcher: w, draw: draw, turns: make(chan struct{}, drawers), behind: make(chan struct{}, 1),
		recent: list.New(), entries: map[shown]*list.Element{}, drawing: map[flight]*drawing{}, again: map[shown]bool{},
	}
}

// get gives what is shown now, or what was until less than grace ago.
func (c *cache) get(ctx context.Context, what shown) (*drawn, error) { return c.find(ctx, what, grace) }

// newest gives what is shown now.
func (c *cache) newest(ctx context.Context, what shown) (*drawn, error) { return c.find(ctx, what, 0) }

func (c *cache) find(ctx context.Context, what shown, grace time.Duration) (*drawn, error) {
	now, err := c.watcher.stamp(ctx)
	if err != nil {
		return nil, busy(err)
	}
	c.mu.Lock()
	old := c.kept(what)
	switch {
	case old == nil:
	case old.stands(now, c.watcher.now()):
		c.mu.Unlock()
		return old, nil
	case old.hour == now.hour && c.watcher.fresh(old.stamp.version, grace):
		if !c.again[what] {
			c.again[what] = true
			go c.drawAgain(context.WithoutCancel(ctx), what)
		}
		c.mu.Unlock()
		return old, nil
	}
	f := flight{what, now}
	d := c.drawing[f]
	if d == nil {
		d = c.begin(f)
		go c.fly(context.WithoutCancel(ctx), f, d, c.turns, readersAhead)
	}
	c.mu.Unlock()
	select {
	case <-d.done:
		return d.drawn, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// drawAgain draws what is shown while it is being drawn again; who comes to wait for it before its turn draws it himself.
func (c *cache) drawAgain(ctx context.Context, what shown) {
	c.behind <- struct{}{}
	defer func() { <-c.behind }()
	now, err := c.watcher.stamp(ctx)
	c.mu.Lock()
	delete(c.again, what)
	f := flight{what, now}
	if old := c.kept(what); err != nil || old != nil && old.stands(now, c.watcher.now()) || c.drawing[f] != nil {
		c.mu.Unlock()
		return
	}
	d := c.begin(f)
	c.mu.Unlock()
	c.fly(ctx, f, d, make(chan struct{}, 1), 1) // it has had its turn
}

// kept is what was drawn of a state, asked for last now; nil when there is nothing. It is called with the lock held.
func (c *cache) kept(what shown) *drawn {
	at := c.entries[what]
	if at == nil {
		return nil
	}
	c.recent.MoveToFront(at)
	return at.Value.(*cached).drawn
}

// begin is called with the lock held.
func (c *cache) begin(f flight) *drawing {
	d := &drawing{done: make(chan struct{})}
	c.drawing[f] = d
	return d
}

// fly draws when it has a turn, with so many readers, and tells all who wait.
func (c *cache) fly(ctx context.Context, f flight, d *drawing, turns chan struct{}, readers int) {
	ctx, cancel := context.WithTimeout(ctx, drawTime)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil { // in a goroutine of its own it would end the process
			d.err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
		c.mu.Lock()
		delete(c.drawing, f)
		if d.err == nil {
			c.keepPage(f.shown, d.drawn)
			c.put(f.shown, d.drawn)
		}
		c.mu.Unlock()
		close(d.done)
	}()
	turn := time.NewTimer(drawersWait)
	defer turn.Stop()
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-turn.C:
		d.err = busy(nil)
		return
	}
	began := c.watcher.now()
	if d.drawn, d.err = c.draw(ctx, f.shown, readers); d.err == nil {
		d.drawn.stamp, d.drawn.at = f.stamp, began
		d.drawn.again = c.watcher.now().Add(brokenPause)
	}
}

// keepPage lets a page whose blocks, and names around them, came out the same be the one that was sent already, with the time when they
// changed. It is called with the lock held.
func (c *cache) keepPage(what shown, d *drawn) {
	if at := c.entries[what]; at != nil && d.version != "" {
		if old := at.Value.(*cached).drawn; old.version == d.version && old.hour == d.hour && slices.Equal(old.names, d.names) {
			d.kept, d.blocks = old.kept, old.blocks
		}
	}
}

// put is called with the lock held.
func (c *cache) put(what shown, d *drawn) {
	if at := c.entries[what]; at != nil {
		if at.Value.(*cached).drawn.at.After(d.at) {
			return // this one took longer than the next
		}
		c.drop(at)
	}
	c.entries[what] = c.recent.PushFront(&cached{what, d})
	c.held += d.size()
	for c.held > cacheBytes {
		c.drop(c.recent.Back())
	}
}

// drop is called with the lock held.
func (c *cache) drop(at *list.Element) {
	entry := c.recent.Remove(at).(*cached)
	delete(c.entries, entry.what)
	c.held -= entry.drawn.size()
}

// forget drops what was drawn with names that are others by now.
func (c *cache) forget(changed func(names) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at := c.recent.Front(); at != nil; {
		next := at.Next()
		if changed(at.Value.(*cached).drawn.names) {
			c.drop(at)
		}
		at = next
	}
}

// busy asks to come again.
func busy(cause error) error {
	return fault.NewUnavailable("效能监督页面正忙，请稍后刷新。", 2*time.Second, cause)
}
