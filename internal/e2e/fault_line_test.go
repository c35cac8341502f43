package e2e

import (
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// line is a wire between the server and PostgreSQL that loses answers when it is told to: PostgreSQL has done what it was
// told, and the server does not learn it.
type line struct {
	database string // PostgreSQL's address through the line
	lossy    atomic.Bool
	losses   atomic.Int64
}

// greetings is how many answers a connection has at its beginning that tell of nothing done yet.
const greetings = 8

// tap makes a line to a database, until the test ends.
func tap(t *testing.T, database string) *line {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	to := address.Host
	address.Host = listener.Addr().String()
	l := &line{database: address.String()}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go l.connect(near, to)
		}
	}()
	return l
}

// connect joins one connection to PostgreSQL until either side ends it or an answer is lost.
func (l *line) connect(near net.Conn, to string) {
	defer near.Close()              //nolint:errcheck // a test's wire
	far, err := net.Dial("tcp", to) //nolint:noctx // ended by either side
	if err != nil {
		return
	}
	defer far.Close() //nolint:errcheck // a test's wire
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	}()
	answer := make([]byte, 64<<10)
	for answers := 0; ; answers++ {
		n, err := far.Read(answer)
		if err != nil {
			return
		}
		if l.lossy.Load() && answers > greetings && rand.IntN(4) == 0 { //nolint:gosec // any answer will do
			l.losses.Add(1)
			return
		}
		if _, err := near.Write(answer[:n]); err != nil {
			return
		}
	}
}
