package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A request's headers may have 16 KiB in all, as the guide says (integration.md 4), on a connection's first request and its next.
func TestHeadersHaveSixteenKiB(t *testing.T) {
	s := onSQLite(t).serve(t)
	var w net.Conn
	var answers *bufio.Reader
	connect := func() {
		var err error
		if w, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://")); err != nil {
			t.Fatal(err)
		}
		connection := w
		t.Cleanup(func() { _ = connection.Close() })
		answers = bufio.NewReader(w)
	}
	// ask sends a request whose line and headers have that many bytes, in many headers or in one.
	ask := func(size, each int) int {
		head := "GET /healthz HTTP/1.1\r\nHost: h\r\n"
		for n := 0; len(head)+2 < size; n++ {
			name := fmt.Sprintf("X-%d: ", n)
			rest := size - len(head) - 2
			value := min(each, rest-len(name)-2)
			if left := rest - len(name) - 2 - value; left > 0 && left < 20 {
				value += left // what is left is too little for one more
			}
			head += name + strings.Repeat("x", value) + "\r\n"
		}
		if _, err := w.Write([]byte(head + "\r\n")); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close() //nolint:errcheck // it is read to its end
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Fatal(err)
		}
		return r.StatusCode
	}
	connect()
	for _, one := range []struct{ size, each, want int }{
		{500, 100, 200}, {15 << 10, 16 << 10, 200}, {15 << 10, 200, 200}, {16 << 10, 200, 200}, {16 << 10, 16 << 10, 200}, {17 << 10, 200, 431},
	} {
		if got := ask(one.size, one.each); got != one.want {
			t.Errorf("%d bytes in headers of %d: got %d, want %d", one.size, one.each, got, one.want)
		}
	}
	for _, size := range []int{16<<10 + 1, 17 << 10, 19 << 10} {
		connect()
		if got := ask(size, 16<<10); got != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%d bytes: got %d, want 431", size, got)
		}
	}
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	second := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	for size, fits := range map[int]bool{15 << 10: true, 17 << 10: false} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Large", strings.Repeat("x", size))
		answer, err := second.Do(r)
		if got := err == nil && answer.StatusCode == http.StatusOK; got != fits { // a client may know before it sends
			t.Errorf("HTTP/2, %d bytes: got %v, %v", size, answer, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
}
