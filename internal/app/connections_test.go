package app

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Of a full house the connection that has been idle longest makes room for a newcomer; when all are busy, the newcomer is told at
// once, and who was there is not disturbed.
func TestConnectionsAreBounded(t *testing.T) {
	open := &connections{most: 3}
	entered, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			entered <- struct{}{}
			<-release
		}
	}))
	server.Config.ConnState = open.changed
	server.Start()
	t.Cleanup(server.Close)
	come := func() (net.Conn, *bufio.Reader) {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return connection, bufio.NewReader(connection)
	}
	ask := func(connection net.Conn, path string) {
		if _, err := io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	answered := func(r *bufio.Reader, want int) string {
		t.Helper()
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != want {
			t.Fatalf("got %d %s, %v, want %d", response.StatusCode, body, err, want)
		}
		return string(body)
	}
	idle := func(n int) { // the answer is there a moment before the server knows that the connection is idle
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			open.mu.Lock()
			is := open.resting.Len()
			open.mu.Unlock()
			if is == n {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d connections are idle, want %d", is, n)
			}
		}
	}

	var all [3]net.Conn
	var readers [3]*bufio.Reader
	for i := range all { // idle one after another
		all[i], readers[i] = come()
		ask(all[i], "/")
		answered(readers[i], http.StatusOK)
		idle(i + 1)
	}
	ask(all[0], "/slow") // the eldest is busy again
	<-entered
	for i := 1; i < 3; i++ {
		newcomer, reader := come()
		if _, err := readers[i].ReadByte(); err != io.EOF {
			t.Errorf("connection %d, idle longest, got %v, want its end", i, err)
		}
		all[i], readers[i] = newcomer, reader
		ask(newcomer, "/slow")
		<-entered
	}
	for range 5 {
		newcomer, reader := come()
		if body := answered(reader, http.StatusServiceUnavailable); !strings.HasPrefix(body, `{"code":-1,`) {
			t.Errorf("who finds no place is told %s", body)
		}
		if _, err := reader.ReadByte(); err == nil {
			t.Error("his connection stays")
		}
		_ = newcomer.Close()
	}
	close(release)
	for _, reader := range readers {
		answered(reader, http.StatusOK)
	}
	if got := [3]int64{int64(open.open()), open.refused.Load(), open.closed.Load()}; got != [3]int64{3, 5, 2} {
		t.Errorf("open, refused, closed: %v", got)
	}
}

func TestCallersAndViewersShareTheFiles(t *testing.T) {
	for _, test := range []struct{ files, connections, viewers, wantConnections, wantViewers int }{
		{65536, 8192, 20000, 8192, 20000},
		{4096, 8192, 20000, 1920, 1920},
		{65536, 0, 20000, 32640, 20000},
		{1024, 8192, 100, 384, 100},
		{256, 8192, 20000, 64, 64},
	} {
		connections, viewers := shareFiles(test.files, test.connections, test.viewers)
		if connections != test.wantConnections || viewers != test.wantViewers {
			t.Errorf("%+v: got %d, %d", test, connections, viewers)
		}
	}
}
