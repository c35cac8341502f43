package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

// bounded are the columns of accounts and of subscriptions that bound them.
var (
	staffBounds = map[org.Kind][]string{
		org.OfDepartment: {"department_code"}, org.OfHall: {"hall_code"}, org.OfRegion: {"region_code", "seat_code"},
	}
	subscriptionBounds = map[org.Kind][]string{
		org.OfDepartment: {"department"}, org.OfHall: {"hall"}, org.OfRegion: {"region"},
	}
)

// moveBounds gives accounts, subscriptions and limits of cases the codes that count now: their records are moved, and who handled the
// cases of a department would see none of them under its new code. It gives what is to be noted of it.
func (s *Store) moveBounds(ctx context.Context, tx *sql.Tx) (entries []audit.Entry, err error) {
	given, err := readSuccessions(ctx, tx)
	if err != nil {
		return nil, err
	}
	successions := org.NewSuccessions(given)
	if entries, err = s.moveStaff(ctx, tx, successions); err != nil {
		return nil, fmt.Errorf("move accounts: %w", err)
	}
	if err := s.moveSubscriptions(ctx, tx, successions); err != nil {
		return nil, fmt.Errorf("move subscriptions: %w", err)
	}
	limits, err := s.moveLimits(ctx, tx, successions)
	if err != nil {
		return nil, fmt.Errorf("move limits of cases: %w", err)
	}
	return append(entries, limits...), nil
}

func (s *Store) moveStaff(ctx context.Context, tx *sql.Tx, successions *org.Successions) (entries []audit.Entry, err error) {
	condition, arguments := s.formerIn(successions, staffBounds, 0)
	var staff []identity.Staff
	rows, err := tx.QueryContext(ctx, "SELECT "+staffColumns+" FROM staff WHERE "+condition+" ORDER BY login"+s.engine.locking(), arguments...) //nolint:gosec // our own condition
	err = each(rows, err, func(rows *sql.Rows) error {
		one, err := scanStaff(rows)
		staff = append(staff, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range staff {
		is := staff[i]
		is.Scope = settled(is.Scope, successions)
		if is.Seat, err = seatNow(ctx, tx, &is, successions); err != nil {
			return nil, err
		}
		if is.Scope == staff[i].Scope && is.Seat == staff[i].Seat { // a code that leads nowhere else
			continue
		}
		_, err := tx.ExecContext(ctx, "UPDATE staff SET region_code = $2, department_code = $3, hall_code = $4, seat_code = $5, version = version + 1 WHERE login = $1",
			is.Login, is.Region, is.Department, is.Hall, is.Seat)
		if err != nil {
			return nil, err
		}
		entries = append(entries, audit.Entry{Action: "staff.change", Object: "staff:" + is.Login, Before: identity.Told(&staff[i]), After: identity.Told(&is)})
	}
	return entries, nil
}

func settled(scope identity.Scope, successions *org.Successions) identity.Scope {
	return identity.Scope{
		Region:     successions.Code(org.OfRegion, scope.Region),
		Department: successions.Code(org.OfDepartment, scope.Department),
		Hall:       successions.Code(org.OfHall, scope.Hall),
	}
}

// seatNow is the region that an account is for, or that its unit is in.
func seatNow(ctx context.Context, tx *sql.Tx, of *identity.Staff, successions *org.Successions) (seat string, err error) {
	seat = of.Seat
	for _, unit := range []struct{ code, query string }{
		{of.Department, "SELECT region_code FROM department WHERE code = $1"}, {of.Hall, "SELECT region_code FROM hall WHERE code = $1"},
	} {
		if of.Region != "" || unit.code == "" {
			continue
		}
		if err = tx.QueryRowContext(ctx, unit.query, unit.code).Scan(&seat); err == nil || !errors.Is(err, sql.ErrNoRows) {
			break
		}
		err = nil
	}
	return successions.Code(org.OfRegion, seat), err
}

func (s *Store) moveSubscriptions(ctx context.Context, tx *sql.Tx, successions *org.Successions) error {
	condition, arguments := s.formerIn(successions, subscriptionBounds, 0)
	type bounded struct {
		id string
		identity.Scope
	}
	found, err := all(ctx, tx, "SELECT id, region, department, hall FROM subscription WHERE "+condition+" ORDER BY id"+s.engine.locking(),
		func(b *bounded) []any { return []any{&b.id, &b.Region, &b.Department, &b.Hall} }, arguments...)
	if err != nil {
		return err
	}
	for _, was := range found {
		is := settled(was.Scope, successions)
		_, err := tx.ExecContext(ctx, "UPDATE subscription SET region = $2, department = $3, hall = $4, version = version + 1 WHERE id = $1",
			was.id, is.Region, is.Department, is.Hall)
		if err != nil {
			return err
		}
	}
	return nil
}
