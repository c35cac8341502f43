package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
)

var _ integrator.DiaryStore = (*Store)(nil)

// NoteAnswers adds refusals and counts; see integrator.DiaryStore. Rows are taken in the order of their keys, so that processes
// that write at once wait for each other and no more.
func (s *Store) NoteAnswers(ctx context.Context, refusals []integrator.Refusal, counts []integrator.Count, since int) error {
	slices.SortFunc(refusals, func(a, b integrator.Refusal) int {
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Sign(), b.Sign()))
	})
	slices.SortFunc(counts, func(a, b integrator.Count) int {
		return cmp.Or(cmp.Compare(a.App, b.App), a.Day-b.Day, a.Code-b.Code)
	})
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, c := range counts {
			_, err := tx.ExecContext(ctx, `INSERT INTO app_answer (app_code, day, code, times) VALUES ($1, $2, $3, $4)
				ON CONFLICT (app_code, day, code) DO UPDATE SET times = app_answer.times + excluded.times`, c.App, c.Day, c.Code, c.Times)
			if err != nil {
				return err
			}
		}
		for i := range refusals {
			r := &refusals[i]
			_, err := tx.ExecContext(ctx, `INSERT INTO app_refusal (app_code, sign, path, code, kind, field, reason, times, first_at, at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
				ON CONFLICT (app_code, sign) DO UPDATE SET kind = excluded.kind, field = excluded.field, reason = excluded.reason,
					times = app_refusal.times + excluded.times, at = excluded.at`,
				r.App, r.Sign(), r.Interface, r.Code, int(r.Kind), r.Field, r.Reason, r.Times, r.First.UnixMicro(), r.At.UnixMicro())
			if err != nil {
				return err
			}
			if i+1 < len(refusals) && refusals[i+1].App == r.App {
				continue
			}
			_, err = tx.ExecContext(ctx, fmt.Sprintf(`DELETE FROM app_refusal WHERE app_code = $1 AND sign NOT IN
				(SELECT sign FROM app_refusal WHERE app_code = $1 ORDER BY at DESC, sign LIMIT %d)`, integrator.LastRefusals), r.App)
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM app_answer WHERE day < $1", since)
		return err
	})
}

// Refusals are the last ones of an app; see integrator.DiaryStore.
func (s *Store) Refusals(ctx context.Context, app string) ([]integrator.Refusal, error) {
	var found []integrator.Refusal
	rows, err := s.engine.reader().QueryContext(ctx, fmt.Sprintf(`SELECT app_code, path, code, kind, field, reason, times, first_at, at
		FROM app_refusal WHERE app_code = $1 ORDER BY at DESC, sign LIMIT %d`, integrator.LastRefusals), app)
	err = each(rows, err, func(rows *sql.Rows) error {
		var r integrator.Refusal
		var kind int
		var first, at int64
		err := rows.Scan(&r.App, &r.Interface, &r.Code, &kind, &r.Field, &r.Reason, &r.Times, &first, &at)
		r.Kind, r.First, r.At = fault.Kind(kind), time.UnixMicro(first), time.UnixMicro(at)
		found = append(found, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read refusals of an app: %w", s.readFault(err))
	}
	return found, nil
}

// Answers are the counts of a day; see integrator.DiaryStore.
func (s *Store) Answers(ctx context.Context, day int) ([]integrator.Count, error) {
	var found []integrator.Count
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT app_code, day, code, times FROM app_answer WHERE day = $1 ORDER BY app_code, code", day)
	err = each(rows, err, func(rows *sql.Rows) error {
		var c integrator.Count
		err := rows.Scan(&c.App, &c.Day, &c.Code, &c.Times)
		found = append(found, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read answers of interfaces: %w", s.readFault(err))
	}
	return found, nil
}
