package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
)

var _ affair.Notes = (*Store)(nil)

// NoteSource keeps a source's state; see affair.Notes.
func (s *Store) NoteSource(ctx context.Context, state affair.SourceState) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO affair_source (source, owner, noted_at, reached, pulled_at, failing, brief,
				failing_since, rows_new, rows_changed, rows_same, rows_rejected)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			ON CONFLICT (source) DO UPDATE SET owner = excluded.owner, noted_at = excluded.noted_at,
				reached = CASE excluded.reached WHEN 0 THEN affair_source.reached ELSE excluded.reached END,
				pulled_at = CASE excluded.pulled_at WHEN 0 THEN affair_source.pulled_at ELSE excluded.pulled_at END,
				failing = excluded.failing, brief = excluded.brief, failing_since = excluded.failing_since,
				rows_new = excluded.rows_new, rows_changed = excluded.rows_changed, rows_same = excluded.rows_same,
				rows_rejected = excluded.rows_rejected`,
			state.Source, state.Owner, micro(state.NotedAt), micro(state.Reached), micro(state.PulledAt), state.Failing, state.Brief,
			micro(state.FailingSince), state.New, state.Changed, state.Same, state.Rejected)
		return err
	})
}

// Sources are all that have ever been pulled, by their names.
func (s *Store) Sources(ctx context.Context) ([]affair.SourceState, error) {
	var all []affair.SourceState
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT source, owner, noted_at, reached, pulled_at, failing, brief, failing_since,
		rows_new, rows_changed, rows_same, rows_rejected FROM affair_source ORDER BY source`)
	err = each(rows, err, func(rows *sql.Rows) error {
		var one affair.SourceState
		var noted, reached, pulled, since int64
		err := rows.Scan(&one.Source, &one.Owner, &noted, &reached, &pulled, &one.Failing, &one.Brief, &since,
			&one.New, &one.Changed, &one.Same, &one.Rejected)
		one.NotedAt, one.Reached, one.PulledAt, one.FailingSince = moment(noted), moment(reached), moment(pulled), moment(since)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", s.readFault(err))
	}
	return all, nil
}

// ReadAgain has a source read again; see affair.Store.
func (s *Store) ReadAgain(ctx context.Context, source string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO affair_again (source, at) VALUES ($1, $2)
			ON CONFLICT (source) DO UPDATE SET at = excluded.at`, source, s.now().UnixMicro())
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "source.again", Object: "source:" + source, After: "from=beginning"})
	})
}

// BeginAgain forgets how far a source was read; see affair.Store. Only who pulls the source asks, so no page of an earlier
// round can set the cursor afterwards.
func (s *Store) BeginAgain(ctx context.Context, source string) error {
	var asked bool
	err := s.engine.reader().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM affair_again WHERE source = $1)", source).Scan(&asked)
	if err != nil || !asked {
		return s.readFault(err)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{"DELETE FROM affair_cursor WHERE source = $1", "DELETE FROM affair_again WHERE source = $1"} {
			if _, err := tx.ExecContext(ctx, statement, source); err != nil {
				return err
			}
		}
		return nil
	})
}

// AwaitedAgain says whether a source is to be read again and has not begun.
func (s *Store) AwaitedAgain(ctx context.Context, source string) (asked bool, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM affair_again WHERE source = $1)", source).Scan(&asked)
	return asked, s.readFault(err)
}

// CountRefusalsBySource is how many rejected rows wait, by source.
func (s *Store) CountRefusalsBySource(ctx context.Context) (map[string]int, error) {
	found := map[string]int{}
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT source, count(*) FROM affair_rejected GROUP BY source ORDER BY source")
	err = each(rows, err, func(rows *sql.Rows) error {
		var source string
		var n int
		err := rows.Scan(&source, &n)
		found[source] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count rejected rows: %w", s.readFault(err))
	}
	return found, nil
}

// micro is a moment as it is stored, and moment the way back; the zero time is 0.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro)
}
