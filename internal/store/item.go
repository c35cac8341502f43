package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/org"
)

// notGivenUp is a condition that an item i has not become part of another one.
const notGivenUp = "NOT EXISTS (SELECT 1 FROM succession s WHERE s.kind = 'item' AND s.former = i.code)"

// Items gives items of a filter; see org.Store. An item is where its department is.
func (s *Store) Items(ctx context.Context, f org.ItemFilter) ([]org.Item, error) {
	w := conditions{}
	w.add("i.code > ?", f.After)
	w.add(notGivenUp)
	w.when(f.Code != "", "i.code = ?", f.Code)
	if f.Codes != nil {
		w.add(s.engine.anyText("i.code", "?"), s.engine.texts(f.Codes))
	}
	if f.Text != "" {
		from, text := "%"+escaped(f.Text)+"%", escaped(f.Text)+"%"
		w.add("("+s.engine.like("i.code", "?")+" OR "+s.engine.like("i.name", "?")+")", text, from)
	}
	w.when(f.Pending || f.Placed, "i.pending = ?", f.Pending)
	w.when(f.Department != "", "i.department_code = ?", f.Department)
	w.placed("coalesce(d.region_code, '')", "i.department_code", f.Bounds)
	var found []org.Item
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT i.code, i.name, i.department_code, i.pending FROM item i
		LEFT JOIN department d ON d.code = i.department_code WHERE `+w.text()+fmt.Sprintf(" ORDER BY i.code LIMIT %d", f.Limit), w.arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var i org.Item
		err := rows.Scan(&i.Code, &i.Name, &i.DepartmentCode, &i.Pending)
		found = append(found, i)
		return err
	})
	return found, s.readFault(err)
}

// placed bounds items by the places of their departments.
func (c *conditions) placed(region, department string, b org.Bounds) {
	c.when(b.RegionTo != "", region+" >= ? AND "+region+" < ?", b.RegionFrom, b.RegionTo)
	c.when(b.Department != "", department+" = ?", b.Department)
}

// SaveItem stores an item that is there; see org.Store.
func (s *Store) SaveItem(ctx context.Context, item org.Item, seen string) (now *org.Item, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		now = nil
		was := org.Item{Code: item.Code}
		err := tx.QueryRowContext(ctx, "SELECT name, department_code, pending FROM item i WHERE code = $1 AND "+notGivenUp+s.engine.locking(), item.Code).
			Scan(&was.Name, &was.DepartmentCode, &was.Pending)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if now = &was; was == item || seen != "" && !was.Pending && was.Seen() != seen {
			return nil
		}
		_, err = tx.ExecContext(ctx, "UPDATE item SET name = $2, department_code = $3, pending = $4 WHERE code = $1",
			item.Code, item.Name, item.DepartmentCode, item.Pending)
		if err != nil {
			return err
		}
		now = &item
		return s.note(ctx, tx, audit.Entry{Action: "item.save", Object: "item:" + item.Code, Before: toldItem(was), After: toldItem(item)})
	})
	return now, err
}

// CountPending counts codes that wait to be placed; see org.Store.
func (s *Store) CountPending(ctx context.Context, b org.Bounds) (p org.Pending, err error) {
	for _, one := range []struct {
		from, region, department string
		into                     *int
	}{
		{"region r", "r.code", "", &p.Regions},
		{"department r", "r.region_code", "r.code", &p.Departments},
		{"item r LEFT JOIN department d ON d.code = r.department_code", "coalesce(d.region_code, '')", "r.department_code", &p.Items},
	} {
		if one.department == "" && b.Department != "" {
			continue
		}
		w := conditions{}
		w.add("r.pending")
		w.add("NOT EXISTS (SELECT 1 FROM succession s WHERE s.former = r.code)")
		w.placed(one.region, one.department, b)
		err := s.engine.reader().QueryRowContext(ctx, "SELECT count(*) FROM "+one.from+" WHERE "+w.text(), w.arguments...).Scan(one.into)
		if err != nil {
			return p, fmt.Errorf("count pending codes: %w", s.readFault(err))
		}
	}
	return p, nil
}
