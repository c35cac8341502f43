package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const sqliteName = "sqlite"

// sqliteEngine is one file with one writer and a pool of readers.
type sqliteEngine struct {
	read, write *sql.DB
	sums        preparedSums
	checkpoints *checkpointer
}

// preparedSums are statements of sums by their texts. A page of the board asks for a dozen, of few kinds, and making a statement
// of a text takes half of a small one's time.
type preparedSums struct {
	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

// mostSums is how many are kept, in each reader's connection; others are made for each time.
const mostSums = 64

// sum asks with a prepared statement.
func (e *sqliteEngine) sum(ctx context.Context, text string, arguments []any) (*sql.Rows, error) {
	statement, err := e.sums.of(ctx, e.read, text) //nolint:sqlclosecheck // kept as long as the readers
	if err != nil {
		return nil, err
	}
	if statement == nil {
		return e.read.QueryContext(ctx, text, arguments...)
	}
	return statement.QueryContext(ctx, arguments...)
}

// of gives the statement of a text; nil when as many as may be are kept. It is made while nobody waits for it.
func (p *preparedSums) of(ctx context.Context, db *sql.DB, text string) (*sql.Stmt, error) {
	p.mu.Lock()
	known, full := p.byText[text], len(p.byText) >= mostSums
	p.mu.Unlock()
	if known != nil || full {
		return known, nil
	}
	made, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known = p.byText[text]; known != nil { // somebody else made it meanwhile
		return known, made.Close() //nolint:sqlclosecheck // the one that is not kept
	}
	if p.byText == nil {
		p.byText = map[string]*sql.Stmt{}
	}
	p.byText[text] = made
	return made, nil
}

// Pragmas: busy_timeout stands first, so that even switching to WAL waits its turn. synchronous=FULL makes a commit durable. The log may
// grow to 128 MB before a commit copies it into the file: most of its pages are there again and again, and are copied once. A reader finds
// a page in it by asking each 4,096 of them.
var sqlitePragmas = []string{
	"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(memory)",
	"wal_autocheckpoint(32000)",
}

// Page caches in kB: the writer's holds what a batch changes and the hot pages of every index. The readers' are many and small: what they
// lack the kernel has in memory, and lists and pages of the board take no longer than with four times as much.
const (
	writerCache = 32_000
	readerCache = 2_000
)

func readers() int { return max(4, runtime.GOMAXPROCS(0)) }

// EmbeddedMemory is how many bytes an embedded database holds at most that the garbage collector knows nothing of: its page caches.
// A page and what SQLite keeps with it are a little more than a power of two, and the driver's allocator gives the next one: twice
// as much as the caches' sizes say.
func EmbeddedMemory() int64 { return 2 * int64(writerCache+readers()*readerCache) << 10 }

func openSQLite(ctx context.Context, file string, watched *watch) (*sqliteEngine, error) {
	if err := halfRestored(file); err != nil {
		return nil, err
	}
	// A commit waits for its data and for the file's size, not for the time when it was changed.
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	if err := gatherLog(); err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	lies := &filePlace{}
	open := func(begin string, cache, connections int) (*sql.DB, error) {
		extra := url.Values{
			"vfs": {gathering}, "_txlock": {begin}, "_pragma": append(slices.Clone(sqlitePragmas), fmt.Sprintf("cache_size(-%d)", cache)),
		}
		source := "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + extra.Encode()
		plain, err := sql.Open("sqlite", source) // connects to nothing: it is the way to the driver
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", file, err)
		}
		db := sql.OpenDB(&watchSQLite{plain.Driver(), source, watched, lies})
		if err := plain.Close(); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), db.Close())
		}
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		return db, nil
	}
	write, err := open("immediate", writerCache, 1)
	if err != nil {
		return nil, err
	}
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", file, err), write.Close())
	}
	lies.find(file)
	read, err := open("deferred", readerCache, readers())
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return &sqliteEngine{read: read, write: write, checkpoints: newCheckpointer(read, write)}, nil
}

func (e *sqliteEngine) name() string             { return sqliteName }
func (e *sqliteEngine) reader() *sql.DB          { return e.read }
func (e *sqliteEngine) writer() *sql.DB          { return e.write }
func (e *sqliteEngine) snapshot() *sql.TxOptions { return nil } // a transaction of WAL sees one moment

// fold is short, for it holds the one writer, and reviews wait meanwhile.
func (e *sqliteEngine) fold() (most int, within time.Duration) {
	return 192 << 10, 200 * time.Millisecond
}

// tidy has nothing to do: what is deleted is gone.
func (e *sqliteEngine) tidy(context.Context) error { return nil }

func (e *sqliteEngine) close() error {
	e.checkpoints.close()
	return errors.Join(e.read.Close(), e.write.Close())
}

