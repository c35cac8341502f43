package integrator

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// Nonce is a text that a signed call bears, and no other call of the same signer.
type Nonce struct {
	// App is whose secret signed; empty when a gateway's key did, for all its callers.
	App  string
	Text string
	// Until is when the call that bears it is refused for its age anyway, by any node's clock.
	Until time.Time
}

// NonceStore keeps nonces, of every node of the platform.
type NonceStore interface {
	// ClaimNonces remembers nonces durably, in one transaction, and says of each whether it was new. None comes twice in the list.
	ClaimNonces(ctx context.Context, nonces []Nonce) (fresh []bool, err error)
	// SweepNonces forgets some that are of no use any more; done when no more of them are there.
	SweepNonces(ctx context.Context) (done bool, err error)
}

const (
	// noncesAtOnce is how many nonces one transaction remembers.
	noncesAtOnce = 128
	// noncesWaiting is how many calls may wait for their turn; more are refused at once.
	noncesWaiting = 4096
	// noncePatience bounds one transaction.
	noncePatience = 5 * time.Second
)

// Nonces lets each nonce pass once. Calls that come while a transaction is under way share the next one, so that a thousand calls
// a second cost some hundred commits. Where nobody signs in the stronger way there is nothing to do and nothing running.
type Nonces struct {
	store NonceStore

	mu      sync.Mutex
	waiting []*nonceClaim
	running bool
}

type nonceClaim struct {
	Nonce
	done  chan struct{}
	fresh bool
	err   error
}

// NewNonces makes a memory of nonces.
func NewNonces(store NonceStore) *Nonces { return &Nonces{store: store} }

// Claim takes a nonce for the call that bears it: nil for the first, fault.Untrusted for any other, fault.Unavailable when that
// can't be told now. It returns when the nonce is remembered durably.
func (n *Nonces) Claim(ctx context.Context, nonce Nonce) error {
	claim := &nonceClaim{Nonce: nonce, done: make(chan struct{})}
	if !n.queue(claim) {
		return unclaimed(nil)
	}
	select {
	case <-claim.done:
	case <-ctx.Done():
		return unclaimed(context.Cause(ctx))
	}
	switch {
	case claim.err != nil:
		return unclaimed(claim.err)
	case !claim.fresh:
		return fault.NewUntrusted("x-tif-nonce 已经用过：请求体不变，换新的 nonce、取当前时间重新签名后再发送")
	}
	return nil
}

func unclaimed(cause error) error {
	return fault.NewUnavailable("暂时无法核对 x-tif-nonce，请稍后重新签名再发送，请求体不变", time.Second, cause)
}

func (n *Nonces) queue(claim *nonceClaim) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.waiting) >= noncesWaiting {
		return false
	}
	n.waiting = append(n.waiting, claim)
	if !n.running {
		n.running = true
		go n.run()
	}
	return true
}

// run remembers what waits until nothing does.
func (n *Nonces) run() {
	for {
		n.mu.Lock()
		batch := n.waiting[:min(len(n.waiting), noncesAtOnce)]
		n.waiting = n.waiting[len(batch):]
		if len(batch) == 0 {
			n.waiting, n.running = nil, false
			n.mu.Unlock()
			return
		}
		n.mu.Unlock()
		n.remember(batch)
	}
}

// remember claims a batch's nonces; of those that are the same the first one's is the claim.
func (n *Nonces) remember(batch []*nonceClaim) {
	type key struct{ app, text string }
	firsts, seen := make([]*nonceClaim, 0, len(batch)), make(map[key]bool, len(batch))
	nonces := make([]Nonce, 0, len(batch))
	for _, claim := range batch {
		if k := (key{claim.App, claim.Text}); !seen[k] {
			seen[k] = true
			firsts, nonces = append(firsts, claim), append(nonces, claim.Nonce)
		}
	}
	// A caller that hangs up is not to take the others' claims with him.
	ctx, cancel := context.WithTimeout(context.Background(), noncePatience)
	defer cancel()
	fresh, err := n.store.ClaimNonces(ctx, nonces)
	if err != nil {
		err = fmt.Errorf("remember nonces: %w", err)
	}
	for i, claim := range firsts {
		claim.fresh = err == nil && fresh[i]
	}
	for _, claim := range batch {
		claim.err = err
		close(claim.done)
	}
}

// Sweep forgets nonces that are of no use any more, piece by piece.
func (n *Nonces) Sweep(ctx context.Context) error {
	for ctx.Err() == nil {
		if done, err := n.store.SweepNonces(ctx); err != nil || done {
			return err
		}
	}
	return nil
}
