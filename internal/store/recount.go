package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
)

// Recount compares records and counters of one moment; see figures.Store.
func (s *Store) Recount(ctx context.Context, each func(key figures.Key, records, counters figures.Counts) error) error {
	return s.survey(ctx, func(tx *sql.Tx) (err error) {
		kept, err := keptCounters(ctx, tx)
		if err != nil {
			return err
		}
		recounting := figures.NewRecounting(kept, each)
		defer func() { err = errors.Join(err, recounting.Close()) }()
		for _, read := range []func(context.Context, *sql.Tx, *figures.Recounting) error{
			readRecords, readAffairs, readCases, readChanges, readCounters,
		} {
			if err := read(ctx, tx, recounting); err != nil {
				return err
			}
		}
		return recounting.End()
	})
}

func readRecords(ctx context.Context, tx *sql.Tx, into *figures.Recounting) error {
	rows, err := tx.QueryContext(ctx, `SELECT region_code, department_code, item_code, work_no, app_code, entity_code, channel,
		hall_code, window_code, tags, stars, accept_stars, deal_stars, flags, day, eval_time FROM review WHERE state = $1`, int(review.Counting))
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
		return into.Add(&f)
	})
}

// readCounters reads in the order of the primary key.
func readCounters(ctx context.Context, tx *sql.Tx, into *figures.Recounting) error {
	rows, err := tx.QueryContext(ctx, `SELECT dimension, period, entity_code, channel, code, n1, n2, n3, n4, n5 FROM counter
		ORDER BY dimension, period, entity_code, channel, code, lane`)
	return each(rows, err, func(rows *sql.Rows) error {
		var key figures.Key
		var c figures.Counts
		err := rows.Scan(&key.Dimension, &key.Period, &key.Entity, &key.Channel, &key.Code, &c[0], &c[1], &c[2], &c[3], &c[4])
		if err != nil {
			return err
		}
		return into.Counter(key, c)
	})
}

func readChanges(ctx context.Context, tx *sql.Tx, into *figures.Recounting) error {
	rows, err := tx.QueryContext(ctx, "SELECT facts FROM counter_change")
	return each(rows, err, func(rows *sql.Rows) error {
		var facts []byte
		if err := rows.Scan(&facts); err != nil {
			return err
		}
		return into.AddWaiting(facts)
	})
}