func (e *sqliteEngine) anyOf(column, placeholder string) string {
	return column + " IN (SELECT value FROM json_each(" + placeholder + "))"
}

func (e *sqliteEngine) list(numbers []int) any { return asJSON(numbers) }

func (e *sqliteEngine) anyText(column, placeholder string) string {
	return e.anyOf(column, placeholder)
}
func (e *sqliteEngine) texts(texts []string) any { return asJSON(texts) }

func (e *sqliteEngine) like(text, placeholder string) string {
	return text + " LIKE " + placeholder + ` ESCAPE '\'`
}

func (e *sqliteEngine) holds(text, placeholder string) string {
	return "instr(" + text + ", " + placeholder + ") > 0"
}

func (e *sqliteEngine) among(column, query string) string { return column + " IN (" + query + ")" }

func (e *sqliteEngine) total(column string) string { return "sum(" + column + ")" }

// aside keeps SQLite from a "skip-scan": where it has statistics, it may leave out what comes first in an index, and walk the whole of it
// by a column behind that.
func (e *sqliteEngine) aside(column string) string { return "+" + column }

// byKeys has nothing to do: its plans are made anew.
func (e *sqliteEngine) byKeys(context.Context, *sql.Tx) error { return nil }

// unhurried has nothing to do: there are no limits.
func (e *sqliteEngine) unhurried(context.Context, *sql.Tx) error { return nil }

// locking is nothing: there is one writer.
func (e *sqliteEngine) locking() string { return "" }

// gate is open: there is one writer.
func (e *sqliteEngine) gate(context.Context, *sql.Tx, []int) error { return nil }

// enter has nothing to do: there is one writer.
func (e *sqliteEngine) enter(context.Context, *sql.Tx) error { return nil }

// shut has nothing to do: there is one writer.
func (e *sqliteEngine) shut(context.Context, *sql.Tx) error { return nil }

func asJSON(list any) string {
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // numbers and texts always encode
	}
	return string(text)
}

func (e *sqliteEngine) translate(err error) error {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return errors.Join(errTransient, err)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT:
		return errors.Join(errUnavailable, err)
	case sqlite3.SQLITE_CONSTRAINT:
		if code := failure.Code(); code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || code == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
			return errors.Join(errDuplicate, err)
		}
	}
	return err
}

// undone is always so: the engine is in the process and answers.
func (e *sqliteEngine) undone(error) bool { return true }

func (e *sqliteEngine) insertMany(ctx context.Context, tx *sql.Tx, insert *insertion, rows [][]any) error {
	statement, err := tx.PrepareContext(ctx, insert.plain())
	if err != nil {
		return err
	}
	defer statement.Close() //nolint:errcheck // it ends with the transaction
	for _, row := range rows {
		if _, err := statement.ExecContext(short(ctx), row...); err != nil {
			return err
		}
	}
	return nil
}

// short is the context of a statement that is over in no time. With one that can end the driver starts a goroutine with each
// statement, to interrupt it: a sixteenth of a lone review's time. Whether the time is over is asked between statements.
func short(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (e *sqliteEngine) insertAffairs(ctx context.Context, _ *sql.Conn, tx *sql.Tx, t *affairTaking) error {
	return e.insertMany(ctx, tx, affairInsertion, rowsOf(t.fresh, func(r *affair.Record) []any { return t.row(r, 0) }))
}

var numbered = regexp.MustCompile(`\$\d+`)

// unnumbered gives a statement without the numbers of its parameters, if they stand in order: a numbered one is a name to SQLite, which
// the driver asks for with every value, and SQLite finds in a list that it walks from the start.
func unnumbered(text string) string {
	n, inOrder := 0, true
	plain := numbered.ReplaceAllStringFunc(text, func(found string) string {
		n++
		inOrder = inOrder && found == fmt.Sprintf("$%d", n)
		return "?"
	})
	if !inOrder {
		return text
	}
	return plain
}

// row is the statement with one row of placeholders.
func (i *insertion) row() string { return once(&i.rowText, i.buildRow) }

// plain is row unnumbered.
func (i *insertion) plain() string {
	return once(&i.plainText, func() string { return unnumbered(i.row()) })
}

func (i *insertion) buildRow() string {
	var placeholders strings.Builder
	for n := range i.columns {
		if n > 0 {
			placeholders.WriteByte(',')
		}
		fmt.Fprintf(&placeholders, "$%d", n+1)
	}
	if i.keys > 0 {
		var where, set []string
		for n, c := range i.columns {
			equal := fmt.Sprintf("%s = $%d", c.name, n+1)
			if n < i.keys {
				where = append(where, equal)
			} else {
				set = append(set, equal)
			}
		}
		return fmt.Sprintf("UPDATE %s SET %s WHERE %s", i.table, strings.Join(set, ", "), strings.Join(where, " AND "))
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) %s", i.table, i.names(), &placeholders, i.conflict)
}
