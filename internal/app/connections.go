package app

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// connections knows which of a server's connections have something under way. http.Server.Shutdown drops a request that
// it has not read to the end yet; waiting for these connections first loses none.
type connections struct {
	mu   sync.Mutex
	busy map[net.Conn]struct{} // new, or with a request
}

// changed is the server's ConnState.
func (c *connections) changed(connection net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateNew || state == http.StateActive {
		if c.busy == nil {
			c.busy = map[net.Conn]struct{}{}
		}
		c.busy[connection] = struct{}{}
	} else {
		delete(c.busy, connection)
	}
}

// wait returns when no connection has anything under way, or when ctx ends.
func (c *connections) wait(ctx context.Context) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for c.any() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (c *connections) any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.busy) > 0
}
