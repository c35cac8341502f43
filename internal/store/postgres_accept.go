package store

import (
	"context"
	"errors"

	"github.com/haochaping/haochaping/internal/review"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// accept first takes it that no key is taken, as is nearly always so: then everything is one pipeline, one round trip,
// one transaction. A taken key fails it whole, and the keys are asked first.
func (e *postgresEngine) accept(ctx context.Context, b *batch) ([]review.Outcome, error) {
	fresh := b.records
	outcomes := make([]review.Outcome, len(fresh))
	for i, r := range fresh {
		outcomes[i] = review.Outcome{Serial: r.Serial, State: review.Stored}
	}
	err := e.acceptFresh(ctx, b)
	if err != nil && errors.Is(e.translate(err), errDuplicate) {
		return e.acceptAsking(ctx, b)
	}
	return outcomes, err
}

// acceptFresh stores a batch of which no key is taken. It takes it that no affair of its reviews is known, too, as long as
// none was lately: then everything is one round trip. Else a round trip goes before, in which the affairs are looked up.
func (e *postgresEngine) acceptFresh(ctx context.Context, b *batch) error {
	serials, slots := b.reviewed()
	if len(serials) == 0 {
		pipeline := &pgx.Batch{}
		queueAll(pipeline, b)
		return e.lanes.SendBatch(ctx, pipeline).Close()
	}
	if e.strangers.Load() >= manyStrangers {
		pipeline := &pgx.Batch{}
		pipeline.Queue(gateQuery, gateClass, slots)
		queueAll(pipeline, b)
		pipeline.Queue(noneKnownQuery, serials)
		if err := e.lanes.SendBatch(ctx, pipeline).Close(); !isKnownAffair(err) {
			return err
		}
	}
	return e.acceptLooking(ctx, b, serials, slots)
}

// manyStrangers is after how many batches without a known affair it is taken that the next has none either.
const manyStrangers = 16

// noneKnownQuery fails, by dividing by zero, when one of the affairs is known. It stands last, behind the gates: an affair that
// comes at the same time waits for them, and finds the reviews.
const noneKnownQuery = `SELECT 1 / (1 - count(*)) FROM (SELECT 1 FROM affair WHERE serial_no = ANY($1::text[]) LIMIT 1) AS known`

func isKnownAffair(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == "22012"
}

// acceptLooking looks up the affairs first.
func (e *postgresEngine) acceptLooking(ctx context.Context, b *batch, serials []string, slots []int) error {
	return e.lanes.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		first, pipeline := &pgx.Batch{}, &pgx.Batch{}
		first.Queue("BEGIN")
		found, err := lookUp(ctx, conn, first, serials, slots)
		if err == nil {
			queueAll(pipeline, b.complete(found))
			pipeline.Queue("COMMIT")
			err = conn.SendBatch(ctx, pipeline).Close()
		}
		if err != nil && conn.Conn().PgConn().TxStatus() != 'I' {
			_, rollback := conn.Exec(ctx, "ROLLBACK") // where it fails the pool drops the connection
			return errors.Join(err, rollback)
		}
		if len(found) > 0 {
			e.strangers.Store(0)
		} else {
			e.strangers.Add(1)
		}
		return err
	})
}

// queueAll adds a whole batch, its keys first.
func queueAll(pipeline *pgx.Batch, b *batch) {
	queueRecords(pipeline, &onceInsertion, b.records)
	queueFresh(pipeline, b, b.records)
}

// acceptAsking inserts the keys that are free, learns who holds the others, and stores the rest.
func (e *postgresEngine) acceptAsking(ctx context.Context, b *batch) (outcomes []review.Outcome, err error) {
	err = pgx.BeginFunc(ctx, e.lanes, func(tx pgx.Tx) error {
		completed := b
		if serials, slots := b.reviewed(); len(serials) > 0 {
			found, err := lookUp(ctx, tx, &pgx.Batch{}, serials, slots)
			if err != nil {
				return err
			}
			completed = b.complete(found)
		}
		free := onceInsertion.unnest() + " ON CONFLICT DO NOTHING RETURNING serial"
		all := completed.records
		rows, err := tx.Query(ctx, free, onceInsertion.arraysOf(all)...)
		if err != nil {
			return err
		}
		serials, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		stored := make(map[string]bool, len(serials))
		for _, serial := range serials {
			stored[serial] = true
		}
		pipeline := &pgx.Batch{}
		outcomes = make([]review.Outcome, len(all))
		var fresh []*review.Record
		for i, r := range all {
			if stored[r.Serial] {
				outcomes[i] = review.Outcome{Serial: r.Serial, State: review.Stored}
				fresh = append(fresh, r)
				continue
			}
			pipeline.Queue(takenQuery, r.Slot, r.OnceKey[:]).QueryRow(func(row pgx.Row) error {
				var identity []byte
				err := row.Scan(&identity, &outcomes[i].Serial)
				outcomes[i].State = stateOf(r, identity)
				return err
			})
		}
		queueFresh(pipeline, completed, fresh)
		return tx.SendBatch(ctx, pipeline).Close()
	})
	return outcomes, err
}

// queueFresh adds the records and what stands beside them.
func queueFresh(pipeline *pgx.Batch, b *batch, fresh []*review.Record) {
	if len(fresh) == 0 {
		return
	}
	fresh = bySerial(fresh)
	if len(b.affairs) > 0 {
		queueRecords(pipeline, &completedInsertion, fresh)
	} else {
		queueRecords(pipeline, &reviewInsertion, fresh)
	}
	for _, part := range b.rest(fresh) {
		queue(pipeline, part.into, part.rows)
	}
}

// queueRecords adds records, a single one without arrays.
func queueRecords(pipeline *pgx.Batch, into *recordInsertion, records []*review.Record) {
	if len(records) == 1 {
		pipeline.Queue(into.row(), into.values(records[0])...)
		return
	}
	pipeline.Queue(into.unnest(), into.arraysOf(records)...)
}

// queue adds rows of one table. A single one goes without arrays, which is quicker for a caller who is alone.
func queue(pipeline *pgx.Batch, into *insertion, rows [][]any) {
	if len(rows) == 1 {
		pipeline.Queue(into.row(), rows[0]...)
		return
	}
	pipeline.Queue(into.unnest(), into.arrays(rows)...)
}
