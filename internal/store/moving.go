package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/org"
)

// Records under codes that were given up are moved piece by piece, each in one transaction with what it changes in the figures:
// first completed affairs with the reviews of each, then all other reviews. How far it has come is stored with every piece, so
// that it goes on wherever it was cut short, and of two that move at once one waits and then begins from there.
const (
	movingAffairs = 1
	movingReviews = 2
)

// All records are looked through once when a code is given up, and again when every process has read the registers since: what
// one that had not stored meanwhile is moved then. The last time is for one that was cut off for a while.
const (
	soon  = time.Minute
	later = 15 * time.Minute
)

// pieceSeen is how many records are looked at for one piece, pieceMoved how many of them are moved at most: a piece keeps
// those who store reviews waiting for some milliseconds.
const (
	pieceSeen  = 20_000
	pieceMoved = 200
)

// moving is how far it has come.
type moving struct {
	token string // another one whenever it begins
	stage int
	place string // the last key that was looked at
	begun int64
}

// errOvertaken says that another process moved the same piece, or that the registers changed.
var errOvertaken = errors.New("overtaken by another process")

// MoveRecords moves a piece of what stands under codes that were given up; see org.Store.
func (s *Store) MoveRecords(ctx context.Context) (org.Moved, error) {
	moved, err := s.movePiece(ctx)
	if errors.Is(err, errOvertaken) {
		return org.Moved{Going: true}, nil
	}
	if err != nil {
		return org.Moved{}, fmt.Errorf("move records: %w", err)
	}
	return moved, nil
}

func (s *Store) movePiece(ctx context.Context) (org.Moved, error) {
	at, going, err := s.moving(ctx)
	if err != nil || !going {
		return org.Moved{}, err
	}
	var list []org.Succession
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		list, err = readSuccessions(ctx, tx)
		return err
	})
	if err != nil {
		return org.Moved{}, err
	}
	m := &mover{store: s, at: at, successions: org.NewSuccessions(list)}
	if at.stage == movingAffairs {
		return m.affairs(ctx)
	}
	return m.reviews(ctx)
}

// moving reads how far it has come, and begins when it is time to.
func (s *Store) moving(ctx context.Context) (at moving, going bool, err error) {
	read := func() error {
		return s.engine.reader().QueryRowContext(ctx, "SELECT token, stage, place, begun FROM moving WHERE id = 1").
			Scan(&at.token, &at.stage, &at.place, &at.begun)
	}
	if err := read(); !errors.Is(err, sql.ErrNoRows) {
		return at, err == nil, s.readFault(err)
	}
	now := s.now().UnixMicro()
	var due bool
	err = s.engine.reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM succession
		WHERE moved_at = 0 OR moved_at < at + $1 AND at + $1 <= $3 OR moved_at < at + $2 AND at + $2 <= $3)`,
		soon.Microseconds(), later.Microseconds(), now).Scan(&due)
	if err != nil || !due {
		return at, false, s.readFault(err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO moving (id, token, stage, place, begun) VALUES (1, $1, $2, '', $3)
			ON CONFLICT (id) DO NOTHING`, rand.Text(), movingAffairs, now)
		return err
	})
	if err != nil {
		return at, false, err
	}
	if err := read(); err != nil {
		return at, false, s.readFault(err)
	}
	return at, true, nil
}

// mover moves one piece.
type mover struct {
	store       *Store
	at          moving
	successions *org.Successions
}

// piece is a range of keys with what is to be moved of it.
type piece struct {
	seen int
	keys []string
	last string // the last key that is done with
	end  bool   // there are no more
}

