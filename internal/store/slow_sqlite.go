package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"
)

// watchSQLite opens connections of the driver of which every statement is measured; the driver has no hook of its own.
type watchSQLite struct {
	driver driver.Driver
	source string
	*watch
	place *filePlace
}

// sqliteConn and sqliteStmt are what the driver's connections and statements can do: all of it stays possible.
type (
	sqliteConn interface {
		driver.Conn
		driver.ConnBeginTx
		driver.ConnPrepareContext
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
	}
	sqliteStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
)

var errOtherDriver = errors.New("the SQLite driver's connections can't do what they could")

// Connect implements driver.Connector.
func (w *watchSQLite) Connect(context.Context) (driver.Conn, error) {
	opened, err := w.driver.Open(w.source)
	if err != nil {
		return nil, err
	}
	conn, ok := opened.(sqliteConn)
	if !ok {
		return nil, errors.Join(errOtherDriver, opened.Close())
	}
	return &watchedConn{sqliteConn: conn, watch: w.watch, place: w.place}, nil
}

// Driver implements driver.Connector.
func (w *watchSQLite) Driver() driver.Driver { return w.driver }

type watchedConn struct {
	sqliteConn
	watch *watch
	place *filePlace
	kept  *statements // of the one that stores reviews
}

// Close closes what was kept first: SQLite leaves a file open as long as there is a statement of it.
func (c *watchedConn) Close() error {
	var kept error
	if c.kept != nil {
		kept = c.kept.close()
	}
	return errors.Join(kept, c.sqliteConn.Close())
}

func (c *watchedConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	defer c.watch.end(c.watch.begin()) // it may wait for another process
	tx, err := c.sqliteConn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return &watchedTx{tx, c.watch, c.place}, nil
}

func (c *watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	prepared, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	statement, ok := prepared.(sqliteStmt)
	if !ok {
		return nil, errors.Join(errOtherDriver, prepared.Close())
	}
	return &watchedStmt{statement, c.watch}, nil
}

func (c *watchedConn) ExecContext(ctx context.Context, query string, arguments []driver.NamedValue) (driver.Result, error) {
	defer c.watch.end(c.watch.begin())
	return c.sqliteConn.ExecContext(ctx, query, arguments)
}

func (c *watchedConn) QueryContext(ctx context.Context, query string, arguments []driver.NamedValue) (driver.Rows, error) {
	began := c.watch.begin()
	rows, err := c.sqliteConn.QueryContext(ctx, query, arguments)
	return c.watch.rows(began, rows, err)
}

// rows are measured until they are closed: SQLite finds each when it is asked for.
func (w *watch) rows(began time.Time, rows driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		w.end(began)
		return nil, err
	}
	if began.IsZero() {
		return rows, nil
	}
	return &watchedRows{rows, began, w}, nil
}

type watchedTx struct {
	driver.Tx
	watch *watch
	place *filePlace
}

func (t *watchedTx) Commit() error {
	defer t.watch.end(t.watch.begin())
	if err := t.place.still(); err != nil {
		return errors.Join(err, t.Tx.Rollback())
	}
	return t.Tx.Commit()
}

type watchedStmt struct {
	sqliteStmt
	watch *watch
}

func (s *watchedStmt) ExecContext(ctx context.Context, arguments []driver.NamedValue) (driver.Result, error) {
	defer s.watch.end(s.watch.begin())
	return s.sqliteStmt.ExecContext(ctx, arguments)
}

func (s *watchedStmt) QueryContext(ctx context.Context, arguments []driver.NamedValue) (driver.Rows, error) {
	began := s.watch.begin()
	rows, err := s.sqliteStmt.QueryContext(ctx, arguments)
	return s.watch.rows(began, rows, err)
}

type watchedRows struct {
	driver.Rows
	began time.Time
	watch *watch
}

func (r *watchedRows) Close() error {
	err := r.Rows.Close()
	r.watch.end(r.began)
	return err
}
