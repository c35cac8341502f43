package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/review"
)

// statements are those of the writer that every batch needs.
type statements struct {
	once, taken, affair, affairs *sql.Stmt
	inserts                      map[*insertion]*sql.Stmt
}

// prepare makes the statements of accept, when the tables are there.
func (e *sqliteEngine) prepare(ctx context.Context) (*statements, error) {
	if kept := e.kept.Load(); kept != nil {
		return kept, nil
	}
	kept := &statements{inserts: map[*insertion]*sql.Stmt{}}
	var err error
	if kept.once, err = e.write.PrepareContext(ctx, unnumbered(onceInsertion.row()+" ON CONFLICT DO NOTHING")); err != nil {
		return nil, err
	}
	if kept.taken, err = e.write.PrepareContext(ctx, unnumbered(takenQuery)); err != nil {
		return nil, err
	}
	if kept.affair, err = e.write.PrepareContext(ctx, affairQuery+"a.serial_no = $1 AND a.slot = $2"); err != nil {
		return nil, err
	}
	if kept.affairs, err = e.write.PrepareContext(ctx, "SELECT EXISTS (SELECT 1 FROM affair)"); err != nil {
		return nil, err
	}
	for _, insert := range []*insertion{reviewInsertion.insertion, completedInsertion.insertion, changeInsertion, counterInsertion} {
		if kept.inserts[insert], err = e.write.PrepareContext(ctx, unnumbered(insert.row())); err != nil { //nolint:sqlclosecheck // kept as long as the writer
			return nil, err
		}
	}
	e.kept.Store(kept)
	return kept, nil
}

// accept asks the keys one by one: in the same process that costs no round trip.
func (e *sqliteEngine) accept(ctx context.Context, b *batch) ([]review.Outcome, error) {
	kept, err := e.prepare(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := e.write.BeginTx(short(ctx), nil)
	if err != nil {
		return nil, err
	}
	outcomes, err := e.acceptIn(ctx, tx, kept, b)
	if err != nil {
		return nil, errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return outcomes, tx.Commit()
}

func (e *sqliteEngine) acceptIn(ctx context.Context, tx *sql.Tx, kept *statements, b *batch) ([]review.Outcome, error) {
	found, err := kept.lookUp(ctx, tx, b)
	if err != nil {
		return nil, err
	}
	b = b.complete(found)
	once, taken := tx.StmtContext(ctx, kept.once), tx.StmtContext(ctx, kept.taken) //nolint:sqlclosecheck // they end with the transaction
	outcomes := make([]review.Outcome, len(b.records))
	var fresh []*review.Record
	for i := range b.records {
		r := b.records[i]
		result, err := once.ExecContext(short(ctx), onceInsertion.values(r)...)
		if err != nil {
			return nil, err
		}
		inserted, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		if inserted == 1 {
			outcomes[i] = review.Outcome{Serial: r.Serial, State: review.Stored}
			fresh = append(fresh, r)
			continue
		}
		var identity []byte
		if err := taken.QueryRowContext(short(ctx), r.Slot, r.OnceKey[:]).Scan(&identity, &outcomes[i].Serial); err != nil {
			return nil, err
		}
		outcomes[i].State = stateOf(r, identity)
	}
	fresh = bySerial(fresh)
	insert := &reviewInsertion
	if len(b.affairs) > 0 {
		insert = &completedInsertion
	}
	if err := e.insertMany(ctx, tx, insert.insertion, rowsOf(fresh, insert.values)); err != nil {
		return nil, err
	}
	for _, part := range b.rest(fresh) {
		if err := e.insertMany(ctx, tx, part.into, part.rows); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// lookUp finds the affairs of a batch's reviews, one by one; where there is no affair at all nothing is asked.
func (s *statements) lookUp(ctx context.Context, tx *sql.Tx, b *batch) (foundAffairs, error) {
	serials, _ := b.reviewed()
	if len(serials) == 0 {
		return nil, nil
	}
	var some bool
	if err := tx.StmtContext(ctx, s.affairs).QueryRowContext(short(ctx)).Scan(&some); err != nil || !some { //nolint:sqlclosecheck // it ends with the transaction
		return nil, err
	}
	statement := tx.StmtContext(ctx, s.affair) //nolint:sqlclosecheck // it ends with the transaction
	found := foundAffairs{}
	for _, serial := range serials {
		a, err := scanAffair(statement.QueryRowContext(short(ctx), serial, affair.SlotOf(serial)).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[serial] = a
	}
	return found, nil
}
