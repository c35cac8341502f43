package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// bare inserts rows of two columns, each in a transaction of its own, over one connection with the statement prepared.
type bare struct {
	db     *sql.DB
	insert *sql.Stmt
}

func newBare(ctx context.Context, address string) (*bare, error) {
	db, err := openSide(address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	if _, err := db.ExecContext(ctx, bareTable); err != nil {
		return nil, err
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO bare (n, words) VALUES ($1, $2)")
	return &bare{db: db, insert: insert}, err
}

func (b *bare) close() { _ = b.db.Close() }

func (b *bare) measure(measured time.Duration) func(ctx context.Context) (reading, error) {
	return func(ctx context.Context) (reading, error) {
		var took []time.Duration
		for end := time.Now().Add(measured); ; {
			from := time.Now()
			if from.After(end) {
				return readingOf(took, measured), nil
			}
			if _, err := b.insert.ExecContext(ctx, int64(len(took)), "a bare row, not a review"); err != nil {
				return reading{}, err
			}
			took = append(took, time.Since(from))
		}
	}
}

// bareStore keeps a bare row, committed, in place of each review: what is left of a lone caller's time when storing a whole
// review is taken away.
type bareStore struct {
	review.Store
	insert *sql.Stmt
}

// Accept implements review.Store.
func (b *bareStore) Accept(ctx context.Context, _ int, batch []review.Record) ([]review.Outcome, error) {
	outcomes := make([]review.Outcome, len(batch))
	for i := range batch {
		if _, err := b.insert.ExecContext(ctx, int64(batch[i].Slot), "a bare row, not a review"); err != nil {
			return nil, err
		}
		outcomes[i] = review.Outcome{Serial: batch[i].Serial, State: review.Stored}
	}
	return outcomes, nil
}
