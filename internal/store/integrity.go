package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

var _ integrity.Store = (*Store)(nil)

var (
	originInsertion = &insertion{table: "review_origin", columns: []column{
		{"slot", "int2"}, {"serial", "text"}, {"device", "bytea"}, {"address", "bytea"},
	}}
	findingReviewInsertion = &insertion{table: "finding_review", columns: []column{
		{"slot", "int2"}, {"serial", "text"}, {"finding", "text"}, {"position", "int4"}, {"withdrawn", "int2"},
	}}
	officerMarkInsertion = &insertion{
		table: "officer_mark", columns: []column{{"hall_code", "text"}, {"work_no", "text"}, {"mark", "bytea"}},
		conflict: "ON CONFLICT (hall_code, work_no, mark) DO NOTHING",
	}
)

// ClaimDay takes a day that is to be examined; see integrity.Store. How many reviews there are on a day is read from the counters of everything: a few
// rows a day.
func (s *Store) ClaimDay(ctx context.Context, from, to int, now, stale, until time.Time) (day int, reviews int64, err error) {
	type examined struct{ reviews, at, until int64 }
	before, counted := map[int]examined{}, map[int]int64{}
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT day, reviews, examined_at, lease_until FROM examined_day WHERE day >= $1 AND day <= $2", from, to)
	err = each(rows, err, func(rows *sql.Rows) error {
		var on int
		var e examined
		err := rows.Scan(&on, &e.reviews, &e.at, &e.until)
		before[on] = e
		return err
	})
	if err != nil {
		return 0, 0, s.readFault(err)
	}
	rows, err = s.engine.reader().QueryContext(ctx, `SELECT period, n1 + n2 + n3 + n4 + n5 FROM counter
		WHERE dimension = $1 AND period >= $2 AND period <= $3 AND code = $4 AND channel <> '*' AND lane >= 0`,
		int(figures.Region(org.LevelAll)), from, to, org.AllRegions)
	err = each(rows, err, func(rows *sql.Rows) error {
		var on int
		var n int64
		err := rows.Scan(&on, &n)
		counted[on] += n
		return err
	})
	if err != nil {
		return 0, 0, s.readFault(err)
	}
	var days []int
	for on, n := range counted {
		if e := before[on]; n != e.reviews && e.at < stale.UnixMicro() && e.until < now.UnixMicro() {
			days = append(days, on)
		}
	}
	slices.Sort(days)
	for _, on := range slices.Backward(days) {
		claimed := false
		err := s.write(ctx, func(tx *sql.Tx) error {
			result, err := tx.ExecContext(ctx, `INSERT INTO examined_day (day, reviews, examined_at, lease_until) VALUES ($1, 0, 0, $2)
				ON CONFLICT (day) DO UPDATE SET lease_until = excluded.lease_until WHERE examined_day.lease_until < $3 AND examined_day.examined_at = $4`,
				on, until.UnixMicro(), now.UnixMicro(), before[on].at)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			claimed = n == 1
			return err
		})
		if err != nil || claimed {
			return on, counted[on], err
		}
	}
	return 0, 0, nil
}

