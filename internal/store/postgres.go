package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const postgresName = "postgres"

// postgresEngine has one pool for the lanes, which need pipelines, one for sums of counters, whose plans are others, and one
// for everything else, so that no reader keeps a lane waiting.
type postgresEngine struct {
	lanes   *pgxpool.Pool
	figures *pgxpool.Pool
	rest    *pgxpool.Pool
	sums    *sql.DB // over figures
	db      *sql.DB // over rest
	// strangers is how many batches in a row held reviews of affairs and found none of them known.
	strangers atomic.Int32
}

// restConnections are for lists, registries, folding and commands. figuresMemory lets a figure of thousands of codes be
// summed up in memory.
const (
	figuresConnections = 6
	restConnections    = 6
	figuresMemory      = "32MB"
)

func openPostgres(address string, lanes int, watched *watch) (*postgresEngine, error) {
	open := func(connections int, more map[string]string) (*pgxpool.Pool, error) {
		config, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, errors.New("database 的地址不对，应形如 postgres://用户@主机:5432/库") // the driver's words may hold the password
		}
		config.MaxConns = int32(connections) //nolint:gosec // a small number
		config.ConnConfig.Tracer = watchPostgres{watched}
		config.ConnConfig.ConnectTimeout = 2 * time.Second
		parameters := config.ConnConfig.RuntimeParams
		parameters["application_name"] = "haochaping"
		parameters["statement_timeout"] = "60000"
		parameters["idle_in_transaction_session_timeout"] = "60000"
		// Durability is the promise of code 0, whatever the server's default.
		parameters["synchronous_commit"] = "on"
		maps.Copy(parameters, more)
		return pgxpool.NewWithConfig(context.Background(), config)
	}
	// A plan made while a table was small must not read all of it when it has grown: lanes look up keys and nothing else.
	forLanes, err := open(max(lanes, 1)+1, map[string]string{"enable_seqscan": "off"})
	if err != nil {
		return nil, err
	}
	// Counters are added up in half the time when they are not sorted by code before. PostgreSQL expects too few of them to see it.
	figures, err := open(figuresConnections, map[string]string{"enable_sort": "off", "work_mem": figuresMemory})
	if err != nil {
		forLanes.Close()
		return nil, err
	}
	rest, err := open(restConnections, map[string]string{"work_mem": figuresMemory})
	if err != nil {
		forLanes.Close()
		figures.Close()
		return nil, err
	}
	return &postgresEngine{
		lanes: forLanes, figures: figures, rest: rest, sums: stdlib.OpenDBFromPool(figures), db: stdlib.OpenDBFromPool(rest),
	}, nil
}

func (e *postgresEngine) name() string    { return postgresName }
func (e *postgresEngine) reader() *sql.DB { return e.db }
func (e *postgresEngine) writer() *sql.DB { return e.db }

// fold takes much at once, however long it lasts: it keeps no review waiting.
func (e *postgresEngine) fold() (most int, within time.Duration) { return 4 << 20, 0 }

// tidy does what PostgreSQL would do once a minute, when twenty thousand dead changes may lie there.
func (e *postgresEngine) tidy(ctx context.Context) error {
	_, err := e.rest.Exec(ctx, "VACUUM (SKIP_LOCKED, TRUNCATE FALSE) counter_change")
	return err
}

func (e *postgresEngine) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (e *postgresEngine) close() error {
	err := errors.Join(e.sums.Close(), e.db.Close())
	e.lanes.Close()
	e.figures.Close()
	e.rest.Close()
	return err
}

func (e *postgresEngine) anyOf(column, placeholder string) string {
	return column + " = ANY(" + placeholder + "::int4[])"
}

func (e *postgresEngine) list(numbers []int) any { return numbers }

func (e *postgresEngine) anyText(column, placeholder string) string {
	return column + " = ANY(" + placeholder + "::text[])"
}

func (e *postgresEngine) texts(texts []string) any { return texts }

// like knows the letters a to z alone, as SQLite does, whatever the database's language.
func (e *postgresEngine) like(text, placeholder string) string {
	return text + ` COLLATE "C" ILIKE ` + placeholder + ` ESCAPE '\'`
}

func (e *postgresEngine) holds(text, placeholder string) string {
	return "strpos(" + text + ", " + placeholder + ") > 0"
}

// among asks the query first: its values are looked up in an index, as those of a list are.
func (e *postgresEngine) among(column, query string) string {
	return column + " = ANY(ARRAY(" + query + "))"
}

// total adds up narrow numbers: wide ones PostgreSQL adds up as decimals.
func (e *postgresEngine) total(column string) string { return "sum(CAST(" + column + " AS int4))" }

// sum just asks: the driver keeps statements.
func (e *postgresEngine) sum(ctx context.Context, text string, arguments []any) (*sql.Rows, error) {
	return e.sums.QueryContext(ctx, text, arguments...)
}

// aside is the column: what comes first in an index stays first.
func (e *postgresEngine) aside(column string) string { return column }

func (e *postgresEngine) byKeys(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off")
	return err
}

func (e *postgresEngine) unhurried(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
	return err
}

func (e *postgresEngine) enter(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "LOCK TABLE affair IN ROW EXCLUSIVE MODE")
	return err
}

