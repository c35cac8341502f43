package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/backup"
	"github.com/jackc/pgx/v5"
)

// restoreLock is the advisory lock of a restore: "hcprest".
const restoreLock = 0x68637072657374

// vacantPostgres is a database without tables, or one that is half restored.
type vacantPostgres struct {
	options *Options
	*postgresEngine
}

func (v *vacantPostgres) vacant(ctx context.Context) error {
	if errors.Is(v.whole(ctx), errHalfRestored) {
		return nil
	}
	var some string
	err := v.db.QueryRowContext(ctx, "SELECT coalesce(min(relname::text), '') FROM ("+ownTables+") o").Scan(&some)
	if err != nil {
		return fmt.Errorf("look into the database: %w", v.translate(err))
	}
	if some != "" {
		return notEmpty("其中已有表 " + some + "，请另建一个库")
	}
	return nil
}

// fill marks the database, makes the tables of the backup's schema, fills them in one transaction, and takes the mark away.
func (v *vacantPostgres) fill(ctx context.Context, content backup.Content, from io.Reader, finish func(*Store) error) error {
	c, err := v.alone(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // everything is committed
	var ours bool
	if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(restoreLock)).Scan(&ours); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if !ours {
		return errors.New("另一个进程正在恢复这个数据库")
	}
	if err := v.vacant(ctx); err != nil { // who had the lock before may have ended his work
		return err
	}
	if err := v.clear(ctx, c, true); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	s := &Store{engine: v.postgresEngine, now: v.options.Now, watch: &watch{}, known: known{registry: v.options.Registry}}
	provider, err := s.migrator(patient)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, content.Schema); err != nil {
		return fmt.Errorf("restore: make the tables: %w", err)
	}
	if err := load(ctx, c, from); err != nil {
		// It is known to be worth nothing: the database is left as empty as before.
		return errors.Join(fmt.Errorf("restore: %w", err), v.clear(context.WithoutCancel(ctx), c, false))
	}
	if err := finish(s); err != nil {
		return err
	}
	_, err = c.Exec(ctx, "DROP TABLE "+restoringTable)
	return err
}

