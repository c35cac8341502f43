package store

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/pressly/goose/v3/lock"
)

// beforeErasures is a database whose last migration is still to come, and a connection beside the store.
func beforeErasures(t *testing.T) (*Store, *sql.DB) {
	t.Helper()
	address := postgrestest.Database(t)
	beside, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close() })
	s, err := Open(t.Context(), Options{URL: address, Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: time.Now})
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
	for _, undo := range []string{
		"ALTER TABLE erasure DROP COLUMN found_at", "ALTER TABLE erasure DROP COLUMN unread", "DELETE FROM goose_db_version WHERE version_id = 18",
	} {
		if _, err := beside.ExecContext(t.Context(), undo); err != nil {
			t.Fatalf("%s: %v", undo, err)
		}
	}
	return s, beside
}

// reading holds a table as a backup or an export does, until it is told to end.
func reading(t *testing.T, beside *sql.DB) (end func()) {
	t.Helper()
	tx, err := beside.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE erasure IN ACCESS SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback() } // as the test's end does
}

// On a large database a step of a migration lasts longer than any other statement may.
func TestAMigrationHasNoLimitOfTime(t *testing.T) {
	const limit = 200 * time.Millisecond
	s, beside := beforeErasures(t)
	end := reading(t, beside)
	hurry(t, s, limit)
	time.AfterFunc(5*limit, end)
	if err := s.migrate(t.Context(), patience{wait: time.Minute, attempts: 1}); err != nil {
		t.Fatal(err)
	}
	var left string
	if err := s.engine.reader().QueryRowContext(t.Context(), "SHOW statement_timeout").Scan(&left); err != nil || left != "200ms" {
		t.Errorf("afterwards a statement may last %s, %v", left, err)
	}
}

// Who comes second is told that another one migrates, in words that are not goose's.
func TestASecondMigrationSaysThatAnotherIsUnderWay(t *testing.T) {
	s, beside := beforeErasures(t)
	first, err := beside.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close() //nolint:errcheck // its lock ends with it
	if _, err := first.ExecContext(t.Context(), "SELECT pg_advisory_lock($1)", lock.DefaultLockID); err != nil {
		t.Fatal(err)
	}
	err = s.migrate(t.Context(), patience{wait: time.Second, attempts: 1, turn: 1})
	if err == nil || !strings.Contains(err.Error(), "另一个进程正在升级表结构") || strings.Contains(err.Error(), "acquire lock") {
		t.Errorf("got %v", err)
	}
	if err := s.CheckSchema(t.Context()); err == nil {
		t.Error("it was migrated all the same")
	}
}

// What waits for a table keeps everybody out who comes behind it: a migration makes room and comes again.
func TestAMigrationKeepsNobodyWaitingForLong(t *testing.T) {
	s, beside := beforeErasures(t)
	end := reading(t, beside)
	err := s.migrate(t.Context(), patience{wait: 100 * time.Millisecond, pause: time.Millisecond, attempts: 2})
	if err == nil || !strings.Contains(err.Error(), "请等它结束，再运行 haochaping migrate") {
		t.Fatalf("got %v, want what to do", err)
	}
	time.AfterFunc(300*time.Millisecond, end)
	if err := s.migrate(t.Context(), patience{wait: 100 * time.Millisecond, pause: time.Millisecond, attempts: 1000}); err != nil {
		t.Fatal(err)
	}
}
