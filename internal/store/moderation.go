package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
)

var _ moderation.Store = (*Store)(nil)

// moderationColumns are of a review r.
const moderationColumns = `r.serial, r.entity_code, r.item_name, r.stars, r.region_code, r.department_code, r.hall_code, r.eval_time,
	r.received_at, r.publication, r.masked, r.sealed,
	coalesce((SELECT max(d.version) FROM moderation_decision d WHERE d.serial = r.serial AND d.slot = r.slot), 0)`

func scanModeration(scan func(...any) error) (moderation.Row, error) {
	var r moderation.Row
	var evaluated, received int64
	var masked string
	err := scan(&r.Serial, &r.EntityCode, &r.ItemName, &r.Stars, &r.RegionCode, &r.DepartmentCode, &r.HallCode, &evaluated,
		&received, &r.Publication.State, &masked, &r.Sealed, &r.Version)
	if err != nil {
		return r, err
	}
	r.EvalTime, r.ReceivedAt = time.UnixMicro(evaluated), time.UnixMicro(received)
	r.Publication.Spans, err = moderation.ParseSpans(masked)
	return r, err
}

// moderationListing are conditions on reviews r. Every list names its state and publication <> 1: the index of what is not simply
// public.
func moderationListing(f moderation.Filter) *conditions {
	w := &conditions{}
	w.add("r.publication <> 1 AND r.publication = ?", int(f.State))
	w.add(fmt.Sprintf("r.state <> %d", review.Withdrawn))
	w.within("r.", bounds(f.Bounds))
	w.when(f.Stars != 0, "r.stars = ?", f.Stars)
	w.when(!f.From.IsZero(), "r.received_at >= ?", f.From.UnixMicro())
	w.when(!f.To.IsZero(), "r.received_at < ?", f.To.UnixMicro())
	return w
}

// ModerationList lists remarks; see moderation.Store.
func (s *Store) ModerationList(ctx context.Context, f moderation.Filter, page moderation.Page) ([]moderation.Row, error) {
	return s.moderationRows(ctx, moderationListing(f), page, f.State != moderation.Waiting)
}

// Undecided lists what no person has decided about; see moderation.Store.
func (s *Store) Undecided(ctx context.Context, state moderation.State, page moderation.Page) ([]moderation.Row, error) {
	w := &conditions{}
	w.add("r.publication <> 1 AND r.publication = ?", int(state))
	w.add("NOT EXISTS (SELECT 1 FROM moderation_decision d WHERE d.serial = r.serial AND d.slot = r.slot)")
	return s.moderationRows(ctx, w, page, false)
}

// Public lists what is public by serial number, which is how reviews lie; see moderation.Store.
func (s *Store) Public(ctx context.Context, after string, limit int) ([]moderation.Row, error) {
	w := &conditions{}
	w.add("r.serial > ?", after)
	w.add(fmt.Sprintf("(r.publication = %d OR r.publication = %d)", moderation.Published, moderation.Masked))
	w.add(fmt.Sprintf("r.state <> %d", review.Withdrawn))
	query := "SELECT " + moderationColumns + " FROM review r WHERE " + w.text() + " ORDER BY r.serial LIMIT " + w.bind(limit)
	return s.scanModerations(ctx, query, w.arguments)
}

func (s *Store) moderationRows(ctx context.Context, w *conditions, page moderation.Page, newest bool) ([]moderation.Row, error) {
	order, after := "r.received_at, r.serial", ">"
	if newest {
		order, after = "r.received_at DESC, r.serial DESC", "<"
	}
	if page.After != nil {
		w.add("(r.received_at, r.serial) "+after+" (?, ?)", page.After.ReceivedAt.UnixMicro(), page.After.Serial)
	}
	query := "SELECT " + moderationColumns + " FROM review r WHERE " + w.text() +
		" ORDER BY " + order + " LIMIT " + w.bind(page.Limit)
	return s.scanModerations(ctx, query, w.arguments)
}

func (s *Store) scanModerations(ctx context.Context, query string, arguments []any) ([]moderation.Row, error) {
	var found []moderation.Row
	rows, err := s.engine.reader().QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		r, err := scanModeration(rows.Scan)
		found = append(found, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list remarks: %w", s.readFault(err))
	}
	return found, nil
}

// ModerationCount counts remarks; see moderation.Store.
func (s *Store) ModerationCount(ctx context.Context, f moderation.Filter, most int) (n int, err error) {
	w := moderationListing(f)
	query := "SELECT count(*) FROM (SELECT 1 FROM review r WHERE " + w.text() +
		" LIMIT " + w.bind(most) + ") AS waiting"
	if err = s.engine.reader().QueryRowContext(ctx, query, w.arguments...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count remarks: %w", s.readFault(err))
	}
	return n, nil
}

// ModerationItem is one review; see moderation.Store.
func (s *Store) ModerationItem(ctx context.Context, serial string, bounds moderation.Bounds) (moderation.Row, error) {
	r, err := s.moderationItem(ctx, s.engine.reader().QueryRowContext, serial, bounds)
	return r, s.readFault(err)
}