// clear takes away what a restore that did not end left, in one transaction; with mark the database says that another one began.
func (v *vacantPostgres) clear(ctx context.Context, c *pgx.Conn, mark bool) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // when it was not committed
	rows, err := tx.Query(ctx, "SELECT relname FROM ("+ownTables+") o ORDER BY relname")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := tx.Exec(ctx, "DROP TABLE "+pgx.Identifier{table}.Sanitize()+" CASCADE"); err != nil {
			return err
		}
	}
	if mark {
		if _, err := tx.Exec(ctx, "CREATE TABLE "+restoringTable+" (id smallint PRIMARY KEY)"); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// remade is an index that is made again when the rows are there: faster than to keep it up to date with each of them.
type remade struct{ table, index, definition, constraint, kind string }

// load fills the tables in one transaction.
func load(ctx context.Context, c *pgx.Conn, from io.Reader) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // when it was not committed
	tables, err := tablesToDump(ctx, tx)
	if err != nil {
		return err
	}
	var names []string
	for _, t := range tables {
		names = append(names, pgx.Identifier{t.Name}.Sanitize())
	}
	// Rows of the migrations' own go; and tables that were emptied in the same transaction are filled without a second pass.
	if _, err := tx.Exec(ctx, "SET LOCAL maintenance_work_mem = '256MB'; TRUNCATE "+strings.Join(names, ", ")); err != nil {
		return err
	}
	indexes, err := dropIndexes(ctx, tx, tables)
	if err != nil {
		return err
	}
	if err := fillTables(ctx, c, tables, from); err != nil {
		return err
	}
	for _, i := range indexes {
		statements := i.definition
		if i.constraint != "" {
			statements += "; ALTER TABLE " + i.table + " ADD CONSTRAINT " + i.constraint + " " + i.kind + " USING INDEX " + i.index
		}
		if _, err := tx.Exec(ctx, statements); err != nil {
			return fmt.Errorf("%s: %w", i.definition, err)
		}
	}
	if _, err := tx.Exec(ctx, "ANALYZE"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// dropIndexes drops the indexes of the tables, and gives how they are made again.
func dropIndexes(ctx context.Context, tx pgx.Tx, tables []dumpedTable) ([]remade, error) {
	var names []string
	for _, t := range tables {
		names = append(names, t.Name)
	}
	rows, err := tx.Query(ctx, `SELECT quote_ident(o.relname), quote_ident(x.relname), pg_get_indexdef(i.indexrelid), coalesce(quote_ident(c.conname), ''),
			CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE '' END
		FROM (`+ownTables+`) o JOIN pg_index i ON i.indrelid = o.oid JOIN pg_class x ON x.oid = i.indexrelid
			LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
		WHERE o.relname = ANY($1) ORDER BY o.relname, x.relname`, names)
	if err != nil {
		return nil, err
	}
	indexes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (i remade, err error) {
		return i, row.Scan(&i.table, &i.index, &i.definition, &i.constraint, &i.kind)
	})
	if err != nil {
		return nil, err
	}
	for _, i := range indexes {
		statement := "DROP INDEX " + i.index
		if i.constraint != "" {
			statement = "ALTER TABLE " + i.table + " DROP CONSTRAINT " + i.constraint
		}
		if _, err := tx.Exec(ctx, statement); err != nil {
			return nil, err
		}
	}
	return indexes, nil
}

// filling reads what dump wrote.
type filling struct {
	from *bufio.Reader
	rows uint64 // of the piece that is being read, in bytes
	next byte   // the kind of the piece after the rows
	err  error
}

func fillTables(ctx context.Context, c *pgx.Conn, tables []dumpedTable, from io.Reader) error {
	f := &filling{from: bufio.NewReaderSize(from, 128<<10)}
	for {
		kind, what, err := f.piece()
		if err != nil {
			return err
		}
		switch kind {
		case dumpEnd:
			if _, err := f.from.ReadByte(); !errors.Is(err, io.EOF) { // only then is it proven that all of it came
				return errors.Join(err, errors.New("the backup goes on after its end"))
			}
			return nil
		case dumpTable:
			if err := f.table(ctx, c, tables, what); err != nil {
				return err
			}
		default:
			return fmt.Errorf("the backup holds a piece of kind %d", kind)
		}
	}
}

func (f *filling) table(ctx context.Context, c *pgx.Conn, tables []dumpedTable, head []byte) error {
	var t dumpedTable
	if err := json.Unmarshal(head, &t); err != nil {
		return fmt.Errorf("head of a table: %w", err)
	}
	if !slices.ContainsFunc(tables, func(own dumpedTable) bool {
		return own.Name == t.Name && slices.Equal(own.Columns, t.Columns) && slices.Equal(own.Types, t.Types)
	}) {
		return fmt.Errorf("备份中的表 %s 不是本程序的（或列不同），不能恢复", t.Name)
	}
	done, err := c.PgConn().CopyFrom(ctx, f, "COPY "+t.sql()+" FROM STDIN (FORMAT binary, FREEZE)")
	if err = errors.Join(f.err, err); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	want, err := binary.ReadUvarint(f.from)
	if err != nil {
		return err
	}
	if got := done.RowsAffected(); f.next != dumpCount || uint64(got) != want { //nolint:gosec // not negative
		return fmt.Errorf("table %s: %d rows came of %d", t.Name, got, want)
	}
	return nil
}

// maxDumped bounds a piece that is held in memory.
const maxDumped = 1 << 20

// piece reads a whole piece.
func (f *filling) piece() (kind byte, what []byte, err error) {
	kind, size, err := f.head()
	if err != nil {
		return 0, nil, err
	}
	if size > maxDumped {
		return 0, nil, errors.New("the backup holds a piece that is too long")
	}
	what = make([]byte, size)
	_, err = io.ReadFull(f.from, what)
	return kind, what, err
}

func (f *filling) head() (kind byte, size uint64, err error) {
	if kind, err = f.from.ReadByte(); err == nil {
		size, err = binary.ReadUvarint(f.from)
	}
	return kind, size, err
}

// Read gives the rows of a table to COPY, to the piece that follows them; the size of that is read already.
func (f *filling) Read(p []byte) (n int, err error) {
	for f.rows == 0 {
		kind, size, err := f.head()
		if err != nil {
			f.err = err
			return 0, err
		}
		if kind != dumpRows {
			f.next = kind
			return 0, io.EOF
		}
		f.rows = size
	}
	n, err = f.from.Read(p[:min(uint64(len(p)), f.rows)])
	f.rows -= uint64(n) //nolint:gosec // not negative
	if err != nil {
		f.err = err
	}
	return n, err
}
