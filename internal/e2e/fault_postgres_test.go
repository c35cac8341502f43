package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// One server lives through everything that befalls its PostgreSQL, under load, and goes on by itself: callers are told at
// once to come again, and nothing is acknowledged that is not stored.
func TestPostgresFailsUnderLoad(t *testing.T) { //nolint:tparallel // its parts share a server and go one after another
	t.Parallel() // it waits for most of its time
	cluster := postgrestest.Start(t)
	h := onPostgres(t, cluster.Database(t))
	a := h.register(t, "app1")
	s := h.serveWatched(t, "--rate", "0")
	line := tap(t, h.database)
	tapped := &house{database: line.database, keyFile: h.keyFile}
	var behindLine *server
	before := 0
	for _, tt := range []struct {
		name   string
		server func() *server
		fail   func(o *outage, t *testing.T)
	}{
		{"it is frozen for five seconds", func() *server { return s }, func(o *outage, t *testing.T) { o.frozen(t, cluster) }},
		{"it crashes", func() *server { return s }, func(o *outage, t *testing.T) { o.crashed(t, cluster) }},
		{"its connections are cut", func() *server { return s }, (*outage).cut},
		{"its answers are lost", func() *server { behindLine = tapped.serveWatched(t, "--rate", "0"); return behindLine }, func(o *outage, t *testing.T) { o.lost(t, line) }},
		{"it is cut off in the middle of transactions and behind them", func() *server { return behindLine }, func(o *outage, t *testing.T) { o.cutOff(t, line) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.server()
			o := &outage{traffic: begin(t, s, a, 16, breath), house: h, server: s}
			o.more(t, 50)
			tt.fail(o, t)
			eventually(t, "the server is ready again", func() bool { return s.status(t, "/readyz") == http.StatusOK })
			o.more(t, 50)
			stored, failures := o.end(t)
			onlyComeAgain(t, failures)
			if o.newcomers != nil {
				o.newcomers.wereToldAtOnce(t)
			}
			before += len(stored)
			h.isWhole(t, s, before)
			s.sendAgain(t, a, stored)
			t.Logf("%d reviews acknowledged, all there; told %d times to come again", len(stored), len(failures))
		})
	}
	t.Run("the queue is full", func(t *testing.T) {
		callers := queueIsFull(t, h, a, cluster)
		h.isWhole(t, s, before+callers)
	})
}

// queueIsFull has a queue of one before a frozen database: one review is being stored, one waits, and everyone else is told
// at once to come again, however many they are. It gives how many reviews were stored.
func queueIsFull(t *testing.T, h *house, a app, cluster *postgrestest.Cluster) (reviews int) {
	eager := &house{database: h.database, keyFile: h.keyFile, env: []string{"GOGC=10"}} // garbage must not hide what grows
	s := eager.serveWatched(t, "--rate", "0", "--lanes", "1", "--queue", "1", "--batch", "1")
	callers := begin(t, s, a, 1, breath)
	callers.more(t, 1)
	close(callers.ended)
	callers.callers.Wait()

	cluster.Freeze(t)
	thaw := sync.OnceFunc(func() { cluster.Thaw(t) })
	defer thaw()
	n := callers.letCome()
	defer n.end()
	// One review is being stored, one waits; someone may be looking up the apps.
	if ahead, _ := n.waitRefused(t); ahead > 3 {
		t.Errorf("%d callers waited when the first was told to come again", ahead)
	}
	n.end()

	measure := func() (resident, goroutines float64) {
		return s.metric(t, "process_resident_memory_bytes"), s.metric(t, "go_goroutines")
	}
	flood := func(n int) {
		together(32, n, func(int) {
			message := callers.next()
			_, err := callers.once(message)
			if !comeAgain(err) {
				t.Errorf("got %v, want code -1 with 503 and Retry-After", err)
			}
			if !refusedAtOnce(err) { // nobody knows what became of it
				callers.callers.Go(func() { callers.submit(message) })
			}
		})
	}
	flood(300)
	memory, goroutines := measure()
	flood(1200)
	moreMemory, moreGoroutines := measure()
	t.Logf("%.0f MB, then %.0f MB; %.0f goroutines, then %.0f", memory/1e6, moreMemory/1e6, goroutines, moreGoroutines)
	if moreMemory > memory+32e6 || moreGoroutines > goroutines+64 {
		t.Errorf("grew to %.0f bytes, %.0f goroutines", moreMemory, moreGoroutines)
	}
	thaw()
	callers.callers.Wait()
	return callers.count()
}

