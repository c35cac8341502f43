package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/sample"
)

// A test environment can be emptied; a database that production has served can't, whatever is asked.
func TestOnlyATestEnvironmentIsEmptied(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1", "--affairs")
		s := h.serve(t, "--environment", "test")
		affairs := someAffairs(5)
		s.sendAffairs(t, a, affairs)
		if _, err := s.client(a).SubmitAffair(t.Context(), reviewOf(a, &affairs[0], "somebody", 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.client(a).SubmitAffair(t.Context(), sample.New(1, sample.Options{AppCode: a.Code, BadShare: 1}).Affair(time.Now())); err != nil {
			t.Fatal(err)
		}
		s.stop(t)
		if r := h.run(t, "serve"); r.status == 0 || !strings.Contains(r.err, "test 环境") {
			t.Errorf("production on a test database: exit status %d, %s", r.status, r.err)
		}
		if r := h.run(t, "empty"); r.status == 0 || !strings.Contains(r.err, "--yes") {
			t.Errorf("empty without a word: exit status %d, %s", r.status, r.err)
		}
		h.mustRun(t, "empty", "--yes")
		s = h.serve(t, "--environment", "test")
		if got := counted(t, s); got != 0 {
			t.Errorf("%d reviews are left in the figures", got)
		}
		if out := h.run(t, "recount"); out.status != 0 {
			t.Errorf("recount: %s", out.out)
		}
		if got := s.sendAffairs(t, a, affairs); got["new"] != len(affairs) {
			t.Errorf("affairs are left: %v", got)
		}
	})
	t.Run("production", func(t *testing.T) {
		h := onSQLite(t)
		a := h.register(t, "app1")
		s := h.serve(t)
		if _, err := s.client(a).SubmitAffair(t.Context(), sample.New(1, sample.Options{AppCode: a.Code}).Affair(time.Now())); err != nil {
			t.Fatal(err)
		}
		if r := h.run(t, "empty", "--yes"); r.status == 0 || !strings.Contains(r.err, "不能清空") {
			t.Errorf("exit status %d, %s", r.status, r.err)
		}
		if got := counted(t, s); got != 1 {
			t.Errorf("%d reviews are in the figures, want 1", got)
		}
	})
}

// Two processes that start on one new database at once migrate it once.
func TestTwoProcessesMigrateAtOnce(t *testing.T) {
	h := &house{database: postgrestest.Database(t), keyFile: filepath.Join(t.TempDir(), "key")}
	h.mustRun(t, "key", "new", h.keyFile)
	results := make(chan result, 3)
	for range cap(results) {
		go func() { results <- h.run(t, "migrate") }()
	}
	for range cap(results) {
		if r := <-results; r.status != 0 {
			t.Errorf("exit status %d: %s", r.status, r.err)
		}
	}
}
