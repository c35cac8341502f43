package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/org"
)

var _ org.Store = (*Store)(nil)

var (
	regionChange = &insertion{
		table: "region", columns: regionInsertion.columns,
		conflict: "ON CONFLICT (code) DO UPDATE SET name = excluded.name, pending = excluded.pending",
	}
	departmentChange = &insertion{
		table: "department", columns: departmentInsertion.columns,
		conflict: "ON CONFLICT (code) DO UPDATE SET name = excluded.name, region_code = excluded.region_code, pending = excluded.pending",
	}
	itemChange = &insertion{
		table: "item", columns: itemInsertion.columns,
		conflict: "ON CONFLICT (code) DO UPDATE SET name = excluded.name, department_code = excluded.department_code, pending = excluded.pending",
	}
	successionInsertion = &insertion{
		table: "succession", columns: []column{
			{"kind", "text"}, {"former", "text"}, {"code", "text"}, {"at", "int8"}, {"moved_at", "int8"},
		},
		conflict: "ON CONFLICT (kind, former) DO UPDATE SET code = excluded.code, at = excluded.at, moved_at = excluded.moved_at",
	}
)

func readSuccessions(ctx context.Context, tx *sql.Tx) ([]org.Succession, error) {
	return all(ctx, tx, "SELECT kind, former, code FROM succession ORDER BY kind, former",
		func(s *org.Succession) []any { return []any{&s.Kind, &s.Former, &s.Code} })
}

// Registers gives all regions, departments and successions at one moment; see org.Store.
func (s *Store) Registers(ctx context.Context) (r org.Registers, err error) {
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		r, err = readRegisters(ctx, tx)
		return err
	})
	return r, err
}

func readRegisters(ctx context.Context, tx *sql.Tx) (r org.Registers, err error) {
	r.Regions, err = all(ctx, tx, "SELECT code, name, pending FROM region ORDER BY code",
		func(r *org.Region) []any { return []any{&r.Code, &r.Name, &r.Pending} })
	if err != nil {
		return r, err
	}
	r.Departments, err = all(ctx, tx, "SELECT code, name, region_code, pending FROM department ORDER BY code",
		func(d *org.Department) []any { return []any{&d.Code, &d.Name, &d.RegionCode, &d.Pending} })
	if err != nil {
		return r, err
	}
	r.Successions, err = readSuccessions(ctx, tx)
	return r, err
}

