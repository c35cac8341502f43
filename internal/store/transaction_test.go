package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// outspoken is an engine whose errors are their own meaning.
type outspoken struct{ engine }

func (outspoken) translate(err error) error { return err }

func TestATransactionIsTriedAgainWhenItMetAnother(t *testing.T) {
	refused, ended := errors.New("refused"), context.Canceled
	for _, c := range []struct {
		name  string
		errs  []error // of each attempt; the last one goes on for ever
		calls int
		ok    bool
		want  fault.Kind
	}{
		{"at once", []error{nil}, 1, true, 0},
		{"after others", []error{errTransient, errTransient, errTransient, errTransient, nil}, 5, true, 0},
		{"never", []error{errTransient}, 5, false, fault.Unavailable},
		{"no database", []error{errUnavailable, nil}, 1, false, fault.Unavailable},
		{"a fault of the record", []error{refused, nil}, 1, false, fault.Internal},
		{"a duplicate", []error{errTransient, errDuplicate, nil}, 2, false, fault.Internal},
		{"nobody answered", []error{errors.Join(errUndecided, errTransient), nil}, 1, false, fault.Unavailable},
		{"nobody answered the second", []error{errTransient, errors.Join(errUndecided, errTransient), nil}, 2, false, fault.Unavailable},
		{"the caller is gone", []error{ended, nil}, 1, false, fault.Unavailable},
	} {
		s := &Store{engine: outspoken{}}
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := s.retry(ctx, func() error {
			err := c.errs[min(calls, len(c.errs)-1)]
			calls++
			if errors.Is(err, ended) {
				cancel()
			}
			return err
		})
		cancel()
		if calls != c.calls || (err == nil) != c.ok || fault.KindOf(err) != c.want {
			t.Errorf("%s: got %v after %d attempts, want kind %d after %d", c.name, err, calls, c.want, c.calls)
		}
		if undecided := errors.Is(err, errUndecided); fault.IsUndecided(err) != undecided {
			t.Errorf("%s: undecided is %v, want %v", c.name, !undecided, undecided)
		}
		if last := c.errs[min(calls, len(c.errs))-1]; !errors.Is(err, last) {
			t.Errorf("%s: %v does not tell its cause %v", c.name, err, last)
		}
	}
}

func TestWhatErrorsOfPostgreSQLMean(t *testing.T) {
	code := func(code string) error { return fmt.Errorf("accept: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		name string
		err  error
		want error // nil: as it is
	}{
		{"serialization failure", code("40001"), errTransient},
		{"deadlock", code("40P01"), errTransient},
		{"connection failure", code("08006"), errTransient},
		{"connection ended by an administrator", code("57P01"), errTransient},
		{"another process crashed", code("57P02"), errTransient},
		{"server starting", code("57P03"), errTransient},
		{"a worker of Citus is gone", code("XX000"), errTransient},
		{"connection reset", &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, errTransient},
		{"connection ended", errors.New("failed to receive message: unexpected EOF"), errTransient},
		{"disk full", code("53100"), errUnavailable},
		{"too many connections", code("53300"), errUnavailable},
		{"statement timeout", code("57014"), errUnavailable},
		{"read only", code("25006"), errUnavailable},
		{"disk broken", code("58030"), errUnavailable},
		{"no connection", &pgconn.ConnectError{Config: &pgconn.Config{}}, errUnavailable},
		{"unique violation", code("23505"), errDuplicate},
		{"not null violation", code("23502"), nil},
		{"text of another encoding", code("22021"), nil},
		{"program limit", code("54000"), nil},
		{"no such table", code("42P01"), nil},
		{"the disk that a backup goes to is full", fmt.Errorf("table review: %w", &fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}), nil},
	} {
		got := (&postgresEngine{}).translate(c.err)
		for _, meaning := range []error{errTransient, errUnavailable, errDuplicate} {
			if errors.Is(got, meaning) != errors.Is(c.want, meaning) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
		if !errors.Is(got, c.err) {
			t.Errorf("%s: the driver's own words are lost", c.name)
		}
	}
}

func TestWhetherACommitOfPostgreSQLIsUndone(t *testing.T) {
	code := func(code string) error { return fmt.Errorf("commit: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"serialization failure", code("40001"), true},
		{"deadlock", code("40P01"), true},
		{"unique violation", code("23505"), true},
		{"disk full", code("53100"), true},
		{"rolled back", pgx.ErrTxCommitRollback, true},
		{"ended before", sql.ErrTxDone, true},
		{"connection ended by an administrator", code("57P01"), false},
		{"another process crashed", code("57P02"), false},
		{"connection failure", code("08006"), false},
		{"resolution unknown", code("08007"), false},
		{"completion unknown", code("40003"), false},
		{"a worker of Citus is gone", code("XX000"), false},
		{"connection reset", &net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, false},
		{"connection ended", errors.New("failed to receive message: unexpected EOF"), false},
		{"as if nothing was sent", unsent{}, false},
		{"the time is over", fmt.Errorf("timeout: %w", context.DeadlineExceeded), false},
	} {
		if got := (&postgresEngine{}).undone(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// unsent is an error of which the driver says that it sent nothing.
type unsent struct{}

func (unsent) Error() string     { return "unsent" }
func (unsent) SafeToRetry() bool { return true }
