package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/store"
	"github.com/jackc/pgx/v5"
)

// secondary are the indexes that are cheaper to make when all rows are there.
var secondary = []string{
	"review_newest", "review_region_newest", "review_bad_newest", "review_person", "review_department_newest", "review_hall_newest", "review_apart_newest", "review_publication",
	"review_affair",
}

// loading makes SQLite's connection one for loading: nothing has to outlive the machine, and pages stay where they are wanted again.
const loading = "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA wal_autocheckpoint = 100000"

// load puts the reviews and their counters into a migrated, empty database.
func (b *bulk) load(ctx context.Context, address string) error {
	db, err := openSide(address)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is committed
	if store.IsEmbedded(address) {
		db.SetMaxOpenConns(1)
		if _, err := db.ExecContext(ctx, loading); err != nil {
			return err
		}
	}
	remade, err := dropIndexes(ctx, db, store.IsEmbedded(address))
	if err != nil {
		return err
	}
	if store.IsEmbedded(address) {
		err = b.insert(ctx, db)
	} else {
		err = b.copy(ctx, address)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", b, err)
	}
	statements := append(remade, "ANALYZE")
	if !store.IsEmbedded(address) {
		// What autovacuum does in the end, so that it does not begin while something is measured.
		statements = append(statements, "VACUUM review", "VACUUM counter", "CHECKPOINT")
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// dropIndexes drops the secondary indexes and gives the statements that make them again, as the schema has them.
func dropIndexes(ctx context.Context, db *sql.DB, embedded bool) (remade []string, err error) {
	query := "SELECT indexdef FROM pg_indexes WHERE indexname = $1"
	if embedded {
		query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = $1"
	}
	for _, name := range secondary {
		var text string
		switch err := db.QueryRowContext(ctx, query, name).Scan(&text); {
		case errors.Is(err, sql.ErrNoRows):
			continue // the schema has it no more
		case err != nil:
			return nil, err
		}
		if _, err := db.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return nil, err
		}
		remade = append(remade, text)
	}
	return remade, nil
}

// copy loads by COPY, month by month.
func (b *bulk) copy(ctx context.Context, address string) error {
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer connection.Close(ctx) //nolint:errcheck // everything is committed
	for more := b.next(); more; {
		month := b.record.Day
		_, err := connection.CopyFrom(ctx, pgx.Identifier{"review"}, reviewColumns, pgx.CopyFromFunc(func() ([]any, error) {
			if !more || monthOver(month, b.record.Day) {
				return nil, nil
			}
			row := reviewRow(b.record)
			more = b.next()
			return row, nil
		}))
		if err != nil {
			return err
		}
		if _, err := connection.CopyFrom(ctx, pgx.Identifier{"counter"}, counterColumns, pgx.CopyFromRows(b.tally.take())); err != nil {
			return err
		}
	}
	return nil
}

// insert loads by statements of many rows, month by month.
func (b *bulk) insert(ctx context.Context, db *sql.DB) error {
	reviews, err := newFiller(ctx, db, "review", reviewColumns)
	if err != nil {
		return err
	}
	counters, err := newFiller(ctx, db, "counter", counterColumns)
	if err != nil {
		return err
	}
	for more := b.next(); more; {
		for month := b.record.Day; more && !monthOver(month, b.record.Day); more = b.next() {
			if err := reviews.add(ctx, reviewRow(b.record)); err != nil {
				return err
			}
		}
		if err := reviews.flush(ctx); err != nil {
			return err
		}
		for _, row := range b.tally.take() {
			if err := counters.add(ctx, row); err != nil {
				return err
			}
		}
		if err := counters.flush(ctx); err != nil {
			return err
		}
	}
	return errors.Join(reviews.statement.Close(), counters.statement.Close())
}

// filler inserts rows, many a statement, many statements a transaction.
type filler struct {
	db        *sql.DB
	table     string
	columns   []string
	rows      int // a statement
	statement *sql.Stmt
	waiting   []any
	open      bool
	done      int // statements of the transaction
}

// Limits of a statement and a transaction of a filler.
const (
	fillerParameters = 1_000
	fillerStatements = 2_000
)

func newFiller(ctx context.Context, db *sql.DB, table string, columns []string) (*filler, error) {
	f := &filler{db: db, table: table, columns: columns, rows: fillerParameters / len(columns)}
	var err error
	f.statement, err = db.PrepareContext(ctx, insert(table, columns, f.rows, sqlite))
	return f, err
}

func (f *filler) add(ctx context.Context, values []any) error {
	f.waiting = append(f.waiting, values...)
	if len(f.waiting) < f.rows*len(f.columns) {
		return nil
	}
	if err := f.begin(ctx); err != nil {
		return err
	}
	_, err := f.statement.ExecContext(ctx, f.waiting...)
	f.waiting = f.waiting[:0]
	if f.done++; err == nil && f.done == fillerStatements {
		err = f.commit(ctx)
	}
	return err
}

// The one connection of the pool is in the transaction.
func (f *filler) begin(ctx context.Context) error {
	if f.open {
		return nil
	}
	_, err := f.db.ExecContext(ctx, "BEGIN IMMEDIATE")
	f.open = err == nil
	return err
}

func (f *filler) commit(ctx context.Context) error {
	f.open, f.done = false, 0
	_, err := f.db.ExecContext(ctx, "COMMIT")
	return err
}

func (f *filler) flush(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	if rows := len(f.waiting) / len(f.columns); rows > 0 {
		if _, err := f.db.ExecContext(ctx, insert(f.table, f.columns, rows, sqlite), f.waiting...); err != nil {
			return err
		}
		f.waiting = f.waiting[:0]
	}
	return f.commit(ctx)
}

// groupBy counts from the reviews themselves what a ranking reads from counters: the first digits of a column's codes.
func groupBy(column string, digits int) string {
	code := column
	if digits > 0 {
		code = fmt.Sprintf("substr(%s, 1, %d)", column, digits)
	}
	var sums []string
	for stars := 1; stars <= 5; stars++ {
		sums = append(sums, fmt.Sprintf("sum(CASE WHEN stars = %d THEN 1 ELSE 0 END)", stars))
	}
	return fmt.Sprintf("SELECT %s, entity_code, %s FROM review WHERE day >= $1 AND day <= $2 AND %s <> '' GROUP BY 1, 2",
		code, strings.Join(sums, ", "), column)
}
