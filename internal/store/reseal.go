package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/keyring"
)

// Values are sealed again piece by piece, each in one transaction with how far it has come, as records are moved (moving.go): it goes
// on wherever it was cut short, and two that do it at once don't do the same. A pass goes through every sealed column by its key; when a pass
// found nothing, nothing is left, for nobody seals with a former key meanwhile: a pass begins only when no process does.

// resealSeen is how many rows are looked at for one piece.
const resealSeen = 5000

type resealing struct {
	token, place   string
	active         byte
	stage          int
	sealed, failed int64
	begun          int64
}

// Reseal seals a piece again; see keyring.Store.
func (s *Store) Reseal(ctx context.Context, active byte, reseal keyring.Reseal) (keyring.Piece, error) {
	piece, err := s.resealPiece(ctx, active, reseal)
	if errors.Is(err, errOvertaken) {
		return keyring.Piece{Going: true}, nil
	}
	if err != nil {
		return keyring.Piece{}, fmt.Errorf("seal again: %w", err)
	}
	return piece, nil
}

func (s *Store) readResealing(ctx context.Context) (at resealing, going bool, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT token, place, active, stage, sealed, failed, begun FROM resealing WHERE id = 1").
		Scan(&at.token, &at.place, &at.active, &at.stage, &at.sealed, &at.failed, &at.begun)
	if errors.Is(err, sql.ErrNoRows) {
		return at, false, nil
	}
	return at, err == nil, s.readFault(err)
}

// mayReseal says whether there is a former key that needs it, and everybody who is alive seals with the active one.
func (s *Store) mayReseal(ctx context.Context, active byte) (may bool, err error) {
	err = s.engine.reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sealing_key WHERE state = $1 AND clean_at = 0)
		AND EXISTS (SELECT 1 FROM sealing_key WHERE state = $2 AND id = $3)
		AND NOT EXISTS (SELECT 1 FROM sealing_node WHERE active <> $3 AND seen_at >= $4)`,
		keyring.Former, keyring.Active, int(active), s.aliveSince()).Scan(&may)
	return may, s.readFault(err)
}

func (s *Store) resealPiece(ctx context.Context, active byte, reseal keyring.Reseal) (keyring.Piece, error) {
	if may, err := s.mayReseal(ctx, active); err != nil || !may {
		return keyring.Piece{}, err
	}
	at, going, err := s.readResealing(ctx)
	if err != nil {
		return keyring.Piece{}, err
	}
	if !going || at.active != active {
		if err := s.beginResealing(ctx, at.token, active); err != nil {
			return keyring.Piece{}, err
		}
		if at, going, err = s.readResealing(ctx); err != nil || !going {
			return keyring.Piece{Going: true}, err
		}
	}
	if at.stage >= len(sealedColumns) {
		return s.endResealing(ctx, &at)
	}
	r := &resealer{store: s, at: at, column: sealedColumns[at.stage], active: active, reseal: reseal}
	return r.run(ctx)
}

func (s *Store) beginResealing(ctx context.Context, former string, active byte) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM resealing WHERE token = $1", former); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO resealing (id, token, active, stage, place, sealed, failed, begun)
			VALUES (1, $1, $2, 0, '', 0, 0, $3) ON CONFLICT (id) DO NOTHING`, rand.Text(), int(active), s.now().UnixMicro())
		return err
	})
}

// endResealing ends a pass: when it found nothing to do, former keys are clean.
func (s *Store) endResealing(ctx context.Context, at *resealing) (keyring.Piece, error) {
	err := s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM resealing WHERE token = $1", at.token)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errOvertaken, err)
		}
		if at.sealed > 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, "UPDATE sealing_key SET clean_at = $1 WHERE state = $2 AND clean_at = 0 AND at <= $3",
			s.now().UnixMicro(), keyring.Former, at.begun)
		return err
	})
	return keyring.Piece{Going: at.sealed > 0}, err
}

// resealer seals one piece of a column again.
type resealer struct {
	store  *Store
	at     resealing
	column *sealedColumn
	active byte
	reseal keyring.Reseal
}

// run finds the end of the piece without holding anything up, then does it.
func (r *resealer) run(ctx context.Context) (piece keyring.Piece, err error) {
	from, err := readRowKey(r.at.place)
	if err != nil {
		return piece, err
	}
	var to rowKey // nil is the end of the table
	some := false
	err = r.store.snapshot(ctx, func(tx *sql.Tx) error {
		if to, err = r.bound(ctx, tx, from); err != nil {
			return err
		}
		found, err := r.values(ctx, tx, from, to, "")
		if some = len(found) > 0; len(found) == r.column.piece {
			to = found[len(found)-1].keys // there may be more before the bound
		}
		return err
	})
	if err != nil {
		return piece, err
	}
	err = r.store.write(ctx, func(tx *sql.Tx) error {
		piece = keyring.Piece{Going: true}
		var rows [][]any
		if some {
			found, err := r.values(ctx, tx, from, to, r.store.engine.locking())
			if err != nil {
				return err
			}
			rows = r.again(found, &piece)
		}
		if err := r.advance(ctx, tx, to, &piece); err != nil {
			return err
		}
		return r.store.insertParts(ctx, tx, []part{{r.change(), rows}})
	})
	return piece, err
}

