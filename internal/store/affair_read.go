package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// AffairCursor is how far a source was read; see affair.Store.
func (s *Store) AffairCursor(ctx context.Context, source string) (c affair.Cursor, found bool, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT value, key FROM affair_cursor WHERE source = $1", source).Scan(&c.Value, &c.Key)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, s.readFault(err)
}

// refusalPage is how many refusals are read at once: who writes them to a file holds no transaction open.
const refusalPage = 1000

// EachRefusal gives the refusals of a source; see affair.Store.
func (s *Store) EachRefusal(ctx context.Context, source, after string, do func(source string, refusal affair.Refusal, at time.Time) error) error {
	type place struct{ source, key string }
	last := place{source, after}
	for {
		condition := "(source, key) > ($1, $2)"
		if source != "" {
			condition = "source = $1 AND key > $2"
		}
		type row struct {
			source string
			affair.Refusal
			at int64
		}
		var page []row
		rows, err := s.engine.reader().QueryContext(ctx, fmt.Sprintf(`SELECT source, key, serial_no, sealed, at FROM affair_rejected
			WHERE %s ORDER BY source, key LIMIT %d`, condition, refusalPage), last.source, last.key)
		err = each(rows, err, func(rows *sql.Rows) error {
			var r row
			err := rows.Scan(&r.source, &r.Key, &r.SerialNo, &r.Sealed, &r.at)
			page = append(page, r)
			return err
		})
		if err != nil {
			return fmt.Errorf("read rejected rows: %w", s.readFault(err))
		}
		for _, r := range page {
			if err := do(r.source, r.Refusal, time.UnixMicro(r.at)); err != nil {
				return err
			}
			last = place{r.source, r.Key}
		}
		if len(page) < refusalPage {
			return nil
		}
	}
}

// CountRefusals counts the refusals of a source.
func (s *Store) CountRefusals(ctx context.Context, source string) (n int, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT count(*) FROM affair_rejected WHERE source = $1", source).Scan(&n)
	return n, s.readFault(err)
}

// OwnAffairs finds a citizen's affairs; see affair.Store. A review of nobody in particular has a person index of zeros.
func (s *Store) OwnAffairs(ctx context.Context, own affair.Own) ([]affair.Affair, error) {
	var nobody privacy.Digest
	var found []affair.Affair
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT a.serial_no, a.app_code, a.item_code, a.item_name, a.department_code,
			a.department_name, a.region_code, a.hall_code, a.window_code, a.work_no, a.result, a.done_time FROM affair a
		WHERE a.certificate_index = $1 AND a.done_time >= $2 AND a.hall_code IN ($3, '') AND NOT EXISTS (
			SELECT 1 FROM review r WHERE r.kind = 'affair' AND r.subject = a.serial_no AND r.person_index IN ($4, $5))
		ORDER BY a.done_time DESC, a.serial_no LIMIT $6`,
		own.Certificate[:], own.Since.UnixMicro(), own.Hall, own.Person[:], nobody[:], own.Limit)
	err = each(rows, err, func(rows *sql.Rows) error {
		var a affair.Affair
		var done int64
		err := rows.Scan(&a.SerialNo, &a.AppCode, &a.ItemCode, &a.ItemName, &a.DepartmentCode, &a.DepartmentName, &a.RegionCode,
			&a.HallCode, &a.WindowCode, &a.WorkNo, &a.Result, &done)
		a.DoneTime = time.UnixMicro(done)
		found = append(found, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find a citizen's affairs: %w", s.readFault(err))
	}
	return found, nil
}

// Orphans lists reviews of affairs that are not known; see affair.Store. Where they are few, a page may look through all reviews.
func (s *Store) Orphans(ctx context.Context, before time.Time, after *affair.OrphanPosition, limit int) ([]affair.Orphan, error) {
	from := affair.OrphanPosition{EvalTime: time.UnixMicro(0)}
	if after != nil {
		from = *after
	}
	var found []affair.Orphan
	err := s.survey(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT serial, subject, app_code, item_code, item_name, state, eval_time FROM review
			WHERE kind = 'affair' AND filled = 0 AND state <> $5 AND eval_time < $1 AND (eval_time, serial) > ($2, $3)
			ORDER BY eval_time, serial LIMIT $4`, before.UnixMicro(), from.EvalTime.UnixMicro(), from.Serial, limit, int(review.Withdrawn))
		return each(rows, err, func(rows *sql.Rows) error {
			var o affair.Orphan
			var state review.Validity
			var at int64
			err := rows.Scan(&o.Serial, &o.SerialNo, &o.AppCode, &o.ItemCode, &o.ItemName, &state, &at)
			o.Unverified, o.EvalTime = state == review.Unverified, time.UnixMicro(at)
			found = append(found, o)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list reviews without an affair: %w", err)
	}
	return found, nil
}

// Lease gives a source to one holder; see affair.Store.
func (s *Store) Lease(ctx context.Context, source, holder string, now, until time.Time) (held bool, err error) {
	err = s.writeAgain(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO affair_lease (source, holder, until) VALUES ($1, $2, $3)
			ON CONFLICT (source) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE affair_lease.holder = excluded.holder OR affair_lease.until <= $4`, source, holder, until.UnixMicro(), now.UnixMicro())
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		held = n > 0
		return err
	})
	return held, err
}
