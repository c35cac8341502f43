package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"modernc.org/sqlite"
)

func openFile(t *testing.T, name string) (*Store, *sqliteEngine) {
	t.Helper()
	s, err := Open(t.Context(), Options{
		URL: "sqlite:" + filepath.Join(t.TempDir(), name), Registry: org.NewRegistry(nil, nil), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, s.engine.(*sqliteEngine)
}

// TestSQLiteIsDurable: synchronous must be FULL (2): with less a power cut takes what was acknowledged.
func TestSQLiteIsDurable(t *testing.T) {
	_, engine := openFile(t, "haochaping.db")
	for name, pool := range map[string]*sql.DB{"writer": engine.write, "readers": engine.read} {
		for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "busy_timeout": "5000", "foreign_keys": "1"} {
			var got string
			if err := pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s of the %s: got %s, %v; want %s", pragma, name, got, err, want)
			}
		}
	}
	if got := engine.write.Stats().MaxOpenConnections; got != 1 {
		t.Errorf("%d writers, want 1", got)
	}
	if runtime.GOOS == "linux" && !sqlite.FdatasyncEnabled() {
		t.Error("a commit waits for the time when the file was changed, too")
	}
}

func TestAnyFileNameOpens(t *testing.T) {
	for _, name := range []string{"好差评.db", "a b.db", "a?mode=memory.db", "a#b%41&_pragma=synchronous(OFF).db"} {
		s, _ := openFile(t, name)
		if err := s.CheckSchema(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "none", "x.db"), Registry: org.NewRegistry(nil, nil), Now: time.Now})
	if err == nil {
		t.Error("a file in a folder that is not there was opened")
	}
}

// small is a review of which only the keys matter; its sealed fields fill pages.
func small(n int) []review.Record {
	key := privacy.Digest(fmt.Appendf(nil, "%016d", n))
	return []review.Record{{
		Facts:  review.Facts{Kind: review.Guide, Stars: 5, AppCode: "a1", EvalTime: time.Unix(1781488800, 0)},
		Serial: fmt.Sprintf("%020d", n), Slot: 1, Identity: key, OnceKey: key, Sealed: make([]byte, 3000), Region: "440000000000", Day: 20260615,
		ReceivedAt: time.Unix(1781488800, 0),
	}}
}

// TestAFullDiskIsUnavailable fills the room that the file may take: nothing breaks, and it goes on when there is room.
func TestAFullDiskIsUnavailable(t *testing.T) {
	s, engine := openFile(t, "haochaping.db")
	limit := func(pages int) {
		if _, err := engine.write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // as many as there are
	stored := 0
	for ; ; stored++ {
		_, err := s.Accept(t.Context(), 0, small(stored))
		if err == nil && stored < 1000 {
			continue
		}
		if fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("after %d reviews: got %v, want it to be unavailable", stored, err)
		}
		break
	}
	if got := reviewsIn(t.Context(), engine); got != stored {
		t.Errorf("%d reviews are stored, want the %d that were acknowledged", got, stored)
	}
	limit(1 << 30)
	if _, err := s.Accept(t.Context(), 0, small(stored)); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	var check string
	if err := engine.read.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity: %s, %v", check, err)
	}
	if got := reviewsIn(t.Context(), engine); got != stored+1 {
		t.Errorf("%d reviews are stored, want %d", got, stored+1)
	}
}

func reviewsIn(ctx context.Context, engine *sqliteEngine) (n int) {
	if err := engine.read.QueryRowContext(ctx, "SELECT count(*) FROM review").Scan(&n); err != nil {
		return -1
	}
	return n
}

// TestAWriterThatWaitsTooLongIsUnavailable: another process holds the file.
func TestAWriterThatWaitsTooLongIsUnavailable(t *testing.T) {
	s, engine := openFile(t, "haochaping.db")
	var file string
	if err := engine.read.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // a test's own
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// As serve does: it gives a batch a time after which it ends.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Accept(ctx, 0, small(1)); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want it to be unavailable", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	outcomes, err := s.Accept(t.Context(), 0, small(1))
	if err != nil || outcomes[0].State != review.Stored {
		t.Errorf("once it is free: got %v, %v", outcomes, err)
	}
}

