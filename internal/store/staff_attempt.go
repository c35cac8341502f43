package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/privacy"
)

// inOrder are guards by their keys, so that transactions take their rows in one order.
func inOrder(guards []identity.Guard) []identity.Guard {
	return slices.SortedFunc(slices.Values(guards), func(a, b identity.Guard) int { return bytes.Compare(a.Key[:], b.Key[:]) })
}

// readGuard takes a guard's row, which is made first, and says how often it failed and when last; a time of zero is never.
func (s *Store) readGuard(ctx context.Context, tx *sql.Tx, key privacy.Digest) (failures int, at int64, err error) {
	// Takes the row, on every engine: attempts at once are counted one after the other.
	_, err = tx.ExecContext(ctx, `INSERT INTO staff_attempt (guard, failures, at) VALUES ($1, 0, 0)
		ON CONFLICT (guard) DO UPDATE SET failures = staff_attempt.failures`, key[:])
	if err == nil {
		err = tx.QueryRowContext(ctx, "SELECT failures, at FROM staff_attempt WHERE guard = $1", key[:]).Scan(&failures, &at)
	}
	return failures, at, err
}

// CountAttempt counts a failure before anybody knows whether it is one; see identity.StaffStore.
func (s *Store) CountAttempt(ctx context.Context, guards []identity.Guard, now time.Time) (wait time.Duration, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		wait = 0
		counts := make([]int, len(guards))
		ordered := inOrder(guards)
		for i, guard := range ordered {
			failures, at, err := s.readGuard(ctx, tx, guard.Key)
			if err != nil {
				return err
			}
			if identity.Forgotten(time.UnixMicro(at), now) {
				failures = 0
			}
			counts[i] = failures + 1
			wait = max(wait, guard.Wait(failures, time.UnixMicro(at), now))
		}
		if wait > 0 {
			return nil
		}
		for i, guard := range ordered {
			_, err := tx.ExecContext(ctx, "UPDATE staff_attempt SET failures = $2, at = $3 WHERE guard = $1", guard.Key[:], counts[i], now.UnixMicro())
			if err != nil {
				return err
			}
		}
		return nil
	})
	return wait, err
}

// ForgiveAttempts takes back one failure, or all; see identity.StaffStore.
func (s *Store) ForgiveAttempts(ctx context.Context, guards []identity.Guard, now time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, guard := range inOrder(guards) {
			failures, _, err := s.readGuard(ctx, tx, guard.Key)
			if err != nil {
				return err
			}
			if failures = max(0, failures-1); guard.Forgets {
				failures = 0
			}
			_, err = tx.ExecContext(ctx, "UPDATE staff_attempt SET failures = $2, at = $3 WHERE guard = $1", guard.Key[:], failures, now.UnixMicro())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// AttemptKnown says whether a guard was remembered since; see identity.StaffStore.
func (s *Store) AttemptKnown(ctx context.Context, key privacy.Digest, since time.Time) (known bool, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT true FROM staff_attempt WHERE guard = $1 AND at > $2", key[:], since.UnixMicro()).Scan(&known)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return known, s.readFault(err)
}
