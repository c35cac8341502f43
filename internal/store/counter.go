package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

var counterInsertion = &insertion{
	table: "counter",
	columns: []column{
		{"dimension", "int2"},
		{"period", "int4"},
		{"entity_code", "text"},
		{"channel", "text"},
		{"code", "text"},
		{"lane", "int2"},
		{"n1", "int8"},
		{"n2", "int8"},
		{"n3", "int8"},
		{"n4", "int8"},
		{"n5", "int8"},
	},
	conflict: counterConflict,
}

// counterConflict adds to the counter that is there.
const counterConflict = `ON CONFLICT (dimension, period, entity_code, channel, code, lane) DO UPDATE SET
	n1 = counter.n1 + excluded.n1, n2 = counter.n2 + excluded.n2, n3 = counter.n3 + excluded.n3,
	n4 = counter.n4 + excluded.n4, n5 = counter.n5 + excluded.n5`

// upsertBatch is how many counter rows go in one statement.
const upsertBatch = 4096

// affairLane is the lane of the changes of completed affairs, above those of reviews (review.Slots): who asks for the figures
// of reviews does not read them. closedLane is that of the sums that closing makes, whatever lane their facts came by.
const (
	affairLane = review.Slots
	closedLane = -1
)

// tidyAfter is after how many folded changes their table is tidied.
const tidyAfter = 512

// Version changes when a figure may have changed; see figures.Store. Facts are taken away only by who also counts up folds.
func (s *Store) Version(ctx context.Context) (string, error) {
	var folds, waiting int64
	err := s.engine.reader().QueryRowContext(ctx, "SELECT folds, (SELECT count(*) FROM counter_change) FROM counter_state").Scan(&folds, &waiting)
	if err != nil {
		return "", s.readFault(err)
	}
	return fmt.Sprintf("%d-%d", folds, waiting), nil
}

// Fold moves waiting facts of each lane into its counter rows; see figures.Store.
func (s *Store) Fold(ctx context.Context) (waiting int, err error) {
	var lanes []int
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT DISTINCT lane FROM counter_change ORDER BY lane")
	err = each(rows, err, func(rows *sql.Rows) error {
		var lane int
		err := rows.Scan(&lane)
		lanes = append(lanes, lane)
		return err
	})
	if err != nil {
		return 0, s.readFault(err)
	}
	for _, lane := range lanes {
		if err := s.foldLane(ctx, lane); err != nil {
			return 0, fmt.Errorf("fold lane %d: %w", lane, err)
		}
	}
	if s.folded.Load() >= tidyAfter {
		s.folded.Store(0)
		if err := s.engine.tidy(ctx); err != nil {
			return 0, fmt.Errorf("tidy changes: %w", s.readFault(err))
		}
	}
	err = s.engine.reader().QueryRowContext(ctx, "SELECT count(*) FROM counter_change").Scan(&waiting)
	return waiting, s.readFault(err)
}

func (s *Store) foldLane(ctx context.Context, lane int) error {
	most, within := s.engine.fold()
	bytes := most
	if within > 0 {
		bytes = s.pace.bytes(most)
	}
	var began time.Time
	var folded int64
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		began, folded = time.Now(), 0
		kept, err := holdCounters(ctx, tx)
		if err != nil {
			return err
		}
		merged := figures.Merged{}
		rows, err := tx.QueryContext(ctx, `DELETE FROM counter_change WHERE lane = $1 AND id IN (
				SELECT id FROM (SELECT id, sum(length(facts)) OVER (ORDER BY id) - length(facts) AS before
					FROM counter_change WHERE lane = $1) AS waiting WHERE before < $2)
			RETURNING facts`, lane, bytes)
		err = each(rows, err, func(rows *sql.Rows) error {
			var facts []byte
			if err := rows.Scan(&facts); err != nil {
				return err
			}
			folded++
			return merged.AddChange(facts)
		})
		if err != nil {
			return err
		}
		return s.upsert(ctx, tx, merged.Counters(kept), lane)
	})
	if err == nil {
		s.folded.Add(folded)
	}
	if err == nil && within > 0 {
		s.pace.took(time.Since(began), within)
	}
	return err
}

// upsert adds a tally to counter rows, in key order.
func (s *Store) upsert(ctx context.Context, tx *sql.Tx, tally figures.Tally, lane int) error {
	rows := make([][]any, 0, len(tally))
	for _, key := range tally.Keys() {
		c, lane := tally[key], lane
		if key.Derived() {
			lane = closedLane
		}
		rows = append(rows, []any{
			int(key.Dimension), key.Period, key.Entity, key.Channel, key.Code, lane, c[0], c[1], c[2], c[3], c[4],
		})
	}
	for some := range slices.Chunk(rows, upsertBatch) {
		if err := s.engine.insertMany(ctx, tx, counterInsertion, some); err != nil {
			return err
		}
	}
	return nil
}

func splitTags(tags string) []string {
	if tags == "" {
		return nil
	}
	return strings.Split(tags, ",")
}

// placeholder is $n.
func placeholder(n int) string { return "$" + strconv.Itoa(n) }
