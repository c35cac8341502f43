package board

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long anything is waited for before a test fails.
const patience = 20 * time.Second

// watching is one who reads a stream.
type watching struct {
	response *http.Response
	events   chan event
	hearts   chan struct{}
	ended    chan error
}

type event struct {
	id     string
	change change
}

// serveBoard serves a board by a server whose limits on a request are short.
func serveBoard(t *testing.T, p *place, secure bool) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(p)
	server.Config.WriteTimeout, server.Config.ReadTimeout = 2*time.Second, 2*time.Second
	if secure {
		server.EnableHTTP2 = true
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	t.Cleanup(p.Close) // first
	return server
}

// watch opens a stream, which ends with the test.
func watch(t *testing.T, server *httptest.Server, address string, header ...string) *watching {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := server.Client().Do(r) //nolint:bodyclose // the viewer closes it
	if err != nil {
		t.Fatal(err)
	}
	v := &watching{response, make(chan event, 100), make(chan struct{}, 100), make(chan error, 1)}
	if response.StatusCode != http.StatusOK {
		return v
	}
	go func() { v.ended <- v.read() }()
	select {
	case <-v.hearts: // the greeting: the stream stands
	case <-time.After(patience):
		t.Fatal("the stream does not begin")
	}
	return v
}

func (v *watching) read() error {
	var body io.Reader = v.response.Body
	if v.response.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			return err
		}
	}
	lines := bufio.NewReader(body)
	var e event
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, ":"):
			v.hearts <- struct{}{}
		case strings.HasPrefix(line, "id: "):
			e.id = line[4:]
		case strings.HasPrefix(line, "data: "):
			if err := json.Unmarshal([]byte(line[6:]), &e.change); err != nil {
				return err
			}
			v.events <- e
			e = event{}
		}
	}
}

// next is the next event.
func (v *watching) next(t *testing.T) event {
	t.Helper()
	select {
	case e := <-v.events:
		return e
	case err := <-v.ended:
		t.Fatalf("the stream ended: %v", err)
	case <-time.After(patience):
		t.Fatal("no event")
	}
	return event{}
}

// none says that no event came before the next heartbeat.
func (v *watching) none(t *testing.T, p *place) {
	t.Helper()
	p.seated(t)
	for _, c := range p.hub.all() {
		c.mu.Lock()
		c.send(heartbeat)
		c.mu.Unlock()
	}
	select {
	case <-v.hearts:
	case err := <-v.ended:
		t.Fatalf("the stream ended: %v", err)
	case <-time.After(patience):
		t.Fatal("no heartbeat")
	}
	select {
	case e := <-v.events:
		t.Fatalf("an event came: %v", e)
	default:
	}
}

// seated waits until everybody who was greeted is told things: he is greeted first.
func (p *place) seated(t *testing.T) {
	t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		waiting := 0
		for _, c := range p.hub.all() {
			p.hub.mu.Lock()
			seats := c.seats
			p.hub.mu.Unlock()
			c.mu.Lock()
			waiting += seats - len(c.viewers)
			c.mu.Unlock()
		}
		if waiting == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d are not told anything", waiting)
		}
	}
}

// tell tells everybody what changed, once.
func (p *place) tell(t *testing.T) {
	t.Helper()
	p.seated(t)
	p.look(t)
	p.hub.refresh(t.Context())
}

var since = regexp.MustCompile(`data-live="([^"]*)"`)

// stream is the address of the stream that a page names.
func (p *place) stream(t *testing.T, address string) string {
	t.Helper()
	found := since.FindStringSubmatch(p.page(t, address))
	if found == nil {
		t.Fatalf("%s names no stream", address)
	}
	return strings.ReplaceAll(found[1], "&amp;", "&")
}

