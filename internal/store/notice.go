package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

var _ notice.Store = (*Store)(nil)

// Tell keeps what is to be told of one event; see notice.Store.
func (s *Store) Tell(ctx context.Context, notices []notice.Notice, digests map[string]time.Time, deliveries []notice.Delivery) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range notices {
			n := &notices[i]
			_, err := tx.ExecContext(ctx, `INSERT INTO notice (job_id, recipient, event, serial, at, content, delivery_id)
				VALUES ($1, $2, $3, $4, $5, $6, '') ON CONFLICT (job_id, recipient) DO NOTHING`,
				n.JobID, n.Recipient, string(n.Event), n.Serial, n.At.UnixMicro(), n.Content)
			if err != nil {
				return err
			}
		}
		for _, recipient := range slices.Sorted(maps.Keys(digests)) {
			if err := s.enqueue(ctx, tx, job.Job{Kind: notice.DigestJob, Key: recipient, At: digests[recipient]}); err != nil {
				return err
			}
		}
		for i := range deliveries {
			if err := s.insertDelivery(ctx, tx, &deliveries[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep what is to be told: %w", err)
	}
	return nil
}

// insertDelivery keeps a delivery and queues it, unless it was kept before.
func (s *Store) insertDelivery(ctx context.Context, tx *sql.Tx, d *notice.Delivery) error {
	result, err := tx.ExecContext(ctx, `INSERT INTO delivery (id, subscription_id, channel, subject, body, state, attempts, created_at, ended_at, fault)
		VALUES ($1, $2, $3, $4, $5, 0, 0, $6, 0, '') ON CONFLICT (id) DO NOTHING`,
		d.ID, d.SubscriptionID, string(d.Channel), d.Subject, d.Body, d.CreatedAt.UnixMicro())
	if err != nil {
		return err
	}
	if inserted, err := result.RowsAffected(); err != nil || inserted == 0 {
		return err
	}
	return s.enqueue(ctx, tx, job.Job{Kind: notice.DeliverJob, Key: d.ID})
}

// WaitingNotices are the oldest that are in no digest; see notice.Store.
func (s *Store) WaitingNotices(ctx context.Context, recipient string, limit int) (some []notice.Notice, total int, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		some = nil
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM notice WHERE recipient = $1 AND delivery_id = ''", recipient).Scan(&total)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT job_id, event, serial, at, content FROM notice WHERE recipient = $1 AND delivery_id = ''
			ORDER BY at, job_id LIMIT $2`, recipient, limit)
		return each(rows, err, func(rows *sql.Rows) error {
			one := notice.Notice{Recipient: recipient}
			var at int64
			err := rows.Scan(&one.JobID, &one.Event, &one.Serial, &at, &one.Content)
			one.At = moment(at)
			some = append(some, one)
			return err
		})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read waiting notices: %w", err)
	}
	return some, total, nil
}

// KeepDigest keeps a digest; see notice.Store. Whoever made another one meanwhile has changed told_at or taken a notice away.
func (s *Store) KeepDigest(ctx context.Context, d notice.Digest) error {
	made := fault.NewConflict("另一个进程刚生成了这封汇总邮件")
	err := s.write(ctx, func(tx *sql.Tx) error {
		var last int64
		rows, err := tx.QueryContext(ctx, "SELECT told_at FROM subscription WHERE recipient = $1 ORDER BY id"+s.engine.locking(), d.Recipient) //nolint:gosec // the engine's own condition
		err = each(rows, err, func(rows *sql.Rows) error {
			var told int64
			err := rows.Scan(&told)
			last = max(last, told)
			return err
		})
		if err != nil {
			return err
		}
		if last != micro(d.Last) {
			return made
		}
		ids := make([]string, len(d.Told))
		for i := range d.Told {
			ids[i] = d.Told[i].JobID
		}
		result, err := tx.ExecContext(ctx, "UPDATE notice SET delivery_id = $2 WHERE recipient = $1 AND delivery_id = '' AND "+ //nolint:gosec // the engine's own condition
			s.engine.anyText("job_id", "$3"), d.Recipient, d.Delivery.ID, s.engine.texts(ids))
		if err != nil {
			return err
		}
		if taken, err := result.RowsAffected(); err != nil {
			return err
		} else if int(taken) != len(ids) {
			return made
		}
		if _, err := tx.ExecContext(ctx, "UPDATE subscription SET told_at = $2 WHERE recipient = $1", d.Recipient, d.At.UnixMicro()); err != nil {
			return err
		}
		if err := s.insertDelivery(ctx, tx, &d.Delivery); err != nil || d.Rest.IsZero() {
			return err
		}
		return s.enqueue(ctx, tx, job.Job{Kind: notice.DigestJob, Key: d.Recipient, At: d.Rest})
	})
	if err != nil {
		return fmt.Errorf("keep a digest: %w", err)
	}
	return nil
}

// dropped stands for the digest of a notice that nobody asks for any more.
const dropped = "-"

// DropNotices forgets what waits for a recipient; see notice.Store.
func (s *Store) DropNotices(ctx context.Context, recipient string) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE notice SET delivery_id = $2 WHERE recipient = $1 AND delivery_id = ''", recipient, dropped)
		return err
	})
}

// PostponeDigest queues a digest; see notice.Store.
func (s *Store) PostponeDigest(ctx context.Context, recipient string, at time.Time) error {
	return s.Enqueue(ctx, job.Job{Kind: notice.DigestJob, Key: recipient, At: at})
}

// SweepNotices deletes what was told long ago; see notice.Store.
func (s *Store) SweepNotices(ctx context.Context, before time.Time, limit int) (deleted int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		deleted = 0
		for _, statement := range []string{
			`DELETE FROM notice WHERE (job_id, recipient) IN (SELECT job_id, recipient FROM notice WHERE at < $1 ORDER BY at, job_id, recipient LIMIT $2)`,
			`DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE created_at < $1 ORDER BY id LIMIT $2)`,
		} {
			result, err := tx.ExecContext(ctx, statement, before.UnixMicro(), limit)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			deleted = max(deleted, int(n))
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep notices: %w", err)
	}
	return deleted, nil
}
