package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/privacy"
)

// maxStaffSessions is how many sessions a login may have at once; the oldest goes.
const maxStaffSessions = 20

const staffSessionColumns = "token, login, began_at, seen_at, address, agent, second"

// scanned reads a digest.
type scanned struct{ digest *privacy.Digest }

// Scan implements sql.Scanner.
func (s scanned) Scan(value any) error {
	text, ok := value.([]byte)
	if !ok || len(text) != len(s.digest) {
		return fmt.Errorf("a digest of %d bytes was expected, not %T", len(s.digest), value)
	}
	copy(s.digest[:], text)
	return nil
}

func staffSessionFields(o *identity.StoredSession, began, seen *int64) []any {
	return []any{scanned{&o.Token}, &o.Login, began, seen, &o.Address, &o.Agent, &o.Second}
}

func staffSessionRow(o *identity.StoredSession) []any {
	return []any{o.Token[:], o.Login, o.BeganAt.UnixMicro(), o.SeenAt.UnixMicro(), o.Address, o.Agent, o.Second}
}

// BeginStaffSession adds a session; see identity.StaffStore.
func (s *Store) BeginStaffSession(ctx context.Context, o identity.StoredSession, entry audit.Entry) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE staff SET login_at = $2 WHERE login = $1", o.Login, o.BeganAt.UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM staff_session WHERE login = $1 AND token NOT IN (
			SELECT token FROM staff_session WHERE login = $1 ORDER BY began_at DESC, token LIMIT $2)`, o.Login, maxStaffSessions-1)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO staff_session ("+staffSessionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7)", staffSessionRow(&o)...)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, entry)
	})
}

// StaffSession finds a session and whose it is; see identity.StaffStore.
func (s *Store) StaffSession(ctx context.Context, token privacy.Digest) (*identity.StoredSession, *identity.Account, error) {
	var o identity.StoredSession
	var began, seen int64
	account, err := scanAccount(s.engine.reader().QueryRowContext(ctx, `SELECT s.login, s.name, s.role, s.region_code, s.department_code,
		s.hall_code, s.seat_code, s.work_no, s.state, s.must_change, s.totp IS NOT NULL, s.created_at, s.login_at, s.version, s.password,
		s.email, s.totp, s.totp_pending, s.totp_step, o.token, o.login, o.began_at, o.seen_at, o.address, o.agent, o.second
		FROM staff_session o JOIN staff s ON s.login = o.login WHERE o.token = $1`, token[:]),
		staffSessionFields(&o, &began, &seen)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err == nil {
		account.Recovery, err = recoveryOf(ctx, s.engine.reader(), account.Login)
	}
	if err != nil {
		return nil, nil, s.readFault(err)
	}
	o.BeganAt, o.SeenAt = moment(began), moment(seen)
	return &o, account, nil
}

// ChangeStaffSession stores a session; see identity.StaffStore. One that ended meanwhile is not brought back.
func (s *Store) ChangeStaffSession(ctx context.Context, token privacy.Digest, o identity.StoredSession) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE staff_session SET token = $2, seen_at = $3, second = $4 WHERE token = $1",
			token[:], o.Token[:], o.SeenAt.UnixMicro(), o.Second)
		return err
	})
}

// StaffSessions are those of a login; see identity.StaffStore.
func (s *Store) StaffSessions(ctx context.Context, login string) ([]identity.StoredSession, error) {
	sessions, err := staffSessions(ctx, s.engine.reader(), login)
	return sessions, s.readFault(err)
}

func staffSessions(ctx context.Context, q querier, login string) (sessions []identity.StoredSession, err error) {
	rows, err := q.QueryContext(ctx, "SELECT "+staffSessionColumns+" FROM staff_session WHERE login = $1 ORDER BY began_at DESC, token", login)
	err = each(rows, err, func(rows *sql.Rows) error {
		var o identity.StoredSession
		var began, seen int64
		err := rows.Scan(staffSessionFields(&o, &began, &seen)...)
		o.BeganAt, o.SeenAt = moment(began), moment(seen)
		sessions = append(sessions, o)
		return err
	})
	return sessions, err
}

// EndStaffSessions ends sessions of a login; see identity.StaffStore.
func (s *Store) EndStaffSessions(ctx context.Context, login string, end func(*identity.StoredSession) bool, entry audit.Entry) (ended int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		ended = 0
		sessions, err := staffSessions(ctx, tx, login)
		if err != nil {
			return err
		}
		for _, o := range sessions {
			if !end(&o) {
				continue
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM staff_session WHERE token = $1", o.Token[:]); err != nil {
				return err
			}
			ended++
		}
		if ended == 0 {
			return nil
		}
		return s.note(ctx, tx, entry)
	})
	return ended, err
}

// SweepStaffSessions deletes what ended; see identity.StaffStore.
func (s *Store) SweepStaffSessions(ctx context.Context, seen, began, attempts time.Time) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM staff_session WHERE seen_at <= $1 OR began_at <= $2", seen.UnixMicro(), began.UnixMicro())
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM staff_attempt WHERE at <= $1", attempts.UnixMicro())
		}
		return err
	})
}
