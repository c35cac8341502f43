package ebus

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

const (
	// mostBodies is how many bytes of bodies are in memory at once, of reviews and of completed affairs each, without what is free.
	mostBodies = 64 << 20
	// freeOfBody is how much of each body is free: more than reviews usually have, so that who keeps all of the room keeps few out. A call
	// without a body takes about as much.
	freeOfBody = 4 << 10
)

// room bounds how many bytes of bodies are in memory at once. Who sends slowly is in no gate yet: thousands of such callers would keep
// gigabytes. Half of it is for callers whose headers are signed, so that nobody keeps those out whom nobody knows.
type room struct {
	most  int64
	taken atomic.Int64
}

var errNoRoom = errors.New("no room for more of the body")

// arriving is one call's body, which takes its part of a room as it is read. It is at most so long.
type arriving struct {
	call     *http.Request
	verifier *Verifier
	room     *room
	left     int
	read     int
	taken    int  // of the room
	known    bool // who calls
}

func (b *arriving) Read(into []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.call.Body.Read(into[:min(len(into), b.left)])
	b.left -= n
	b.read += n
	if more := b.read - freeOfBody - b.taken; more > 0 {
		b.taken += more
		if taken := b.room.taken.Add(int64(more)); taken > b.room.most || taken > b.room.most/2 && !b.signed() {
			return n, errNoRoom
		}
	}
	return n, err
}

// signed says whether the call's headers are signed by an app that may call.
func (b *arriving) signed() bool {
	if !b.known {
		app, _, err := b.verifier.signer(b.call)
		b.known = err == nil && !app.Disabled
	}
	return b.known
}

// leave gives back what it took.
func (b *arriving) leave() { b.room.taken.Add(int64(-b.taken)) }
