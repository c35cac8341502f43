package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

const deliveryColumns = "id, subscription_id, channel, subject, body, state, attempts, created_at, ended_at, fault"

func scanDelivery(scan func(...any) error) (d notice.Delivery, err error) {
	var created, ended int64
	err = scan(&d.ID, &d.SubscriptionID, &d.Channel, &d.Subject, &d.Body, &d.State, &d.Attempts, &created, &ended, &d.Fault)
	d.CreatedAt, d.EndedAt = moment(created), moment(ended)
	return d, err
}

func missingDelivery() error {
	return fault.NewMissing("没有这条发送记录，可能已过保存期")
}

// FindDelivery reads one; see notice.Store.
func (s *Store) FindDelivery(ctx context.Context, id string) (notice.Delivery, error) {
	d, err := scanDelivery(s.engine.reader().QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM delivery WHERE id = $1", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return d, missingDelivery()
	}
	if err != nil {
		return d, fmt.Errorf("read a delivery: %w", s.readFault(err))
	}
	return d, nil
}

// NoteDelivery notes how an attempt ended; see notice.Store.
func (s *Store) NoteDelivery(ctx context.Context, id string, state notice.DeliveryState, words string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		ended, tried := s.now().UnixMicro(), 1
		if state == notice.Waiting {
			ended = 0
		}
		if state == notice.Dropped {
			tried = 0
		}
		// A process that hung until another one took the job over says nothing against what came of it, but that it arrived after all.
		_, err := tx.ExecContext(ctx, "UPDATE delivery SET state = $2, attempts = attempts + $3, ended_at = $4, fault = $5 WHERE id = $1 AND ($6 OR state = 0)",
			id, int(state), tried, ended, words, state == notice.Delivered)
		return err
	})
	if err != nil {
		return fmt.Errorf("note a delivery: %w", err)
	}
	return nil
}

// RepeatDelivery queues one again; see notice.Store.
func (s *Store) RepeatDelivery(ctx context.Context, id string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		var state notice.DeliveryState
		err := tx.QueryRowContext(ctx, "SELECT state FROM delivery WHERE id = $1"+s.engine.locking(), id).Scan(&state)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return missingDelivery()
		case err != nil:
			return err
		case state == notice.Waiting:
			return fault.NewConflict("这条消息还在等待发送，不必重发")
		}
		if _, err := tx.ExecContext(ctx, "UPDATE delivery SET state = 0, ended_at = 0, fault = '' WHERE id = $1", id); err != nil {
			return err
		}
		if err := s.enqueue(ctx, tx, job.Job{Kind: notice.DeliverJob, Key: id}); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "delivery.repeat", Object: "delivery:" + id, Before: state.Words(), After: notice.Waiting.Words()})
	})
	if err != nil {
		return fmt.Errorf("repeat a delivery: %w", err)
	}
	return nil
}

// Deliveries lists them, newest first; see notice.Store.
func (s *Store) Deliveries(ctx context.Context, q notice.DeliveryQuery) ([]notice.Delivery, error) {
	var w conditions
	w.add("id < ?", cmp.Or(q.Before, "~")) // behind every id
	if len(q.SubscriptionIDs) > 0 {
		w.add(s.engine.anyText("subscription_id", "?"), s.engine.texts(q.SubscriptionIDs))
	}
	if len(q.States) > 0 {
		states := make([]int, len(q.States))
		for i, state := range q.States {
			states[i] = int(state)
		}
		w.add(s.engine.anyOf("state", "?"), s.engine.list(states))
	}
	var all []notice.Delivery
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+deliveryColumns+" FROM delivery WHERE "+w.text()+
		fmt.Sprintf(" ORDER BY id DESC LIMIT %d", min(max(q.Limit, 1), notice.MaxPage)), w.arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		one, err := scanDelivery(rows.Scan)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", s.readFault(err))
	}
	return all, nil
}
