package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
)

// Snapshot reads records and counters of one moment; see figures.Store.
func (s *Store) Snapshot(ctx context.Context) (records, counters figures.Tally, err error) {
	counters = figures.Tally{}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		kept, err := keptCounters(ctx, tx)
		if err != nil {
			return err
		}
		counted, waiting := figures.Merged{}, figures.Merged{}
		err = errors.Join(readRecords(ctx, tx, counted), readAffairs(ctx, tx, counted), readCases(ctx, tx, counted),
			readCounters(ctx, tx, counters), readChanges(ctx, tx, waiting))
		records = counted.Counters(kept)
		counters.Merge(waiting.Counters(kept))
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("recount: %w", err)
	}
	return records, counters, nil
}

func readRecords(ctx context.Context, tx *sql.Tx, into figures.Merged) error {
	rows, err := tx.QueryContext(ctx, `SELECT region_code, department_code, item_code, work_no, app_code, entity_code, channel,
		hall_code, window_code, tags, stars, accept_stars, deal_stars, flags, day, eval_time FROM review WHERE state = $1`, counting)
	return each(rows, err, func(rows *sql.Rows) error {
		f := figures.Fact{Weight: 1}
		var tags, workNo string
		var flags int
		var at int64
		err := rows.Scan(&f.Region, &f.Department, &f.Item, &workNo, &f.App, &f.Entity, &f.Channel,
			&f.Hall, &f.Window, &tags, &f.Stars, &f.AcceptStars, &f.DealStars, &flags, &f.Day, &at)
		if err != nil {
			return err
		}
		f.Officer, f.Tags, f.Flagged, f.Hour = officer(f.Hall, workNo), splitTags(tags), flags != 0, time.UnixMicro(at).In(beijing.Zone).Hour()
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

func readChanges(ctx context.Context, tx *sql.Tx, into figures.Merged) error {
	rows, err := tx.QueryContext(ctx, "SELECT facts FROM counter_change")
	return each(rows, err, func(rows *sql.Rows) error {
		var facts []byte
		if err := rows.Scan(&facts); err != nil {
			return err
		}
		return into.AddChange(facts)
	})
}
