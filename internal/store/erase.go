package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// What is erased of each table, in one place. A review keeps its keys (once), its stars, tags, places and times: figures are made of
// them. Its sealed fields, remarks among them, both blind indexes of the person, the kind of his certificate, his receipt and where it came from go; of
// its case the words and the evidence. An affair keeps the keyed hash of its content: read from its source again it is the same one,
// and stays erased.
var (
	reviewErasure = &insertion{table: "review", columns: []column{
		{"slot", "int2"},
		{"serial", "text"},
		{"sealed", "bytea"},
		{"person_index", "bytea"},
		{"certificate_index", "bytea"},
		{"certificate_type", "int2"},
		{"publication", "int2"},
		{"masked", "text"},
	}, keys: 2}
	affairErasure = &insertion{table: "affair", columns: []column{
		{"slot", "int2"}, {"serial_no", "text"}, {"sealed", "bytea"}, {"certificate_index", "bytea"}, {"certificate_type", "int2"},
	}, keys: 2}
)

// erasePiece is how many records are erased in one transaction, eraseSeen how many are looked at for it.
const (
	erasePiece = 100
	eraseSeen  = 20_000
)

// erase erases records of a table.
func (s *Store) erase(ctx context.Context, tx *sql.Tx, stage erasure.Stage, keys []rowKey, receipt erasure.Receipt) error {
	if len(keys) == 0 {
		return nil
	}
	switch stage {
	case erasure.Reviews:
		return s.eraseReviews(ctx, tx, keys, receipt)
	case erasure.Affairs:
		var rows [][]any
		for _, key := range keys {
			slot, err := strconv.Atoi(key[1])
			if err != nil {
				return err
			}
			rows = append(rows, []any{slot, key[0], []byte{}, nil, nil})
		}
		return s.insertParts(ctx, tx, []part{{affairErasure, rows}})
	default:
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, "DELETE FROM affair_rejected WHERE key = $1 AND source = $2", key[0], key[1]); err != nil {
				return err
			}
		}
		return nil
	}
}

func (s *Store) eraseReviews(ctx context.Context, tx *sql.Tx, keys []rowKey, receipt erasure.Receipt) error {
	slots, serials := reviewKeys(keys)
	nobody := privacy.Digest{}
	rows := make([][]any, len(keys))
	for i, serial := range serials {
		rows[i] = []any{slots[i], serial, []byte{}, nobody[:], nobody[:], nil, int(moderation.Published), ""}
	}
	if err := s.insertParts(ctx, tx, []part{{reviewErasure, rows}}); err != nil {
		return err
	}
	statement, err := tx.PrepareContext(ctx, "DELETE FROM receipt WHERE slot = $1 AND code = $2")
	if err != nil {
		return err
	}
	defer statement.Close() //nolint:errcheck // it ends with the transaction
	for i, serial := range serials {
		key := receipt(serial)
		if _, err := statement.ExecContext(ctx, slots[i], key[:]); err != nil {
			return err
		}
	}
	origin := "DELETE FROM review_origin WHERE " + s.engine.anyOf("slot", "$1") + " AND " + s.engine.anyText("serial", "$2") //nolint:gosec // the engine's own condition
	if _, err := tx.ExecContext(ctx, origin, s.engine.list(slots), s.engine.texts(serials)); err != nil {
		return err
	}
	these := s.engine.anyOf("slot", "$2") + " AND " + s.engine.anyText("serial", "$3")
	if _, err := tx.ExecContext(ctx, "UPDATE case_event SET words = $1 WHERE "+these, []byte{}, s.engine.list(slots), s.engine.texts(serials)); err != nil { //nolint:gosec // the engine's own condition
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE case_file SET name = $1, content = $1 WHERE "+these, []byte{}, s.engine.list(slots), s.engine.texts(serials)) //nolint:gosec // the engine's own condition
	return err
}

// reviewKeys are the slots and serial numbers of reviews.
func reviewKeys(keys []rowKey) (slots []int, serials []string) {
	for _, key := range keys {
		slot, _ := review.SlotOfSerial(key[0]) // it is ours
		slots, serials = append(slots, slot), append(serials, key[0])
	}
	return slots, serials
}

// casesOf is how many cases there are of reviews.
func (s *Store) casesOf(ctx context.Context, tx *sql.Tx, stage erasure.Stage, keys []rowKey) (n int, err error) {
	if stage != erasure.Reviews || len(keys) == 0 {
		return 0, nil
	}
	slots, serials := reviewKeys(keys)
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM followup WHERE "+s.engine.anyOf("slot", "$1")+" AND "+s.engine.anyText("serial", "$2"),
		s.engine.list(slots), s.engine.texts(serials)).Scan(&n)
	return n, err
}

