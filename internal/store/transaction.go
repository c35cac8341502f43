package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// What a driver's error means.
var (
	errTransient   = errors.New("transaction must be tried again")
	errUnavailable = errors.New("database is not available")
	errDuplicate   = errors.New("duplicate key")
)

// errMoved says that an embedded database is not where it was opened any more.
var errMoved = fmt.Errorf("%w: its file was moved, replaced or deleted while in use", errUnavailable)

// errUndecided says that a COMMIT had no answer: the transaction may be committed all the same.
var errUndecided = errors.New("whether the transaction was committed is not known")

// attempts is how often a transaction is tried that met another one.
const attempts = 5

// write runs fn in one durable transaction, again when it met another one. fn has no outside effect. When nobody answered whether it
// was committed it is not run again, for it might be done twice: the fault says that this is undecided.
func (s *Store) write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return s.retry(ctx, func() error { return s.try(ctx, fn, s.commit) })
}

// writeAgain is write for an fn that leaves the same and answers the same when it is done twice: it is run again also when nobody
// answered whether it was committed.
func (s *Store) writeAgain(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return s.retry(ctx, func() error { return s.try(ctx, fn, (*sql.Tx).Commit) })
}

func (s *Store) try(ctx context.Context, fn, commit func(tx *sql.Tx) error) error {
	tx, err := s.engine.writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return commit(tx)
}

// commit is errUndecided when nobody answered.
func (s *Store) commit(tx *sql.Tx) error {
	err := tx.Commit()
	if err == nil || s.engine.undone(err) {
		return err
	}
	return errors.Join(errUndecided, err)
}

// writeOn is writeAgain for who needs the connection itself.
func (s *Store) writeOn(ctx context.Context, fn func(conn *sql.Conn, tx *sql.Tx) error) error {
	return s.retry(ctx, func() error {
		conn, err := s.engine.writer().Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // the transaction tells
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := fn(conn, tx); err != nil {
			return errors.Join(err, ignoreDone(tx.Rollback()))
		}
		return tx.Commit()
	})
}

// retry runs do again as long as its error is transient, and gives what is left its kind.
func (s *Store) retry(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil {
			return nil
		}
		if errors.Is(err, errUndecided) {
			return fault.NewUndecided("数据库没有答复，可能已经保存：请先查看，没有保存再重试", time.Second, err)
		}
		meaning := s.engine.translate(err)
		if errors.Is(meaning, errTransient) && attempt < attempts && ctx.Err() == nil {
			continue
		}
		if errors.Is(meaning, errUnavailable) || errors.Is(meaning, errTransient) || ctx.Err() != nil {
			return fault.NewUnavailable("暂时无法保存，请稍后用同一请求重试", time.Second, err)
		}
		return fmt.Errorf("%w", meaning)
	}
}

// snapshot runs fn in a transaction that reads and sees one moment.
func (s *Store) snapshot(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := s.engine.reader().BeginTx(ctx, s.engine.snapshot())
	if err != nil {
		return s.readFault(err)
	}
	err = fn(tx)
	return s.readFault(errors.Join(err, ignoreDone(tx.Rollback())))
}

// survey is snapshot for what walks the whole database, however long that lasts.
func (s *Store) survey(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return s.snapshot(ctx, func(tx *sql.Tx) error {
		if err := s.engine.unhurried(ctx, tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// readFault gives an error of a reading its kind.
func (s *Store) readFault(err error) error {
	if err == nil {
		return nil
	}
	if meaning := s.engine.translate(err); errors.Is(meaning, errUnavailable) || errors.Is(meaning, errTransient) {
		return fault.NewUnavailable("暂时无法查询，请稍后再试", time.Second, err)
	}
	return err
}

// each calls scan for every row and closes them.
func each(rows *sql.Rows, err error, scan func(rows *sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
