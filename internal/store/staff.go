package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
)

var _ identity.StaffStore = (*Store)(nil)

const (
	staffColumns   = "login, name, role, region_code, department_code, hall_code, seat_code, work_no, state, must_change, totp IS NOT NULL, created_at, login_at, version"
	accountColumns = staffColumns + ", password, email, totp, totp_pending, totp_step"
)

func staffFields(s *identity.Staff, created, login *int64) []any {
	return []any{
		&s.Login, &s.Name, &s.Role, &s.Region, &s.Department, &s.Hall, &s.Seat, &s.WorkNo, &s.State, &s.MustChange, &s.TOTP,
		created, login, &s.Version,
	}
}

func scanStaff(row interface{ Scan(...any) error }) (s identity.Staff, err error) {
	var created, login int64
	err = row.Scan(staffFields(&s, &created, &login)...)
	s.CreatedAt, s.LastLogin = moment(created), moment(login)
	return s, err
}

func scanAccount(row interface{ Scan(...any) error }, more ...any) (*identity.Account, error) {
	var a identity.Account
	var created, login int64
	fields := append(staffFields(&a.Staff, &created, &login), &a.PasswordHash, &a.EmailSealed, &a.TOTPSealed, &a.PendingSealed, &a.TOTPStep)
	err := row.Scan(append(fields, more...)...)
	a.CreatedAt, a.LastLogin = moment(created), moment(login)
	return &a, err
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
}

// readAccount reads an account with its recovery codes; sql.ErrNoRows.
func readAccount(ctx context.Context, q querier, login string) (*identity.Account, error) {
	account, err := scanAccount(q.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM staff WHERE login = $1", login))
	if err != nil {
		return nil, err
	}
	account.Recovery, err = recoveryOf(ctx, q, login)
	return account, err
}

func recoveryOf(ctx context.Context, q querier, login string) (codes [][]byte, err error) {
	rows, err := q.QueryContext(ctx, "SELECT code FROM staff_recovery WHERE login = $1 ORDER BY code", login)
	err = each(rows, err, func(rows *sql.Rows) error {
		var code []byte
		err := rows.Scan(&code)
		codes = append(codes, code)
		return err
	})
	return codes, err
}

// CreateAccount adds an account; see identity.StaffStore.
func (s *Store) CreateAccount(ctx context.Context, a identity.Account, entry audit.Entry) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO staff (login, name, role, region_code, department_code, hall_code, seat_code, work_no,
			state, must_change, password, email, totp, totp_pending, totp_step, created_at, login_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17)`,
			a.Login, a.Name, a.Role, a.Region, a.Department, a.Hall, a.Seat, a.WorkNo, a.State, a.MustChange, a.PasswordHash, a.EmailSealed,
			a.TOTPSealed, a.PendingSealed, a.TOTPStep, s.now().UnixMicro(), a.Version)
		if err != nil {
			return err
		}
		return errors.Join(writeRecovery(ctx, tx, a.Login, a.Recovery), s.note(ctx, tx, entry))
	})
	if errors.Is(err, errDuplicate) {
		return identity.ErrLoginTaken
	}
	return err
}

// writeRecovery replaces the recovery codes of a login.
func writeRecovery(ctx context.Context, tx *sql.Tx, login string, codes [][]byte) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM staff_recovery WHERE login = $1", login); err != nil {
		return err
	}
	for _, code := range codes {
		if _, err := tx.ExecContext(ctx, "INSERT INTO staff_recovery (login, code) VALUES ($1, $2)", login, code); err != nil {
			return err
		}
	}
	return nil
}

// Account finds an account; see identity.StaffStore.
func (s *Store) Account(ctx context.Context, login string) (*identity.Account, error) {
	account, err := readAccount(ctx, s.engine.reader(), login)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, identity.ErrNoStaff
	}
	if err != nil {
		return nil, s.readFault(err)
	}
	return account, nil
}

// ChangeAccount changes an account in one transaction; see identity.StaffStore.
func (s *Store) ChangeAccount(ctx context.Context, login string, change func(*identity.Account) (identity.AccountChange, error)) error {
	var refused error
	err := s.write(ctx, func(tx *sql.Tx) error {
		refused = nil
		// Takes the row before it is read, on every engine: of two changes at once the second sees what the first did.
		if _, err := tx.ExecContext(ctx, "UPDATE staff SET name = name WHERE login = $1", login); err != nil {
			return err
		}
		a, err := readAccount(ctx, tx, login)
		if err != nil {
			return err
		}
		recovery := slices.Clone(a.Recovery)
		made, err := change(a)
		if err != nil {
			refused = err
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE staff SET name = $2, role = $3, region_code = $4, department_code = $5, hall_code = $6,
			seat_code = $7, work_no = $8, state = $9, must_change = $10, password = $11, email = $12, totp = $13, totp_pending = $14,
			totp_step = $15, version = $16 WHERE login = $1`,
			login, a.Name, a.Role, a.Region, a.Department, a.Hall, a.Seat, a.WorkNo, a.State, a.MustChange, a.PasswordHash, a.EmailSealed,
			a.TOTPSealed, a.PendingSealed, a.TOTPStep, a.Version)
		if err == nil && !slices.EqualFunc(recovery, a.Recovery, bytes.Equal) {
			err = writeRecovery(ctx, tx, login, a.Recovery)
		}
		if err == nil && made.EndSessions {
			_, err = tx.ExecContext(ctx, "DELETE FROM staff_session WHERE login = $1 AND token <> $2", login, made.Keep[:])
		}
		if err != nil {
			return err
		}
		return s.note(ctx, tx, made.Entry)
	})
	switch {
	case refused != nil:
		return refused
	case errors.Is(err, sql.ErrNoRows):
		return identity.ErrNoStaff
	case err != nil:
		return fmt.Errorf("change an account: %w", err)
	}
	return nil
}

// Staff lists accounts; see identity.StaffStore.
func (s *Store) Staff(ctx context.Context, f identity.StaffFilter, after string, limit int) ([]identity.Staff, error) {
	var w conditions
	w.add("login > ?", after)
	w.when(f.Bounds.RegionTo != "", "seat_code >= ? AND seat_code < ?", f.Bounds.RegionFrom, f.Bounds.RegionTo)
	w.when(f.Bounds.Department != "", "department_code = ?", f.Bounds.Department)
	w.when(f.Bounds.Hall != "", "hall_code = ?", f.Bounds.Hall)
	w.when(f.Role != "", "role = ?", f.Role)
	w.when(f.State != "", "state = ?", f.State)
	if f.Text != "" {
		part := "%" + escaped(f.Text) + "%"
		w.add("("+s.engine.like("login", "?")+" OR "+s.engine.like("name", "?")+")", part, part)
	}
	var staff []identity.Staff
	query := "SELECT " + staffColumns + " FROM staff WHERE " + w.text() + " ORDER BY login LIMIT " + w.bind(limit)
	rows, err := s.engine.reader().QueryContext(ctx, query, w.arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		one, err := scanStaff(rows)
		staff = append(staff, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", s.readFault(err))
	}
	return staff, nil
}
