package review

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

const (
	// flushTimeout ends a transaction that a dead database would never end.
	flushTimeout = 3 * time.Second
	// stallTime is how long a flush may take before newcomers are refused at once, not queued behind it.
	stallTime = time.Second
	// parkTime is how long a lane that can't store refuses at once before it tries again.
	parkTime = 300 * time.Millisecond
)

var errBusy = fault.NewUnavailable("系统繁忙，请稍后用同一请求重试", time.Second, nil)

// began is what moments are reckoned from.
var began = time.Now()

// moment is now, in nanoseconds of a clock that nobody sets: by the wall's, which may jump back, a lane would stay parked until it
// is again as late as it was.
func moment() int64 { return int64(time.Since(began)) + 1 }

// lane is one writer: while one batch is being committed the next one fills. There is no timer, so a lone request
// does not wait and a thousand share one fsync.
type lane struct {
	index    int
	store    Store
	batch    int
	observer Observer
	around   func(lane, size int, callers iter.Seq[context.Context]) (context.Context, func(error))
	queue    chan *call
	records  []Record // of the batch under way, used again for every one
	done     chan struct{}
	until    atomic.Int64 // parked until that moment
	flushing atomic.Int64 // since which moment a flush is under way; 0: none is
	failing  atomic.Bool  // the last flush found that nothing can be stored
	mu       sync.RWMutex // guards closed against enqueuing
	closed   bool
}

type call struct {
	caller  context.Context // for traces alone: that a caller left ends nothing
	record  Record
	answers chan answer
}

type answer struct {
	outcome Outcome
	err     error
}

func startLane(index int, n Needs) *lane {
	l := &lane{
		index: index, store: n.Store, batch: n.Batch, observer: n.Observer, around: n.Around,
		queue: make(chan *call, n.Queue), done: make(chan struct{}),
	}
	go l.run()
	return l
}

func (l *lane) submit(ctx context.Context, record Record) (Outcome, error) {
	c := &call{caller: ctx, record: record, answers: make(chan answer, 1)}
	if err := l.enqueue(c); err != nil {
		return Outcome{}, err
	}
	select {
	case a := <-c.answers:
		return a.outcome, a.err
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	}
}

func (l *lane) enqueue(c *call) error {
	if !l.admits() {
		return fault.NewUnavailable("暂时无法保存评价，请稍后用同一请求重试", time.Second, errors.New("lane is parked or stalled"))
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return fault.NewUnavailable("系统正在停止，请稍后用同一请求重试", time.Second, nil)
	}
	select {
	case l.queue <- c:
		return nil
	default:
		return errBusy
	}
}

// admits says whether a newcomer may queue. After a flush that failed one newcomer at a time tries for all.
func (l *lane) admits() bool {
	until := l.until.Load()
	return l.ready() && (!l.failing.Load() || l.until.CompareAndSwap(until, moment()+int64(parkTime)))
}

// ready says whether the lane can store, as far as it knows: it is not parked, no flush stalls, and nobody tries whether
// it can store again.
func (l *lane) ready() bool {
	now, wait := moment(), stallTime
	if l.failing.Load() {
		wait = 0
	}
	since := l.flushing.Load()
	return now >= l.until.Load() && (since == 0 || now-since < int64(wait))
}

// alive is ready, but for a flush that is slow: under load one may be, and whoever balances must not take the process away for it.
func (l *lane) alive() bool {
	now, since := moment(), l.flushing.Load()
	return now >= l.until.Load() && (since == 0 || !l.failing.Load() && now-since < int64(flushTimeout))
}

func (l *lane) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.mu.Unlock()
	<-l.done
}

func (l *lane) run() {
	defer close(l.done)
	for first := range l.queue {
		l.commit(l.fill(first))
	}
}

// fill takes what waits, without waiting.
func (l *lane) fill(first *call) []*call {
	calls := []*call{first}
	for len(calls) < l.batch {
		select {
		case c, open := <-l.queue:
			if !open {
				return calls
			}
			calls = append(calls, c)
		default:
			return calls
		}
	}
	return calls
}

// commit stores calls and answers them. One that can't be stored must not fail its neighbours: the batch is halved
// until the guilty one is alone. When nothing can be stored, everyone who waits is told at once and the lane parks.
func (l *lane) commit(calls []*call) {
	outcomes, err := l.flush(calls)
	switch {
	case err == nil:
		for i, c := range calls {
			c.answers <- answer{outcome: outcomes[i]}
		}
	case fault.KindOf(err) == fault.Unavailable:
		waiting := len(l.queue) // before anybody is told, who may come again
		l.refuse(calls, err)
		for ; waiting > 0; waiting-- {
			l.refuse([]*call{<-l.queue}, err)
		}
	case len(calls) == 1:
		l.refuse(calls, err)
	default:
		l.commit(calls[:len(calls)/2])
		l.commit(calls[len(calls)/2:])
	}
}

func (l *lane) flush(calls []*call) ([]Outcome, error) {
	ctx, ended := context.Background(), func(error) {}
	if l.around != nil {
		ctx, ended = l.around(l.index, len(calls), callersOf(calls))
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	l.records = l.records[:0]
	for _, c := range calls {
		l.records = append(l.records, c.record)
	}
	defer clear(l.records) // what is stored need not stay in memory
	started := time.Now()
	l.flushing.Store(moment())
	outcomes, err := l.store.Accept(ctx, l.index, l.records)
	ended(err)
	var until int64
	failing := fault.KindOf(err) == fault.Unavailable
	if failing {
		until = moment() + int64(parkTime)
	}
	l.failing.Store(failing)
	l.until.Store(until)
	l.flushing.Store(0)
	if l.observer != nil {
		l.observer.Flushed(l.index, len(calls), time.Since(started), err)
	}
	return outcomes, err
}

func callersOf(calls []*call) iter.Seq[context.Context] {
	return func(yield func(context.Context) bool) {
		for _, c := range calls {
			if !yield(c.caller) {
				return
			}
		}
	}
}

func (l *lane) refuse(calls []*call, err error) {
	for _, c := range calls {
		c.answers <- answer{err: err}
	}
}
