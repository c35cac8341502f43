package e2e

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
)

// A review that the database refuses fails alone: those that share its batch are stored. The field rules let no value
// through that an engine refuses, so the database is given a rule of its own.
func TestPoisonFailsAlone(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0", "--lanes", "1")
		callers := begin(t, s, a, 0, 0)
		poison := callers.reviews.Affair(time.Now())
		cure := h.poison(t, poison.Affair.AffairSerialNo)

		// Callers come at the same moment, the poison among them, until it has shared a batch: then more batches failed than
		// there was poison.
		rounds := 0
		eventually(t, "the poison has shared a batch", func() bool {
			rounds++
			callers.poisonedRound(t, poison, 24)
			return t.Failed() || s.metric(t, `haochaping_flushes_total{result="failed"}`) > float64(rounds)
		})
		t.Logf("%d reviews stored in %d rounds", callers.count(), rounds)
		if got := s.status(t, "/readyz"); got != http.StatusOK {
			t.Errorf("/readyz: got %d, want 200", got)
		}
		h.isWhole(t, s, callers.count())

		cure()
		callers.submit(poison)
		stored, _ := callers.end(t)
		h.isWhole(t, s, len(stored))
		s.sendAgain(t, a, stored)
	})
}

// poison makes the database refuse one subject.
func (h *house) poison(t *testing.T, subject string) (cure func()) {
	t.Helper()
	if strings.HasPrefix(h.database, "sqlite:") {
		h.do(t, "CREATE TRIGGER poison BEFORE INSERT ON review WHEN new.subject = '"+subject+"' BEGIN SELECT raise(ABORT, 'poison'); END")
		return func() { h.do(t, "DROP TRIGGER poison") }
	}
	h.do(t, "ALTER TABLE review ADD CONSTRAINT poison CHECK (subject <> '"+subject+"')")
	return func() { h.do(t, "ALTER TABLE review DROP CONSTRAINT poison") }
}

// poisonedRound has one caller send the poison, and neighbours their reviews at the same moment.
func (tr *traffic) poisonedRound(t *testing.T, poison client.AffairEval, neighbours int) {
	t.Helper()
	start := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		<-start
		receipt, err := tr.once(poison)
		var refused *client.Error
		if !errors.As(err, &refused) || refused.HTTPStatus != http.StatusInternalServerError || refused.Code != client.CodeFailed {
			t.Errorf("the poison: got %+v, %v, want code -1 with 500", receipt, err)
		}
	})
	for range neighbours {
		message := tr.next()
		all.Go(func() {
			<-start
			receipt, err := tr.once(message)
			if err != nil {
				t.Errorf("a neighbour: %v", err)
			}
			tr.note(message, receipt, err)
		})
	}
	close(start)
	all.Wait()
}
