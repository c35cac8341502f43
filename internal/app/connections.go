package app

import (
	linked "container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// connections knows a server's connections. There are at most so many, so that neither files nor memory run out: when one more
// comes, the one that has been idle longest is closed, and when none is idle, the newcomer is told to come again. It also knows
// which have something under way: http.Server.Shutdown drops a request that it has not read to the end yet; waiting for these
// connections first loses none.
type connections struct {
	most    int // 0 is without limit
	mu      sync.Mutex
	busy    map[net.Conn]struct{} // new, or with a request
	idle    map[net.Conn]*linked.Element
	resting linked.List // of net.Conn: the idle ones, idle longest first
	refused atomic.Int64
	closed  atomic.Int64 // that were idle, for others to have their places
}

// full is the answer to who finds all places taken, where no TLS is in the way.
const full = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n" +
	"Content-Length: 69\r\n\r\n" + `{"code":-1,"message":"系统繁忙，请稍后用同一请求重试"}`

// changed is the server's ConnState.
func (c *connections) changed(connection net.Conn, state http.ConnState) {
	longest, turnedAway := c.note(connection, state)
	switch {
	case longest != nil:
		c.closed.Add(1)
		if secure, is := longest.(*tls.Conn); is {
			longest = secure.NetConn() // TLS would say goodbye first, and wait for who does not read
		}
		_ = longest.Close() // its own goroutine finds out
	case turnedAway:
		c.refused.Add(1)
		if plain, is := connection.(*net.TCPConn); is {
			_ = plain.SetWriteDeadline(time.Now().Add(time.Millisecond)) // the buffer of a new connection has room
			_, _ = plain.Write([]byte(full))
		}
		_ = connection.Close()
	}
}

// note says which connection must go for a new one, or that the new one must.
func (c *connections) note(connection net.Conn, state http.ConnState) (longest net.Conn, turnedAway bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy == nil {
		c.busy, c.idle = map[net.Conn]struct{}{}, map[net.Conn]*linked.Element{}
	}
	delete(c.busy, connection)
	if at := c.idle[connection]; at != nil {
		c.forget(at)
	}
	switch state {
	case http.StateNew:
		if c.most > 0 && len(c.busy)+len(c.idle) >= c.most {
			if c.resting.Len() == 0 {
				return nil, true
			}
			longest = c.forget(c.resting.Front())
		}
		c.busy[connection] = struct{}{}
	case http.StateActive:
		c.busy[connection] = struct{}{}
	case http.StateIdle:
		c.idle[connection] = c.resting.PushBack(connection)
	case http.StateHijacked, http.StateClosed:
	}
	return longest, false
}

func (c *connections) forget(at *linked.Element) net.Conn {
	connection := c.resting.Remove(at).(net.Conn) //nolint:forcetypeassert // nothing else is in it
	delete(c.idle, connection)
	return connection
}

// open is how many there are.
func (c *connections) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.busy) + len(c.idle)
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

// reservedFiles are left for databases, logs, keys and what the program calls itself.
const reservedFiles = 256

// shareFiles is how many connections there may be and how many live viewers of the board, whose connections are taken from the
// server: as set, 0 connections being as many as may be, and together no more than files can be open.
func shareFiles(files, connections, viewers int) (mostConnections, mostViewers int) {
	can := max(files-reservedFiles, files/2)
	mostConnections = can / 2
	if connections > 0 {
		mostConnections = min(connections, mostConnections)
	}
	return mostConnections, min(viewers, can-mostConnections)
}

// places is shareFiles for this process.
func (s *service) places() (connections, viewers int) {
	files, known := openFiles()
	if !known {
		return s.settings.Connections, s.settings.Viewers
	}
	return shareFiles(files, s.settings.Connections, s.settings.Viewers)
}
