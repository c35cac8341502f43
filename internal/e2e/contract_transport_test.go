package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Every answer is the envelope, whatever was asked (contract.md 2).
func TestTransport(t *testing.T) {
	partsOnContract(t,
		part{"faults are envelopes", transportFaults},
		part{"content types", contentTypes},
		part{"request ids", requestIDs},
		part{"requests that break off", brokenOff},
		part{"headers have a limit", headersHaveALimit},
	)
}

// What HTTP itself refuses has its status and the envelope all the same (contract.md 2).
func transportFaults(t *testing.T, c *caller) {
	for _, one := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/ping/ebus", 404, ""},
		{"POST", "/ping/ebus/", 404, ""},
		{"POST", "/ping/ebus/affair", 404, ""},
		{"POST", "/ping/ebus/affair/eval/", 404, ""},
		{"POST", "/ping/ebus/affair/evals", 404, ""},
		{"POST", "/ping/ebus/Affair/Eval", 404, ""},
		{"POST", "/ping/ebus//affair/eval", 404, ""},
		{"POST", "/ping/ebus/affair//eval", 404, ""},
		{"POST", "/ping/ebus/./affair/eval", 404, ""},
		{"POST", "/ping/ebus/x/../affair/eval", 404, ""},
		{"POST", "/ping/ebus/../ebus/affair/eval", 404, ""},
		{"POST", "/ping/ebus/..", 404, ""},
		{"POST", "/ping/ebus/../../healthz", 404, ""},
		{"GET", "/ping/ebus/%2e%2e/apis/evals", 404, ""},
		{"POST", "/ping/ebus/affair/eval%2f", 404, ""},
		{"POST", "/ping/ebus/affair/eval%00", 404, ""},
		{"POST", "/ping/ebus/%e4%ba%8b", 404, ""},
		{"POST", "/ping/ebus/affair/eval;x=1", 404, ""},
		{"GET", "/ping/ebus/nothing?x=1", 404, ""},
		{"DELETE", "/ping/ebus/nothing", 404, ""},
		{"GET", pathAffair, 405, "POST"},
		{"PUT", pathAffair, 405, "POST"},
		{"PATCH", pathGuide, 405, "POST"},
		{"DELETE", pathHotline, 405, "POST"},
		{"OPTIONS", pathAffair, 405, "POST"},
		{"TRACE", pathAffair, 405, "POST"},
		{"BREW", pathAffair, 405, "POST"},
		{"POST", pathTags, 405, "GET"},
		{"OPTIONS", pathTags, 405, "GET"},
	} {
		a := c.call(t, request{method: one.method, path: one.path, body: affairOf(c.app).text()})
		if a.status != one.status || a.code() != failed || a.header.Get("Allow") != one.allow {
			t.Errorf("%s %s: got %d, Allow %q, %s; want %d, Allow %q, code -1",
				one.method, one.path, a.status, a.header.Get("Allow"), a.text, one.status, one.allow)
		}
	}
	// HEAD has the headers of an answer and no body.
	a, err := c.exchange(t.Context(), plain, request{method: http.MethodHead, path: pathAffair})
	if err != nil || a.status != http.StatusMethodNotAllowed || a.text != "" || a.header.Get("X-Request-Id") == "" {
		t.Errorf("HEAD: got %+v, %v", a, err)
	}
	// Percent signs that need not be there name the same path.
	if a := c.call(t, request{path: "/ping/%65bus/affair/%65val", body: affairOf(c.app).text()}); a.code() != succeeded {
		t.Errorf("a path with needless percent signs: got %s", a.text)
	}
	if got := c.counted(t); got != 1 {
		t.Errorf("%d reviews are counted, want the one that was stored", got)
	}
}