// outage is traffic on a server whose database fails.
type outage struct {
	*traffic
	house     *house
	server    *server
	newcomers *newcomers // while it is down
}

// frozen stops every process of PostgreSQL for five seconds: its connections stand and answer nothing.
func (o *outage) frozen(t *testing.T, cluster *postgrestest.Cluster) {
	cluster.Freeze(t)
	since := time.Now()
	thaw := sync.OnceFunc(func() { cluster.Thaw(t) })
	defer thaw()
	n := o.letCome()
	defer n.end()
	o.newcomers = n
	_, answered := n.waitRefused(t)
	t.Logf("a newcomer was told to come again %v after the freeze", time.Since(since).Round(time.Millisecond))
	if answered > 10 {
		t.Errorf("the 16 callers before him were told %d times first; they wait for the transaction under way", answered)
	}
	o.isDown(t)
	time.Sleep(time.Until(since.Add(5 * time.Second))) // as long as the fault lasts
	n.end()
	thaw()
}

// crashed ends every process of PostgreSQL, and starts it again.
func (o *outage) crashed(t *testing.T, cluster *postgrestest.Cluster) {
	cluster.Crash(t)
	since := time.Now()
	restart := sync.OnceFunc(func() { cluster.Restart(t) })
	defer restart()
	n := o.letCome()
	defer n.end()
	o.newcomers = n
	n.waitRefused(t)
	o.isDown(t)
	time.Sleep(time.Until(since.Add(2 * time.Second))) // as long as the fault lasts
	n.end()
	restart()
}

// isDown waits until the server says that it can't store, and holds that it is well itself.
func (o *outage) isDown(t *testing.T) {
	t.Helper()
	eventually(t, "the server is not ready", func() bool { return o.server.status(t, "/readyz") == http.StatusServiceUnavailable })
	if got := o.server.status(t, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz: got %d, want 200", got)
	}
}

// cut ends one connection of the server's after another, wherever each one stands: ten times ten at such a pace that the server
// gets little done. Between them it goes on by itself, however long it needs to connect again.
func (o *outage) cut(t *testing.T) {
	db := o.house.open(t)
	for range 10 {
		for cuts := int64(0); cuts < 10; {
			result, err := db.ExecContext(o.ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'haochaping' ORDER BY random() LIMIT 1`)
			if err != nil {
				t.Fatal(err)
			}
			n, err := result.RowsAffected()
			if err != nil {
				t.Fatal(err)
			}
			cuts += n
			o.pause(breath / 2)
		}
		o.more(t, 10)
	}
}

// lost loses answers of PostgreSQL's: what they would have said has happened, and nobody knows.
func (o *outage) lost(t *testing.T, line *line) {
	line.lossy.Store(true)
	defer line.lossy.Store(false)
	eventually(t, "100 answers are lost", func() bool { return line.losses.Load() >= 100 })
}

// cutOff cuts connections while the server is telling PostgreSQL what to store, and right behind.
func (o *outage) cutOff(t *testing.T, line *line) {
	line.cutting.Store(true)
	defer line.cutting.Store(false)
	eventually(t, "30 transactions are cut in the middle, and 30 behind", func() bool { return line.middle.Load() >= 30 && line.behind.Load() >= 30 })
}
