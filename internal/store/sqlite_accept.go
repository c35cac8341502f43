package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/review"
)

// accept asks the keys one by one: in the same process that costs no round trip.
func (e *sqliteEngine) accept(ctx context.Context, b *batch) (outcomes []review.Outcome, err error) {
	conn, err := e.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // the transaction tells
	err = conn.Raw(func(opened any) error {
		writer := opened.(*watchedConn)
		tx, err := writer.BeginTx(short(ctx), driver.TxOptions{})
		if err != nil {
			return err
		}
		if outcomes, err = writer.statements().accept(ctx, b); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
	if err != nil {
		return nil, err
	}
	e.checkpoints.wrote(len(outcomes))
	return outcomes, nil
}

// What a batch asks.
var (
	freeText   = unnumbered(onceInsertion.row() + " ON CONFLICT DO NOTHING")
	takenText  = unnumbered(takenQuery)
	affairText = unnumbered(affairQuery + "a.serial_no = $1 AND a.slot = $2")
)

const anyAffairText = "SELECT EXISTS (SELECT 1 FROM affair)"

func (s *statements) accept(ctx context.Context, b *batch) ([]review.Outcome, error) {
	found, err := s.lookUp(ctx, b)
	if err != nil {
		return nil, err
	}
	b = b.complete(found)
	outcomes := make([]review.Outcome, len(b.records))
	var fresh []*review.Record
	for i, r := range b.records {
		inserted, err := s.exec(ctx, freeText, onceInsertion.values(r))
		if err != nil {
			return nil, err
		}
		if inserted == 1 {
			outcomes[i] = review.Outcome{Serial: r.Serial, State: review.Stored}
			fresh = append(fresh, r)
			continue
		}
		var identity []byte
		if err := s.row(ctx, takenText, []any{r.Slot, r.OnceKey[:]}, &identity, &outcomes[i].Serial); err != nil {
			return nil, err
		}
		outcomes[i].State = stateOf(r, identity)
	}
	fresh = bySerial(fresh)
	insert := &reviewInsertion
	if len(b.affairs) > 0 {
		insert = &completedInsertion
	}
	for _, r := range fresh {
		if _, err := s.exec(ctx, insert.plain(), insert.values(r)); err != nil {
			return nil, err
		}
	}
	for _, part := range b.rest(fresh) {
		for _, row := range part.rows {
			if _, err := s.exec(ctx, part.into.plain(), row); err != nil {
				return nil, err
			}
		}
	}
	return outcomes, nil
}

// lookUp finds the affairs of a batch's reviews, one by one; where there is no affair at all nothing is asked.
func (s *statements) lookUp(ctx context.Context, b *batch) (foundAffairs, error) {
	serials, _ := b.reviewed()
	if len(serials) == 0 {
		return nil, nil
	}
	var some bool
	if err := s.row(ctx, anyAffairText, nil, &some); err != nil || !some {
		return nil, err
	}
	found := foundAffairs{}
	for _, serial := range serials {
		a, err := scanAffair(func(targets ...any) error {
			return s.row(ctx, affairText, []any{serial, affair.SlotOf(serial)}, targets...)
		})
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
