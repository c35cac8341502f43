package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
)

// Whoever writes counters first holds the one row of counter_state until the transaction ends: so a day is closed between two
// folds and never within one, and nobody waits in a circle. through is the last day that is closed, hours the first day of
// which there are hours, folds counts the transactions.

// holdCounters lets nobody else write counters, and says which there are.
func holdCounters(ctx context.Context, tx *sql.Tx) (kept figures.Kept, err error) {
	err = tx.QueryRowContext(ctx, "UPDATE counter_state SET folds = folds + 1 WHERE id = 1 RETURNING through, hours").Scan(&kept.Through, &kept.Hours)
	return kept, err
}

// queryer is a pool or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func keptCounters(ctx context.Context, by queryer) (kept figures.Kept, err error) {
	err = by.QueryRowContext(ctx, "SELECT through, hours FROM counter_state").Scan(&kept.Through, &kept.Hours)
	return kept, err
}

// closedThrough is the last day that was closed when it was last asked for.
func (s *Store) closedThrough(ctx context.Context) (int, error) {
	if through := s.through.Load(); through > 0 {
		return int(through), nil
	}
	kept, err := keptCounters(ctx, s.engine.reader())
	if err == nil {
		s.through.Store(int64(kept.Through))
	}
	return kept.Through, err
}

// CloseDay closes the next day that is over; see figures.Store. Its counters are summed up over channels and evaluation objects,
// and added to those of its pentad and its month, so that those always hold just the days that are closed. Facts of such days
// that come later go to all of them.
func (s *Store) CloseDay(ctx context.Context) (closed bool, err error) {
	yesterday := beijing.AddDays(beijing.Day(s.now()), -1)
	through, err := s.closedThrough(ctx)
	if err != nil {
		return false, s.readFault(err)
	}
	if through >= yesterday {
		return false, nil
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		kept, err := holdCounters(ctx, tx)
		if err != nil {
			return err
		}
		if through = kept.Through; through < yesterday {
			through = beijing.AddDays(through, 1)
			return s.closeDay(ctx, tx, through)
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("close a day: %w", err)
	}
	s.through.Store(int64(through))
	return true, nil
}

func (s *Store) closeDay(ctx context.Context, tx *sql.Tx, day int) error {
	pentad, month := figures.Closes(day)
	anyEntity, anyChannel := "'"+figures.Any+"'", "'"+figures.Any+"'"
	for _, sum := range []struct {
		period          int
		dimensions      []int
		entity, channel string
	}{
		{day, figures.Public, "entity_code", anyChannel},
		{day, figures.Public, anyEntity, anyChannel},
		{pentad, figures.Public, "entity_code", "channel"},
		{month, figures.Closable, "entity_code", "channel"},
	} {
		which := ""
		if sum.period == day { // it sums up what it holds already
			which = "AND channel <> " + anyChannel
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO counter (%s)
			SELECT dimension, CAST($1 AS integer), %s, %s, code, %d, CAST(sum(n1) AS bigint), CAST(sum(n2) AS bigint),
				CAST(sum(n3) AS bigint), CAST(sum(n4) AS bigint), CAST(sum(n5) AS bigint)
			FROM counter WHERE %s AND period = $3 %s GROUP BY 1, 3, 4, 5 ORDER BY 1, 3, 4, 5 %s`,
			counterInsertion.names(), sum.entity, sum.channel, closedLane, s.engine.anyOf("dimension", "$2"), which, counterConflict),
			sum.period, s.engine.list(sum.dimensions), day)
		if err != nil {
			return err
		}
	}
	// Hours are kept of the last closed day and of those that are not closed.
	_, err := tx.ExecContext(ctx, "DELETE FROM counter WHERE "+s.engine.anyOf("dimension", "$1")+" AND period > 99999999 AND period < $2", //nolint:gosec // the engine's own condition
		s.engine.list(figures.Hourly), day*100)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE counter_state SET through = $1 WHERE id = 1", day)
	return err
}

// Adjust adds a difference to the counters.
func (s *Store) Adjust(ctx context.Context, difference figures.Tally) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := holdCounters(ctx, tx); err != nil {
			return err
		}
		if err := s.upsert(ctx, tx, difference, 0); err != nil || len(difference) == 0 {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "counters.repair", Object: "counters", After: fmt.Sprintf("改正统计数：%d", len(difference))})
	})
}

// beginCounting closes the days before the first one of a database that is empty. One that counted before there were hours
// counts them from tomorrow on.
func (s *Store) beginCounting(ctx context.Context, tx *sql.Tx) error {
	today := beijing.Day(s.now())
	_, err := tx.ExecContext(ctx, "UPDATE counter_state SET through = $1 WHERE through = 0", beijing.AddDays(today, -1))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE counter_state SET hours = $1 WHERE hours = 99999999", beijing.AddDays(today, 1))
	return err
}