// bound is the key of the last row to look at; nil when fewer are left.
func (r *resealer) bound(ctx context.Context, tx *sql.Tx, from rowKey) (rowKey, error) {
	names, condition, arguments, err := r.after(from)
	if err != nil {
		return nil, err
	}
	scan := newKeyScan(r.column.keys)
	err = tx.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %[1]s LIMIT 1 OFFSET %[4]d",
		names, r.column.table, condition, resealSeen-1), arguments...).Scan(scan.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return scan.key(), err
}

// after is a condition for the rows after a key.
func (r *resealer) after(from rowKey) (names, condition string, arguments []any, err error) {
	names, placeholders := keyList(r.column.keys, 1)
	if from == nil {
		return names, "1 = 1", nil, nil
	}
	arguments, err = from.arguments(r.column.keys)
	return names, "(" + names + ") > (" + placeholders + ")", arguments, err
}

type sealedValue struct {
	keys   rowKey
	sealed []byte
}

// values are those between two keys that another key sealed, at most a piece of them.
func (r *resealer) values(ctx context.Context, tx *sql.Tx, from, to rowKey, locking string) ([]sealedValue, error) {
	names, condition, arguments, err := r.after(from)
	if err != nil {
		return nil, err
	}
	if to != nil {
		_, placeholders := keyList(r.column.keys, len(arguments)+1)
		condition += " AND (" + names + ") <= (" + placeholders + ")"
		last, err := to.arguments(r.column.keys)
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, last...)
	}
	arguments = append(arguments, []byte{r.active})
	//nolint:gosec // names of our own tables
	query := fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s AND length(%[2]s) > %[5]d AND substr(%[2]s, 2, 1) <> %[6]s ORDER BY %[1]s LIMIT %[7]d%[8]s",
		names, r.column.name, r.column.table, condition, shortestSealed, placeholder(len(arguments)), r.column.piece, locking)
	var found []sealedValue
	rows, err := tx.QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		scan, value := newKeyScan(r.column.keys), sealedValue{}
		err := rows.Scan(append(scan.fields(), &value.sealed)...)
		value.keys = scan.key()
		found = append(found, value)
		return err
	})
	return found, err
}

// again are the changes by which values are sealed again. One that does not open stays as it is.
func (r *resealer) again(found []sealedValue, piece *keyring.Piece) (rows [][]any) {
	for _, v := range found {
		sealed, err := r.reseal(v.sealed, r.column.context(v.keys))
		keys, wrong := v.keys.arguments(r.column.keys)
		if err != nil || wrong != nil {
			piece.Failed, piece.FailedIn = piece.Failed+1, r.column.String()
			continue
		}
		rows = append(rows, append(keys, sealed))
		piece.Sealed++
	}
	return rows
}

func (r *resealer) change() *insertion {
	return &insertion{
		table: r.column.table, columns: append(append([]column(nil), r.column.keys...), column{r.column.name, "bytea"}),
		keys: len(r.column.keys),
	}
}

// advance goes on to the next piece; what another process has done meanwhile is not done again.
func (r *resealer) advance(ctx context.Context, tx *sql.Tx, to rowKey, piece *keyring.Piece) error {
	stage := r.at.stage
	if to == nil {
		stage++
	}
	result, err := tx.ExecContext(ctx, `UPDATE resealing SET stage = $4, place = $5, sealed = sealed + $6, failed = failed + $7
		WHERE token = $1 AND stage = $2 AND place = $3`, r.at.token, r.at.stage, r.at.place, stage, to.String(), piece.Sealed, piece.Failed)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errOvertaken, err)
	}
	return nil
}

// ResealProgress is how far it has come.
func (s *Store) ResealProgress(ctx context.Context) (keyring.Progress, error) {
	at, going, err := s.readResealing(ctx)
	if err != nil || !going {
		return keyring.Progress{}, err
	}
	return keyring.Progress{
		Going: true, Stage: at.stage, Stages: len(sealedColumns), Sealed: at.sealed, Failed: at.failed, Begun: moment(at.begun),
	}, nil
}

// SealedWith counts every sealed value; see keyring.Store.
func (s *Store) SealedWith(ctx context.Context) ([]keyring.Count, error) {
	var counts []keyring.Count
	for _, c := range sealedColumns {
		err := s.survey(ctx, func(tx *sql.Tx) error {
			rows, err := tx.QueryContext(ctx, fmt.Sprintf("SELECT substr(%s, 2, 1) AS sealed_by, count(*) FROM %s WHERE length(%[1]s) > %[3]d GROUP BY 1 ORDER BY 1",
				c.name, c.table, shortestSealed))
			return each(rows, err, func(rows *sql.Rows) error {
				count := keyring.Count{Column: c.String()}
				var key []byte
				err := rows.Scan(&key, &count.Values)
				if len(key) == 1 {
					count.Key = key[0]
				}
				counts = append(counts, count)
				return err
			})
		})
		if err != nil {
			return nil, fmt.Errorf("count sealed values of %s: %w", c, err)
		}
	}
	return counts, nil
}