// EraseFound erases a piece of what was found; see erasure.Store.
func (s *Store) EraseFound(ctx context.Context, r *erasure.Request, receipt erasure.Receipt) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		// Who holds the row holds all others up who work on the same request.
		at, err := scanErasure(tx.QueryRowContext(ctx, "SELECT "+erasureColumns+" FROM erasure WHERE id = $1"+s.engine.locking(), r.ID).Scan)
		if err != nil || at.State != erasure.Erasing {
			return err
		}
		var keys []rowKey
		stage := erasure.Stages
		rows, err := tx.QueryContext(ctx, "SELECT stage, key FROM erasure_found WHERE erasure_id = $1 ORDER BY stage, key LIMIT $2", r.ID, erasePiece)
		err = each(rows, err, func(rows *sql.Rows) error {
			var of erasure.Stage
			var text string
			if err := rows.Scan(&of, &text); err != nil {
				return err
			}
			if stage == erasure.Stages {
				stage = of
			}
			key, err := readRowKey(text)
			if of == stage {
				keys = append(keys, key)
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return s.endErasure(ctx, tx, &at)
		}
		if err := s.erase(ctx, tx, stage, keys, receipt); err != nil {
			return err
		}
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, "DELETE FROM erasure_found WHERE erasure_id = $1 AND stage = $2 AND key = $3", r.ID, int(stage), key.String()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

func (s *Store) endErasure(ctx context.Context, tx *sql.Tx, at *storedErasure) error {
	if _, err := tx.ExecContext(ctx, "UPDATE erasure SET state = $1, version = version + 1 WHERE id = $2", int(erasure.Done), at.ID); err != nil {
		return err
	}
	if err := forgetErasure(ctx, tx, at.ID, s.now().UnixMicro()); err != nil {
		return err
	}
	return s.note(ctx, tx, audit.Entry{Action: "erasure.done", Object: "erasure:" + at.ID, After: erasureCounts(&at.Request)})
}

// byTime is the one row of the look through all records by the time limit.
const byTime = "retention"

// tooOld are conditions that a record came in too long ago, before $1: microseconds, of a review the beginning of serial numbers.
var tooOld = [erasure.Stages]string{
	erasure.Reviews: `serial < $1 AND length(sealed) > 0
		AND NOT EXISTS (SELECT 1 FROM followup f WHERE f.slot = review.slot AND f.serial = review.serial AND f.ended = 0)`,
	erasure.Affairs:  "done_time < $1 AND (length(sealed) > 0 OR certificate_index IS NOT NULL)",
	erasure.Rejected: "at < $1",
}

// EraseOld erases a piece of what is too old; see erasure.Store.
func (s *Store) EraseOld(ctx context.Context, before time.Time, every time.Duration, receipt erasure.Receipt) (going bool, err error) {
	var at storedErasure
	var limit int64
	err = s.engine.reader().QueryRowContext(ctx, "SELECT state, stage, place, at, before_at, reviews, affairs, rejected, cases FROM erasure WHERE id = $1", byTime).
		Scan(&at.State, &at.Stage, &at.place, new(int64), &limit, &at.Reviews, &at.Affairs, &at.Rejected, &at.Cases)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("read the erasure by time: %w", s.readFault(err))
	}
	if err != nil || at.State == erasure.Done {
		begun, err := s.beginErasingOld(ctx, before, every)
		return begun, err
	}
	going, err = s.eraseOldPiece(ctx, &at, time.UnixMicro(limit), receipt)
	if errors.Is(err, errOvertaken) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("erase what is too old: %w", err)
	}
	return going, nil
}

