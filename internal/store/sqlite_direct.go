package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// statements are those of one connection that every batch of reviews needs, asked of the driver itself. database/sql starts a goroutine
// with each transaction, and with each query in one, to end it with its context, and makes each statement its own for each transaction:
// a seventh of the time in which a lone review is stored. They live as long as their connection, and belong to who holds it.
type statements struct {
	conn      *watchedConn
	byText    map[string]sqliteStmt
	arguments []driver.NamedValue
}

func (c *watchedConn) statements() *statements {
	if c.kept == nil {
		c.kept = &statements{conn: c, byText: map[string]sqliteStmt{}}
	}
	return c.kept
}

// of makes a statement when it is needed first.
func (s *statements) of(ctx context.Context, text string) (sqliteStmt, error) {
	if kept := s.byText[text]; kept != nil {
		return kept, nil
	}
	made, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	statement := made.(*watchedStmt)
	s.byText[text] = statement
	return statement, nil
}

func (s *statements) close() (err error) {
	for _, statement := range s.byText {
		err = errors.Join(err, statement.Close())
	}
	return err
}

// exec gives how many rows were changed.
func (s *statements) exec(ctx context.Context, text string, values []any) (int64, error) {
	statement, err := s.with(ctx, text, values)
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(short(ctx), s.arguments)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row reads one row into targets; without one it is sql.ErrNoRows.
func (s *statements) row(ctx context.Context, text string, values []any, targets ...any) (err error) {
	statement, err := s.with(ctx, text, values)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(short(ctx), s.arguments)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found := make([]driver.Value, len(targets))
	switch err := rows.Next(found); {
	case errors.Is(err, io.EOF):
		return sql.ErrNoRows
	case err != nil:
		return err
	}
	for i, target := range targets {
		if err := assign(target, found[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// with puts values into the arguments of a statement, as database/sql would.
func (s *statements) with(ctx context.Context, text string, values []any) (sqliteStmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.arguments = s.arguments[:0]
	for i, value := range values {
		plain, err := driver.DefaultParameterConverter.ConvertValue(value)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		s.arguments = append(s.arguments, driver.NamedValue{Ordinal: i + 1, Value: plain})
	}
	return s.of(ctx, text)
}

// assign is what Scan of database/sql does, for the kinds of target that are asked for.
func assign(target any, value driver.Value) error {
	switch target := target.(type) {
	case *string:
		return scan(target, value)
	case *int:
		return scan(target, value)
	case *int64:
		return scan(target, value)
	case *bool:
		return scan(target, value)
	case *[]byte:
		return scan(target, value)
	default:
		return fmt.Errorf("no way from %T to %T", value, target)
	}
}

func scan[T any](target *T, value driver.Value) error {
	var scanned sql.Null[T]
	err := scanned.Scan(value)
	*target = scanned.V
	return err
}