// shut takes the tables in the order of all locks, and lets affairs be read: reviews that look for unknown ones do so last
// (noneKnownQuery), and would wait in a circle.
func (e *postgresEngine) shut(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "LOCK TABLE affair IN EXCLUSIVE MODE")
	if err == nil {
		_, err = tx.ExecContext(ctx, "LOCK TABLE once, review IN EXCLUSIVE MODE")
	}
	return err
}

func (e *postgresEngine) locking() string { return " FOR NO KEY UPDATE" }

// transient are the SQLSTATE codes after which the whole transaction is tried again: serialization, deadlock,
// server restarting, and what Citus says when a worker is gone. Classes of two characters stand for all of theirs.
var (
	transient   = []string{"40001", "40P01", "57P01", "57P02", "57P03", "XX000", "08"}
	unavailable = []string{"53", "57014", "25006", "58"}
)

func (e *postgresEngine) translate(err error) error {
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		for _, code := range transient {
			if strings.HasPrefix(failure.Code, code) {
				return errors.Join(errTransient, err)
			}
		}
		for _, code := range unavailable {
			if strings.HasPrefix(failure.Code, code) {
				return errors.Join(errUnavailable, err)
			}
		}
		if failure.Code == "23505" {
			return errors.Join(errDuplicate, err)
		}
		return err
	}
	var network net.Error
	var connect *pgconn.ConnectError
	var file *fs.PathError
	switch {
	case errors.As(err, &file): // of a backup: the system's words for it could be a network's
		return err
	case errors.As(err, &connect):
		return errors.Join(errUnavailable, err)
	case errors.As(err, &network), pgconn.SafeToRetry(err), strings.Contains(err.Error(), "conn closed"),
		strings.Contains(err.Error(), "unexpected EOF"):
		return errors.Join(errTransient, err)
	}
	return err
}

// unanswered are the SQLSTATE codes that leave it open whether a COMMIT was done: the server or a worker of Citus went away meanwhile.
var unanswered = []string{"57P01", "57P02", "XX000", "40003", "08"}

// undone does not ask pgconn.SafeToRetry: of a COMMIT that was sent and lost with its connection the driver says "conn closed", which counts
// as one that was never sent.
func (e *postgresEngine) undone(err error) bool {
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		return !slices.ContainsFunc(unanswered, func(code string) bool { return strings.HasPrefix(failure.Code, code) })
	}
	return errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, sql.ErrTxDone)
}

func (e *postgresEngine) insertMany(ctx context.Context, tx *sql.Tx, insert *insertion, rows [][]any) error {
	_, err := tx.ExecContext(ctx, insert.unnest(), insert.arrays(rows)...)
	return err
}

// unnest is the statement that takes every column as an array. Each is taken apart in the list of columns: in FROM PostgreSQL would
// first keep each column in a store of its own, a sixth of what a small batch costs.
func (i *insertion) unnest() string { return once(&i.unnestText, i.buildUnnest) }

func (i *insertion) buildUnnest() string {
	columns := make([]string, len(i.columns))
	for n, c := range i.columns {
		columns[n] = fmt.Sprintf("unnest($%d::%s[]) AS %s", n+1, c.kind, c.name)
	}
	rows := "SELECT " + strings.Join(columns, ", ")
	if i.keys > 0 {
		pairs := func(columns []column, between string) string {
			equal := make([]string, len(columns))
			for n, c := range columns {
				equal[n] = c.name + " = u." + c.name
			}
			return strings.Join(equal, between)
		}
		return fmt.Sprintf("UPDATE %s AS t SET %s FROM (%s) AS u WHERE t.%s",
			i.table, pairs(i.columns[i.keys:], ", "), rows, pairs(i.columns[:i.keys], " AND t."))
	}
	return fmt.Sprintf("INSERT INTO %s (%s) %s %s", i.table, i.names(), rows, i.conflict)
}

// arrays turns rows into columns.
func (i *insertion) arrays(rows [][]any) []any {
	arrays := make([]any, len(i.columns))
	for n, c := range i.columns {
		switch c.kind {
		case "text":
			arrays[n] = columnOf(rows, n, func(v any) string { return v.(string) })
		case "bytea":
			arrays[n] = columnOf(rows, n, func(v any) []byte {
				bytes, _ := v.([]byte) // NULL is nil
				return bytes
			})
		case "bool":
			arrays[n] = columnOf(rows, n, func(v any) bool { return v.(bool) })
		default:
			arrays[n] = numbers(rows, n)
		}
	}
	return arrays
}

func columnOf[T any](rows [][]any, n int, value func(any) T) []T {
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i] = value(row[n])
	}
	return values
}

// numbers are a column of whole numbers; only where one is NULL do they need pointers.
func numbers(rows [][]any, n int) any {
	values := make([]int64, len(rows))
	for i, row := range rows {
		switch v := row[n].(type) {
		case int:
			values[i] = int64(v)
		case int64:
			values[i] = v
		default:
			return columnOf(rows, n, number)
		}
	}
	return values
}

// number is a whole number, or nil for NULL.
func number(v any) *int64 {
	switch n := v.(type) {
	case int:
		wide := int64(n)
		return &wide
	case int64:
		return &n
	default:
		return nil
	}
}
