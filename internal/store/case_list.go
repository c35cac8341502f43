package store

import (
	"context"
	"fmt"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

// casesWithin bounds cases by a scope.
func (w *conditions) casesWithin(scope followup.Scope) {
	if from, to := org.Range(scope.Region); scope.Region != "" {
		switch level := org.LevelOf(scope.Region); {
		case level == org.LevelCity:
			w.add("substr(region_code, 1, 4) = ?", scope.Region[:4])
		case level == org.LevelCounty:
			w.add("substr(region_code, 1, 6) = ?", scope.Region[:6])
		case level > org.LevelCounty && scope.Region[4:6] != "00":
			w.add("substr(region_code, 1, 6) = ?", scope.Region[:6])
			w.add("region_code >= ? AND region_code < ?", from, to)
		case level > org.LevelCounty: // a town right below its city
			w.add("substr(region_code, 1, 4) = ?", scope.Region[:4])
			w.add("region_code >= ? AND region_code < ?", from, to)
		default:
			w.add("region_code >= ? AND region_code < ?", from, to)
		}
	}
	w.when(scope.Department != "", "department_code = ?", scope.Department)
	w.when(scope.Hall != "", "hall_code = ?", scope.Hall)
}

// caseConditions are those of a query but for its page. Every one has ended and due_at > 0 as they stand in the indexes; what bounds it
// further there is the city, the county, the department, the hall or the assignee.
func caseConditions(q *followup.Query) *conditions {
	w := &conditions{}
	w.add(fmt.Sprintf("ended = %d", flag(q.Ended)))
	w.add("due_at > 0")
	w.casesWithin(q.Scope)
	w.casesWithin(q.Within)
	w.when(q.WorkNo != "", "NOT EXISTS (SELECT 1 FROM review r WHERE r.serial = followup.serial AND r.slot = followup.slot AND r.work_no = ?)", q.WorkNo)
	return w
}

// casesLike adds what a person looks for.
func (w *conditions) casesLike(q *followup.Query) {
	w.when(q.State != "", "state = ?", string(q.State))
	w.when(q.Supervised, "supervised = 1")
	switch q.Assignee {
	case "":
	case followup.Unassigned:
		w.add("assignee = ?", "")
	default:
		w.add("assignee = ?", q.Assignee)
	}
	w.when(!q.DueBefore.IsZero(), "due_at < ?", q.DueBefore.UnixMicro())
	now, soon := q.Now.UnixMicro(), q.Soon.UnixMicro()
	switch q.Urgency {
	case followup.PastDue:
		w.add("due_at < ?", now)
		w.add("state <> ?", string(followup.Awaiting))
	case followup.DueSoon:
		w.add("due_at >= ? AND due_at <= ?", now, soon)
		w.add("state <> ?", string(followup.Awaiting))
	case followup.InTime:
		w.add("(due_at > ? OR state = ?)", soon, string(followup.Awaiting))
	}
	if q.Serial == "" {
		return
	}
	if slot, whole := review.SlotOfSerial(q.Serial); whole {
		w.add("slot = ? AND serial = ?", slot, q.Serial)
		return
	}
	w.add("serial >= ? AND serial < ?", q.Serial, q.Serial+"~")
}

// ListCases lists cases; see followup.Store.
func (s *Store) ListCases(ctx context.Context, q followup.Query) ([]followup.Case, error) {
	text, arguments := CaseListQuery(q)
	return s.caseList(ctx, "list cases", text, arguments...)
}

// CaseListQuery is how ListCases asks, so that it can be seen how an engine finds it.
func CaseListQuery(q followup.Query) (text string, arguments []any) {
	w := caseConditions(&q)
	w.casesLike(&q)
	order := "due_at, slot, serial"
	if at := q.After; at != nil {
		w.add("(due_at, slot, serial) > (?, ?, ?)", at.Due.UnixMicro(), at.Slot, at.Serial)
	}
	if at := q.Before; at != nil {
		w.add("(due_at, slot, serial) < (?, ?, ?)", at.Due.UnixMicro(), at.Slot, at.Serial)
		order = "due_at DESC, slot DESC, serial DESC"
	}
	limit := w.bind(q.Limit)
	return "SELECT " + caseColumns + " FROM (SELECT " + caseOwnColumns + " FROM followup WHERE " + w.text() + " ORDER BY " + order + " LIMIT " +
		limit + ") f" + ofReview + "ORDER BY f.due_at, f.slot, f.serial", w.arguments
}

// CountCases counts open cases; see followup.Store.
func (s *Store) CountCases(ctx context.Context, q followup.Query) (n followup.Counts, err error) {
	q.Ended = false
	w := caseConditions(&q)
	now, soon, mine := w.bind(q.Now.UnixMicro()), w.bind(q.Soon.UnixMicro()), w.bind(q.Assignee)
	waiting := "state <> '" + string(followup.Awaiting) + "'"
	err = s.engine.reader().QueryRowContext(ctx, `SELECT count(*),
		coalesce(sum(CASE WHEN due_at < `+now+` AND `+waiting+` THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN due_at >= `+now+` AND due_at <= `+soon+` AND `+waiting+` THEN 1 ELSE 0 END), 0),
		coalesce(sum(supervised), 0),
		coalesce(sum(CASE WHEN state = '`+string(followup.Appealed)+`' THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN assignee = '' AND `+waiting+` THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN assignee = `+mine+` AND assignee <> '' THEN 1 ELSE 0 END), 0)
		FROM followup WHERE `+w.text(), w.arguments...).
		Scan(&n.Open, &n.Overdue, &n.Soon, &n.Supervised, &n.Appealed, &n.Unassigned, &n.Mine)
	if err != nil {
		return n, fmt.Errorf("count cases: %w", s.readFault(err))
	}
	return n, nil
}