func TestWhatChangesIsTold(t *testing.T) {
	for _, tt := range []struct {
		name, encoding string
		secure         bool
	}{{"http/1.1", "identity", false}, {"http/1.1, compressed", "gzip", false}, {"http/2", "identity", true}, {"http/2, compressed", "gzip", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // they wait
			p := newPlace(t)
			p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40}, "510")
			server := serveBoard(t, p, tt.secure)
			v := watch(t, server, p.stream(t, "/ping/board?region=4401"), "Accept-Encoding", tt.encoding)
			if tt.secure != (v.response.ProtoMajor == 2) {
				t.Fatal(v.response.Proto)
			}
			header := v.response.Header
			if header.Get("Content-Type") != "text/event-stream" || header.Get("X-Accel-Buffering") != "no" || !strings.Contains(header.Get("Cache-Control"), "no-store") {
				t.Errorf("headers %v", header)
			}
			v.none(t, p)
			time.Sleep(server.Config.WriteTimeout * 3 / 2) // the server's limits are on other requests
			for n := int64(41); n < 44; n++ {
				p.store.count("440106000000", [5]int64{0, 0, 0, 0, n}, "510")
				p.tell(t)
				e := v.next(t)
				page := p.page(t, "/ping/board?region=4401")
				for name, html := range e.change.Blocks {
					if !strings.Contains(page, html) {
						t.Errorf("block %s is not as on the page", name)
					}
				}
				for name, want := range map[string]bool{"figures": true, "tiles": false, "ranking": true, "stars": true, "head": false} {
					if _, told := e.change.Blocks[name]; told != want {
						t.Errorf("block %s is told: %v", name, told)
					}
				}
				if e.id != e.change.Version || e.change.At == "" || !strings.Contains(page, `data-version="`+e.id+`"`) {
					t.Errorf("event %s, version %s", e.id, e.change.Version)
				}
			}
			p.store.version.Add(1) // figures may have changed, but did not
			p.tell(t)
			v.none(t, p)
			// Who was away is told what he missed, and nothing else.
			last := p.stream(t, "/ping/board?region=4401")
			p.store.count("440106000000", [5]int64{0, 0, 0, 0, 50}, "510")
			p.tell(t)
			again := watch(t, server, last, "Accept-Encoding", tt.encoding)
			if e := again.next(t); len(e.change.Blocks) == 0 || len(e.change.Blocks) == len(BlockNames()) {
				t.Errorf("%d blocks are told", len(e.change.Blocks))
			}
			watch(t, server, p.stream(t, "/ping/board?region=4401")).none(t, p)
			e := watch(t, server, last, "Last-Event-ID", "of another release").next(t)
			if len(e.change.Blocks) != len(BlockNames()) {
				t.Errorf("%d blocks are told to one who had something else", len(e.change.Blocks))
			}
		})
	}
}

func TestAFrameIsToldOfItsBlockOnly(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	server := serveBoard(t, p, false)
	v := watch(t, server, p.stream(t, "/ping/board/embed/stars"))
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 41})
	p.tell(t)
	e := v.next(t)
	if len(e.change.Blocks) != 1 || !strings.Contains(p.page(t, "/ping/board/embed/stars"), e.change.Blocks["stars"]) {
		t.Errorf("got %v", e.change.Blocks)
	}
}

func TestManyViewersCostOneDrawing(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	server := serveBoard(t, p, false)
	address := p.stream(t, "/ping/board")
	drawn := p.store.queries()
	var viewers []*watching
	for range 40 {
		viewers = append(viewers, watch(t, server, address))
	}
	if more := p.store.queries() - drawn; more != 0 {
		t.Errorf("to look costs %d queries", more)
	}
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 41})
	p.tell(t)
	for _, v := range viewers {
		v.next(t)
	}
	if more := p.store.queries() - drawn; more > drawn {
		t.Errorf("to tell 40 viewers costs %d queries, a page %d", more, drawn)
	}
}

