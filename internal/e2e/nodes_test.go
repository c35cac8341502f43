package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// Two nodes share one PostgreSQL behind a balancer. Sessions, figures and the live board are of both; one is killed under load:
// callers go on, nothing acknowledged is lost, and what the dead one had begun to do the other one does.
func TestTwoNodesBehindABalancer(t *testing.T) {
	t.Parallel()
	h := onPostgres(t, postgrestest.Database(t))
	a := h.register(t, "app1")
	arguments := []string{withoutTOTP, "--rate", "0", "--webhook-networks", "127.0.0.0/8"}
	one, other := h.serveWatched(t, arguments...), h.serveWatched(t, arguments...)
	front, hook := balance(t, one, other), receiveIDs(t)

	boss := front.sits(t, "boss", h.hire(t, "boss", "region", "林区域", "--region", "440000000000"))
	for _, node := range []*server{one, other} { // who logged in by turns at both is known to both
		at := &seat{t, node.url, boss.client}
		got := at.get("/console")
		got.wants(t, http.StatusOK, "林区域")
	}
	got := boss.post("/console/notices/new", url.Values{
		"name": {"督办系统"}, "channel": {"webhook"}, "target": {hook.url}, "events": {"opened"}, "minutes": {"15"}, "region": {"440000000000"},
	})
	got.wants(t, http.StatusOK, "密钥只显示这一次")

	events := other.liveBoard(t, "/ping/board?period=today")
	callers := begin(t, one, a, 1, breath)
	quietly := time.After(patience)
	for began, seen := time.Now(), false; !seen; {
		select {
		case data := <-events:
			if seen = strings.Contains(data, `"figures":`); seen {
				t.Logf("the other node's board told of a review after %v", time.Since(began).Round(time.Millisecond))
			}
		case <-quietly:
			t.Fatal("the other node's board does not tell of a review")
		}
	}
	early, _ := callers.end(t)

	callers = begin(t, front, a, 16, breath)
	callers.more(t, 100)
	eventually(t, "a case is told", func() bool { messages, _, _ := hook.count(); return messages > 0 })
	one.kill()
	killed := callers.count()
	callers.more(t, 200)
	stored, failures := callers.end(t)
	t.Logf("%d reviews acknowledged, %d of them by the node that is left; %d failures", len(stored), len(stored)-killed, len(failures))
	if len(failures) > 2*16 { // what was under way, and what a connection was taken for that nobody knew to be dead
		t.Errorf("%d failures, of 16 callers of whom each may be cut off once or twice: %v", len(failures), failures[len(failures)-1])
	}
	stored = append(stored, early...)
	h.isWhole(t, other, len(stored))
	other.sendAgain(t, a, stored)
	at := &seat{t, other.url, boss.client}
	still := at.get("/console/cases")
	still.wants(t, http.StatusOK, "林区域")

	h.afterItsLease(t)
	want := h.number(t, "SELECT count(*) FROM followup")
	eventually(t, "every case is told", func() bool { _, _, cases := hook.count(); return cases == want })
	messages, repeated, cases := hook.count()
	if messages != cases || repeated > 3 {
		t.Errorf("%d messages about %d cases; %d came again, want at most what the dead node had under way", messages, cases, repeated)
	}
	if out := h.mustRun(t, "audit", "verify"); !strings.HasPrefix(out, "一致") {
		t.Errorf("audit verify: %s", out)
	}
}

// A second process on one embedded file, started by mistake or while a new version takes over from an old one, does no harm: each stores
// what the other knows, figures are of both at once, the same submission to both has one serial number, and a kill of one loses nothing.
func TestTwoProcessesOnOneFile(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	a := h.register(t, "app1")
	one, other := h.serve(t, "--rate", "0"), h.serve(t, "--rate", "0")
	first, second := begin(t, one, a, 8, breath), begin(t, other, a, 8, breath)
	first.more(t, 100)
	second.more(t, 100)
	h.agrees(t)
	one.kill()
	first.to.Store(other) // as callers do who know two addresses
	second.more(t, 100)
	stored, failures := second.end(t)
	if len(failures) > 0 {
		t.Errorf("%d failures of the one that goes on: %v", len(failures), failures[0])
	}
	left, _ := first.end(t)
	stored = append(stored, left...)
	one = h.serve(t, "--rate", "0")
	for _, s := range []*server{one, other} {
		s.sendAgain(t, a, stored)
		h.isWhole(t, s, len(stored))
	}
}

// afterItsLease lets the time pass for which a dead node may keep what it had begun: when nothing else is due, its jobs are
// those that were begun and not ended.
func (h *house) afterItsLease(t *testing.T) {
	t.Helper()
	eventually(t, "all cases are open", func() bool {
		return h.number(t, "SELECT count(*) FROM followup WHERE due_at = 0") == 0
	})
	eventually(t, "the node that is left has done its own", func() bool { return h.number(t, "SELECT count(*) FROM job WHERE state = 0") == 0 })
	begun := 0
	eventually(t, "what is begun is the dead node's", func() bool { // the other one ends what it begins
		before := begun
		begun = h.number(t, "SELECT count(*) FROM job WHERE state = 1")
		return before == begun
	})
	h.do(t, "UPDATE job SET due_at = 0 WHERE state = 1")
}
