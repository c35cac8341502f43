package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/mariadbtest"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// What a source holds flows in, and goes on flowing: new rows, changed rows, many with the same cursor. What vanishes there
// stays here.
func TestAffairsFlowInFromASource(t *testing.T) {
	t.Parallel()
	onBothFronts(t, func(t *testing.T, h *house, f *frontDatabase) {
		t.Parallel()
		first := firstLoad(t)
		f.put(t, first) // all in one statement: all share their cursor
		begun := time.Now()
		s := h.serve(t, "--sources", sourcesFile(t, f.source()))
		h.hasAffairs(t, first)
		t.Logf("%d rows in %v, %.0f MB resident", first, time.Since(begun).Round(time.Millisecond), s.metric(t, "process_resident_memory_bytes")/1e6)
		f.put(t, 500)
		h.hasAffairs(t, first+500)

		f.do(t, "UPDATE done SET task_name = '改过的事项', update_time = "+f.now()+fmt.Sprintf(" WHERE project_no IN ('A000000007', 'A%09d')", first+1))
		eventually(t, "rows that changed are changed", func() bool {
			return h.number(t, "SELECT count(*) FROM affair WHERE item_name = '改过的事项'") == 2
		})
		f.do(t, "DELETE FROM done WHERE project_no = 'A000000001'")
		f.put(t, 1)
		h.hasAffairs(t, first+501)
		h.agrees(t)
		if got := s.metric(t, `haochaping_source_rows_total{source="gz",state="new"}`); got != float64(first+501) {
			t.Errorf("the metric says %v new rows", got)
		}
		eventually(t, "the source is not far behind", func() bool {
			behind := s.metric(t, `haochaping_source_behind_seconds{source="gz"}`)
			return behind > 0 && behind < 10
		})
		eventually(t, "affairs status says so", func() bool {
			out := h.mustRun(t, "affairs", "status")
			return strings.Contains(out, "gz：正常") && strings.Contains(out, fmt.Sprintf("新增 %d，更新 2", first+501))
		})
	})
}

func (f *frontDatabase) now() string {
	if f.maria {
		return "NOW(6)"
	}
	return "now()"
}

// Bad rows are rejected, and stop nothing.
func TestBadRowsStopNothing(t *testing.T) {
	t.Parallel()
	onBothFronts(t, func(t *testing.T, h *house, f *frontDatabase) {
		t.Parallel()
		f.put(t, 3)
		f.do(t, "INSERT INTO done (project_no, task_code, result_date) VALUES ('NO-TIME', 'task-1', NULL)")
		f.do(t, "INSERT INTO done (project_no, task_code, result_date) VALUES ('FUTURE', 'task-1', '2999-01-01')")
		f.do(t, "INSERT INTO done (project_no, task_code, result_date) VALUES ('LONG-"+strings.Repeat("x", 50)+"', 'task-1', '2026-01-01')")
		f.do(t, "INSERT INTO done (project_no, task_code, task_name, result_date) VALUES ('LONG-NAME', 'task-1', '"+strings.Repeat("长", 101)+"', '2026-01-01')")
		f.put(t, 3)
		h.serve(t, "--sources", sourcesFile(t, f.source()))
		h.hasAffairs(t, 6)
		eventually(t, "four rows are rejected", func() bool { return h.number(t, "SELECT count(*) FROM affair_rejected") == 4 })
		// One of them is put right at the source.
		f.do(t, "UPDATE done SET result_date = '2026-01-01', update_time = "+f.now()+" WHERE project_no = 'NO-TIME'")
		h.hasAffairs(t, 7)
		eventually(t, "what was put right is no longer on the list", func() bool { return h.number(t, "SELECT count(*) FROM affair_rejected") == 3 })
		h.agrees(t)
	})
}

// A transaction that was under way for longer than rows rest commits one whose cursor was passed.
func TestRowsCommittedLateAreFound(t *testing.T) {
	t.Parallel()
	onBothFronts(t, func(t *testing.T, h *house, f *frontDatabase) {
		t.Parallel()
		tx, err := f.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback() //nolint:errcheck // it was committed
		if _, err := tx.ExecContext(t.Context(), f.putting(1)); err != nil {
			t.Fatal(err)
		}
		h.serve(t, "--sources", sourcesFile(t, f.source(func(s map[string]any) { s["look_back"] = "1m" })))
		time.Sleep(10 * time.Millisecond) // another moment
		f.put(t, 5)
		h.hasAffairs(t, 5)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		h.hasAffairs(t, 6)
		h.agrees(t)
	})
}

// Of two processes on one database one pulls; when it is killed, the other goes on.
func TestOneOfTwoProcessesPulls(t *testing.T) {
	t.Parallel()
	h := onPostgres(t, postgrestest.Database(t))
	f := frontOnPostgres(t, "gz", postgrestest.Database(t))
	f.put(t, 1000)
	file := sourcesFile(t, f.source())
	first := h.serve(t, "--sources", file)
	h.hasAffairs(t, 1000)
	second := h.serve(t, "--sources", file)
	f.put(t, 1000)
	h.hasAffairs(t, 2000)
	if got := second.metric(t, `haochaping_source_rows_total{source="gz",state="new"}`); got != 0 {
		t.Errorf("both pull: the second took %v rows", got)
	}
	first.kill()
	f.put(t, 1000)
	h.hasAffairs(t, 3000)
	if got := second.metric(t, `haochaping_source_rows_total{source="gz",state="new"}`); got != 1000 {
		t.Errorf("the second took %v rows, want 1000", got)
	}
	h.agrees(t)
}

