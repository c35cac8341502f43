// Package frontdb reads completed affairs out of other systems' front databases (前置库), PostgreSQL and MySQL or MariaDB.
// It only reads: in short read-only transactions, in bounded pages along a cursor column, with time limits, without
// locking a row. What it reads comes as text, in the names of the mapping.
package frontdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
)

// Options say which database, what in it, and how it is read. They are checked already (config.Source).
type Options struct {
	Engine string // PostgreSQL or MySQL
	// Host is a host and a port, User who reads, Database what he opens.
	Host, User, Database, Password string
	// Parameters are the driver's: sslmode and sslrootcert of PostgreSQL, tls of MySQL.
	Parameters map[string]string
	// Table is a table's or a view's name, with its schema or without; Query is a SELECT of the operator's own instead.
	Table, Query string
	// Columns are the source's columns by our fields' names.
	Columns map[string]string
	// Cursor is the column that grows whenever a row is new or changed, Key a column that tells rows with the same cursor
	// apart. Neither may be null, and there should be an index on both.
	Cursor, Key string
	// Settle is how long a row rests before it is read: a transaction under way may commit an older one meanwhile.
	Settle time.Duration
	// Zone is how far the source's clock columns are east of Greenwich.
	Zone time.Duration
	// Timeout bounds each statement.
	Timeout time.Duration
}

// The engines. MariaDB is a MySQL.
const (
	PostgreSQL = "postgres"
	MySQL      = "mysql"
)

// dialect is what the engines do each in their own way.
type dialect interface {
	// open prepares connections; it makes none.
	open(o *Options) (*sql.DB, error)
	// begin starts a read-only transaction with its limits.
	begin(ctx context.Context, connection *sql.Conn, o *Options) (*sql.Tx, error)
	quote(name string) string
	// names are the columns of a table that may be read.
	names(ctx context.Context, tx *sql.Tx, o *Options) (table string, columns []string, err error)
	// kind tells what a column's type is good for.
	kind(databaseType string) kind
	// text gives a column as text of limited length, clock columns in Beijing's time; exact gives a cursor's text.
	text(c column, zone time.Duration) string
	exact(c column) string
	// settled is the condition that a row has rested.
	settled(cursor column, settle time.Duration) string
	// after are the conditions that a row comes after the cursor: the rows of the first one come before those of the second.
	after(cursor, key column, at affair.Cursor) ([]condition, error)
	// upTo is the condition that a cursor that is no clock has not passed a value; so many arguments are bound before it.
	upTo(cursor column, value string, bound int) (condition, error)
	// recent is the condition that a row's cursor is younger than that.
	recent(cursor column, age time.Duration) string
	// limit ends a statement.
	limit(n int) string
	// explain tells how many rows the planner expects, and whether it must sort them.
	explain(ctx context.Context, tx *sql.Tx, statement string, arguments []any) (rows int64, sorts bool, err error)
	// mayWrite says whether the user may do more than read.
	mayWrite(ctx context.Context, tx *sql.Tx, o *Options) (bool, error)
	// dataFault is the code of an error about what is in a cell; "" when it is about something else.
	dataFault(err error) string
	// fault tells what an error means.
	fault(err error) cause
}

// condition is a part of WHERE with its arguments.
type condition struct {
	text      string
	arguments []any
}

// column is one that is there.
type column struct {
	name   string // as the database spells it
	quoted string
	kind   kind
	typed  string // the database's name of its type
}

// kind is what a column is good for.
type kind int

const (
	other     kind = iota // can't be a cursor
	instant               // a date with a time of day, in the source's zone
	absolute              // a moment that the database itself knows the zone of
	day                   // a date
	integer               // a whole number
	decimal               // a number
	character             // text
)

func (k kind) clock() bool { return k == instant || k == absolute || k == day }

// Database is a source that is read. It keeps at most one connection.
type Database struct {
	options Options
	dialect dialect
	db      *sql.DB

	mu    sync.Mutex
	shape *shape
	marks []mark // of a cursor that is no clock
}

// Open prepares reading; it connects when it is first asked.
func Open(o Options) (*Database, error) {
	d := &Database{options: o}
	switch o.Engine {
	case PostgreSQL:
		d.dialect = postgres{}
	case MySQL:
		d.dialect = &maria{}
	default:
		return nil, fmt.Errorf("no engine %q", o.Engine)
	}
	var err error
	if d.db, err = d.dialect.open(&o); err != nil {
		return nil, d.words(err)
	}
	d.db.SetMaxOpenConns(1)
	d.db.SetMaxIdleConns(1)
	d.db.SetConnMaxIdleTime(2 * time.Minute)
	d.db.SetConnMaxLifetime(30 * time.Minute)
	return d, nil
}

