package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

var counterInsertion = &insertion{
	table: "counter",
	columns: []column{
		{"dimension", "int2"},
		{"period", "int4"},
		{"code", "text"},
		{"entity_code", "text"},
		{"channel", "text"},
		{"lane", "int2"},
		{"n1", "int8"},
		{"n2", "int8"},
		{"n3", "int8"},
		{"n4", "int8"},
		{"n5", "int8"},
	},
	conflict: `ON CONFLICT (dimension, period, code, entity_code, channel, lane) DO UPDATE SET
		n1 = counter.n1 + excluded.n1, n2 = counter.n2 + excluded.n2, n3 = counter.n3 + excluded.n3,
		n4 = counter.n4 + excluded.n4, n5 = counter.n5 + excluded.n5`,
}

// upsertBatch is how many counter rows go in one statement.
const upsertBatch = 4096

// affairLane is the lane of the changes of completed affairs, above those of reviews (review.Slots): who asks for the figures
// of reviews does not read them.
const affairLane = review.Slots

// Sum adds counters up, and the facts not yet folded; see figures.Store. Both are read by one statement, so they are of
// one moment: a fact is seen once, wherever it is.
func (s *Store) Sum(ctx context.Context, q figures.Query) ([]figures.Row, error) {
	dimensions := make([]int, len(q.Dimensions))
	for i, d := range q.Dimensions {
		dimensions[i] = int(d)
	}
	conditions := []string{
		s.engine.anyOf("dimension", "$1"), s.engine.anyOf("period", "$2"), "code >= $3", "code < $4",
	}
	arguments := []any{s.engine.list(dimensions), s.engine.list(q.Periods), q.From, q.To}
	if q.Entity != "" {
		conditions = append(conditions, "entity_code = $5")
		arguments = append(arguments, q.Entity)
	}
	query := `SELECT code, entity_code, CAST(sum(n1) AS bigint), CAST(sum(n2) AS bigint), CAST(sum(n3) AS bigint),
			CAST(sum(n4) AS bigint), CAST(sum(n5) AS bigint), NULL
		FROM counter WHERE ` + strings.Join(conditions, " AND ") + ` GROUP BY code, entity_code
		UNION ALL SELECT '', '', 0, 0, 0, 0, 0, facts FROM counter_change WHERE `
	if q.OfAffairs() {
		query += "lane >= " + strconv.Itoa(affairLane)
	} else {
		query += "lane < " + strconv.Itoa(affairLane)
	}

	type place struct{ code, entity string }
	sums := map[place]figures.Counts{}
	rows, err := s.engine.reader().QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var at place
		var c figures.Counts
		var facts []byte
		if err := rows.Scan(&at.code, &at.entity, &c[0], &c[1], &c[2], &c[3], &c[4], &facts); err != nil {
			return err
		}
		if facts == nil {
			sum := sums[at]
			sum.Add(c)
			sums[at] = sum
			return nil
		}
		return q.CountChange(facts, func(code, entity string, n, weight int) {
			at := place{code, entity}
			sum := sums[at]
			sum[n-1] += int64(weight)
			sums[at] = sum
		})
	})
	if err != nil {
		return nil, fmt.Errorf("sum counters: %w", s.readFault(err))
	}
	result := make([]figures.Row, 0, len(sums))
	for at, counts := range sums {
		result = append(result, figures.Row{Code: at.code, Entity: at.entity, Counts: counts})
	}
	slices.SortFunc(result, figures.Row.Compare)
	return result, nil
}

// tallyOf adds encoded facts up.
func tallyOf(changes [][]byte) (figures.Tally, error) {
	tally := figures.Tally{}
	for _, change := range changes {
		if err := tally.AddChange(change); err != nil {
			return nil, err
		}
	}
	return tally, nil
}

// Fold moves waiting facts of each lane into its counter rows; see figures.Store. Deleting the changes first makes a
// second process wait and then find nothing.
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
	err = s.engine.reader().QueryRowContext(ctx, "SELECT count(*) FROM counter_change").Scan(&waiting)
	return waiting, s.readFault(err)
}

