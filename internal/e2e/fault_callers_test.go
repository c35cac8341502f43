package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Faulty callers are told what is wrong, and do no harm to the others.
func TestFaultyCallers(t *testing.T) { //nolint:tparallel // its parts share a server and go one after another
	t.Parallel() // it waits for most of its time
	h := onSQLite(t)
	a := h.register(t, "app1")
	s := h.serveWatched(t, "--rate", "0")
	t.Run("a clock ten minutes off", func(t *testing.T) { clockOff(t, s, a) })
	t.Run("slow, silent, flooding and hanging up", func(t *testing.T) { badConnections(t, h, s, a) })
}

// badConnections are of callers who are slow, send too much, say nothing or hang up. The others are answered while all of
// them are there; nor is a review ever stored by half.
func badConnections(t *testing.T, h *house, s *server, a app) {
	callers := begin(t, s, a, 4, breath)
	var silent, idle, slowHeaders, slowBodies []*wire
	for range 250 {
		silent = append(silent, s.dial(t)) // says nothing at all
		idle = append(idle, s.dial(t))     // has asked once and stays
		idle[len(idle)-1].write(t, []byte("GET /healthz HTTP/1.1\r\nHost: haochaping\r\n\r\n"))
	}
	for range 20 {
		text := s.request(t, a, callers.reviews.Affair(time.Now()))
		w := s.dial(t)
		slowHeaders = append(slowHeaders, w)
		w.drip(text)
		w = s.dial(t)
		slowBodies = append(slowBodies, w)
		w.write(t, text[:len(text)-100])
		w.drip(text[len(text)-100:])
	}
	callers.more(t, 50)
	for range 20 {
		callers.floodHeaders(t, s)
	}
	for i := range 60 {
		callers.hangUp(t, s, i)
	}
	callers.more(t, 50)

	// The server ends those who are slow, not those who are idle. A slow body is told that it did not arrive whole.
	endsWith := func(who, answer string, all []*wire) {
		t.Helper()
		for _, w := range all {
			if got := w.untilClosed(t); (answer != "" || got == "200") && got != answer {
				t.Fatalf("%s: status %q before the end", who, got)
			}
		}
	}
	endsWith("silent", "", silent)
	endsWith("slow header", "", slowHeaders)
	endsWith("slow body", "503", slowBodies)
	for _, w := range idle {
		if w.closed.Load() {
			t.Fatal("an idle connection was closed")
		}
	}
	callers.more(t, 50)
	stored, failures := callers.end(t)
	for _, err := range failures {
		t.Errorf("a caller was harmed: %v", err)
	}
	h.isWhole(t, s, len(stored))
	s.sendAgain(t, a, stored)
}

// wire is a connection by hand.
type wire struct {
	net.Conn
	closed atomic.Bool
	answer chan string // status of what came, when the server has closed it
}

// dial connects, and reads what comes until the server closes.
func (s *server) dial(t *testing.T) *wire {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	w := &wire{Conn: connection, answer: make(chan string, 1)}
	go func() {
		text, _ := io.ReadAll(connection)
		w.closed.Store(true)
		w.answer <- status(text)
	}()
	return w
}

func status(text []byte) string {
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
	if err != nil {
		return ""
	}
	_ = response.Body.Close()
	return fmt.Sprint(response.StatusCode)
}

// drip sends a byte now and then until the server closes.
func (w *wire) drip(text []byte) {
	go func() {
		for i := range text {
			if _, err := w.Write(text[i : i+1]); err != nil {
				return
			}
			time.Sleep(250 * time.Millisecond)
		}
	}()
}

func (w *wire) write(t *testing.T, text []byte) {
	t.Helper()
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
}

// untilClosed waits until the server closes, and gives the status that it answered before.
func (w *wire) untilClosed(t *testing.T) string {
	t.Helper()
	select {
	case answer := <-w.answer:
		return answer
	case <-time.After(patience):
		t.Fatal("the server does not end a connection")
		return ""
	}
}

// floodHeaders sends more headers than the 16 KiB that are read, and is told so.
func (tr *traffic) floodHeaders(t *testing.T, s *server) {
	t.Helper()
	text := s.request(t, tr.app, tr.reviews.Affair(time.Now()))
	first := bytes.IndexByte(text, '\n') + 1
	w := s.dial(t)
	_, _ = w.Write(text[:first]) // that it closes early is as well
	for n := range 64 {
		_, _ = fmt.Fprintf(w, "X-Flood-%d: %s\r\n", n, strings.Repeat("x", 1000))
	}
	_, _ = w.Write(text[first:])
	if got := w.untilClosed(t); got != "431" && got != "" { // "": it was cut off before it could read the answer
		t.Errorf("header flood: got %q, want 431", got)
	}
}

// hangUp sends a review and hangs up: in the middle of its body, or before the answer; politely or not. Sent again, the
// review is stored.
func (tr *traffic) hangUp(t *testing.T, s *server, i int) {
	t.Helper()
	message := tr.reviews.Affair(time.Now())
	text := s.request(t, tr.app, message)
	if i%2 == 0 {
		text = text[:len(text)-200]
	}
	w := s.dial(t)
	w.write(t, text)
	if i%4 < 2 {
		if err := w.Conn.(*net.TCPConn).SetLinger(0); err != nil { // a reset
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	receipt, err := tr.once(message)
	if err != nil {
		t.Errorf("hung up, then sent again: %v", err)
	}
	tr.note(message, receipt, err)
}
