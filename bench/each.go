package main

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

// eachCounters is how many counters the classic way keeps: those of the region, the department and the item, by day, of the
// evaluation object and channel and of all. The program itself keeps some forty a review, some of them hot; six with cold keys favour the classic way.
const eachCounters = 6

// eachConnections is how many transactions are under way at once; SQLite has one writer.
const eachConnections = 64

// each stores every review in a transaction of its own, as is usual: the key, the record, the counters, in the same schema.
type each struct {
	free chan *review.Service // one for each connection
}

func newEach(ctx context.Context, h *house, address string) (*each, error) {
	migrated, err := openStore(ctx, h, address, 1)
	if err != nil {
		return nil, err
	}
	if err := migrated.Close(); err != nil {
		return nil, err
	}
	engine, connections := postgres, eachConnections
	if store.IsEmbedded(address) {
		engine, connections = sqlite, 1
	}
	db, err := openSide(address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	e := &each{free: make(chan *review.Service, connections)}
	for range connections {
		one, err := prepareOne(ctx, db, engine)
		if err != nil {
			return nil, err
		}
		reviews, err := h.service(one, 1, 1)
		if err != nil {
			return nil, err
		}
		e.free <- reviews
	}
	return e, nil
}

// Submit stores a review; see ebus.Reviews.
func (e *each) Submit(ctx context.Context, r review.Review) (review.Receipt, error) {
	reviews := <-e.free
	defer func() { e.free <- reviews }()
	return reviews.Submit(ctx, r)
}

// Stored finds a review; see ebus.Reviews.
func (e *each) Stored(ctx context.Context, r review.Review) (review.Receipt, bool, error) {
	reviews := <-e.free
	defer func() { e.free <- reviews }()
	return reviews.Stored(ctx, r)
}

// one is a connection with its statements prepared.
type one struct {
	review.Store
	connection            *sql.Conn
	once, record, counter *sql.Stmt
}

func prepareOne(ctx context.Context, db *sql.DB, engine string) (*one, error) {
	connection, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	o := &one{connection: connection}
	counter := insert("counter", counterColumns, eachCounters, engine) + ` ON CONFLICT (dimension, period, entity_code, channel, code, lane)
		DO UPDATE SET n1 = counter.n1 + excluded.n1, n2 = counter.n2 + excluded.n2, n3 = counter.n3 + excluded.n3,
		n4 = counter.n4 + excluded.n4, n5 = counter.n5 + excluded.n5`
	for statement, text := range map[**sql.Stmt]string{
		&o.once:    insert("once", onceColumns, 1, engine),
		&o.record:  insert("review", reviewColumns, 1, engine),
		&o.counter: counter,
	} {
		if *statement, err = connection.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // kept for every review
			return nil, err
		}
	}
	return o, nil
}

// Accept stores the one review of a batch.
func (o *one) Accept(ctx context.Context, _ int, batch []review.Record) ([]review.Outcome, error) {
	r := &batch[0]
	tx, err := o.connection.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to take back
	// The statements are the connection's own, and the connection is in the transaction.
	if _, err := o.once.ExecContext(ctx, onceRow(r)...); err != nil {
		return nil, err
	}
	if _, err := o.record.ExecContext(ctx, reviewRow(r)...); err != nil {
		return nil, err
	}
	if _, err := o.counter.ExecContext(ctx, sixCounters(r)...); err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	return []review.Outcome{{Serial: r.Serial, State: review.Stored}}, nil
}

// sixCounters are the arguments of the counter statement, in key order, so that there are no deadlocks.
func sixCounters(r *review.Record) []any {
	var counts figures.Counts
	counts[r.Stars-1] = 1
	var keys []figures.Key
	for dimension, code := range map[figures.Dimension]string{
		figures.Region(2): r.Region, figures.Department: r.DepartmentCode, figures.Item: strings.TrimSpace(r.ItemCode),
	} {
		for _, of := range [][2]string{{r.EntityCode, r.Channel}, {figures.Any, figures.Any}} {
			keys = append(keys, figures.Key{Dimension: dimension, Period: r.Day, Code: code, Entity: of[0], Channel: of[1]})
		}
	}
	slices.SortFunc(keys, figures.Key.Compare)
	var arguments []any
	for _, key := range keys {
		arguments = append(arguments, counterRow(key, 0, counts)...)
	}
	return arguments
}
