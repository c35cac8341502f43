package frontdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/haochaping/haochaping/internal/affair"
)

// maria is MySQL and MariaDB.
type maria struct {
	bound atomic.Pointer[string] // how this server bounds a statement
}

func (*maria) open(o *Options) (*sql.DB, error) {
	settings := mysql.NewConfig()
	settings.User, settings.Passwd, settings.DBName = o.User, o.Password, o.Database
	settings.Net, settings.Addr = "tcp", o.Host
	settings.Timeout, settings.ReadTimeout, settings.WriteTimeout = connectTimeout, o.Timeout+connectTimeout, connectTimeout
	settings.TLSConfig = o.Parameters["tls"]
	settings.Collation = "utf8mb4_general_ci"
	settings.InterpolateParams = true // one round trip, and nothing is prepared on the server
	settings.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(settings)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func (m *maria) begin(ctx context.Context, connection *sql.Conn, o *Options) (*sql.Tx, error) {
	bound := m.bound.Load()
	if bound == nil {
		var version string
		if err := connection.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
			return nil, err
		}
		text := fmt.Sprintf("max_execution_time = %d", o.Timeout.Milliseconds())
		if strings.Contains(version, "MariaDB") {
			text = fmt.Sprintf("max_statement_time = %.3f", o.Timeout.Seconds())
		}
		bound = &text
		m.bound.Store(bound)
	}
	if _, err := connection.ExecContext(ctx, fmt.Sprintf("SET SESSION time_zone = '%s', lock_wait_timeout = %d, %s",
		clockText(o.Zone), max(1, int(min(o.Timeout, lockTimeout).Seconds())), *bound)); err != nil {
		return nil, err
	}
	// Each page sees what is committed, and locks nothing.
	return connection.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelReadCommitted})
}

func (*maria) quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func (m *maria) names(ctx context.Context, tx *sql.Tx, o *Options) (table string, columns []string, err error) {
	schema, name, found := strings.Cut(o.Table, ".")
	if !found {
		schema, name = o.Database, o.Table
	}
	rows, err := tx.QueryContext(ctx, `SELECT column_name FROM information_schema.columns
		WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`, schema, name)
	if err != nil {
		return "", nil, err
	}
	if columns, err = texts(rows); err != nil {
		return "", nil, err
	}
	if len(columns) == 0 {
		return "", nil, &Error{cause: renamed, text: fmt.Sprintf("没有表 %s，或该用户没有读它的权限", o.Table)}
	}
	return m.quote(schema) + "." + m.quote(name), columns, nil
}

func (*maria) kind(databaseType string) kind {
	switch strings.TrimPrefix(databaseType, "UNSIGNED ") {
	case "DATETIME":
		return instant
	case "TIMESTAMP":
		return absolute
	case "DATE":
		return day
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT":
		return integer
	case "DECIMAL":
		return decimal
	case "CHAR", "VARCHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT":
		return character
	}
	return other
}

func (*maria) text(c column, zone time.Duration) string {
	expression := c.quoted
	if (c.kind == instant || c.kind == absolute) && zone != 8*time.Hour {
		expression = fmt.Sprintf("CONVERT_TZ(%s, '%s', '+08:00')", expression, clockText(zone)) // the session is in the source's zone
	}
	return fmt.Sprintf("LEFT(%s, %d)", expression, textLimit)
}

func (*maria) exact(c column) string { return "CAST(" + c.quoted + " AS CHAR)" }

func (*maria) settled(cursor column, settle time.Duration) string {
	if cursor.kind == day {
		return cursor.quoted + " < CURDATE()"
	}
	return fmt.Sprintf("%s <= NOW(6) - INTERVAL %d MICROSECOND", cursor.quoted, settle.Microseconds())
}

func (*maria) recent(cursor column, age time.Duration) string {
	return fmt.Sprintf("%s >= NOW(6) - INTERVAL %d MICROSECOND", cursor.quoted, age.Microseconds())
}

