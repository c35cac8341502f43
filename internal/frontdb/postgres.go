package frontdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

type postgres struct{}

func (postgres) open(o *Options) (*sql.DB, error) {
	address := url.URL{Scheme: "postgres", User: url.User(o.User), Host: o.Host, Path: "/" + o.Database}
	parameters := url.Values{}
	for name, value := range o.Parameters {
		parameters.Set(name, value)
	}
	address.RawQuery = parameters.Encode()
	settings, err := pgx.ParseConfig(address.String())
	if err != nil {
		return nil, err
	}
	settings.Password = o.Password
	settings.ConnectTimeout = connectTimeout
	settings.RuntimeParams["application_name"] = "haochaping"
	// Nothing is prepared on the server, so that a pooler in between does not matter.
	settings.DefaultQueryExecMode = pgx.QueryExecModeExec
	return stdlib.OpenDB(*settings), nil
}

// begin sets everything for the transaction alone: a pooler may give the next one another connection. A page is to come out of
// the index in its order, however old the statistics are; where there is no index it is sorted all the same.
func (postgres) begin(ctx context.Context, connection *sql.Conn, o *Options) (*sql.Tx, error) {
	tx, err := connection.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	timeout := strconv.FormatInt(o.Timeout.Milliseconds(), 10)
	_, err = tx.ExecContext(ctx, `SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),
		set_config('idle_in_transaction_session_timeout', $3, true), set_config('TimeZone', $4, true), set_config('DateStyle', 'ISO, YMD', true),
		set_config('enable_sort', 'off', true)`,
		timeout, strconv.FormatInt(min(o.Timeout, lockTimeout).Milliseconds(), 10), timeout, posixZone(o.Zone))
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// lockTimeout is how long a read waits for an owner who alters the table; while it waits, others wait behind it.
const lockTimeout = 2 * time.Second

// posixZone writes an offset as POSIX does: what is east of Greenwich is negative.
func posixZone(zone time.Duration) string { return "<SRC>" + clockText(-zone) }

func (postgres) quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// names finds the table as it is spelled, or else in small letters, as PostgreSQL keeps what nobody quoted.
func (p postgres) names(ctx context.Context, tx *sql.Tx, o *Options) (table string, columns []string, err error) {
	quoted := quotedTable(o.Table)
	for _, spelling := range []string{quoted, strings.ToLower(quoted)} {
		rows, err := tx.QueryContext(ctx, `SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0
			AND NOT attisdropped AND has_column_privilege(attrelid, attnum, 'SELECT') ORDER BY attnum`, spelling)
		if err != nil {
			return "", nil, err
		}
		if columns, err = texts(rows); err != nil {
			return "", nil, err
		}
		if len(columns) > 0 {
			return spelling, columns, nil
		}
	}
	return "", nil, &Error{cause: renamed, text: fmt.Sprintf("没有表 %s，或该用户没有读它的权限", o.Table)}
}

// texts reads rows of one text.
func texts(rows *sql.Rows) (all []string, err error) {
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

func (postgres) kind(databaseType string) kind {
	switch databaseType {
	case "TIMESTAMP":
		return instant
	case "TIMESTAMPTZ":
		return absolute
	case "DATE":
		return day
	case "INT2", "INT4", "INT8":
		return integer
	case "NUMERIC":
		return decimal
	case "TEXT", "VARCHAR", "BPCHAR", "UUID", "NAME":
		return character
	}
	return other
}

func (postgres) text(c column, zone time.Duration) string {
	expression := c.quoted
	switch {
	case c.kind == absolute:
		expression = fmt.Sprintf("(%s AT TIME ZONE INTERVAL '+08:00')", expression)
	case c.kind == instant && zone != 8*time.Hour:
		expression = fmt.Sprintf("(%s AT TIME ZONE INTERVAL '%s' AT TIME ZONE INTERVAL '+08:00')", expression, clockText(zone))
	}
	return fmt.Sprintf("left(%s::text, %d)", expression, textLimit)
}

// exact writes a moment without its offset: the session is in the source's zone, and reads it in the same way.
func (postgres) exact(c column) string {
	if c.kind == absolute {
		return c.quoted + "::timestamp::text"
	}
	return c.quoted + "::text"
}

func (postgres) settled(cursor column, settle time.Duration) string {
	switch cursor.kind {
	case day:
		return cursor.quoted + " < CURRENT_DATE"
	case absolute:
		return fmt.Sprintf("%s <= now() - INTERVAL '%d microseconds'", cursor.quoted, settle.Microseconds())
	default:
		return fmt.Sprintf("%s <= LOCALTIMESTAMP - INTERVAL '%d microseconds'", cursor.quoted, settle.Microseconds())
	}
}

func (postgres) recent(cursor column, age time.Duration) string {
	return fmt.Sprintf("%s >= LOCALTIMESTAMP - INTERVAL '%d microseconds'", cursor.quoted, age.Microseconds())
}

func (postgres) after(cursor, key column, at affair.Cursor) ([]condition, error) {
	return []condition{{fmt.Sprintf("(%s, %s) > ($1, $2)", cursor.quoted, key.quoted), []any{at.Value, at.Key}}}, nil
}

func (postgres) upTo(cursor column, value string, bound int) (condition, error) {
	return condition{fmt.Sprintf("%s <= $%d", cursor.quoted, bound+1), []any{value}}, nil
}

func (postgres) limit(n int) string { return fmt.Sprintf(" LIMIT %d", n) }

func (postgres) explain(ctx context.Context, tx *sql.Tx, statement string, arguments []any) (rows int64, sorts bool, err error) {
	var text string
	if err := tx.QueryRowContext(ctx, "EXPLAIN (FORMAT JSON) "+statement, arguments...).Scan(&text); err != nil {
		return 0, false, err
	}
	var plans []struct {
		Plan planNode `json:"Plan"`
	}
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) == 0 {
		return 0, false, err
	}
	return int64(plans[0].Plan.Rows), plans[0].Plan.sorts(), nil
}

// planNode is a step of a plan of PostgreSQL's.
type planNode struct {
	Type  string     `json:"Node Type"`
	Rows  float64    `json:"Plan Rows"`
	Plans []planNode `json:"Plans"`
}

// sorts says whether everything must be read before the first row comes.
func (p planNode) sorts() bool {
	if p.Type == "Sort" {
		return true
	}
	for _, below := range p.Plans {
		if below.sorts() {
			return true
		}
	}
	return false
}

// mayWrite asks about the user himself, and about the table where it is one.
func (postgres) mayWrite(ctx context.Context, tx *sql.Tx, o *Options) (may bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT rolsuper OR coalesce(has_table_privilege(to_regclass(nullif($1, '')), 'INSERT, UPDATE, DELETE, TRUNCATE'), false)
		OR coalesce(has_table_privilege(to_regclass(nullif($2, '')), 'INSERT, UPDATE, DELETE, TRUNCATE'), false) FROM pg_roles WHERE rolname = current_user`,
		quotedTable(o.Table), strings.ToLower(quotedTable(o.Table))).Scan(&may)
	return may, err
}

// quotedTable quotes a table's name with its schema; "" where there is none, which names no table.
func quotedTable(table string) string {
	if table == "" {
		return ""
	}
	return pgx.Identifier(strings.Split(table, ".")).Sanitize()
}

func (postgres) dataFault(err error) string {
	var answered *pgconn.PgError
	if errors.As(err, &answered) && strings.HasPrefix(answered.Code, "22") {
		return answered.Code
	}
	return ""
}

func (postgres) fault(err error) cause {
	var answered *pgconn.PgError
	if errors.As(err, &answered) {
		switch {
		case strings.HasPrefix(answered.Code, "28"), answered.Code == "42501", answered.Code == "3D000":
			return refused
		case answered.Code == "42703", answered.Code == "42P01", answered.Code == "3F000":
			return renamed
		case answered.Code == "57014", answered.Code == "55P03":
			return slow
		case strings.HasPrefix(answered.Code, "57P"), strings.HasPrefix(answered.Code, "08"), strings.HasPrefix(answered.Code, "53"):
			return unreachable
		}
		return unknown
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return unreachable
	}
	return faultOfLine(err)
}
