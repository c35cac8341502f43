package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/notice"
)

const subscriptionColumns = `id, channel, name, login, work_no, recipient, target, secret, events, region, department, hall, minutes,
	active, created_at, told_at, version`

// Subscriptions are all of them; see notice.Store.
func (s *Store) Subscriptions(ctx context.Context) ([]notice.Stored, error) {
	var all []notice.Stored
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+subscriptionColumns+" FROM subscription ORDER BY name, id")
	err = each(rows, err, func(rows *sql.Rows) error {
		var one notice.Stored
		var events string
		var minutes, created, told int64
		err := rows.Scan(&one.ID, &one.Channel, &one.Name, &one.Login, &one.WorkNo, &one.Recipient, &one.SealedTarget, &one.SealedSecret,
			&events, &one.Scope.Region, &one.Scope.Department, &one.Scope.Hall, &minutes, &one.Active, &created, &told, &one.Version)
		for event := range strings.SplitSeq(events, ",") {
			one.Events = append(one.Events, notice.Event(event))
		}
		one.Every, one.CreatedAt, one.ToldAt = time.Duration(minutes)*time.Minute, moment(created), moment(told)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list subscriptions: %w", s.readFault(err))
	}
	return all, nil
}

func subscriptionEvents(s *notice.Stored) string {
	names := make([]string, len(s.Events))
	for i, event := range s.Events {
		names[i] = string(event)
	}
	return strings.Join(names, ",")
}

// notNil is bytes for a column that is never NULL.
func notNil(bytes []byte) []byte {
	if bytes == nil {
		return []byte{}
	}
	return bytes
}

// CreateSubscription keeps a new subscription; see notice.Store.
func (s *Store) CreateSubscription(ctx context.Context, n notice.Stored, facts string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO subscription ("+subscriptionColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16)`,
			n.ID, string(n.Channel), n.Name, n.Login, n.WorkNo, n.Recipient, notNil(n.SealedTarget), notNil(n.SealedSecret), subscriptionEvents(&n),
			n.Scope.Region, n.Scope.Department, n.Scope.Hall, int64(n.Every/time.Minute), n.Active, n.CreatedAt.UnixMicro(), n.Version)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "subscription.create", Object: "subscription:" + n.ID, After: facts})
	})
	if errors.Is(err, errDuplicate) {
		return notice.ErrKnown
	}
	if err != nil {
		return fmt.Errorf("create a subscription: %w", err)
	}
	return nil
}

// ChangeSubscription changes one; see notice.Store.
func (s *Store) ChangeSubscription(ctx context.Context, n notice.Stored, before, after string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := s.holdSubscription(ctx, tx, n.ID, n.Version); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE subscription SET name = $2, recipient = $3, target = $4, secret = $5, events = $6, region = $7,
			department = $8, hall = $9, minutes = $10, active = $11, version = version + 1 WHERE id = $1`,
			n.ID, n.Name, n.Recipient, notNil(n.SealedTarget), notNil(n.SealedSecret), subscriptionEvents(&n), n.Scope.Region, n.Scope.Department,
			n.Scope.Hall, int64(n.Every/time.Minute), n.Active)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "subscription.change", Object: "subscription:" + n.ID, Before: before, After: after})
	})
	if err != nil {
		return fmt.Errorf("change a subscription: %w", err)
	}
	return nil
}

// RemoveSubscription deletes one; see notice.Store.
func (s *Store) RemoveSubscription(ctx context.Context, id string, version int, facts string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := s.holdSubscription(ctx, tx, id, version); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM subscription WHERE id = $1", id); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "subscription.remove", Object: "subscription:" + id, Before: facts})
	})
	if err != nil {
		return fmt.Errorf("remove a subscription: %w", err)
	}
	return nil
}

// holdSubscription locks one that is still as it was seen.
func (s *Store) holdSubscription(ctx context.Context, tx *sql.Tx, id string, version int) error {
	var now int
	err := tx.QueryRowContext(ctx, "SELECT version FROM subscription WHERE id = $1"+s.engine.locking(), id).Scan(&now)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.NewMissing("没有这个通知，可能已被删除")
	case err != nil:
		return err
	case now != version:
		return fault.NewConflict("这个通知在您打开页面以后改过了，没有保存。请重新打开后再改")
	}
	return nil
}