// kill -9 in the middle of the first load and of what follows: no row is lost, none is counted twice.
func TestKilledWhileAffairsFlowIn(t *testing.T) {
	t.Parallel()
	onBothFronts(t, func(t *testing.T, h *house, f *frontDatabase) {
		t.Parallel()
		f.put(t, 10_000)
		ctx, cancel := context.WithCancel(t.Context())
		writing := make(chan error, 1)
		writes := 0
		go func() { // new rows and changed ones all the while
			for ctx.Err() == nil {
				if _, err := f.db.ExecContext(context.WithoutCancel(ctx), f.putting(20)); err != nil {
					writing <- err
					return
				}
				writes++
				if _, err := f.db.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(
					"UPDATE done SET dept_code = 'moved', update_time = %s WHERE project_no = 'A%09d'", f.now(), writes*7)); err != nil {
					writing <- err
					return
				}
				time.Sleep(breath)
			}
			writing <- nil
		}()
		file := sourcesFile(t, f.source(func(s map[string]any) { s["page_rows"] = 500 }))
		for round := range 4 {
			s := h.serve(t, "--sources", file)
			from := h.affairs(t)
			eventually(t, "affairs flow", func() bool { return h.affairs(t) >= from+[]int{1, 1500, 3000, 100}[round] })
			s.kill()
		}
		cancel()
		if err := <-writing; err != nil {
			t.Fatal(err)
		}
		h.serve(t, "--sources", file)
		h.hasAffairs(t, f.rows)
		eventually(t, "all changes are here", func() bool {
			return h.number(t, "SELECT count(*) FROM affair WHERE department_code = 'moved'") == writes
		})
		if got := h.number(t, "SELECT count(DISTINCT serial_no) FROM affair"); got != f.rows {
			t.Errorf("%d serial numbers for %d rows", got, f.rows)
		}
		h.agrees(t)
	})
}

// trouble is what /readyz says of the sources.
func (s *server) trouble(t *testing.T) map[string]string {
	t.Helper()
	var body string
	eventually(t, "/readyz answers 200 whatever sources do", func() bool { // a loaded machine's own disk may be slow for a moment
		var status int
		status, body = s.get(t, "/readyz")
		return status == 200
	})
	var answer struct {
		Sources map[string]string `json:"failingSources"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return answer.Sources
}

// A source that is down is told in /readyz, and holds up nothing: when it is back, everything goes on by itself.
func TestASourceRestarts(t *testing.T) {
	t.Parallel()
	postgres, maria := postgrestest.Start(t), mariadbtest.Start(t)
	fronts := []*frontDatabase{frontOnPostgres(t, "gz", postgres.Database(t)), frontOnMariaDB(t, "sz", maria.Database(t))}
	h := onSQLite(t)
	a := h.register(t, "app1")
	for _, f := range fronts {
		f.put(t, 3000)
	}
	s := h.serve(t, "--sources", sourcesFile(t, fronts[0].source(), fronts[1].source(func(s map[string]any) {
		s["columns"].(map[string]string)["affairSerialNo"] = "project_no2" // serial numbers of its own
		s["table"], s["query"] = "", "SELECT CONCAT('S', project_no) AS project_no2, done.* FROM done"
	})))
	h.hasAffairs(t, 6000)
	postgres.Crash(t)
	maria.Crash(t)
	eventually(t, "both are told", func() bool { return len(s.trouble(t)) == 2 })
	if got := s.trouble(t)["sz"]; got != "连不上来源数据库" {
		t.Errorf("got %q", got)
	}
	eventually(t, "affairs status says so", func() bool {
		r := h.run(t, "affairs", "status")
		return r.status == 1 && strings.Count(r.out, "故障") == 2
	})
	if got := s.metric(t, `haochaping_source_failing{source="gz"}`); got != 1 {
		t.Errorf("failing: got %v", got)
	}
	callers := begin(t, s, a, 2, breath)
	callers.more(t, 10)
	postgres.Restart(t)
	maria.Restart(t)
	for _, f := range fronts {
		f.put(t, 1000)
	}
	h.hasAffairs(t, 8000)
	eventually(t, "both are well", func() bool { return len(s.trouble(t)) == 0 })
	callers.end(t)
	h.agrees(t)
}

// A column that was renamed stops its source with words, and no other.
func TestAColumnIsRenamed(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	fronts := []*frontDatabase{frontOnPostgres(t, "gz", postgrestest.Database(t)), frontOnMariaDB(t, "sz", mariadbtest.Database(t))}
	well := frontOnPostgres(t, "dg", postgrestest.Database(t))
	well.rows = 1_000_000
	fronts[1].rows = 2_000_000
	for _, f := range append(fronts, well) {
		f.put(t, 100)
	}
	s := h.serve(t, "--sources", sourcesFile(t, fronts[0].source(), fronts[1].source(), well.source()))
	h.hasAffairs(t, 300)
	for _, f := range fronts {
		f.do(t, "ALTER TABLE done RENAME COLUMN result_date TO finished_at")
	}
	eventually(t, "both are told", func() bool { return len(s.trouble(t)) == 2 })
	if got := s.trouble(t)["gz"]; got != "来源缺少配置中的表或列" {
		t.Errorf("got %q", got)
	}
	eventually(t, "the column is named", func() bool {
		out := h.run(t, "affairs", "status").out
		return strings.Count(out, "来源中没有列 result_date（affairDoneTime）；现有的列：") == 2 && strings.Contains(out, "dg：正常")
	})
	well.put(t, 100)
	h.hasAffairs(t, 400)
	for _, f := range fronts {
		f.do(t, "ALTER TABLE done RENAME COLUMN finished_at TO result_date")
		f.put(t, 100)
	}
	h.hasAffairs(t, 600)
	eventually(t, "both are well", func() bool { return len(s.trouble(t)) == 0 })
}
