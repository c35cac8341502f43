package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
)

var _ audit.Store = (*Store)(nil)

const auditColumns = "number, at, actor, action, object, before, after, reason, request, address, hash"

// note adds an entry to the audit chain in the caller's transaction: who, when, from where are filled in from ctx and the
// clock. From here on every other transaction that notes something waits for this one to end, so call it last.
func (s *Store) note(ctx context.Context, tx *sql.Tx, e audit.Entry) error {
	var head audit.Anchor
	var hash []byte
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT number, hash, at FROM audit_head WHERE id = 1"+s.engine.locking()).Scan(&head.Number, &hash, &last)
	if err != nil {
		return fmt.Errorf("note in the audit chain: read its head: %w", err)
	}
	copy(head.Hash[:], hash)
	e = e.By(ctx)
	// Moments never run back along the chain, whatever the clocks of several processes say: a search goes by them.
	if e.At = s.now(); e.At.UnixMicro() < last {
		e.At = moment(last)
	}
	link := head.Next(e)
	_, err = tx.ExecContext(ctx, "INSERT INTO audit ("+auditColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		link.Number, link.At.UnixMicro(), link.Actor, link.Action, link.Object, link.Before, link.After, link.Reason, link.Request,
		link.Address, link.Hash[:])
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE audit_head SET number = $1, hash = $2, at = $3 WHERE id = 1",
			link.Number, link.Hash[:], link.At.UnixMicro())
	}
	if err != nil {
		return fmt.Errorf("note in the audit chain: %w", err)
	}
	return nil
}

// Note adds an entry to the audit chain in a transaction of its own: for what is looked at and changes nothing.
func (s *Store) Note(ctx context.Context, e audit.Entry) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.note(ctx, tx, e) })
}

// AuditHead gives the end of the chain; see audit.Store.
func (s *Store) AuditHead(ctx context.Context) (head audit.Anchor, last int64, err error) {
	var hash []byte
	err = s.engine.reader().QueryRowContext(ctx, `SELECT h.number, h.hash, coalesce((SELECT max(number) FROM audit), 0)
		FROM audit_head h WHERE h.id = 1`).Scan(&head.Number, &hash, &last)
	if err != nil {
		return audit.Anchor{}, 0, fmt.Errorf("read the head of the audit chain: %w", s.readFault(err))
	}
	copy(head.Hash[:], hash)
	return head, last, nil
}

// AuditLinks reads the chain in order; see audit.Store.
func (s *Store) AuditLinks(ctx context.Context, after int64, limit int, do func(*audit.Link) error) (n int, err error) {
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+auditColumns+" FROM audit WHERE number > $1 ORDER BY number LIMIT $2", after, limit)
	err = each(rows, err, func(rows *sql.Rows) error {
		link, err := scanLink(rows)
		if err != nil {
			return err
		}
		n++
		return do(link)
	})
	if err != nil {
		return n, fmt.Errorf("read the audit chain: %w", s.readFault(err))
	}
	return n, nil
}

// SearchAudit lists links of the audit chain, newest first; see audit.Store. Each filter has an index in this order.
func (s *Store) SearchAudit(ctx context.Context, q audit.Query) ([]audit.Link, error) {
	var w conditions
	for column, value := range map[string]string{"actor": q.Actor, "action": q.Action, "object": q.Object} {
		w.when(value != "", column+" = ?", value)
	}
	w.when(!q.From.IsZero(), "at >= ?", q.From.UnixMicro())
	w.when(!q.To.IsZero(), "at < ?", q.To.UnixMicro())
	if q.Before != nil {
		w.add("(at, number) < (?, ?)", q.Before.At.UnixMicro(), q.Before.Number)
	}
	w.when(len(w.parts) == 0, "number > ?", 0)
	query := "SELECT " + auditColumns + " FROM audit WHERE " + w.text() +
		fmt.Sprintf(" ORDER BY at DESC, number DESC LIMIT %d", min(max(q.Limit, 1), audit.MaxPage))
	var found []audit.Link
	rows, err := s.engine.reader().QueryContext(ctx, query, w.arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		link, err := scanLink(rows)
		if err == nil {
			found = append(found, *link)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search the audit chain: %w", s.readFault(err))
	}
	return found, nil
}

func scanLink(rows *sql.Rows) (*audit.Link, error) {
	var l audit.Link
	var at int64
	var hash []byte
	err := rows.Scan(&l.Number, &at, &l.Actor, &l.Action, &l.Object, &l.Before, &l.After, &l.Reason, &l.Request, &l.Address, &hash)
	l.At = moment(at)
	copy(l.Hash[:], hash)
	return &l, err
}