func TestNoMoreViewersAndStatesThanThereArePlaces(t *testing.T) {
	p := newPlace(t)
	p.hub.mostViewers, p.hub.mostStates = 3, 2
	server := serveBoard(t, p, false)
	refused := func(address string) {
		t.Helper()
		v := watch(t, server, address)
		defer v.response.Body.Close() //nolint:errcheck // it was read
		if v.response.StatusCode != http.StatusServiceUnavailable || v.response.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d", address, v.response.StatusCode)
		}
	}
	first := watch(t, server, "/ping/board/live")
	watch(t, server, "/ping/board/live?region=4401")
	refused("/ping/board/live?region=4403")
	watch(t, server, "/ping/board/live?region=4401")
	refused("/ping/board/live")
	// One who left gives his place to another.
	_ = first.response.Body.Close()
	deadline := time.Now().Add(patience)
	for viewers, _ := p.Count(); viewers == 3; viewers, _ = p.Count() {
		if time.Now().After(deadline) {
			t.Fatal("one who left keeps his place")
		}
		for _, c := range p.hub.all() { // as time goes by
			c.mu.Lock()
			c.told = time.Time{}
			c.mu.Unlock()
		}
		p.hub.refresh(t.Context())
	}
	watch(t, server, "/ping/board/live?region=4403")
	if viewers, states := p.Count(); viewers != 3 || states != 2 {
		t.Errorf("%d viewers of %d states", viewers, states)
	}
	// One who can't be served keeps none.
	broken := errors.New("the database is gone")
	p.hub.mostViewers, p.hub.mostStates = 9, 9
	p.store.broken.Store(&broken)
	v := watch(t, server, "/ping/board/live?region=4404")
	_ = v.response.Body.Close()
	if viewers, states := p.Count(); v.response.StatusCode != http.StatusInternalServerError || viewers != 3 || states != 2 {
		t.Errorf("status %d, then %d viewers of %d states", v.response.StatusCode, viewers, states)
	}
}

// One who does not read what is sent is dropped; nobody else waits for him.
func TestASlowViewerIsDropped(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	server := serveBoard(t, p, false)
	slow, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close() //nolint:errcheck // only opened
	if _, err := io.WriteString(slow, "GET /ping/board/live HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	quick := watch(t, server, "/ping/board/live")
	deadline := time.Now().Add(2 * patience)
	for n := int64(1000); ; n++ {
		p.store.count("440106000000", [5]int64{0, 0, 0, 0, n})
		p.tell(t)
		quick.next(t)
		if viewers, _ := p.Count(); viewers == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a viewer who reads nothing is kept")
		}
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	for _, secure := range []bool{false, true} {
		p := newPlace(t)
		p.page(t, "/ping/board") // within the server's limits
		server := serveBoard(t, p, secure)
		v := watch(t, server, "/ping/board/live")
		p.Close()
		select {
		case <-v.ended: //nolint:errcheck // any end will do
		case <-time.After(patience):
			t.Fatal("the stream goes on")
		}
		again := watch(t, server, "/ping/board/live")
		_ = again.response.Body.Close()
		if again.response.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d after the end", again.response.StatusCode)
		}
		deadline := time.Now().Add(patience) // the stream's end is seen before the handler has left
		for viewers, states := p.Count(); viewers+states != 0; viewers, states = p.Count() {
			if time.Now().After(deadline) {
				t.Fatalf("%d viewers of %d states are left", viewers, states)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// Viewers who come and go while figures move leave nothing behind.
func TestComingAndGoing(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	server := serveBoard(t, p, false)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		for n := int64(0); ctx.Err() == nil; n++ {
			p.store.count("440106000000", [5]int64{0, 0, 0, 0, n})
			_ = p.watcher.look(ctx)
			p.hub.refresh(ctx)
		}
	})
	var guests sync.WaitGroup
	for i := range 8 {
		guests.Go(func() {
			for range 10 {
				response, err := http.Get(server.URL + "/ping/board/live?region=440" + string(rune('1'+i%4))) //nolint:noctx // short
				if err == nil {
					_, _ = io.CopyN(io.Discard, response.Body, 100)
					_ = response.Body.Close()
				}
			}
		})
	}
	guests.Wait()
	cancel()
	all.Wait()
	p.Close()
	if viewers, states := p.Count(); viewers != 0 || states != 0 {
		t.Errorf("%d viewers of %d states are left", viewers, states)
	}
}

func TestAVersionTellsEveryBlock(t *testing.T) {
	blocks := map[string]string{}
	for _, name := range BlockNames() {
		blocks[name] = "as it was"
	}
	before := versionOf(blocks)
	for _, name := range BlockNames() {
		blocks[name] = "as it is"
		now := &drawn{blocks: blocks, version: versionOf(blocks)}
		if got := changedSince(before, now); !slices.Equal(got, []string{name}) {
			t.Errorf("%s changed, told is %v", name, got)
		}
		blocks[name] = "as it was"
	}
	now := &drawn{blocks: blocks, version: before}
	if got := changedSince(before, now); got != nil {
		t.Errorf("nothing changed, told is %v", got)
	}
	if got := changedSince("", now); len(got) != len(blocks) {
		t.Errorf("to one who has nothing is told %v", got)
	}
}
