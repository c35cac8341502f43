package e2e

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// liveBoard reads the stream that a page of the board names, until the test ends; it gives the lines of data.
func (s *server) liveBoard(t *testing.T, address string) <-chan string {
	t.Helper()
	page := s.boardPage(t, address)
	found := regexp.MustCompile(`data-live="([^"]*)"`).FindStringSubmatch(page.html)
	if found == nil {
		t.Fatal("the page names no stream")
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+strings.ReplaceAll(found[1], "&amp;", "&"), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r) //nolint:bodyclose // with the test
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("%d %v", response.StatusCode, response.Header)
	}
	events := make(chan string, 100)
	go func() {
		defer close(events)
		lines := bufio.NewReader(response.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if data, found := strings.CutPrefix(line, "data: "); found {
				events <- data
			}
		}
	}()
	return events
}

// A review that is sent through the interface shows on the board within two seconds.
func TestTheBoardCountsLive(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		c.mustSubmit(t, pathAffair, affairOf(c.app).with("evalTime", at(time.Now())))
		everywhere := c.server.liveBoard(t, "/ping/board?period=today")
		elsewhere := c.server.liveBoard(t, "/ping/board?period=today&region=4403")
		for n := range 3 {
			quiet(everywhere) // what was counted before
			began := time.Now()
			c.mustSubmit(t, pathAffair, affairOf(c.app).with("evalTime", at(began)).with("affair.affairName", "事项"+numbered(n)))
			// A drawing that was under way meanwhile has it in those blocks that came last; the next has the others.
			for told, figures, newest := time.After(patience), false, false; !figures || !newest; {
				select {
				case data := <-everywhere:
					figures, newest = figures || strings.Contains(data, `"figures":`), newest || strings.Contains(data, "事项"+numbered(n))
					if strings.Contains(data, `"tiles":"<section id=\"ranking`) || strings.Contains(data, `"head":`) {
						t.Errorf("told is what did not change: %s", data)
					}
				case <-told:
					t.Fatalf("not all is told: figures %t, newest %t", figures, newest)
				}
			}
			if took := time.Since(began); took > 2*time.Second && !raceEnabled {
				t.Logf("told after %v", took) // how long it takes is a matter of the machine; that it is told is not
			}
		}
		select {
		case data := <-elsewhere:
			t.Errorf("where nothing changed is told %s", data)
		default:
		}
		if status := c.server.stop(t); status != 0 {
			t.Errorf("with viewers the server ends with status %d", status)
		}
		for range everywhere { // ends with the server
		}
	})
}

// quiet waits until a second passed without an event, so that the next is of what comes next.
func quiet(events <-chan string) {
	for {
		select {
		case <-events:
		case <-time.After(2500 * time.Millisecond):
			return
		}
	}
}
