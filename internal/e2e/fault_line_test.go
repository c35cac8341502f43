package e2e

import (
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// line is a wire between the server and PostgreSQL that fails when it is told to. It loses answers: PostgreSQL has done what it
// was told, and the server does not learn it. Or it is cut while the server says something.
type line struct {
	database string // PostgreSQL's address through the line
	lossy    atomic.Bool
	losses   atomic.Int64
	cutting  atomic.Bool // cut connections where the server is just telling PostgreSQL something
	middle   atomic.Int64
	behind   atomic.Int64
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
		defer far.Close()  //nolint:errcheck // a test's wire
		defer near.Close() //nolint:errcheck // a test's wire
		l.tell(far, near)
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

// tell hands on what the server says. A batch of reviews is one piece, with its commit at the end, where no affair is looked up
// first. When the line cuts, half of it arrives, and nothing of it may happen; or all of it, and nobody learns what came of it.
func (l *line) tell(far io.Writer, near io.Reader) {
	said := make([]byte, 1<<20)
	for pieces := 0; ; pieces++ {
		n, err := near.Read(said)
		if err != nil {
			return
		}
		cut := l.cutting.Load() && pieces > greetings && rand.IntN(4) == 0 //nolint:gosec // any piece will do
		half := cut && rand.IntN(2) == 0                                   //nolint:gosec // either will do
		if half {
			n /= 2
		}
		if _, err := far.Write(said[:n]); err != nil {
			return
		}
		switch {
		case half:
			l.middle.Add(1)
			return
		case cut:
			l.behind.Add(1)
			return
		}
	}
}