// Close closes the connection.
func (d *Database) Close() error { return d.db.Close() }

// read does something in a read-only transaction. An error is told in words, without the password.
func (d *Database) read(ctx context.Context, do func(tx *sql.Tx) error) (err error) {
	// The database bounds each statement itself; this is for one that answers no more.
	ctx, cancel := context.WithTimeout(ctx, 2*d.options.Timeout+connectTimeout)
	defer cancel()
	connection, err := d.db.Conn(ctx)
	if err != nil {
		return d.words(err)
	}
	defer func() { err = errors.Join(err, ignoreClosed(connection.Close())) }()
	tx, err := d.dialect.begin(ctx, connection, &d.options)
	if err != nil {
		return d.words(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if err := do(tx); err != nil {
		return d.words(err)
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

// connectTimeout bounds making a connection.
const connectTimeout = 10 * time.Second

// shape is what a source looked like when it was last looked at.
type shape struct {
	from        string // what stands after FROM
	fields      []string
	columns     []column // of the fields
	cursor, key column
	unmapped    []string
}

// look finds out the columns, once; forget makes it look again.
func (d *Database) look(ctx context.Context, tx *sql.Tx) (*shape, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shape != nil {
		return d.shape, nil
	}
	s := &shape{fields: slices.Sorted(maps.Keys(d.options.Columns))}
	names, err := d.names(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	if err := d.find(ctx, tx, s, names); err != nil {
		return nil, err
	}
	d.shape = s
	return s, nil
}

func (d *Database) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shape = nil
}

// names gives what columns there are.
func (d *Database) names(ctx context.Context, tx *sql.Tx, s *shape) (names []string, err error) {
	if d.options.Query == "" {
		s.from, names, err = d.dialect.names(ctx, tx, &d.options)
		return names, err
	}
	s.from = "(" + strings.TrimRight(d.options.Query, " \t\r\n;") + "\n) AS source"
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+s.from+" LIMIT 0") //nolint:unqueryvet,gosec // the question is which columns the operator's query has
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // nothing is in it
	if names, err = rows.Columns(); err != nil {
		return nil, err
	}
	return names, rows.Err()
}

// find finds the mapped columns among those there are, as they are spelled or else in any case, and their types.
func (d *Database) find(ctx context.Context, tx *sql.Tx, s *shape, names []string) error {
	var missing []Missing
	used := map[string]bool{}
	resolve := func(field, want string) column {
		name, ok := spelled(names, want)
		if !ok {
			missing = append(missing, Missing{field, want})
		}
		used[name] = true
		return column{name: name, quoted: d.dialect.quote(name)}
	}
	for _, field := range s.fields {
		s.columns = append(s.columns, resolve(field, d.options.Columns[field]))
	}
	s.cursor, s.key = resolve("cursor", d.options.Cursor), resolve("key", d.options.Key)
	for _, name := range names {
		if !used[name] {
			s.unmapped = append(s.unmapped, name)
		}
	}
	if len(missing) > 0 {
		return &Error{cause: renamed, text: missingWords(missing, names), missing: missing}
	}
	all := append(slices.Clone(s.columns), s.cursor, s.key)
	list := make([]string, len(all))
	for i, c := range all {
		list[i] = c.quoted
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+s.from+" LIMIT 0") //nolint:gosec // names are quoted
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // nothing is in it
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	for i, t := range types {
		all[i].typed = t.DatabaseTypeName()
		all[i].kind = d.dialect.kind(all[i].typed)
	}
	s.columns, s.cursor, s.key = all[:len(s.columns)], all[len(all)-2], all[len(all)-1]
	for what, c := range map[string]column{"cursor": s.cursor, "key": s.key} {
		if c.kind == other {
			return &Error{cause: unfit, text: fmt.Sprintf("%s 列 %s 的类型 %s 不能用来排序续读，请换成时间、整数或字符列", what, c.name, c.typed)}
		}
	}
	return rows.Err()
}

// spelled finds a name among names: as it is, or the only one that is the same but for case.
func spelled(names []string, want string) (name string, ok bool) {
	if slices.Contains(names, want) {
		return want, true
	}
	for _, n := range names {
		if strings.EqualFold(n, want) {
			if ok {
				return want, false
			}
			name, ok = n, true
		}
	}
	if !ok {
		return want, false
	}
	return name, true
}