// SaveRegisters stores changes in one durable transaction; see org.Store. Whoever is moving records begins again, so that he
// knows of all codes that were given up.
func (s *Store) SaveRegisters(ctx context.Context, changes org.Changes) error {
	at := s.now().UnixMicro()
	err := s.write(ctx, func(tx *sql.Tx) error {
		parts := []part{
			{regionChange, rowsOf(changes.Regions, func(r org.Region) []any { return []any{r.Code, r.Name, r.Pending} })},
			{departmentChange, rowsOf(changes.Departments, func(d org.Department) []any {
				return []any{d.Code, d.Name, d.RegionCode, d.Pending}
			})},
			{itemChange, rowsOf(changes.Items, func(i org.Item) []any { return []any{i.Code, i.Name, i.DepartmentCode, i.Pending} })},
			{successionInsertion, rowsOf(changes.Successions, func(one org.Succession) []any {
				return []any{string(one.Kind), one.Former, one.Code, at, int64(0)}
			})},
		}
		if len(changes.Successions) > 0 {
			if err := giveUp(ctx, tx, changes.Since); err != nil {
				return err
			}
		}
		current, err := s.standing(ctx, tx, &changes)
		if err != nil {
			return err
		}
		if changes.Overtaken(&current) {
			return org.ErrChanged
		}
		entries := registerNotes(&current, &changes)
		if err := s.insertParts(ctx, tx, parts); err != nil {
			return err
		}
		if err := s.joinHalls(ctx, tx, changes.Successions); err != nil {
			return err
		}
		if len(changes.Successions) > 0 {
			moved, err := s.moveBounds(ctx, tx)
			if err != nil {
				return err
			}
			entries = append(entries, moved...)
		}
		for _, entry := range entries {
			if err := s.note(ctx, tx, entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save registers: %w", err)
	}
	return nil
}

// giveUp lets nobody else give codes up until the transaction ends: of two at once the second waits for the first here, and sees
// what it gave up. The row of moving is taken first, which is made where there is none, and goes so that moving begins again.
func giveUp(ctx context.Context, tx *sql.Tx, since []org.Succession) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO moving (id, token, stage, place, begun) VALUES (1, '', 0, '', 0)
		ON CONFLICT (id) DO UPDATE SET token = moving.token`)
	if err != nil {
		return err
	}
	now, err := readSuccessions(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.Equal(now, since) {
		return org.ErrChanged
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM moving")
	return err
}

// standing are the entries that changes are about as they are stored now, locked.
func (s *Store) standing(ctx context.Context, tx *sql.Tx, changes *org.Changes) (now org.Registers, err error) {
	where := func(n int, code func(int) string) (condition string, codes any) {
		list := make([]string, n)
		for i := range list {
			list[i] = code(i)
		}
		return " WHERE " + s.engine.anyText("code", "$1") + " ORDER BY code" + s.engine.locking(), s.engine.texts(list)
	}
	condition, codes := where(len(changes.Regions), func(i int) string { return changes.Regions[i].Code })
	now.Regions, err = all(ctx, tx, "SELECT code, name, pending FROM region"+condition,
		func(r *org.Region) []any { return []any{&r.Code, &r.Name, &r.Pending} }, codes)
	if err != nil {
		return now, err
	}
	condition, codes = where(len(changes.Departments), func(i int) string { return changes.Departments[i].Code })
	now.Departments, err = all(ctx, tx, "SELECT code, name, region_code, pending FROM department"+condition,
		func(d *org.Department) []any { return []any{&d.Code, &d.Name, &d.RegionCode, &d.Pending} }, codes)
	if err != nil {
		return now, err
	}
	condition, codes = where(len(changes.Items), func(i int) string { return changes.Items[i].Code })
	now.Items, err = all(ctx, tx, "SELECT code, name, department_code, pending FROM item"+condition,
		func(i *org.Item) []any { return []any{&i.Code, &i.Name, &i.DepartmentCode, &i.Pending} }, codes)
	return now, err
}

// joinHalls gives the windows and officers of halls that were given up, and what officers are known by, to those that take their place. The hall itself stays
// for its code, which is never given again, without the name that another may want.
func (s *Store) joinHalls(ctx context.Context, tx *sql.Tx, successions []org.Succession) error {
	for _, one := range successions {
		if one.Kind != org.OfHall {
			continue
		}
		for _, statement := range []string{
			"UPDATE hall SET name = code WHERE code = $1 AND code <> $2",
			"UPDATE hall_window SET hall_code = $2 WHERE hall_code = $1",
			"DELETE FROM officer WHERE hall_code = $1 AND work_no IN (SELECT work_no FROM officer WHERE hall_code = $2)",
			"UPDATE officer SET hall_code = $2 WHERE hall_code = $1",
			`DELETE FROM officer_mark WHERE hall_code = $1 AND EXISTS (SELECT 1 FROM officer_mark o
				WHERE o.hall_code = $2 AND o.work_no = officer_mark.work_no AND o.mark = officer_mark.mark)`,
			"UPDATE officer_mark SET hall_code = $2 WHERE hall_code = $1",
		} {
			if _, err := tx.ExecContext(ctx, statement, one.Former, one.Code); err != nil {
				return fmt.Errorf("join halls: %w", err)
			}
		}
	}
	return nil
}

// formerIn is a condition that one of these columns holds a code that was given up, with its arguments, which are numbered
// behind the first ones.
func (s *Store) formerIn(successions *org.Successions, columns map[org.Kind][]string, first int) (condition string, arguments []any) {
	var conditions []string
	argument := func(value any) string {
		arguments = append(arguments, value)
		return placeholder(first + len(arguments))
	}
	for _, kind := range []org.Kind{org.OfDepartment, org.OfHall, org.OfEntity, org.OfItem} {
		former := successions.Former(kind)
		if len(former) == 0 || len(columns[kind]) == 0 {
			continue
		}
		list := argument(s.engine.texts(former))
		for _, column := range columns[kind] {
			conditions = append(conditions, s.engine.anyText(column, list))
		}
	}
	for _, former := range successions.Former(org.OfRegion) {
		if !org.IsRegion(former) { // nothing counts there
			continue
		}
		from, to := org.Range(former)
		from, to = argument(from), argument(to)
		for _, column := range columns[org.OfRegion] {
			conditions = append(conditions, column+" >= "+from+" AND "+column+" < "+to)
		}
	}
	if len(conditions) == 0 {
		return "1 = 0", nil
	}
	return "(" + strings.Join(conditions, " OR ") + ")", arguments
}
