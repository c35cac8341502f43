package integrator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// nonceShelf is a store that can be held up, and told to fail.
type nonceShelf struct {
	mu    sync.Mutex // held while the store is slow
	taken map[string]bool
	most  int
	calls int
	fail  error
}

func (s *nonceShelf) ClaimNonces(_ context.Context, nonces []Nonce) ([]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.most = s.calls+1, max(s.most, len(nonces))
	fresh := make([]bool, len(nonces))
	for i, n := range nonces {
		key := n.App + "/" + n.Text
		fresh[i] = !s.taken[key]
		s.taken[key] = true
	}
	return fresh, s.fail
}

func (s *nonceShelf) SweepNonces(context.Context) (bool, error) { return true, nil }

// claimAll claims nonces while the store is held up by the first of them, so that all others wait together, and counts how it ended by
// kind; -1 is a claim.
func claimAll(t *testing.T, n *Nonces, shelf *nonceShelf, count int, nonce func(i int) Nonce) map[fault.Kind]int {
	t.Helper()
	ended := map[fault.Kind]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	claim := func(i int) {
		kind := fault.Kind(-1)
		if err := n.Claim(t.Context(), nonce(i)); err != nil {
			kind = fault.KindOf(err)
		}
		mu.Lock()
		defer mu.Unlock()
		ended[kind]++
	}
	shelf.mu.Lock()
	wg.Go(func() { claim(0) })
	until(t, n, "the first is under way", func() bool { return n.running && len(n.waiting) == 0 })
	for i := 1; i < count; i++ {
		wg.Go(func() { claim(i) })
	}
	until(t, n, "all others wait, or as many as may", func() bool { return len(n.waiting) == min(count-1, noncesWaiting) })
	shelf.mu.Unlock()
	wg.Wait()
	return ended
}

// until waits for something to be so, and looks with the lock held.
func until(t *testing.T, n *Nonces, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		n.mu.Lock()
		is := so()
		n.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute it is not so: %s", what)
		}
	}
}

// A nonce passes once, of the same app; calls that wait share a commit, however many there are.
func TestANoncePassesOnce(t *testing.T) {
	shelf := &nonceShelf{taken: map[string]bool{}}
	n := NewNonces(shelf)
	const count = 1000
	ended := claimAll(t, n, shelf, count, func(i int) Nonce {
		return Nonce{App: fmt.Sprint("app", i%2), Text: fmt.Sprint(i / 4)}
	})
	if ended[-1] != count/2 || ended[fault.Untrusted] != count/2 {
		t.Errorf("got %v, want a half of each", ended)
	}
	if want := 1 + (count-1+noncesAtOnce-1)/noncesAtOnce; shelf.most > noncesAtOnce || shelf.calls != want {
		t.Errorf("%d transactions of at most %d, want %d of at most %d", shelf.calls, shelf.most, want, noncesAtOnce)
	}
	if err := n.Claim(t.Context(), Nonce{App: "app0", Text: "0"}); fault.KindOf(err) != fault.Untrusted {
		t.Errorf("later: got %v, want a refusal", err)
	}
	until(t, n, "it ends by itself when nothing waits", func() bool { return !n.running })
}

// What can't be remembered is not let in: not while the store fails, nor when too many wait, nor for who hung up.
func TestANonceThatIsNotRememberedDoesNotPass(t *testing.T) {
	shelf := &nonceShelf{taken: map[string]bool{}, fail: errors.New("disk full")}
	if err := NewNonces(shelf).Claim(t.Context(), Nonce{App: "a", Text: "1"}); fault.KindOf(err) != fault.Unavailable || !errors.Is(err, shelf.fail) {
		t.Errorf("a store that fails: got %v", err)
	}
	shelf.fail = nil
	crowd := noncesWaiting + 2*noncesAtOnce
	ended := claimAll(t, NewNonces(shelf), shelf, crowd, func(i int) Nonce { return Nonce{App: "b", Text: fmt.Sprint(i)} })
	if refused := ended[fault.Unavailable]; refused < 1 || refused > 2*noncesAtOnce || ended[-1] != crowd-refused {
		t.Errorf("a crowd of %d: got %v", crowd, ended)
	}
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	if err := NewNonces(shelf).Claim(gone, Nonce{App: "c", Text: "1"}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a caller who hung up: got %v", err)
	}
}
