package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/haochaping/haochaping/internal/backup"
)

// restoringName is added to the name of a database that is being restored.
const restoringName = ".restoring"

// halfRestored says whether a restore of this file began and did not end.
func halfRestored(file string) error {
	if _, err := os.Lstat(file + restoringName); err == nil {
		return fmt.Errorf("%w（%s）", errHalfRestored, file+restoringName)
	}
	return nil
}

func (e *sqliteEngine) has(ctx context.Context, table string) (there bool, err error) {
	err = e.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)", table).Scan(&there)
	return there, err
}

// whole has nothing to look at: a file that is half restored was refused when it was opened.
func (e *sqliteEngine) whole(context.Context) error { return nil }

// dump writes the pages of the file, in their order, as a transaction that reads sees them: SQLite reads them through its own
// log, so they are of one moment, and nobody waits. It needs no room beside the database; the log grows meanwhile.
func (e *sqliteEngine) dump(ctx context.Context, begin func(backup.Content) (io.Writer, error)) error {
	tx, err := e.read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	content := backup.Content{Engine: sqliteName}
	if content.Schema, err = schemaVersion(ctx, tx); err != nil {
		return err
	}
	to, err := begin(content)
	if err != nil {
		return err
	}
	var size, count int64
	if err := tx.QueryRowContext(ctx, "SELECT page_size, page_count FROM pragma_page_size, pragma_page_count").Scan(&size, &count); err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(size)), uint64(count)) //nolint:gosec // not negative
	if _, err := to.Write(head); err != nil {
		return err
	}
	pages := int64(0)
	rows, err := tx.QueryContext(ctx, "SELECT data FROM sqlite_dbpage ORDER BY pgno")
	err = each(rows, err, func(rows *sql.Rows) error {
		var page sql.RawBytes
		if err := rows.Scan(&page); err != nil {
			return err
		}
		if int64(len(page)) != size {
			return fmt.Errorf("page %d has %d bytes", pages+1, len(page))
		}
		pages++
		_, err := to.Write(page)
		return err
	})
	if err == nil && pages != count {
		err = fmt.Errorf("read %d pages of %d", pages, count)
	}
	return err
}

// schemaVersion is the number of the last migration.
func schemaVersion(ctx context.Context, tx *sql.Tx) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable+" WHERE is_applied").Scan(&version)
	return version, err
}

// fillFile writes what dump wrote to a file.
func fillFile(file *os.File, from io.Reader) error {
	var head [16]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return err
	}
	want := int64(binary.BigEndian.Uint64(head[:8]) * binary.BigEndian.Uint64(head[8:])) //nolint:gosec // proven to be ours
	got, err := io.CopyBuffer(struct{ io.Writer }{file}, from, make([]byte, 1<<20))
	if err == nil && got != want {
		err = errors.New("the backup holds another number of pages than it says")
	}
	return err
}
