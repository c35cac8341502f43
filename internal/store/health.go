package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Health is what a database says of itself.
type Health struct {
	Version string
	// Clock is the database's own; zero where it is this machine's.
	Clock time.Time
	// Faults of durability: a setting that is not as it must be, with what it is.
	Faults map[string]string
	// Free is how many more connections the server takes; -1 where there is no limit.
	Free int
	// ReadOnly says that nothing can be stored: a standby, for one.
	ReadOnly bool
	// Checksums says that the engine finds pages that were damaged on the disk when it reads them.
	Checksums bool
}

// Health asks the database how it is.
func (s *Store) Health(ctx context.Context) (*Health, error) {
	h, err := s.engine.health(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the database how it is: %w", s.engine.translate(err))
	}
	return h, nil
}

func (e *sqliteEngine) health(ctx context.Context) (*Health, error) {
	h := &Health{Free: -1, Faults: map[string]string{}}
	var mode, synchronous string
	err := errors.Join(
		e.write.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&h.Version),
		e.write.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode),
		e.write.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous))
	if mode != "wal" {
		h.Faults["journal_mode"] = mode
	}
	if synchronous != "2" {
		h.Faults["synchronous"] = synchronous
	}
	return h, err
}

func (e *postgresEngine) health(ctx context.Context) (*Health, error) {
	h := &Health{Faults: map[string]string{}}
	err := e.db.QueryRowContext(ctx, `SELECT current_setting('server_version'), clock_timestamp(), pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
			current_setting('data_checksums')::boolean,
			current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
				- (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')`).
		Scan(&h.Version, &h.Clock, &h.ReadOnly, &h.Checksums, &h.Free)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var is string
		if err := e.db.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&is); err != nil {
			return nil, err
		}
		if is == "off" || name == "synchronous_commit" && is == "local" {
			h.Faults[name] = is
		}
	}
	return h, nil
}

// Damage are the first faults that the engine finds in its own file: SQLite's quick_check, which reads all of it. PostgreSQL
// looks at its pages when it reads them.
func (s *Store) Damage(ctx context.Context) (faults []string, err error) {
	if s.engine.name() != sqliteName {
		return nil, nil
	}
	rows, err := s.engine.reader().QueryContext(ctx, "PRAGMA quick_check(3)")
	err = each(rows, err, func(rows *sql.Rows) error {
		var fault string
		err := rows.Scan(&fault)
		if fault != "ok" {
			faults = append(faults, fault)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("check the file: %w", s.engine.translate(err))
	}
	return faults, nil
}

// Fact is a fact of the database, see Claim; empty when it is not set yet.
func (s *Store) Fact(ctx context.Context, name string) (value string, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT value FROM setting WHERE name = $1", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read a fact of the database: %w", s.readFault(err))
	}
	return value, nil
}

// SealedReviews are what is sealed in the oldest and the newest review, by their serial numbers: whether keys open it.
func (s *Store) SealedReviews(ctx context.Context) (map[string][]byte, error) {
	sealed := map[string][]byte{}
	for _, order := range []string{"eval_time, serial", "eval_time DESC, serial DESC"} {
		var serial string
		var text []byte
		err := s.engine.reader().QueryRowContext(ctx, "SELECT serial, sealed FROM review ORDER BY "+order+" LIMIT 1").Scan(&serial, &text)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read a sealed review: %w", s.readFault(err))
		}
		sealed[serial] = text
	}
	return sealed, nil
}

// LastBeat is the last durable write of a process that proved itself ready; zero when there was none.
func (s *Store) LastBeat(ctx context.Context) (time.Time, error) {
	var at int64
	if err := s.engine.reader().QueryRowContext(ctx, "SELECT coalesce(max(at), 0) FROM heartbeat").Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read the last proof of readiness: %w", s.readFault(err))
	}
	return moment(at), nil
}

// Backlog is what waits and what failed.
type Backlog struct {
	// Failed jobs were tried for the last time since a moment; overdue ones should have been begun before another.
	Failed, Overdue int
	// Fault is the last thing that one failed of.
	Fault string
	// Changes are batches not yet folded into counters.
	Changes int
}

// Backlog counts jobs that failed since one moment and those that were due before another.
func (s *Store) Backlog(ctx context.Context, failedSince, dueBefore time.Time) (b Backlog, err error) {
	err = s.engine.reader().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM job WHERE state = 3 AND done_at >= $1),
			(SELECT count(*) FROM job WHERE state < 2 AND due_at < $2),
			coalesce((SELECT fault FROM job WHERE state = 3 AND done_at >= $1 ORDER BY done_at DESC, id DESC LIMIT 1), ''),
			(SELECT count(*) FROM counter_change)`, failedSince.UnixMicro(), dueBefore.UnixMicro()).
		Scan(&b.Failed, &b.Overdue, &b.Fault, &b.Changes)
	if err != nil {
		return b, fmt.Errorf("count what waits: %w", s.readFault(err))
	}
	return b, nil
}