// DaySightings reads the reviews of a day that count; see integrity.Store.
func (s *Store) DaySightings(ctx context.Context, day int, after *integrity.After, limit int) ([]integrity.Sealed, error) {
	from, serial := beijing.DayStart(day).UnixMicro()-1, "~"
	if after != nil {
		from, serial = after.At.UnixMicro(), after.Serial
	}
	var found []integrity.Sealed
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT r.serial, r.slot, r.stars, r.eval_time, r.region_code, r.department_code, r.hall_code, r.window_code,
			r.work_no, r.channel, r.person_index, r.certificate_index, r.sealed, o.device, o.address
		FROM review r LEFT JOIN review_origin o ON o.slot = r.slot AND o.serial = r.serial
		WHERE r.eval_time < $1 AND (r.eval_time, r.serial) > ($2, $3) AND r.state = `+strconv.Itoa(int(review.Counting))+` ORDER BY r.eval_time, r.serial LIMIT $4`,
		beijing.DayStart(beijing.AddDays(day, 1)).UnixMicro(), from, serial, limit)
	err = each(rows, err, func(rows *sql.Rows) error {
		var r integrity.Sealed
		var at int64
		var channel string
		var person, certificate, device, address []byte
		err := rows.Scan(&r.Serial, &r.Slot, &r.Stars, &at, &r.Place.Region, &r.Place.Department, &r.Place.Hall, &r.Place.Window, &r.WorkNo, &channel,
			&person, &certificate, &r.Personal, &device, &address)
		r.At, r.OnSpot = time.UnixMicro(at), channel == catalog.HallQR || channel == catalog.HallPad
		for _, mark := range []struct {
			to   *integrity.Mark
			from []byte
		}{{&r.Person, person}, {&r.Certificate, certificate}, {&r.Device, device}, {&r.Address, address}} {
			copy(mark.to[:], mark.from)
		}
		found = append(found, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the reviews of a day: %w", s.readFault(err))
	}
	return found, nil
}

// PastOf fills what places had before; see integrity.Store.
func (s *Store) PastOf(ctx context.Context, day int, past *integrity.Past) error {
	for _, of := range []struct {
		kind             integrity.PlaceKind
		reviews, affairs figures.Dimension
	}{
		{integrity.WindowPlace, figures.Window, figures.AffairWindow},
		{integrity.HallPlace, figures.Hall, figures.AffairHall},
		{integrity.DepartmentPlace, figures.Department, figures.AffairDepartment},
	} {
		rows, err := s.engine.reader().QueryContext(ctx, `SELECT dimension, period, code, n1, n1 + n2 + n3 + n4 + n5, n5 FROM counter
			WHERE dimension IN ($1, $2) AND period >= $3 AND period <= $4 AND channel <> '*' AND lane >= 0`,
			int(of.reviews), int(of.affairs), past.Days[0], day)
		err = each(rows, err, func(rows *sql.Rows) error {
			var dimension figures.Dimension
			var on, n1, all, five int
			var code string
			if err := rows.Scan(&dimension, &on, &code, &n1, &all, &five); err != nil {
				return err
			}
			key := integrity.Key{Kind: of.kind, Code: code}
			switch {
			case dimension == of.affairs && on == day:
				past.Affairs[key] += n1
			case dimension == of.affairs:
				past.Add(key, on, integrity.Tally{Affairs: n1})
			default:
				past.Add(key, on, integrity.Tally{All: all, Five: five})
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read what places had before: %w", s.readFault(err))
		}
	}
	return nil
}

// Officers are whose marks are known; see integrity.Store.
func (s *Store) Officers(ctx context.Context) (map[integrity.Mark][]integrity.OfficerMark, error) {
	officers := map[integrity.Mark][]integrity.OfficerMark{}
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT m.mark, m.hall_code, m.work_no, coalesce(o.window_code, '') FROM officer_mark m
		LEFT JOIN officer o ON o.hall_code = m.hall_code AND o.work_no = m.work_no ORDER BY m.hall_code, m.work_no, m.mark`)
	err = each(rows, err, func(rows *sql.Rows) error {
		var bytes []byte
		var mark integrity.Mark
		var o integrity.OfficerMark
		err := rows.Scan(&bytes, &o.Hall, &o.WorkNo, &o.Window)
		copy(mark[:], bytes)
		officers[mark] = append(officers[mark], o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read officers' marks: %w", s.readFault(err))
	}
	return officers, nil
}

// findingID names a finding: what is found again is the same one.
func findingID(f *integrity.Finding) string {
	key := f.Place.Key()
	return fmt.Sprintf("%d-%s-%s-%s", f.Day, f.Kind, key.Kind, key.Code)
}

// KeepFindings stores what was found on a day; see integrity.Store.
func (s *Store) KeepFindings(ctx context.Context, day int, reviews int64, findings []integrity.Finding, at time.Time) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range findings {
			if err := s.keepFinding(ctx, tx, &findings[i], at); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO examined_day (day, reviews, examined_at, lease_until) VALUES ($1, $2, $3, 0)
			ON CONFLICT (day) DO UPDATE SET reviews = excluded.reviews, examined_at = excluded.examined_at, lease_until = 0`, day, reviews, at.UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep findings: %w", err)
	}
	return nil
}

func (s *Store) keepFinding(ctx context.Context, tx *sql.Tx, f *integrity.Finding, at time.Time) error {
	evidence, err := json.Marshal(f.Evidence)
	if err != nil {
		return err
	}
	id := findingID(f)
	result, err := tx.ExecContext(ctx, `INSERT INTO finding (id, kind, day, region_code, department_code, hall_code, window_code, strength, seen, expected_tenths,
			concerned, evidence, state, version, found_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open', 0, $13)
		ON CONFLICT (id) DO UPDATE SET strength = excluded.strength, seen = excluded.seen, expected_tenths = excluded.expected_tenths,
			concerned = excluded.concerned, evidence = excluded.evidence WHERE finding.state = 'open'`,
		id, string(f.Kind), f.Day, f.Place.Region, f.Place.Department, f.Place.Hall, f.Place.Window, f.Strength, f.Count, int(f.Expected*10+0.5),
		f.Concerned, string(evidence), at.UnixMicro())
	if err != nil {
		return err
	}
	if kept, err := result.RowsAffected(); err != nil || kept == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM finding_review WHERE finding = $1", id); err != nil {
		return err
	}
	rows := make([][]any, len(f.Reviews))
	for i, r := range f.Reviews {
		rows[i] = []any{r.Slot, r.Serial, id, i, 0}
	}
	return s.insertParts(ctx, tx, []part{{findingReviewInsertion, rows}})
}

// SweepOrigins deletes old origins; see integrity.Store. Serial numbers sort by time within their slots.
func (s *Store) SweepOrigins(ctx context.Context, before time.Time, most int) (deleted int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		deleted = 0
		for slot := range review.Slots {
			result, err := tx.ExecContext(ctx, `DELETE FROM review_origin WHERE slot = $1 AND serial IN
				(SELECT serial FROM review_origin WHERE slot = $1 AND serial < $2 ORDER BY serial LIMIT $3)`, slot, review.SerialsFrom(before), most-deleted)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if deleted += int(n); err != nil || deleted >= most {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep origins: %w", err)
	}
	return deleted, nil
}

// SetOfficerMarks replaces the marks of officers; see integrity.Store. The marks are no part of the entry: they are of personal numbers.
func (s *Store) SetOfficerMarks(ctx context.Context, officers []integrity.OfficerMarks) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		given, err := readSuccessions(ctx, tx)
		if err != nil {
			return err
		}
		successions := org.NewSuccessions(given)
		var rows [][]any
		halls := map[string]int{}
		for _, o := range officers {
			o.Hall = successions.Code(org.OfHall, o.Hall) // an old list has the code that was given up
			if _, err := tx.ExecContext(ctx, "DELETE FROM officer_mark WHERE hall_code = $1 AND work_no = $2", o.Hall, o.WorkNo); err != nil {
				return err
			}
			for _, mark := range o.Marks {
				rows = append(rows, []any{o.Hall, o.WorkNo, mark[:]})
			}
			halls[o.Hall]++
		}
		if err := s.insertParts(ctx, tx, []part{{officerMarkInsertion, rows}}); err != nil {
			return err
		}
		var told []string
		for hall, n := range halls {
			told = append(told, fmt.Sprintf("%s: %d", hall, n))
		}
		slices.Sort(told)
		return s.note(ctx, tx, audit.Entry{Action: "integrity.officers", Object: "officers", After: strings.Join(told[:min(len(told), 20)], ", ")})
	})
	if err != nil {
		return fmt.Errorf("set officers' marks: %w", err)
	}
	return nil
}

// CountOfficerMarks counts officers with marks; see integrity.Store.
func (s *Store) CountOfficerMarks(ctx context.Context) (map[string]int, error) {
	halls := map[string]int{}
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT hall_code, count(DISTINCT work_no) FROM officer_mark GROUP BY hall_code")
	err = each(rows, err, func(rows *sql.Rows) error {
		var hall string
		var n int
		err := rows.Scan(&hall, &n)
		halls[hall] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count officers' marks: %w", s.readFault(err))
	}
	return halls, nil
}