// A body is JSON in UTF-8, and says so or nothing at all.
func contentTypes(t *testing.T, c *caller) {
	for contentType, status := range map[string]int{
		"": 200, "application/json": 200, "application/json;charset=utf-8": 200, "application/json; charset=UTF-8": 200, "application/json;charset=utf8": 200, "application/json; charset=UTF8": 200,
		"Application/JSON": 200, `application/json; charset="utf-8"`: 200, "application/json;version=1": 200,
		"text/plain": 415, "text/json": 415, "application/x-www-form-urlencoded": 415, "application/xml": 415,
		"multipart/form-data; boundary=x": 415, "application/json;charset=gbk": 415, "application/jsonp": 415,
		"application/json,charset=utf-8": 415, "json": 415, "*/*": 415,
	} {
		q := request{path: pathAffair, body: affairOf(c.app).text(), header: map[string]string{"Content-Type": contentType}}
		a := c.call(t, q)
		want := succeeded
		if status != http.StatusOK {
			want = failed
		}
		if a.status != status || a.code() != want {
			t.Errorf("Content-Type %q: got %d %s, want %d", contentType, a.status, a.text, status)
		}
	}
}

// Every answer has a request id of its own, whatever the caller calls himself, and the log tells it of what was refused.
func requestIDs(t *testing.T, c *caller) {
	seen := map[string]bool{}
	var refused string
	for range 20 {
		for _, body := range []string{affairOf(c.app).text(), "{}"} {
			a := c.call(t, request{path: pathAffair, body: body, header: map[string]string{"X-Request-Id": "mine"}})
			if seen[a.RequestID] || strings.Contains(a.RequestID, "mine") {
				t.Errorf("request id %q is not the request's own", a.RequestID)
			}
			seen[a.RequestID] = true
			if a.code() == invalid {
				refused = a.RequestID
			}
		}
	}
	eventually(t, "the log tells the request id", func() bool {
		return strings.Contains(c.server.logs.String(), `"requestId":"`+refused+`"`)
	})
}

// Headers have 16 KiB, and what net/http allows above: more is refused before anyone looks at it.
func headersHaveALimit(t *testing.T, c *caller) {
	for size, status := range map[int]int{15 << 10: http.StatusOK, 64 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.server.url+"/ping/apis/evals", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-More", strings.Repeat("x", size))
		response, err := plain.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("%d bytes: got %d, want %d", size, response.StatusCode, status)
		}
	}
}

// An app over its rate is told to come again, and when; the others go on (429, Retry-After).
func TestEveryAppHasItsRate(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		other := c.newApp(t, "other")
		c.mustSubmit(t, pathAffair, affairOf(c.app))
		late := affairOf(c.app)
		a := c.submit(t, pathAffair, late)
		if a.status != http.StatusTooManyRequests || a.code() != failed || a.header.Get("Retry-After") != "20" {
			t.Errorf("over the rate: got %d, Retry-After %q, %s; want 429, 20", a.status, a.header.Get("Retry-After"), a.text)
		}
		other.mustSubmit(t, pathAffair, affairOf(other.app))
		if got := c.counted(t); got != 2 {
			t.Errorf("%d reviews are counted, want 2", got)
		}
	}, "--rate", "0.05")
}

// A caller who breaks off in the middle of his body costs nobody anything, and nothing of it is stored. It is the transport's fault: the same may be
// sent again (contract.md 2).
func brokenOff(t *testing.T, c *caller) {
	body := affairOf(c.app).text()
	for _, sent := range []string{"", "x", body[:len(body)-1]} {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(c.server.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", pathAffair, len(body))
		if _, err := io.WriteString(connection, head+sent); err != nil {
			t.Fatal(err)
		}
		if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_ = connection.SetReadDeadline(time.Now().Add(patience)) // a server that hangs shows as a fault of reading
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err == nil {
			text, _ := io.ReadAll(answer.Body) // what could be read is looked at
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(text, []byte(`"code":-1`)) {
				t.Errorf("%d of %d bytes: got %d %s, want 503, code -1", len(sent), len(body), answer.StatusCode, text)
			}
		}
		_ = connection.Close()
	}
	c.mustSubmit(t, pathAffair, affairOf(c.app))
	if got := c.counted(t); got != 1 {
		t.Errorf("%d reviews are counted, want 1", got)
	}
}