// beginErasingOld begins a look through all records when the last one is long enough ago.
func (s *Store) beginErasingOld(ctx context.Context, before time.Time, every time.Duration) (begun bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		result, err := tx.ExecContext(ctx, `INSERT INTO erasure (`+erasureColumns+`, before_at) VALUES ($1, '', '', $2, '', $3, 0, '', 0, 0, 0, 0, 0, $4, 0, 1, $5)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, stage = 0, place = '', reviews = 0, affairs = 0, rejected = 0, cases = 0,
				at = excluded.at, before_at = excluded.before_at, ended_at = 0
			WHERE erasure.state <> excluded.state AND erasure.at <= $6`,
			byTime, []byte{}, int(erasure.Erasing), now.UnixMicro(), before.UnixMicro(), now.Add(-every).UnixMicro())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		begun = n > 0
		return err
	})
	return begun, err
}

func (s *Store) eraseOldPiece(ctx context.Context, at *storedErasure, before time.Time, receipt erasure.Receipt) (going bool, err error) {
	from, err := readRowKey(at.place)
	if err != nil {
		return false, err
	}
	var keys []rowKey
	var to rowKey
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		keys, to, err = tooOldAfter(ctx, tx, at.Stage, from, before)
		return err
	})
	if err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		cases, err := s.casesOf(ctx, tx, at.Stage, keys)
		if err != nil {
			return err
		}
		is := *at
		counts := [erasure.Stages]*int{&is.Reviews, &is.Affairs, &is.Rejected}
		*counts[at.Stage] += len(keys)
		is.Cases += cases
		if is.place = to.String(); to == nil {
			is.Stage++
		}
		if is.Stage == erasure.Stages {
			is.State, is.Stage = erasure.Done, 0
		}
		result, err := tx.ExecContext(ctx, `UPDATE erasure SET state = $1, stage = $2, place = $3, reviews = $4, affairs = $5, rejected = $6, cases = $7, ended_at = $8
			WHERE id = $9 AND state = $10 AND stage = $11 AND place = $12`, int(is.State), int(is.Stage), is.place, is.Reviews, is.Affairs, is.Rejected, is.Cases,
			s.now().UnixMicro(), byTime, int(at.State), int(at.Stage), at.place)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errOvertaken, err)
		}
		if err := s.erase(ctx, tx, at.Stage, keys, receipt); err != nil {
			return err
		}
		if going = is.State != erasure.Done; !going && is.Total() > 0 {
			return s.note(ctx, tx, audit.Entry{Action: "erasure.old", Object: "erasure", After: erasureCounts(&is.Request)})
		}
		return nil
	})
	return going, err
}

// tooOldAfter are the records after a key that are too old, at most a piece of them, and the key to go on from; nil at the end of the
// table.
func tooOldAfter(ctx context.Context, tx *sql.Tx, stage erasure.Stage, from rowKey, before time.Time) (keys []rowKey, to rowKey, err error) {
	table := &erasable[stage]
	names, placeholders := keyList(table.keys, 2)
	arguments, after := []any{before.UnixMicro()}, "CAST($1 AS bigint) IS NOT NULL"
	if stage == erasure.Reviews {
		arguments[0], after = review.SerialsFrom(before), "serial < $1" // they sort by time: what came later is never looked at
	}
	if from != nil {
		last, err := from.arguments(table.keys)
		if err != nil {
			return nil, nil, err
		}
		arguments, after = append(arguments, last...), after+" AND ("+names+") > ("+placeholders+")"
	}
	scan := newKeyScan(table.keys)
	err = tx.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %[1]s LIMIT 1 OFFSET %[4]d", names, table.table, after, eraseSeen-1),
		arguments...).Scan(scan.fields()...)
	switch {
	case err == nil:
		to = scan.key()
		_, bound := keyList(table.keys, len(arguments)+1)
		last, err := to.arguments(table.keys)
		if err != nil {
			return nil, nil, err
		}
		arguments, after = append(arguments, last...), after+" AND ("+names+") <= ("+bound+")"
	case !errors.Is(err, sql.ErrNoRows):
		return nil, nil, err
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s AND %s ORDER BY %[1]s LIMIT %[5]d", names, table.table, after, tooOld[stage], erasePiece), arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		scan := newKeyScan(table.keys)
		err := rows.Scan(scan.fields()...)
		keys = append(keys, scan.key())
		return err
	})
	if len(keys) == erasePiece {
		to = keys[erasePiece-1]
	}
	return keys, to, err
}
