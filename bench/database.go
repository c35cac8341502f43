package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/store"
	_ "github.com/jackc/pgx/v5/stdlib" // driver pgx
	embedded "modernc.org/sqlite"      // driver sqlite
)

// host lets a program have what postgrestest gives a test. What it set up is taken down by close.
type host struct {
	testing.TB
	folder   string
	cluster  *postgrestest.Cluster
	files    int
	cleanups []func()
}

func newHost() (*host, error) {
	folder, err := os.MkdirTemp("", "haochaping-bench-")
	return &host{folder: folder}, err
}

func (t *host) close() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
	t.cleanups = nil
	_ = os.RemoveAll(t.folder)
}

// Helper does nothing.
func (t *host) Helper() {}

// Cleanup calls f at the end, last ones first.
func (t *host) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Logf logs.
func (t *host) Logf(format string, arguments ...any) { log.Printf(format, arguments...) }

// Errorf logs.
func (t *host) Errorf(format string, arguments ...any) { log.Printf(format, arguments...) }

// Fatalf takes everything down and ends the program.
func (t *host) Fatalf(format string, arguments ...any) {
	t.close()
	log.Fatalf(format, arguments...)
}

// Fatal takes everything down and ends the program.
func (t *host) Fatal(arguments ...any) { t.Fatalf("%s", fmt.Sprint(arguments...)) }

// Skipf is for PostgreSQL left out by a person's wish: then there is nothing to compare.
func (t *host) Skipf(format string, arguments ...any) { t.Fatalf(format, arguments...) }

// The engines.
const (
	sqlite   = "SQLite"
	postgres = "PostgreSQL"
)

// database gives the address of a fresh database on an engine. PostgreSQL is a cluster of our own, with full durability.
func (t *host) database(engine string) string {
	if engine == sqlite {
		t.files++
		return "sqlite:" + filepath.Join(t.folder, fmt.Sprintf("bench%d.db", t.files))
	}
	return t.postgres().Database(t)
}

// postgres starts the cluster when there is none.
func (t *host) postgres() *postgrestest.Cluster {
	if t.cluster == nil {
		t.cluster = postgrestest.Start(t)
	}
	return t.cluster
}

// openSide opens a database beside the store, with the store's durability.
func openSide(address string) (*sql.DB, error) {
	if !store.IsEmbedded(address) {
		return sql.Open("pgx", address)
	}
	// As the program does.
	if _, err := embedded.Fdatasync(true); err != nil && !errors.Is(err, embedded.ErrFdatasyncUnavailable) {
		return nil, err
	}
	return sql.Open("sqlite", "file:"+store.EmbeddedFile(address)+
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
}

// durable is what a comparison is worth nothing without.
func durable(ctx context.Context, address string) error {
	db, err := openSide(address)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // only asked
	queries := map[string]string{"SHOW fsync": "on", "SHOW synchronous_commit": "on", "SHOW full_page_writes": "on"}
	if store.IsEmbedded(address) {
		queries = map[string]string{"PRAGMA synchronous": "2", "PRAGMA journal_mode": "wal"}
	}
	for query, want := range queries {
		var got string
		if err := db.QueryRowContext(ctx, query).Scan(&got); err != nil {
			return err
		}
		if !strings.EqualFold(got, want) {
			return fmt.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	return nil
}

// season makes a PostgreSQL server like one that has run for a while: the files of its log are there and are used again, while a
// new server makes each of them when it comes to it, in the middle of somebody's commit.
func (b *bench) season(ctx context.Context, address string) error {
	if b.smoke || store.IsEmbedded(address) {
		return nil
	}
	db, err := openSide(address)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is committed
	for _, statement := range []string{
		"ALTER SYSTEM SET min_wal_size = '1GB'",
		"ALTER SYSTEM SET max_wal_size = '4GB'",
		"SELECT pg_reload_conf()",
		"CREATE TABLE season AS SELECT n, repeat('a bare row ', 300) AS words FROM generate_series(1, 300000) AS n", // 1 GB
		"DROP TABLE season",
		"CHECKPOINT",
		"CHECKPOINT", // files are used again after the second one
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
