package respond

import (
	"container/list"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Cache keeps finished answers in memory: for every viewer the same bytes, made once. It is bounded by bytes; what was not
// asked for longest goes first. An answer is good for one version of what it was made of, and no longer than the cache's age.
type Cache struct {
	most int
	age  time.Duration
	now  func() time.Time

	mu      sync.Mutex
	held    int        // bytes
	entries *list.List // of *entry, asked for last first
	byKey   map[string]*list.Element
	flights map[flight]*flying
}

type entry struct {
	key, version string
	since        time.Time
	kept         *Kept
}

// flight is what is being made; whoever asks for the same waits for it.
type flight struct{ key, version string }

type flying struct {
	done chan struct{}
	kept *Kept
	err  error
}

// makingTime is how long making an answer may take: it goes on when its caller hangs up, for others may wait for it too.
const makingTime = 30 * time.Second

// NewCache makes a cache of at most so many bytes. age bounds what a version does not tell, as names of regions.
func NewCache(most int, age time.Duration, now func() time.Time) *Cache {
	return &Cache{most: most, age: age, now: now, entries: list.New(), byKey: map[string]*list.Element{}, flights: map[flight]*flying{}}
}

// Get is the answer of a version under a key. When it is not there it is made, by one of those who ask at once; a fault is
// told to all of them and not kept.
func (c *Cache) Get(ctx context.Context, key, version string, build func(ctx context.Context) (*Kept, error)) (*Kept, error) {
	c.mu.Lock()
	if kept := c.find(key, version); kept != nil {
		c.mu.Unlock()
		return kept, nil
	}
	name := flight{key, version}
	f, under := c.flights[name]
	if !under {
		f = &flying{done: make(chan struct{})}
		c.flights[name] = f
		go c.fly(context.WithoutCancel(ctx), name, f, build)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.kept, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Cache) fly(ctx context.Context, name flight, f *flying, build func(ctx context.Context) (*Kept, error)) {
	ctx, cancel := context.WithTimeout(ctx, makingTime)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil { // in a goroutine of its own it would end the process
			f.kept, f.err = nil, fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
		c.mu.Lock()
		if f.err == nil {
			c.put(name, f.kept)
		}
		delete(c.flights, name)
		c.mu.Unlock()
		close(f.done)
	}()
	f.kept, f.err = build(ctx)
}

// find is called with the lock held.
func (c *Cache) find(key, version string) *Kept {
	at := c.byKey[key]
	if at == nil {
		return nil
	}
	e := at.Value.(*entry)
	if e.version != version || c.now().Sub(e.since) >= c.age {
		return nil
	}
	c.entries.MoveToFront(at)
	return e.kept
}

// put is called with the lock held.
func (c *Cache) put(name flight, kept *Kept) {
	if at := c.byKey[name.key]; at != nil {
		c.drop(at)
	}
	e := &entry{name.key, name.version, c.now(), kept}
	c.byKey[name.key] = c.entries.PushFront(e)
	c.held += e.size()
	for c.held > c.most && c.entries.Len() > 0 {
		c.drop(c.entries.Back())
	}
}

func (c *Cache) drop(at *list.Element) {
	e := c.entries.Remove(at).(*entry)
	delete(c.byKey, e.key)
	c.held -= e.size()
}

// entryCost is about what an entry takes beside its texts.
const entryCost = 512

func (e *entry) size() int { return len(e.key) + len(e.version) + e.kept.size() + entryCost }