func (s *Store) moderationItem(ctx context.Context, query func(context.Context, string, ...any) *sql.Row, serial string, within moderation.Bounds) (moderation.Row, error) {
	missing := fault.NewMissing("没有流水号为 " + serial + " 的评价，或不在您的管理范围内")
	slot, ok := review.SlotOfSerial(serial)
	if !ok {
		return moderation.Row{}, missing
	}
	w := &conditions{}
	w.add("r.serial = ?", serial)
	w.add("r.slot = ?", slot)
	w.add(fmt.Sprintf("r.state <> %d", review.Withdrawn))
	w.within("r.", bounds(within))
	r, err := scanModeration(query(ctx, "SELECT "+moderationColumns+" FROM review r WHERE "+w.text(), w.arguments...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r, missing
	}
	if err != nil {
		return r, fmt.Errorf("read a remark: %w", err)
	}
	return r, nil
}

// ModerationDecisions are the decisions about a review; see moderation.Store.
func (s *Store) ModerationDecisions(ctx context.Context, serial string) ([]moderation.Decided, error) {
	slot, _ := review.SlotOfSerial(serial)
	var decided []moderation.Decided
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT version, publication, masked, actor, reason, at FROM moderation_decision
		WHERE serial = $1 AND slot = $2 ORDER BY version`, serial, slot)
	err = each(rows, err, func(rows *sql.Rows) error {
		d, err := scanDecided(rows.Scan)
		decided = append(decided, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", s.readFault(err))
	}
	return decided, nil
}

func scanDecided(scan func(...any) error) (d moderation.Decided, err error) {
	var masked string
	var at int64
	if err = scan(&d.Version, &d.Publication.State, &masked, &d.Actor, &d.Reason, &at); err != nil {
		return d, err
	}
	d.At = time.UnixMicro(at)
	d.Publication.Spans, err = moderation.ParseSpans(masked)
	return d, err
}

// Rule stores a person's decision; see moderation.Store.
func (s *Store) Rule(ctx context.Context, r moderation.Ruling) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		// The row first: two who decide at once come one after the other, and the second sees what the first did.
		slot, _ := review.SlotOfSerial(r.Serial)
		var held string
		err := tx.QueryRowContext(ctx, "SELECT serial FROM review WHERE serial = $1 AND slot = $2"+s.engine.locking(), r.Serial, slot).Scan(&held)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		was, err := s.moderationItem(ctx, tx.QueryRowContext, r.Serial, r.Bounds)
		if err != nil {
			return err
		}
		if was.Version != r.Version {
			return s.outdated(ctx, tx, r.Serial, slot)
		}
		_, err = tx.ExecContext(ctx, "UPDATE review SET publication = $1, masked = $2 WHERE serial = $3 AND slot = $4",
			int(r.Publication.State), r.Publication.Spans.String(), r.Serial, slot)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO moderation_decision (slot, serial, version, publication, masked, actor, reason, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			slot, r.Serial, r.Version+1, int(r.Publication.State), r.Publication.Spans.String(), r.Actor, r.Reason, s.now().UnixMicro())
		if err != nil {
			return err
		}
		if err := published(ctx, tx); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{
			Action: "moderation.decide", Object: "review:" + r.Serial, Before: words(was.Publication), After: words(r.Publication), Reason: r.Reason,
		})
	})
	if err != nil {
		return fmt.Errorf("decide about a remark: %w", err)
	}
	return nil
}

// words are a publication in Chinese, with the pieces that are masked.
func words(p moderation.Publication) string {
	if len(p.Spans) == 0 {
		return p.State.String()
	}
	return p.State.String() + " " + p.Spans.String()
}

// published tells all who show figures and reviews that there is something new.
func published(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE counter_state SET folds = folds + 1")
	return err
}

// outdated says what somebody else has decided.
func (s *Store) outdated(ctx context.Context, tx *sql.Tx, serial string, slot int) error {
	d, err := scanDecided(tx.QueryRowContext(ctx, `SELECT version, publication, masked, actor, reason, at FROM moderation_decision
		WHERE serial = $1 AND slot = $2 ORDER BY version DESC LIMIT 1`, serial, slot).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NewConflict("这条评价有了变化，请看过现在的情况再决定")
	}
	if err != nil {
		return err
	}
	return fault.NewConflict(fmt.Sprintf("%s 已于%s决定：%s。您的决定没有保存，请看过现在的情况再决定是否更改",
		d.Actor, beijing.FormatMinute(d.At), d.Publication.State))
}

// Settle stores what the rules say; see moderation.Store. Most of it says the same of many.
func (s *Store) Settle(ctx context.Context, settled []moderation.Settled) error {
	type way struct {
		from, to moderation.State
		masked   string
	}
	serials := map[way][]string{}
	var ways []way
	heard := false
	for _, one := range settled {
		w := way{one.From.State, one.To.State, one.To.Spans.String()}
		if serials[w] == nil {
			ways = append(ways, w)
		}
		serials[w] = append(serials[w], one.Serial)
		heard = heard || one.Heard
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		for _, w := range ways {
			var slots []int
			for _, serial := range serials[w] {
				slot, _ := review.SlotOfSerial(serial) // it is ours
				slots = append(slots, slot)
			}
			slices.Sort(slots)
			_, err := tx.ExecContext(ctx, "UPDATE review SET publication = $1, masked = $2 WHERE publication = $3 AND "+ //nolint:gosec // the engine's own condition
				s.engine.anyOf("slot", "$4")+" AND "+s.engine.anyText("serial", "$5")+
				" AND NOT EXISTS (SELECT 1 FROM moderation_decision d WHERE d.serial = review.serial AND d.slot = review.slot)",
				int(w.to), w.masked, int(w.from), s.engine.list(slices.Compact(slots)), s.engine.texts(serials[w]))
			if err != nil {
				return err
			}
		}
		if !heard {
			return nil
		}
		return published(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("settle remarks: %w", err)
	}
	return nil
}
