package e2e

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
)

// killsEnv says how often the program is killed under load; a few times when nobody says. docs/operations.md has the command.
const killsEnv = "HAOCHAPING_TEST_KILLS"

const fewKills = 3

// kill -9 under load, at random moments: every acknowledged review is there once, and nothing is to be repaired by hand.
func TestKilledUnderLoad(t *testing.T) {
	kills := fewKills
	if text := os.Getenv(killsEnv); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil || kills < 1 {
			t.Fatalf("%s=%s is no number of times", killsEnv, text)
		}
	}
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0")
		var all []acknowledged
		unanswered := 0
		for range kills {
			callers := begin(t, s, a, 32, 0)
			callers.more(t, 10+rand.IntN(150))                           //nolint:gosec // any moment will do
			time.Sleep(time.Duration(rand.IntN(20e6)) * time.Nanosecond) //nolint:gosec // wherever a batch stands then
			s.kill()
			s = h.serveWatched(t, "--rate", "0")
			callers.to.Store(s)
			stored, failures := callers.end(t)
			if len(failures) == 0 {
				t.Error("no caller noticed that the server was killed")
			}
			for _, err := range failures {
				var answered *client.Error
				if errors.As(err, &answered) && !comeAgain(err) {
					t.Errorf("got %v, want no answer at all, or 503 from a server that has only just begun", err)
				}
			}
			unanswered += len(failures)
			all = append(all, stored...)
			s.sendAgain(t, a, stored)
			h.isWhole(t, s, len(all))
			if t.Failed() {
				t.FailNow()
			}
		}
		s.sendAgain(t, a, all)
		h.isWhole(t, s, len(all))
		t.Logf("killed %d times: %d reviews acknowledged, all there; %d answers missed, all sent again", kills, len(all), unanswered)
	})
}

// kill -9 in the middle of a fold: facts have left where they waited, and are not yet in the counters.
func TestKilledWhileCountersAreFolded(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0")
		callers := begin(t, s, a, 8, breath)
		callers.more(t, 20)
		release := h.haltFolding(t, s)
		s.kill()
		release()
		s = h.serveWatched(t, "--rate", "0")
		callers.to.Store(s)
		callers.more(t, 20)
		stored, _ := callers.end(t)
		h.isWhole(t, s, len(stored))
		eventually(t, "all facts are folded", func() bool {
			return h.number(t, "SELECT count(*) FROM counter_change") == 0
		})
		h.isWhole(t, s, len(stored))
		s.sendAgain(t, a, stored)
	})
}

// haltFolding returns when a fold stands still between taking facts away and adding them to the counters.
func (h *house) haltFolding(t *testing.T, s *server) (release func()) {
	t.Helper()
	if strings.HasPrefix(h.database, "sqlite:") {
		// The first counter takes as long as all triples of regions take to be counted. The one writer is busy meanwhile.
		h.do(t, `CREATE TRIGGER halt BEFORE INSERT ON counter BEGIN SELECT count(*) FROM region a, region b, region c; END`)
		eventually(t, "a fold keeps the writer", func() bool { return s.status(t, "/readyz") == http.StatusServiceUnavailable })
		return func() { h.do(t, "DROP TRIGGER halt") }
	}
	tx, err := h.open(t).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE counter IN SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a fold waits for the counters", func() bool {
		return h.number(t, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO counter %'`) > 0
	})
	return func() { _ = tx.Rollback() }
}
