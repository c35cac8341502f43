package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

func (s *Store) migrator(p patience) (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+s.engine.name())
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	if s.engine.name() == sqliteName {
		return goose.NewProvider(goose.DialectSQLite3, s.engine.writer(), folder)
	}
	locker, err := newMigrating(p)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, s.engine.writer(), folder, goose.WithSessionLocker(locker))
}

// Migrate brings the schema and the embedded reference data up to date. It changes nothing that is there already, and refuses a
// database that is half restored.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.engine.whole(ctx); err != nil {
		return err
	}
	return s.migrate(ctx, patient)
}

func (s *Store) migrate(ctx context.Context, p patience) error {
	provider, err := s.migrator(p)
	if err != nil {
		return err
	}
	if err := s.refuseNewer(ctx, provider); err != nil {
		return err
	}
	if err := p.up(ctx, provider); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := s.tellWhomItServes(ctx); err != nil {
		return err
	}
	return s.seed(ctx)
}

// errNotMigrated says what to do about a schema that is older than the program, or none yet.
var errNotMigrated = errors.New("数据库的表结构不是最新：请运行 haochaping migrate，或用 serve --auto-migrate 启动")

// CheckSchema says what to do when the schema is not this program's, or the database half restored. It changes nothing: goose would
// make its table in an empty database, into which nothing could be restored then.
func (s *Store) CheckSchema(ctx context.Context) error {
	if err := s.engine.whole(ctx); err != nil {
		return err
	}
	versioned, err := s.engine.has(ctx, versionTable)
	if err != nil {
		return fmt.Errorf("look for the schema: %w", s.readFault(err))
	}
	if !versioned {
		return errNotMigrated
	}
	provider, err := s.migrator(patient)
	if err != nil {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if pending {
		return errNotMigrated
	}
	return s.refuseNewer(ctx, provider)
}

// seed registers the reference data that the program brings along.
func (s *Store) seed(ctx context.Context) error {
	entities := &insertion{
		table:    "entity",
		columns:  []column{{"code", "text"}, {"name", "text"}, {"position", "int2"}},
		conflict: "ON CONFLICT (code) DO NOTHING",
	}
	tags := &insertion{
		table: "tag",
		columns: []column{
			{"tag_id", "text"}, {"entity_code", "text"}, {"stars", "int2"}, {"name", "text"}, {"core", "bool"}, {"retired", "bool"},
		},
		conflict: "ON CONFLICT (tag_id, entity_code) DO NOTHING",
	}
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		missing, err := missingRegions(ctx, tx)
		if err != nil {
			return err
		}
		position := 0
		return errors.Join(
			s.beginCounting(ctx, tx),
			s.engine.insertMany(ctx, tx, regionInsertion, rowsOf(missing, func(r org.Region) []any {
				return []any{r.Code, r.Name, false}
			})),
			s.engine.insertMany(ctx, tx, entities, rowsOf(append(catalog.Specified(), catalog.Added()...), func(e catalog.Entity) []any {
				position++
				return []any{e.Code, e.Name, position}
			})),
			s.engine.insertMany(ctx, tx, tags, rowsOf(catalog.National(), func(t catalog.Tag) []any {
				return []any{t.ID, t.Entity, t.Stars, t.Name, t.Core, t.Retired}
			})))
	})
	if err != nil {
		return fmt.Errorf("seed reference data: %w", err)
	}
	return nil
}

// missingRegions are those that the program brings and the register lacks: at every start but the first there is none of two
// thousand.
func missingRegions(ctx context.Context, tx *sql.Tx) (missing []org.Region, err error) {
	codes, err := all(ctx, tx, "SELECT code FROM region", func(code *string) []any { return []any{code} })
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(codes))
	for _, code := range codes {
		known[code] = true
	}
	for _, region := range org.Guangdong() {
		if !known[region.Code] {
			missing = append(missing, region)
		}
	}
	return missing, nil
}

// probeAge is how long a proof that the database can store holds, probeTimeout how long it may take.
const (
	probeAge     = 500 * time.Millisecond
	probeTimeout = 2 * time.Second
)

// Ready proves by a durable write that the database can store; the proof is at most half a second old. A batch of reviews that was
// stored is one: while they are stored without pause, a write of its own would only wait behind them.
func (s *Store) Ready(ctx context.Context) error {
	s.probe.Lock()
	defer s.probe.Unlock()
	if now := time.Now(); now.Sub(s.probe.at) < probeAge {
		return s.probe.err
	}
	if stored := s.stored.Load(); stored != nil && time.Since(*stored) < probeAge {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO heartbeat (id, at) VALUES (1, $1)
			ON CONFLICT (id) DO UPDATE SET at = excluded.at`, s.now().UnixMicro())
		return err
	})
	if err != nil {
		err = fault.NewUnavailable("数据库暂时无法写入", time.Second, err)
	}
	s.probe.at, s.probe.err = time.Now(), err
	return err
}

// newestMigration is the number of the last migration that this program brings along.
func newestMigration(engine string) (newest int64, err error) {
	entries, err := fs.ReadDir(migrations, "migrations/"+engine)
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	for _, entry := range entries {
		version, err := goose.NumericComponent(entry.Name())
		if err != nil {
			return 0, fmt.Errorf("migrations: %w", err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}
