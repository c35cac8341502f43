package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/fault"
)

var _ erasure.Store = (*Store)(nil)

const erasureColumns = "id, login, kind, wanted, reason, state, stage, place, reviews, affairs, rejected, cases, unread, at, ended_at, version"

// storedErasure is a request with where its search is.
type storedErasure struct {
	erasure.Request
	place string
}

func scanErasure(scan func(...any) error) (r storedErasure, err error) {
	var at, ended int64
	err = scan(&r.ID, &r.Login, &r.Kind, &r.Wanted, &r.Reason, &r.State, &r.Stage, &r.place, &r.Reviews, &r.Affairs, &r.Rejected, &r.Cases, &r.Unread, &at, &ended, &r.Version)
	if r.At = moment(at); ended > 0 {
		r.Ended = moment(ended)
	}
	return r, err
}

// AddErasure keeps a request; see erasure.Store.
func (s *Store) AddErasure(ctx context.Context, r erasure.Request) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO erasure (`+erasureColumns+`, before_at)
			VALUES ($1, $2, $3, $4, $5, $6, 0, '', 0, 0, 0, 0, 0, $7, 0, 1, 0)`,
			r.ID, r.Login, string(r.Kind), r.Wanted, r.Reason, int(erasure.Searching), r.At.UnixMicro())
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "erasure.ask", Object: "erasure:" + r.ID, Reason: r.Reason})
	})
	if err != nil {
		return fmt.Errorf("add an erasure: %w", err)
	}
	return nil
}

// Erasures are requests, newest first; see erasure.Store.
func (s *Store) Erasures(ctx context.Context, before string, limit int) ([]erasure.Request, error) {
	query, arguments := "SELECT "+erasureColumns+" FROM erasure WHERE login <> ''", []any{min(max(limit, 1), 1000)}
	if before != "" {
		query += " AND (at, id) < (SELECT b.at, b.id FROM erasure b WHERE b.id = $2)"
		arguments = append(arguments, before)
	}
	var found []erasure.Request
	rows, err := s.engine.reader().QueryContext(ctx, query+" ORDER BY at DESC, id DESC LIMIT $1", arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		r, err := scanErasure(rows.Scan)
		found = append(found, r.Request)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", s.readFault(err))
	}
	return found, nil
}

// Erasure is one request; see erasure.Store.
func (s *Store) Erasure(ctx context.Context, id string) (erasure.Request, error) {
	r, err := scanErasure(s.engine.reader().QueryRowContext(ctx, "SELECT "+erasureColumns+" FROM erasure WHERE id = $1 AND login <> ''", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r.Request, fault.NewMissing("没有这个申请")
	}
	return r.Request, s.readFault(err)
}

// DecideErasure moves a request on; see erasure.Store. One that is dropped forgets the number and what was found.
func (s *Store) DecideErasure(ctx context.Context, id string, version int, to erasure.State) error {
	from := [2]erasure.State{erasure.Found, erasure.Found}
	if to == erasure.Dropped {
		from[1] = erasure.Aside
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		at := s.now().UnixMicro()
		result, err := tx.ExecContext(ctx, "UPDATE erasure SET state = $1, version = version + 1 WHERE id = $2 AND version = $3 AND state IN ($4, $5)",
			int(to), id, version, int(from[0]), int(from[1]))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.NewConflict("这个申请刚刚有了变化，请返回看过再操作"))
		}
		r, err := scanErasure(tx.QueryRowContext(ctx, "SELECT "+erasureColumns+" FROM erasure WHERE id = $1", id).Scan)
		if err != nil {
			return err
		}
		entry := audit.Entry{Action: "erasure.confirm", Object: "erasure:" + id, After: erasureCounts(&r.Request)}
		if to == erasure.Dropped {
			entry = audit.Entry{Action: "erasure.drop", Object: "erasure:" + id, Before: erasureCounts(&r.Request)}
			if err := forgetErasure(ctx, tx, id, at); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("decide an erasure: %w", err)
	}
	return nil
}

func erasureCounts(r *erasure.Request) string {
	counts := fmt.Sprintf("评价%d条，办件%d件，未收%d行，工单%d件", r.Reviews, r.Affairs, r.Rejected, r.Cases)
	if r.Unread > 0 {
		counts += fmt.Sprintf("；无法读取%d条", r.Unread)
	}
	return counts
}

// forgetErasure takes away what a request that ends looked for and found.
func forgetErasure(ctx context.Context, tx *sql.Tx, id string, at int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM erasure_found WHERE erasure_id = $1", id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE erasure SET wanted = $1, place = '', ended_at = $2 WHERE id = $3", []byte{}, at, id)
	return err
}

// ExpireErasures drops what nobody confirmed; see erasure.Store.
func (s *Store) ExpireErasures(ctx context.Context, before time.Time) error {
	var late []storedErasure
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+erasureColumns+" FROM erasure WHERE state = $1 AND at < $2 AND found_at < $2 ORDER BY at, id LIMIT 10",
		int(erasure.Found), before.UnixMicro())
	err = each(rows, err, func(rows *sql.Rows) error {
		r, err := scanErasure(rows.Scan)
		late = append(late, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("find old erasures: %w", s.readFault(err))
	}
	for i := range late {
		if err := s.DecideErasure(ctx, late[i].ID, late[i].Version, erasure.Dropped); err != nil && fault.KindOf(err) != fault.Conflict {
			return err
		}
	}
	return nil
}

// NextErasure is the oldest request to be worked on; see erasure.Store.
func (s *Store) NextErasure(ctx context.Context, left []string) (erasure.Request, bool, error) {
	r, err := scanErasure(s.engine.reader().QueryRowContext(ctx, "SELECT "+erasureColumns+` FROM erasure
		WHERE login <> '' AND (state = $1 OR state = $2 AND NOT `+s.engine.anyText("id", "$3")+`) ORDER BY at, id LIMIT 1`,
		int(erasure.Erasing), int(erasure.Searching), s.engine.texts(append([]string{}, left...))).Scan) // a nil one would be NULL
	if errors.Is(err, sql.ErrNoRows) {
		return r.Request, false, nil
	}
	return r.Request, err == nil, s.readFault(err)
}

// SetErasureAside sets a request aside, or takes it up again; see erasure.Store. Nobody decided it, so the audit chain has no entry of it.
func (s *Store) SetErasureAside(ctx context.Context, id string, aside bool) error {
	from, to := erasure.Searching, erasure.Aside
	if !aside {
		from, to = to, from
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE erasure SET state = $1, version = version + 1 WHERE id = $2 AND state = $3", int(to), id, int(from))
		return err
	})
	if err != nil {
		return fmt.Errorf("set an erasure aside: %w", err)
	}
	return nil
}

// AsideErasures are requests that are aside; see erasure.Store.
func (s *Store) AsideErasures(ctx context.Context) ([]erasure.Request, error) {
	var found []erasure.Request
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+erasureColumns+" FROM erasure WHERE state = $1 AND login <> '' ORDER BY at, id LIMIT 100", int(erasure.Aside))
	err = each(rows, err, func(rows *sql.Rows) error {
		r, err := scanErasure(rows.Scan)
		found = append(found, r.Request)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list erasures that are aside: %w", s.readFault(err))
	}
	return found, nil
}

// erasable are the tables that hold personal data of citizens, by stage, with how their rows are walked and read.
var erasable = [erasure.Stages]struct {
	table   string
	keys    []column
	indexes string // by which a person may be found
}{
	erasure.Reviews:  {"review", []column{{"serial", "text"}, {"slot", "int2"}}, "person_index, certificate_index"},
	erasure.Affairs:  {"affair", []column{{"serial_no", "text"}, {"slot", "int2"}}, "NULL, certificate_index"},
	erasure.Rejected: {"affair_rejected", []column{{"key", "text"}, {"source", "text"}}, "NULL, NULL"},
}

// searchSeen is how many records are looked at for one piece of a search.
const searchSeen = 500

// SearchErasure looks through a piece; see erasure.Store.
func (s *Store) SearchErasure(ctx context.Context, r *erasure.Request, match erasure.Match) error {
	at, err := scanErasure(s.engine.reader().QueryRowContext(ctx, "SELECT "+erasureColumns+" FROM erasure WHERE id = $1", r.ID).Scan)
	if err != nil || at.State != erasure.Searching {
		return s.readFault(err)
	}
	from, err := readRowKey(at.place)
	if err != nil {
		return err
	}
	table := &erasable[at.Stage]
	names, _ := keyList(table.keys, 1)
	condition, arguments := "1 = 1", []any(nil)
	if from != nil {
		_, placeholders := keyList(table.keys, 1)
		condition = "(" + names + ") > (" + placeholders + ")"
		if arguments, err = from.arguments(table.keys); err != nil {
			return err
		}
	}
	var piece lookedThrough
	seen := 0
	rows, err := s.engine.reader().QueryContext(ctx, fmt.Sprintf("SELECT %s, sealed, %s FROM %s WHERE %s ORDER BY %[1]s LIMIT %[5]d",
		names, table.indexes, table.table, condition, searchSeen), arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		scan, c := newKeyScan(table.keys), erasure.Candidate{Stage: at.Stage}
		if err := rows.Scan(append(scan.fields(), &c.Sealed, &c.Person, &c.Certificate)...); err != nil {
			return err
		}
		piece.last = scan.key()
		seen++
		c.Key = piece.last[0]
		if at.Stage == erasure.Rejected {
			c.Source = piece.last[1]
		}
		about, unread := match(&c)
		if about {
			piece.found = append(piece.found, piece.last)
		}
		if unread {
			piece.unread++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("search for an erasure: %w", s.readFault(err))
	}
	piece.end = seen < searchSeen
	err = s.write(ctx, func(tx *sql.Tx) error { return s.keepFound(ctx, tx, &at, &piece) })
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("search for an erasure: %w", err)
	}
	if r.Unread = at.Unread + piece.unread; piece.end && at.Stage+1 == erasure.Stages {
		r.State = erasure.Found
	}
	return nil
}

// lookedThrough is a piece of a search: what is about the person, how many records did not open, and the last one; end says that the
// table has no more.
type lookedThrough struct {
	found  []rowKey
	unread int
	last   rowKey
	end    bool
}

// keepFound stores what a piece found, and how far the search is; what another process has looked through meanwhile is left.
func (s *Store) keepFound(ctx context.Context, tx *sql.Tx, at *storedErasure, piece *lookedThrough) error {
	cases, err := s.casesOf(ctx, tx, at.Stage, piece.found)
	if err != nil {
		return err
	}
	stage, state, place, foundAt := at.Stage, erasure.Searching, piece.last.String(), int64(0)
	if piece.end {
		stage, place = stage+1, ""
	}
	if stage == erasure.Stages {
		stage, state, foundAt = 0, erasure.Found, s.now().UnixMicro()
	}
	var counts [erasure.Stages]int
	counts[at.Stage] = len(piece.found)
	result, err := tx.ExecContext(ctx, `UPDATE erasure SET state = $1, stage = $2, place = $3, reviews = reviews + $4, affairs = affairs + $5,
		rejected = rejected + $6, cases = cases + $7, found_at = $8, unread = unread + $9, version = version + 1
		WHERE id = $10 AND state = $11 AND stage = $12 AND place = $13`,
		int(state), int(stage), place, counts[erasure.Reviews], counts[erasure.Affairs], counts[erasure.Rejected], cases, foundAt, piece.unread,
		at.ID, int(erasure.Searching), int(at.Stage), at.place)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errOvertaken, err)
	}
	var rows [][]any
	for _, key := range piece.found {
		rows = append(rows, []any{at.ID, int(at.Stage), key.String()})
	}
	return s.insertParts(ctx, tx, []part{{erasureFoundInsertion, rows}})
}

var erasureFoundInsertion = &insertion{
	table: "erasure_found", columns: []column{{"erasure_id", "text"}, {"stage", "int2"}, {"key", "text"}}, conflict: "ON CONFLICT (erasure_id, stage, key) DO NOTHING",
}
