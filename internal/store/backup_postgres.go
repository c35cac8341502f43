package store

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/backup"
	"github.com/jackc/pgx/v5"
)

// restoringTable is in a database as long as it is being restored.
const restoringTable = "half_restored"

// ownTables are the tables of the schema that we work in, those of extensions left out.
const ownTables = `SELECT t.oid, t.relname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
	WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p')
		AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e')`

func (e *postgresEngine) has(ctx context.Context, table string) (there bool, err error) {
	err = e.db.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", table).Scan(&there)
	return there, err
}

// whole refuses a database that is half restored.
func (e *postgresEngine) whole(ctx context.Context) error {
	half, err := e.has(ctx, restoringTable)
	if err != nil {
		return fmt.Errorf("look for a restore that did not end: %w", err)
	}
	if half {
		return errHalfRestored
	}
	return nil
}

// dumpedTable stands before the rows of a table.
type dumpedTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Types   []string `json:"types"`
}

// Kinds of what stands in a backup: the head of a table, rows as COPY writes them, their number, and the end of all.
const (
	dumpTable = 'T'
	dumpRows  = 'D'
	dumpCount = 'N'
	dumpEnd   = 'E'
)

// alone gives a connection of one's own without limits on time, to be closed by who asked.
func (e *postgresEngine) alone(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := e.rest.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	c := pooled.Hijack()
	if _, err := c.Exec(ctx, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"); err != nil {
		_ = c.Close(ctx)
		return nil, err
	}
	return c, nil
}

// dump writes every table as a binary COPY, in one transaction that sees one moment.
func (e *postgresEngine) dump(ctx context.Context, begin func(backup.Content) (io.Writer, error)) error {
	c, err := e.alone(ctx)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it only read
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	content := backup.Content{Engine: postgresName}
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable+" WHERE is_applied").Scan(&content.Schema); err != nil {
		return err
	}
	tables, err := tablesToDump(ctx, tx)
	if err != nil {
		return err
	}
	to, err := begin(content)
	if err != nil {
		return err
	}
	pieces := &dumping{bufio.NewWriterSize(to, 128<<10)}
	for i := range tables {
		if err := pieces.table(ctx, c, &tables[i]); err != nil {
			return fmt.Errorf("table %s: %w", tables[i].Name, err)
		}
	}
	if err := pieces.piece(dumpEnd, nil); err != nil {
		return err
	}
	return pieces.to.Flush()
}

func tablesToDump(ctx context.Context, tx pgx.Tx) ([]dumpedTable, error) {
	rows, err := tx.Query(ctx, `SELECT o.relname, array_agg(a.attname::text ORDER BY a.attnum), array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
		FROM (`+ownTables+`) o JOIN pg_attribute a ON a.attrelid = o.oid
		WHERE a.attnum > 0 AND NOT a.attisdropped AND o.relname NOT IN ($1, $2) GROUP BY o.relname ORDER BY o.relname`, versionTable, restoringTable)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t dumpedTable, err error) {
		return t, row.Scan(&t.Name, &t.Columns, &t.Types)
	})
}

// dumping writes pieces: their kind, their length, what they hold.
type dumping struct{ to *bufio.Writer }

func (d *dumping) piece(kind byte, what []byte) error {
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = kind
	n := 1 + binary.PutUvarint(head[1:], uint64(len(what)))
	if _, err := d.to.Write(head[:n]); err != nil {
		return err
	}
	_, err := d.to.Write(what)
	return err
}

// Write writes what COPY gives, a row at a time.
func (d *dumping) Write(rows []byte) (int, error) { return len(rows), d.piece(dumpRows, rows) }

func (d *dumping) table(ctx context.Context, c *pgx.Conn, t *dumpedTable) error {
	head, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := d.piece(dumpTable, head); err != nil {
		return err
	}
	done, err := c.PgConn().CopyTo(ctx, d, "COPY "+t.sql()+" TO STDOUT (FORMAT binary)")
	if err != nil {
		return err
	}
	return d.piece(dumpCount, binary.AppendUvarint(nil, uint64(done.RowsAffected()))) //nolint:gosec // not negative
}

// sql is the table with its columns.
func (t *dumpedTable) sql() string {
	text := pgx.Identifier{t.Name}.Sanitize() + " ("
	for i, column := range t.Columns {
		if i > 0 {
			text += ", "
		}
		text += pgx.Identifier{column}.Sanitize()
	}
	return text + ")"
}
