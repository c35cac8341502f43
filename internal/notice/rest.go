package notice

import (
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
)

const (
	// silence is how long an attempt takes at least that keeps the others waiting: a receiver that refuses at once holds up nobody.
	silence = 3 * time.Second
	// rest is how long a receiver that kept us waiting in vain is left alone. It is shorter than the first of job.Pauses, so that
	// whoever is back is found back by the next attempt.
	rest = 30 * time.Second
)

// resting are the receivers that this process waited for in vain a moment ago. Their messages fail at once and come again after
// the usual pauses; without that, a few hundred of them would keep all workers waiting for hours, and everybody else's news, too.
type resting struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// refusal is why nothing is sent to a receiver now; nil when it may be tried.
func (r *resting) refusal(receiver string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.until[receiver]) {
		return fault.NewUnavailable("对方刚才没有及时答复，稍后再发", 0, nil)
	}
	delete(r.until, receiver)
	return nil
}

// tried notes how an attempt went that began and ended then.
func (r *resting) tried(receiver string, began, ended time.Time, err error) {
	if err == nil || job.Hopeless(err) || ended.Sub(began) < silence {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until == nil {
		r.until = map[string]time.Time{}
	}
	r.until[receiver] = ended.Add(rest)
}
