package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// A review and its affair find each other in whichever order they come, and when they come at once one waits for the other: a
// review looks for its affair behind the gate of the affair's slot, which it holds together with other reviews (gateQuery);
// an affair looks for its reviews when it holds the gate alone (engine.gate). Whoever comes second sees what the first one
// committed. Locks are taken in one order by all, so that nobody waits in a circle: new affairs, gates, affairs that are
// there, keys, reviews, registers.

// gateClass tells our gates from other advisory locks of the database.
const gateClass = 0x68637001

// gateQuery holds gates together with others, until the transaction ends.
const gateQuery = "SELECT pg_advisory_xact_lock_shared($1, slot) FROM unnest($2::int4[]) AS slot"

func (e *postgresEngine) gate(ctx context.Context, tx *sql.Tx, slots []int) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1, slot) FROM unnest($2::int4[]) AS slot", gateClass, slots)
	return err
}

// insertAffairs copies: that costs the server half of what arrays do.
func (e *postgresEngine) insertAffairs(ctx context.Context, conn *sql.Conn, _ *sql.Tx, t *affairTaking) error {
	text := append(make(copying, 0, 512*len(t.fresh)), copyHead...)
	for _, r := range t.fresh {
		text = t.copied(text, r)
	}
	text = append(text, copyEnd...)
	return conn.Raw(func(driver any) error {
		statement := "COPY affair (" + affairInsertion.names() + ") FROM STDIN (FORMAT binary)"
		_, err := driver.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, bytes.NewReader(text), statement)
		return err
	})
}

// foundAffair is what reviews need of a stored affair.
type foundAffair struct {
	review.Completed
	of       figures.Completion
	serialNo string
	slot     int
	content  []byte
	reviewed int
}

// foundAffairs are stored affairs by their serial number.
type foundAffairs map[string]*foundAffair

// affairQuery finds affairs; its condition is to be added.
const affairQuery = `SELECT a.serial_no, a.slot, a.source, a.content, a.app_code, a.item_code, a.item_name, a.department_code,
	a.department_name, a.region_sent, a.region_code, a.hall_code, a.window_code, a.work_no, a.done_time, a.reviewed FROM affair a WHERE `

// scanAffair reads a row of affairQuery.
func scanAffair(scan func(...any) error) (*foundAffair, error) {
	a := &foundAffair{}
	var source, app, regionSent string
	var done int64
	err := scan(&a.serialNo, &a.slot, &source, &a.content, &app, &a.ItemCode, &a.ItemName, &a.DepartmentCode, &a.DepartmentName,
		&regionSent, &a.Region, &a.HallCode, &a.WindowCode, &a.WorkNo, &done, &a.reviewed)
	a.RegionTold, a.DoneTime = regionSent != "", time.UnixMicro(done)
	a.of = completion(&a.Completed, app, source)
	return a, err
}

// foundFrom is a new affair as affairQuery would find it.
func foundFrom(r *affair.Record) *foundAffair {
	a := &foundAffair{
		serialNo: r.SerialNo, slot: r.Slot, content: r.Content[:],
		Completed: review.Completed{
			DepartmentCode: r.DepartmentCode, DepartmentName: r.DepartmentName, ItemCode: r.ItemCode, ItemName: r.ItemName,
			HallCode: r.HallCode, WindowCode: r.WindowCode, WorkNo: r.WorkNo, Region: r.Region, RegionTold: r.RegionCode != "",
			DoneTime: r.DoneTime,
		},
	}
	a.of = completion(&a.Completed, r.AppCode, r.Source)
	return a
}

// reviewed are the affairs that the batch's reviews are of, in order, with their slots, in order.
func (b *batch) reviewed() (serials []string, slots []int) {
	var seen [review.Slots]bool
	for _, r := range b.records {
		if r.Kind != review.Affair {
			continue
		}
		serials = append(serials, r.Subject)
		seen[affair.SlotOf(r.Subject)] = true
	}
	slices.Sort(serials)
	for slot, is := range seen {
		if is && len(serials) > 0 {
			slots = append(slots, slot)
		}
	}
	return slices.Compact(serials), slots
}

// sender is a connection or a transaction.
type sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// lookUpQuery finds affairs and locks them in order, so that each first review of an affair is counted once.
var lookUpQuery = affairQuery + "a.serial_no = ANY($1::text[]) ORDER BY a.serial_no, a.slot FOR NO KEY UPDATE"

// lookUp finds the affairs of a batch's reviews, behind their gates.
func lookUp(ctx context.Context, by sender, pipeline *pgx.Batch, serials []string, slots []int) (foundAffairs, error) {
	var found foundAffairs
	pipeline.Queue(gateQuery, gateClass, slots)
	pipeline.Queue(lookUpQuery, serials).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			a, err := scanAffair(rows.Scan)
			if err != nil {
				return err
			}
			if found == nil {
				found = foundAffairs{}
			}
			found[a.serialNo] = a
		}
		return rows.Err()
	})
	err := by.SendBatch(ctx, pipeline).Close()
	return found, err
}

// complete gives the batch with what is found filled in. The batch itself stays as it was, since it may be tried again.
func (b *batch) complete(found foundAffairs) *batch {
	if len(found) == 0 {
		return b
	}
	completed := *b
	completed.affairs = found
	completed.records = slices.Clone(b.records)
	for i, r := range completed.records {
		if r.Kind != review.Affair {
			continue
		}
		if a := found[r.Subject]; a != nil {
			own, affair := *r, a.Completed
			affair.Settle(b.successions) // its records may not have been moved yet
			own.Complete(&affair)
			completed.records[i] = &own
		}
	}
	return &completed
}

// parts adds what the affairs have of their new reviews: that they are reviewed, and when it is the first time, the figures.
func (found foundAffairs) parts(parts []part, fresh []*review.Record) []part {
	if len(found) == 0 {
		return parts
	}
	more := map[*foundAffair]int{}
	var order []*foundAffair
	for _, r := range fresh {
		if r.Kind != review.Affair {
			continue
		}
		if a := found[r.Subject]; a != nil {
			if more[a] == 0 {
				order = append(order, a)
			}
			more[a]++
		}
	}
	if len(order) == 0 {
		return parts
	}
	slices.SortFunc(order, func(a, b *foundAffair) int { return strings.Compare(a.serialNo, b.serialNo) })
	moved := figures.Completions{}
	for _, a := range order {
		if a.reviewed == 0 {
			moved.Add(a.of, 0, 1)
		}
	}
	parts = append(parts, part{reviewedChange, rowsOf(order, func(a *foundAffair) []any {
		return []any{a.serialNo, a.slot, a.reviewed + more[a]}
	})})
	return append(parts, completionParts(moved)...)
}

// completionParts are the counter changes of completions, if there are any.
func completionParts(moved figures.Completions) []part {
	if len(moved) == 0 {
		return nil
	}
	return []part{{changeInsertion, [][]any{{affairLane, rand.Text(), figures.EncodeCompletions(moved)}}}}
}

// completion is what an affair is counted by.
func completion(c *review.Completed, app, source string) figures.Completion {
	return figures.Completion{
		Region: c.Region, Department: c.DepartmentCode, Item: c.ItemCode, Officer: officer(c.HallCode, c.WorkNo),
		App: cmp.Or(app, source), Hall: c.HallCode, Window: c.WindowCode, Day: beijing.Day(c.DoneTime),
	}
}
