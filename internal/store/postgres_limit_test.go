package store

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// hurry gives the connections for commands a limit that a test can wait for.
func hurry(t *testing.T, s *Store, limit time.Duration) {
	t.Helper()
	e := s.engine.(*postgresEngine)
	config := e.rest.Config()
	for _, name := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		config.ConnConfig.RuntimeParams[name] = fmt.Sprint(limit.Milliseconds())
	}
	hurried, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.db.Close(); err != nil {
		t.Error(err)
	}
	e.rest.Close()
	e.rest, e.db = hurried, stdlib.OpenDBFromPool(hurried)
}

// What reads all of a large database lasts longer than any other statement may, and than a transaction may rest in between.
func TestAWalkThroughTheWholeDatabaseHasNoLimitOfTime(t *testing.T) {
	const limit, longer = 200 * time.Millisecond, 500 * time.Millisecond
	s, err := Open(t.Context(), Options{URL: postgrestest.Database(t), Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: time.Now})
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
	err = s.Adjust(t.Context(), figures.Tally{{Dimension: figures.App, Period: 20260615, Code: "ghost"}: {1}})
	if err == nil {
		_, err = s.Claim(t.Context(), Environment, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	// To read these lasts as if there were a hundred million of them.
	for _, slow := range []string{"review", "affair"} {
		for _, statement := range []string{
			"ALTER TABLE %[1]s RENAME TO %[1]s_kept",
			"CREATE FUNCTION long_%[1]s() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT pg_sleep(%[2]f) IS NOT NULL $$",
			"CREATE VIEW %[1]s AS SELECT * FROM %[1]s_kept WHERE long_%[1]s()",
		} {
			if _, err := s.engine.writer().ExecContext(t.Context(), fmt.Sprintf(statement, slow, longer.Seconds())); err != nil {
				t.Fatal(err)
			}
		}
	}
	hurry(t, s, limit)

	ordinary := func(fn func(context.Context, func(*sql.Tx) error) error) error {
		return fn(t.Context(), func(tx *sql.Tx) error {
			var n int
			return tx.QueryRowContext(t.Context(), "SELECT count(*) FROM review").Scan(&n)
		})
	}
	for name, err := range map[string]error{"reading": ordinary(s.snapshot), "writing": ordinary(s.write)} {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want the limit of all others", name, err)
		}
	}
	for _, walk := range []struct {
		name string
		do   func() error
	}{
		{"recount", func() error {
			return s.Recount(t.Context(), func(figures.Key, figures.Counts, figures.Counts) error {
				time.Sleep(longer) // its transaction rests meanwhile
				return nil
			})
		}},
		{"what each key has sealed", func() error { _, err := s.SealedWith(t.Context()); return err }},
		{"how many records there are", func() error { _, err := s.CountRecords(t.Context()); return err }},
		{"reviews without an affair", func() error { _, err := s.Orphans(t.Context(), time.Now(), nil, 10); return err }},
		{"emptying a test environment", func() error { return s.Empty(t.Context(), "test") }},
	} {
		if err := walk.do(); err != nil {
			t.Errorf("%s: %v", walk.name, err)
		}
	}
	if err := ordinary(s.snapshot); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("afterwards: got %v, want the limit of all others", err)
	}
}
