package e2e

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
)

// newcomers are callers who come while the database is away, one after another, none waiting for another. Each sends his
// review again until it is acknowledged.
type newcomers struct {
	traffic  *traffic
	refused  chan struct{} // closed when the first one was refused at once
	over     chan struct{}
	coming   sync.WaitGroup
	mu       sync.Mutex
	waiting  int // who have no answer yet
	failures int // first answers that were no acknowledgement
	ahead    int // how many waited when the first one was refused at once
	answered int // how many failures the others had met by then
	late     int // how many came after him
	waited   int // how many of those were not refused at once
}

// letCome lets a newcomer come every 50 ms, until end.
func (tr *traffic) letCome() *newcomers {
	n := &newcomers{traffic: tr, refused: make(chan struct{}), over: make(chan struct{})}
	n.coming.Go(func() {
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-n.over:
				return
			case <-tr.ctx.Done():
				return
			case <-ticker.C:
				tr.callers.Go(n.come)
			}
		}
	})
	return n
}

func (n *newcomers) come() {
	late, message := n.arrive(), n.traffic.next()
	receipt, err := n.traffic.once(message)
	n.traffic.note(message, receipt, err)
	n.hear(err, late)
	if err != nil {
		n.traffic.submit(message)
	}
}

func (n *newcomers) arrive() (late bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting++
	return n.anyRefused()
}

func (n *newcomers) hear(err error, late bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting--
	if late {
		n.late++
	}
	if late && !refusedAtOnce(err) {
		n.waited++
	}
	if err != nil {
		n.failures++
	}
	if refusedAtOnce(err) && !n.anyRefused() {
		n.ahead, n.answered = n.waiting, n.traffic.failed()-n.failures
		close(n.refused)
	}
}

func (n *newcomers) anyRefused() bool {
	select {
	case <-n.refused:
		return true
	default:
		return false
	}
}

// waitRefused waits until one is refused at once, and gives how many newcomers still waited then, and how many failures the
// others had met.
func (n *newcomers) waitRefused(t *testing.T) (ahead, answered int) {
	t.Helper()
	eventually(t, "a newcomer is told to come again", n.anyRefused)
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ahead, n.answered
}

// end lets no more come. It may be called again.
func (n *newcomers) end() {
	n.mu.Lock()
	select {
	case <-n.over:
	default:
		close(n.over)
	}
	n.mu.Unlock()
	n.coming.Wait()
}

// refusedAtOnce says whether a caller was told to come again without having waited for the database: the words for those
// whose transaction failed are others.
func refusedAtOnce(err error) bool {
	var refused *client.Error
	return comeAgain(err) && errors.As(err, &refused) &&
		(strings.HasPrefix(refused.Message, "暂时无法保存评价") || strings.HasPrefix(refused.Message, "系统繁忙"))
}

// wereToldAtOnce holds, when all have their answers, that those who came after the first refusal did not wait for the
// database, but for the few who try for the others whether it is back.
func (n *newcomers) wereToldAtOnce(t *testing.T) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	t.Logf("%d newcomers, %d of them waited", n.late, n.waited)
	if n.late < 10 || n.waited > max(6, n.late/4) {
		t.Errorf("%d of %d newcomers waited for the database, want a few", n.waited, n.late)
	}
}