// find finds the next piece by keys of a table.
func (m *mover) find(ctx context.Context, table, key string, columns map[org.Kind][]string) (p piece, err error) {
	s := m.store
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %[1]s > $1 ORDER BY %[1]s LIMIT 1 OFFSET %[3]d", key, table, pieceSeen-1),
			m.at.place).Scan(&p.last)
		bound := " AND " + key + " <= $2"
		switch {
		case errors.Is(err, sql.ErrNoRows):
			p.end = true
			bound = " AND $2 = ''"
		case err != nil:
			return err
		}
		condition, arguments := s.formerIn(m.successions, columns, 2)
		rows, err := tx.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %[1]s > $1%[3]s AND %[4]s ORDER BY %[1]s LIMIT %[5]d", key, table, bound, condition, pieceMoved),
			append([]any{m.at.place, p.last}, arguments...)...)
		return each(rows, err, func(rows *sql.Rows) error {
			var k string
			err := rows.Scan(&k)
			p.keys = append(p.keys, k)
			return err
		})
	})
	p.seen = pieceSeen
	if len(p.keys) == pieceMoved { // there may be more in this range
		p.last, p.end, p.seen = p.keys[pieceMoved-1], false, 0
	}
	return p, err
}

// step moves a piece and stores that it is done, in one transaction.
func (m *mover) step(ctx context.Context, p piece, move func(tx *sql.Tx) error) (org.Moved, error) {
	moved := org.Moved{Going: true, Seen: p.seen, Moved: len(p.keys)}
	err := m.store.write(ctx, func(tx *sql.Tx) error {
		if err := m.advance(ctx, tx, p, &moved); err != nil || len(p.keys) == 0 {
			return err
		}
		if err := m.store.engine.byKeys(ctx, tx); err != nil {
			return err
		}
		return move(tx)
	})
	return moved, err
}

// advance goes on to the next piece; what another process has done meanwhile is not done again. Who holds the row holds all
// others up who move.
func (m *mover) advance(ctx context.Context, tx *sql.Tx, p piece, moved *org.Moved) error {
	query, arguments := "UPDATE moving SET stage = $4, place = $5 WHERE token = $1 AND stage = $2 AND place = $3",
		[]any{m.at.token, m.at.stage, m.at.place, m.at.stage, p.last}
	last := p.end && m.at.stage == movingReviews
	switch {
	case last:
		query, arguments = "DELETE FROM moving WHERE token = $1 AND stage = $2 AND place = $3", arguments[:3]
	case p.end:
		arguments[3], arguments[4] = movingReviews, ""
	}
	result, err := tx.ExecContext(ctx, query, arguments...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errOvertaken, err)
	}
	if !last {
		return nil
	}
	moved.Going = false
	_, err = tx.ExecContext(ctx, "UPDATE succession SET moved_at = $1", m.at.begun)
	return err
}

// reviews moves a piece of the reviews.
func (m *mover) reviews(ctx context.Context) (org.Moved, error) {
	p, err := m.find(ctx, "review", "serial", map[org.Kind][]string{
		org.OfRegion: {"region_code", "own_region"}, org.OfDepartment: {"department_code"}, org.OfHall: {"hall_code"}, org.OfEntity: {"entity_code"}, org.OfItem: {"item_code"},
	})
	if err != nil {
		return org.Moved{}, err
	}
	return m.step(ctx, p, func(tx *sql.Tx) error { return m.moveReviews(ctx, tx, p.keys) })
}

// affairs moves a piece of the completed affairs.
func (m *mover) affairs(ctx context.Context) (org.Moved, error) {
	p, err := m.find(ctx, "affair", "serial_no", map[org.Kind][]string{
		org.OfRegion: {"region_code"}, org.OfDepartment: {"department_code"}, org.OfHall: {"hall_code"}, org.OfItem: {"item_code"},
	})
	if err != nil {
		return org.Moved{}, err
	}
	return m.step(ctx, p, func(tx *sql.Tx) error { return m.moveAffairs(ctx, tx, p.keys) })
}

// matching does to reviews and counters what follows.
func (m *mover) matching(affairs []*affair.Record) *matching {
	return newMatching(&affairTaking{store: m.store, Taking: &affair.Taking{At: m.store.now()}, changed: affairs}, m.successions)
}

// CountRecords is how many records are looked through, rounded up to whole pieces.
func (s *Store) CountRecords(ctx context.Context) (n int, err error) {
	for _, table := range []string{"affair", "review"} {
		var rows int
		err := s.survey(ctx, func(tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&rows)
		})
		if err != nil {
			return 0, fmt.Errorf("count records: %w", err)
		}
		n += (rows/pieceSeen + 1) * pieceSeen
	}
	return n, nil
}