func (s *Store) foldLane(ctx context.Context, lane int) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var changes [][]byte
		rows, err := tx.QueryContext(ctx, `DELETE FROM counter_change WHERE lane = $1 AND id IN (
				SELECT id FROM (SELECT id, sum(length(facts)) OVER (ORDER BY id) - length(facts) AS before
					FROM counter_change WHERE lane = $1) AS waiting WHERE before < $2)
			RETURNING facts`, lane, s.engine.foldBytes())
		err = each(rows, err, func(rows *sql.Rows) error {
			var facts []byte
			err := rows.Scan(&facts)
			changes = append(changes, facts)
			return err
		})
		if err != nil {
			return err
		}
		tally, err := tallyOf(changes)
		if err != nil {
			return err
		}
		return s.upsert(ctx, tx, tally, lane)
	})
}

// upsert adds a tally to counter rows, in key order.
func (s *Store) upsert(ctx context.Context, tx *sql.Tx, tally figures.Tally, lane int) error {
	rows := make([][]any, 0, len(tally))
	for _, key := range tally.Keys() {
		c := tally[key]
		rows = append(rows, []any{
			int(key.Dimension), key.Period, key.Code, key.Entity, key.Channel, lane, c[0], c[1], c[2], c[3], c[4],
		})
	}
	for some := range slices.Chunk(rows, upsertBatch) {
		if err := s.engine.insertMany(ctx, tx, counterInsertion, some); err != nil {
			return err
		}
	}
	return nil
}

// Adjust adds a difference to the counters; see figures.Store.
func (s *Store) Adjust(ctx context.Context, difference figures.Tally) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.upsert(ctx, tx, difference, 0) })
}

// Snapshot reads records and counters of one moment; see figures.Store.
func (s *Store) Snapshot(ctx context.Context) (records, counters figures.Tally, err error) {
	records, counters = figures.Tally{}, figures.Tally{}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		return errors.Join(readRecords(ctx, tx, records), readAffairs(ctx, tx, records), readCounters(ctx, tx, counters), readChanges(ctx, tx, counters))
	})
	if err != nil {
		return nil, nil, fmt.Errorf("recount: %w", err)
	}
	return records, counters, nil
}

func readRecords(ctx context.Context, tx *sql.Tx, into figures.Tally) error {
	rows, err := tx.QueryContext(ctx, `SELECT region_code, department_code, item_code, work_no, app_code, entity_code, channel,
		hall_code, window_code, tags, stars, accept_stars, deal_stars, flags, day FROM review WHERE state = $1`, counting)
	return each(rows, err, func(rows *sql.Rows) error {
		f := figures.Fact{Weight: 1}
		var tags, workNo string
		var flags int
		err := rows.Scan(&f.Region, &f.Department, &f.Item, &workNo, &f.App, &f.Entity, &f.Channel,
			&f.Hall, &f.Window, &tags, &f.Stars, &f.AcceptStars, &f.DealStars, &flags, &f.Day)
		if err != nil {
			return err
		}
		f.Officer, f.Tags, f.Flagged = officer(f.Hall, workNo), splitTags(tags), flags != 0
		into.Add(&f)
		return nil
	})
}

func readCounters(ctx context.Context, tx *sql.Tx, into figures.Tally) error {
	rows, err := tx.QueryContext(ctx, "SELECT dimension, period, code, entity_code, channel, n1, n2, n3, n4, n5 FROM counter")
	return each(rows, err, func(rows *sql.Rows) error {
		var key figures.Key
		var c figures.Counts
		err := rows.Scan(&key.Dimension, &key.Period, &key.Code, &key.Entity, &key.Channel, &c[0], &c[1], &c[2], &c[3], &c[4])
		c.Add(into[key])
		into[key] = c
		return err
	})
}

func readChanges(ctx context.Context, tx *sql.Tx, into figures.Tally) error {
	rows, err := tx.QueryContext(ctx, "SELECT facts FROM counter_change")
	return each(rows, err, func(rows *sql.Rows) error {
		var facts []byte
		if err := rows.Scan(&facts); err != nil {
			return err
		}
		return into.AddChange(facts)
	})
}

func splitTags(tags string) []string {
	if tags == "" {
		return nil
	}
	return strings.Split(tags, ",")
}

// placeholder is $n.
func placeholder(n int) string { return "$" + strconv.Itoa(n) }
