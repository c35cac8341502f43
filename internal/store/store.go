// Package store keeps everything in SQLite or PostgreSQL, with one portable SQL. It implements the Store of every
// domain; where the engines really differ there is a method of engine.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

var (
	_ review.Store     = (*Store)(nil)
	_ figures.Store    = (*Store)(nil)
	_ integrator.Store = (*Store)(nil)
	_ affair.Store     = (*Store)(nil)
)

// Options say which database and how.
type Options struct {
	// URL is sqlite:FILE or postgres://user:password@host/database.
	URL string
	// Lanes is how many batches are committed side by side (PostgreSQL); SQLite has one writer.
	Lanes int
	// Registry learns the codes that arrive.
	Registry *org.Registry
	// Now is the clock.
	Now func() time.Time
}

// Store is an open database.
type Store struct {
	engine engine
	now    func() time.Time
	known  known
	// through is the last day that is closed, as far as this process knows; 0 is that it never asked.
	through atomic.Int64
	waiting waitingChanges
	watch   *watch
	pace    pace
	folded  atomic.Int64              // changes since their table was tidied
	stored  atomic.Pointer[time.Time] // when the last batch of reviews was
	probe   struct {
		sync.Mutex
		at  time.Time
		err error
	}
}

// engine is what SQLite and PostgreSQL do each in their own way.
type engine interface {
	// name is the name of the engine and of its folder of migrations.
	name() string
	// reader and writer are the pools for single statements and for transactions that write.
	reader() *sql.DB
	writer() *sql.DB
	// anyOf is a condition that column is one of the numbers in placeholder, bound to the result of list.
	anyOf(column, placeholder string) string
	list(numbers []int) any
	// anyText is a condition that column is one of the texts in placeholder, bound to the result of texts.
	anyText(column, placeholder string) string
	texts(texts []string) any
	// like is a condition that a text fits the pattern in placeholder (escaped), whatever the case of the letters a to z.
	like(text, placeholder string) string
	// holds is a condition that a text holds the one in placeholder.
	holds(text, placeholder string) string
	// among is a condition that column is one of the few values that a query gives, by which rows are found.
	among(column, query string) string
	// aside is a column in a condition that rows are tested by, and not found by.
	aside(column string) string
	// sum asks for a sum of counters.
	sum(ctx context.Context, text string, arguments []any) (*sql.Rows, error)
	// total adds up a column of which no value is above 2^31.
	total(column string) string
	// byKeys is for a transaction that only looks up keys: no plan of it, made while a table was small, may read all of it.
	byKeys(ctx context.Context, tx *sql.Tx) error
	// unhurried takes the limits of time from a transaction that walks the whole database.
	unhurried(ctx context.Context, tx *sql.Tx) error
	// locking ends a SELECT whose rows are going to be changed.
	locking() string
	// gate keeps reviews of affairs in these slots out until the transaction ends; see gateQuery.
	gate(ctx context.Context, tx *sql.Tx, slots []int) error
	// enter is for a transaction that reads affairs to change them later: shut waits for it, and it for shut.
	enter(ctx context.Context, tx *sql.Tx) error
	// shut keeps all others out who write reviews or affairs until the transaction ends.
	shut(ctx context.Context, tx *sql.Tx) error
	// snapshot are the options of a transaction that sees one moment.
	snapshot() *sql.TxOptions
	// translate gives a driver's error its meaning: errTransient, errUnavailable, errDuplicate, or as it is.
	translate(err error) error
	// undone says whether a COMMIT that failed with err has surely not been done.
	undone(err error) bool
	// accept stores a batch, see Store.Accept.
	accept(ctx context.Context, batch *batch) ([]review.Outcome, error)
	// insertMany inserts rows of arguments, with the given clause for conflicts.
	insertMany(ctx context.Context, tx *sql.Tx, statement *insertion, rows [][]any) error
	// insertAffairs inserts the new affairs of a taking, of which there may be thousands, in the transaction of the connection.
	insertAffairs(ctx context.Context, conn *sql.Conn, tx *sql.Tx, t *affairTaking) error
	// fold is how many bytes of facts, or a little more, are folded in one transaction: the more, the fewer counter
	// rows are written; and how long that may take before less is folded at once, 0 when it does not matter.
	fold() (most int, within time.Duration)
	// tidy clears away what folded changes leave in their table, past which every figure has to walk.
	tidy(ctx context.Context) error
	// health asks the engine how it is.
	health(ctx context.Context) (*Health, error)
	// has says whether there is a table of this name.
	has(ctx context.Context, table string) (bool, error)
	// whole refuses a database that is half restored.
	whole(ctx context.Context) error
	// dump writes the database down; see Store.Dump.
	dump(ctx context.Context, begin func(backup.Content) (io.Writer, error)) error
	close() error
}

// IsEmbedded says whether a database address names an embedded one.
func IsEmbedded(address string) bool { return strings.HasPrefix(address, "sqlite:") }

// EmbeddedFile is the file of an embedded database.
func EmbeddedFile(address string) string { return strings.TrimPrefix(address, "sqlite:") }

// Open opens the database. It does not migrate it.
func Open(ctx context.Context, o Options) (*Store, error) {
	var opened engine
	var err error
	watched := &watch{}
	switch {
	case IsEmbedded(o.URL):
		opened, err = openSQLite(ctx, EmbeddedFile(o.URL), watched)
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		opened, err = openPostgres(o.URL, o.Lanes, watched)
	default:
		return nil, fmt.Errorf("database address must be sqlite:FILE or postgres://..., not %q", redacted(o.URL))
	}
	if err != nil {
		return nil, err
	}
	return &Store{engine: opened, now: o.Now, watch: watched, known: known{registry: o.Registry}}, nil
}

// redacted is an address without its password.
func redacted(address string) string {
	if parsed, err := url.Parse(address); err == nil {
		return parsed.Redacted()
	}
	return "(unreadable address)"
}

// MaxLanes is how many lanes the database can use.
func (s *Store) MaxLanes() int {
	if s.engine.name() == sqliteName {
		return 1
	}
	return review.Slots
}

// Close closes the database.
func (s *Store) Close() error { return s.engine.close() }
