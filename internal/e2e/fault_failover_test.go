package e2e

import (
	"net/http"
	"testing"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// PostgreSQL's primary is killed under load, and its synchronous replica takes its place: the program, whose address names both,
// goes on by itself, and everything that was acknowledged is there.
func TestFailoverToAReplica(t *testing.T) {
	t.Parallel() // it waits for most of its time
	primary := postgrestest.Start(t)
	database := primary.Database(t)
	first := onPostgres(t, database)
	standby := primary.Standby(t)
	h := &house{database: postgrestest.OfBoth(t, database, standby), keyFile: first.keyFile}
	a := h.register(t, "app1")
	s := h.serveWatched(t, "--rate", "0")
	callers := begin(t, s, a, 16, breath)
	callers.more(t, 100)

	primary.Kill(t)
	eventually(t, "the server is not ready", func() bool { return s.status(t, "/readyz") == http.StatusServiceUnavailable })
	before := callers.failed()
	eventually(t, "callers are told to come again", func() bool { return callers.failed() > before+20 })
	standby.Promote(t)
	eventually(t, "the server is ready again", func() bool { return s.status(t, "/readyz") == http.StatusOK })
	callers.more(t, 100)
	stored, failures := callers.end(t)
	onlyComeAgain(t, failures)
	h.isWhole(t, s, len(stored))
	s.sendAgain(t, a, stored)
	t.Logf("%d reviews acknowledged, all there; told %d times to come again", len(stored), len(failures))
}