// TestABatchWhoseTimeIsOverIsNotStored: the time is asked for between statements, since none is interrupted.
func TestABatchWhoseTimeIsOverIsNotStored(t *testing.T) {
	s, engine := openFile(t, "haochaping.db")
	conn, err := engine.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a test's own
	ctx, cancel := context.WithCancel(t.Context())
	err = conn.Raw(func(opened any) error {
		ask := func() error {
			_, err := opened.(*watchedConn).statements().exec(ctx, takenText, []any{1, []byte("k")})
			return err
		}
		if err := ask(); err != nil { // made now, and kept
			return err
		}
		cancel()
		return ask()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that its time is over", err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if outcomes, err := s.Accept(t.Context(), 0, small(1)); err != nil || outcomes[0].State != review.Stored {
		t.Errorf("the next batch: got %v, %v", outcomes, err)
	}
}

// TestAClosedFileIsWhole: SQLite puts its log into the file and takes it away with the last connection, as long as no statement of it is
// left open.
func TestAClosedFileIsWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "haochaping.db")
	s, err := Open(t.Context(), Options{URL: "sqlite:" + file, Registry: org.NewRegistry(nil, nil), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if outcomes, err := s.Accept(t.Context(), 0, small(1)); err != nil || outcomes[0].State != review.Stored {
		t.Errorf("got %v, %v", outcomes, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(file + "?*"); err != nil || len(left) > 0 {
		t.Errorf("beside the closed file there is %v, %v", left, err)
	}
}

// TestTheLogIsCopiedBesideTheWriter: after enough reviews all of it is in the file, though SQLite itself would still wait.
func TestTheLogIsCopiedBesideTheWriter(t *testing.T) {
	s, engine := openFile(t, "haochaping.db")
	log := func(how string) (pages, copied int) {
		var busy int
		if err := engine.read.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint("+how+")").Scan(&busy, &pages, &copied); err != nil {
			t.Fatal(err)
		}
		return pages, copied
	}
	const batch = 256
	for n := 0; n < reviewsOfLog; n += batch {
		if pages, copied := log("NOOP"); pages == 0 || copied == pages {
			t.Fatalf("after %d reviews %d of %d pages are copied", n, copied, pages)
		}
		var records []review.Record
		for i := range batch {
			records = append(records, small(n+i)...)
		}
		if _, err := s.Accept(t.Context(), 0, records); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		pages, copied := log("NOOP")
		if copied == pages {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d pages are copied", copied, pages)
		}
	}
}

// TestUnnumbered: parameters lose their numbers where these say nothing, and nowhere else.
func TestUnnumbered(t *testing.T) {
	for text, want := range map[string]string{
		"INSERT INTO t (a, b) VALUES ($1,$2)":       "INSERT INTO t (a, b) VALUES (?,?)",
		"UPDATE t SET b = $2 WHERE a = $1":          "UPDATE t SET b = $2 WHERE a = $1",
		"UPDATE t SET a = $1 WHERE a <> $1":         "UPDATE t SET a = $1 WHERE a <> $1",
		"SELECT a FROM t WHERE slot = $1 AND b=$2 ": "SELECT a FROM t WHERE slot = ? AND b=? ",
	} {
		if got := unnumbered(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// TestFiguresWalkTheKeyFromItsStart: with statistics of a large table, which an operator may have made, SQLite would rather leave out
// dimension and period and walk the whole key by a channel, 45 million entries for one figure.
func TestFiguresWalkTheKeyFromItsStart(t *testing.T) {
	s, engine := openFile(t, "figures.db")
	for _, statement := range []string{
		`INSERT INTO counter (dimension, period, entity_code, channel, code, lane, n1, n2, n3, n4, n5)
			WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 119999)
			SELECT n / 6000, 202501 + n % 6000 / 1000, CASE n % 2 WHEN 0 THEN '*' ELSE 'egovAffair' END, CASE n / 2 % 2 WHEN 0 THEN '*' ELSE 'portal' END,
				printf('%012d', n % 1000), -1, 1, 1, 1, 1, 1 FROM n`,
		"ANALYZE",
	} {
		if _, err := engine.write.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, split := range []figures.Split{{}, {Entity: true}, {Channel: true}, {Entity: true, Channel: true}} {
		for _, entity := range []string{"", "egovAffair"} {
			for _, channel := range []string{"", "portal"} {
				q := &figures.Query{
					Dimensions: []figures.Dimension{3}, From: "000000000007", To: "000000000008", Entity: entity, Channel: channel,
					Split: split, Periods: []int{202501, 202502, 202503},
				}
				text, arguments := s.sumQuery(q, q.Readings(20250630), false)
				if plan := explain(t, engine.read, text, arguments); !strings.Contains(plan, "(dimension=? AND period=?") || strings.Contains(plan, "ANY(") {
					t.Errorf("%+v, entity %q, channel %q:\n%s", split, entity, channel, plan)
				}
			}
		}
	}
}

// explain gives the steps of a statement's plan, a line each.
func explain(t *testing.T, db *sql.DB, text string, arguments []any) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(step + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
