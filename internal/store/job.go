package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

var _ job.Queue = (*Store)(nil)

// jobID sorts by the moment at which a job was queued.
func jobID(now time.Time) string { return fmt.Sprintf("%014x%s", now.UnixMicro(), rand.Text()[:10]) }

// enqueue queues a job in the caller's transaction; see job.Job. One that waits under the same key is locked until the
// transaction ends, so that it can't be done before what the caller writes is there to be seen.
func (s *Store) enqueue(ctx context.Context, tx *sql.Tx, j job.Job) error {
	if j.Kind == "" || len(j.Kind) > job.MaxKind || len(j.Key) > job.MaxKey || len(j.Payload) > job.MaxPayload {
		return fmt.Errorf("enqueue a job of kind %.40q: kind, key or payload is too long or missing", j.Kind)
	}
	now := s.now()
	id := jobID(now)
	if j.Key == "" {
		j.Key = id
	}
	if j.At.IsZero() {
		j.At = now
	}
	if j.Payload == nil {
		j.Payload = []byte{}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO job (id, kind, key, payload, state, attempts, round, token, created_at, due_at, done_at, fault)
		VALUES ($1, $2, $3, $4, 0, 0, 0, '', $5, $6, 0, '')
		ON CONFLICT (kind, key) WHERE state = 0
			DO UPDATE SET due_at = CASE WHEN excluded.due_at < job.due_at THEN excluded.due_at ELSE job.due_at END`,
		id, j.Kind, j.Key, j.Payload, now.UnixMicro(), j.At.UnixMicro())
	if err != nil {
		return fmt.Errorf("enqueue a job of kind %s: %w", j.Kind, err)
	}
	return nil
}

// Enqueue queues a job in a transaction of its own.
func (s *Store) Enqueue(ctx context.Context, j job.Job) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.enqueue(ctx, tx, j) })
}

// claimCandidates is how many due jobs are looked at by one ClaimJob: as many processes can miss one another's.
const claimCandidates = 8

// ClaimJob takes one due job; see job.Queue. A job that is taken is not due until its lease ends, so whoever comes second finds
// nothing to take.
func (s *Store) ClaimJob(ctx context.Context, kinds []string, lease time.Duration) (*job.Claimed, error) {
	var due []string
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT id FROM job WHERE state < 2 AND due_at <= $1 AND "+
		s.engine.anyText("kind", "$2")+fmt.Sprintf(" ORDER BY due_at, id LIMIT %d", claimCandidates), s.now().UnixMicro(), s.engine.texts(kinds))
	err = each(rows, err, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		due = append(due, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find due jobs: %w", s.readFault(err))
	}
	for _, id := range due {
		claimed, err := s.claim(ctx, id, lease)
		if err != nil || claimed != nil {
			return claimed, err
		}
	}
	return nil, nil //nolint:nilnil // there is none: no fault, and nothing to give
}

// claim takes this one; nil when another process was first, or when it is given up because no process lived to end it.
func (s *Store) claim(ctx context.Context, id string, lease time.Duration) (claimed *job.Claimed, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		now := s.now()
		claimed = &job.Claimed{ID: id, Token: rand.Text()}
		err := tx.QueryRowContext(ctx, `UPDATE job SET state = 1, attempts = attempts + 1, round = round + 1, token = $2, due_at = $3
			WHERE id = $1 AND state < 2 AND due_at <= $4 AND round <= $5 RETURNING kind, key, payload, attempts`,
			id, claimed.Token, now.Add(lease).UnixMicro(), now.UnixMicro(), len(job.Pauses)).
			Scan(&claimed.Kind, &claimed.Key, &claimed.Payload, &claimed.Attempt)
		if errors.Is(err, sql.ErrNoRows) {
			claimed = nil
			const words = "多次处理都没有结束"
			result, err := tx.ExecContext(ctx, `UPDATE job SET state = 3, done_at = $2, fault = $3, token = '' WHERE id = $1 AND state < 2 AND due_at <= $2 AND round > $4`,
				id, now.UnixMicro(), words, len(job.Pauses))
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				return err
			}
			return undelivered(ctx, tx, id, now, words)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO job_attempt (job_id, number, started_at, ended_at, fault) VALUES ($1, $2, $3, 0, '')",
			id, claimed.Attempt, now.UnixMicro())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim a job: %w", err)
	}
	return claimed, nil
}

// undelivered notes of the message that a job was to deliver, if it was one, that nobody will: whoever should have noted it may have died.
func undelivered(ctx context.Context, tx *sql.Tx, id string, now time.Time, words string) error {
	_, err := tx.ExecContext(ctx, "UPDATE delivery SET state = $2, ended_at = $3, fault = $4 WHERE state = $5 AND id = (SELECT key FROM job WHERE id = $1 AND kind = $6)",
		id, int(notice.Undelivered), now.UnixMicro(), words, int(notice.Waiting), notice.DeliverJob)
	return err
}

// maxFault is how much of a fault is kept, in bytes.
const maxFault = 1000

// FinishJob ends an attempt; see job.Queue.
func (s *Store) FinishJob(ctx context.Context, c *job.Claimed, words string, retry time.Duration) error {
	words = strings.ReplaceAll(strings.ToValidUTF8(words[:min(len(words), maxFault)], ""), "\x00", "")
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		now := s.now()
		state, due, done := job.Done, now, now.UnixMicro()
		switch {
		case words != "" && retry >= 0:
			state, due, done = job.Tried, now.Add(retry), 0
		case words != "":
			state = job.Failed
		}
		result, err := tx.ExecContext(ctx, "UPDATE job SET state = $3, due_at = $4, done_at = $5, fault = $6, token = '' WHERE id = $1 AND token = $2 AND state = 1",
			c.ID, c.Token, int(state), due.UnixMicro(), done, words)
		if err != nil {
			return err
		}
		ours, err := result.RowsAffected() // none when another process has it by now
		if err != nil {
			return err
		}
		if ours > 0 && state == job.Failed {
			if err := undelivered(ctx, tx, c.ID, now, words); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE job_attempt SET ended_at = $3, fault = $4 WHERE job_id = $1 AND number = $2",
			c.ID, c.Attempt, now.UnixMicro(), words)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish a job: %w", err)
	}
	return nil
}

// PutBackJob ends an attempt that was none; see job.Queue.
func (s *Store) PutBackJob(ctx context.Context, c *job.Claimed, pause time.Duration) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE job SET attempts = attempts - 1, round = round - 1, due_at = $3, token = '' WHERE id = $1 AND token = $2 AND state = 1",
			c.ID, c.Token, s.now().Add(pause).UnixMicro())
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM job_attempt WHERE job_id = $1 AND number = $2", c.ID, c.Attempt)
		return err
	})
	if err != nil {
		return fmt.Errorf("put a job back: %w", err)
	}
	return nil
}

// SweepJobs deletes jobs that came to an end long ago; see job.Queue.
func (s *Store) SweepJobs(ctx context.Context, before time.Time) (deleted int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		var ids []string
		rows, err := tx.QueryContext(ctx, "SELECT id FROM job WHERE state >= 2 AND done_at < $1 ORDER BY done_at, id LIMIT $2"+s.engine.locking(), //nolint:gosec // the engine's own condition
			before.UnixMicro(), job.SweepPiece)
		err = each(rows, err, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
		deleted = len(ids)
		if err != nil || deleted == 0 {
			return err
		}
		list := s.engine.texts(ids)
		if _, err := tx.ExecContext(ctx, "DELETE FROM job_attempt WHERE "+s.engine.anyText("job_id", "$1"), list); err != nil { //nolint:gosec // the engine's own condition
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM job WHERE "+s.engine.anyText("id", "$1"), list) //nolint:gosec // the engine's own condition
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep jobs: %w", err)
	}
	return deleted, nil
}
