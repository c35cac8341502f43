package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/pressly/goose/v3"
)

// OldestServed is the version of the schema whose program still works on the schema that this program makes: while an upgrade goes
// on, both run on one database. A migration that takes away what the program before it needs raises it, one release after the
// program stopped needing it; testdata holds what the schema of this version was, and a test that nothing of it is gone.
const OldestServed = 13

// servedName is the fact of the database that keeps the OldestServed of the newest program that migrated it.
const servedName = "oldest program served"

// tellWhomItServes writes down OldestServed, for older programs that come later. It never goes back.
func (s *Store) tellWhomItServes(ctx context.Context) error {
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		known, err := served(ctx, tx)
		if err != nil || known >= OldestServed {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, servedName, strconv.Itoa(OldestServed))
		return err
	})
	if err != nil {
		return fmt.Errorf("write down whom the schema serves: %w", err)
	}
	return nil
}

// served is the version of the oldest program that the database serves; 0 when nobody wrote it down.
func served(ctx context.Context, tx interface {
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
},
) (version int64, err error) {
	var text string
	err = tx.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = $1", servedName).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// refuseNewer says what to do when a newer program changed the schema so that this one can't work on it any more.
func (s *Store) refuseNewer(ctx context.Context, provider *goose.Provider) error {
	current, ours, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", s.readFault(err))
	}
	if current <= ours {
		return nil
	}
	oldest, err := served(ctx, s.engine.reader())
	if err != nil {
		return fmt.Errorf("read whom the schema serves: %w", s.readFault(err))
	}
	if ours >= oldest {
		return nil
	}
	return fmt.Errorf("数据库已由更新的程序升级到表结构 %d，最旧可用 %d 的程序，本程序是 %d：请换用新版本的程序；要退回旧版本，请先恢复升级前的备份",
		current, oldest, ours)
}