// after takes the rest of the rows with the same cursor for itself: of (cursor, key) > (?, ?) MySQL would use no index, and of
// the same spelled out it would read all rows with the same cursor again, or sort them all.
func (*maria) after(cursor, key column, at affair.Cursor) ([]condition, error) {
	value, err := bind(cursor, at.Value)
	if err != nil {
		return nil, err
	}
	rest, err := bind(key, at.Key)
	if err != nil {
		return nil, err
	}
	return []condition{
		// A range of one value: of an equality it would use the first column of the index alone.
		{fmt.Sprintf("%s BETWEEN ? AND ? AND %s > ?", cursor.quoted, key.quoted), []any{value, value, rest}},
		{cursor.quoted + " > ?", []any{value}},
	}, nil
}

func (*maria) upTo(cursor column, value string, _ int) (condition, error) {
	bound, err := bind(cursor, value)
	return condition{cursor.quoted + " <= ?", []any{bound}}, err
}

// bind gives a number as a number: MySQL compares a number with a text as floating-point numbers.
func bind(c column, value string) (any, error) {
	if c.kind != integer {
		return value, nil
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return n, nil
	}
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return nil, &Error{cause: unfit, text: fmt.Sprintf("列 %s 是整数，而记下的游标不是", c.name)}
	}
	return n, nil
}

func (*maria) limit(n int) string { return fmt.Sprintf(" LIMIT %d", n) }

// explain takes a sort for one of the whole table only where no index could be used: with one at hand the planner, whose
// statistics of a growing table are old, sometimes sorts the rest of a page all the same.
func (*maria) explain(ctx context.Context, tx *sql.Tx, statement string, arguments []any) (rows int64, sorts bool, err error) {
	plan, err := tx.QueryContext(ctx, "EXPLAIN "+statement, arguments...)
	if err != nil {
		return 0, false, err
	}
	defer plan.Close() //nolint:errcheck // plan.Err tells
	names, err := plan.Columns()
	if err != nil {
		return 0, false, err
	}
	for plan.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(cells))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := plan.Scan(into...); err != nil {
			return 0, false, err
		}
		filesort, usable := false, false
		for i, name := range names {
			switch strings.ToLower(name) {
			case "rows":
				n, _ := strconv.ParseInt(cells[i].String, 10, 64)
				rows = max(rows, n)
			case "possible_keys":
				usable = cells[i].Valid
			case "extra":
				filesort = strings.Contains(cells[i].String, "filesort")
			}
		}
		sorts = sorts || filesort && !usable
	}
	return rows, sorts, plan.Err()
}

// mayWrite reads what the user was granted.
func (*maria) mayWrite(ctx context.Context, tx *sql.Tx, _ *Options) (bool, error) {
	rows, err := tx.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		return false, err
	}
	grants, err := texts(rows)
	if err != nil {
		return false, err
	}
	for _, grant := range grants {
		what, _, _ := strings.Cut(strings.TrimPrefix(grant, "GRANT "), " ON ")
		for _, more := range []string{"ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "DROP", "SUPER", "FILE"} {
			if strings.Contains(what, more) {
				return true, nil
			}
		}
	}
	return false, nil
}

func (*maria) dataFault(err error) string {
	var answered *mysql.MySQLError
	if !errors.As(err, &answered) {
		return ""
	}
	switch answered.Number {
	case 1264, 1292, 1365, 1366, 1406, 1411, 1525, 1690:
		return strconv.Itoa(int(answered.Number))
	}
	return ""
}

func (*maria) fault(err error) cause {
	var answered *mysql.MySQLError
	if errors.As(err, &answered) {
		switch answered.Number {
		case 1044, 1045, 1049, 1142, 1143, 1698, 1227, 1356, 1820, 1862:
			return refused
		case 1054, 1146:
			return renamed
		case 1969, 3024, 1205, 1317:
			return slow
		case 1040, 1053, 1080, 1129, 1130, 1203, 1226:
			return unreachable
		}
		return unknown
	}
	return faultOfLine(err)
}
