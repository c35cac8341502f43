package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

// caseWhere are conditions on cases. Every query has ended and due_at > 0 as they stand in the indexes; what bounds it further
// there is the city, the county, the department, the hall or the assignee.
type caseWhere struct {
	conditions []string
	arguments  []any
}

func (w *caseWhere) and(condition string, values ...any) {
	for _, value := range values {
		w.arguments = append(w.arguments, value)
		condition = strings.Replace(condition, "?", placeholder(len(w.arguments)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

func (w *caseWhere) text() string { return strings.Join(w.conditions, " AND ") }

// within bounds cases by a scope.
func (w *caseWhere) within(scope followup.Scope) {
	if from, to := org.Range(scope.Region); scope.Region != "" {
		switch level := org.LevelOf(scope.Region); {
		case level == org.LevelCity:
			w.and("substr(region_code, 1, 4) = ?", scope.Region[:4])
		case level == org.LevelCounty:
			w.and("substr(region_code, 1, 6) = ?", scope.Region[:6])
		case level > org.LevelCounty && scope.Region[4:6] != "00":
			w.and("substr(region_code, 1, 6) = ?", scope.Region[:6])
			w.and("region_code >= ? AND region_code < ?", from, to)
		case level > org.LevelCounty: // a town right below its city
			w.and("substr(region_code, 1, 4) = ?", scope.Region[:4])
			w.and("region_code >= ? AND region_code < ?", from, to)
		default:
			w.and("region_code >= ? AND region_code < ?", from, to)
		}
	}
	if scope.Department != "" {
		w.and("department_code = ?", scope.Department)
	}
	if scope.Hall != "" {
		w.and("hall_code = ?", scope.Hall)
	}
}

// caseConditions are those of a query but for its page.
func caseConditions(q *followup.Query) *caseWhere {
	w := &caseWhere{}
	w.and(fmt.Sprintf("ended = %d", flag(q.Ended)))
	w.and("due_at > 0")
	w.within(q.Scope)
	w.within(q.Within)
	if q.WorkNo != "" {
		w.and("NOT EXISTS (SELECT 1 FROM review r WHERE r.serial = followup.serial AND r.slot = followup.slot AND r.work_no = ?)", q.WorkNo)
	}
	return w
}

// filter adds what a person looks for.
func (w *caseWhere) filter(q *followup.Query) {
	if q.State != "" {
		w.and("state = ?", string(q.State))
	}
	if q.Supervised {
		w.and("supervised = 1")
	}
	switch q.Assignee {
	case "":
	case followup.Unassigned:
		w.and("assignee = ?", "")
	default:
		w.and("assignee = ?", q.Assignee)
	}
	if !q.DueBefore.IsZero() {
		w.and("due_at < ?", q.DueBefore.UnixMicro())
	}
	now, soon := q.Now.UnixMicro(), q.Soon.UnixMicro()
	switch q.Urgency {
	case followup.PastDue:
		w.and("due_at < ?", now)
		w.and("state <> ?", string(followup.Awaiting))
	case followup.DueSoon:
		w.and("due_at >= ? AND due_at <= ?", now, soon)
		w.and("state <> ?", string(followup.Awaiting))
	case followup.InTime:
		w.and("(due_at > ? OR state = ?)", soon, string(followup.Awaiting))
	}
	if q.Serial == "" {
		return
	}
	if slot, whole := review.SlotOfSerial(q.Serial); whole {
		w.and("slot = ? AND serial = ?", slot, q.Serial)
		return
	}
	w.and("serial >= ? AND serial < ?", q.Serial, q.Serial+"~")
}

// ListCases lists cases; see followup.Store.
func (s *Store) ListCases(ctx context.Context, q followup.Query) ([]followup.Case, error) {
	text, arguments := CaseListQuery(q)
	return s.caseList(ctx, "list cases", text, arguments...)
}

// CaseListQuery is how ListCases asks, so that it can be seen how an engine finds it.
func CaseListQuery(q followup.Query) (text string, arguments []any) {
	w := caseConditions(&q)
	w.filter(&q)
	order := "due_at, slot, serial"
	if at := q.After; at != nil {
		w.and("(due_at, slot, serial) > (?, ?, ?)", at.Due.UnixMicro(), at.Slot, at.Serial)
	}
	if at := q.Before; at != nil {
		w.and("(due_at, slot, serial) < (?, ?, ?)", at.Due.UnixMicro(), at.Slot, at.Serial)
		order = "due_at DESC, slot DESC, serial DESC"
	}
	w.arguments = append(w.arguments, q.Limit)
	return "SELECT " + caseColumns + " FROM (SELECT " + caseOwnColumns + " FROM followup WHERE " + w.text() + " ORDER BY " + order + " LIMIT " +
		placeholder(len(w.arguments)) + ") f" + ofReview + "ORDER BY f.due_at, f.slot, f.serial", w.arguments
}

// CountCases counts open cases; see followup.Store.
func (s *Store) CountCases(ctx context.Context, q followup.Query) (n followup.Counts, err error) {
	q.Ended = false
	w := caseConditions(&q)
	arguments := len(w.arguments)
	at := func(i int) string { return placeholder(arguments + i) }
	waiting := "state <> '" + string(followup.Awaiting) + "'"
	err = s.engine.reader().QueryRowContext(ctx, `SELECT count(*),
		coalesce(sum(CASE WHEN due_at < `+at(1)+` AND `+waiting+` THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN due_at >= `+at(1)+` AND due_at <= `+at(2)+` AND `+waiting+` THEN 1 ELSE 0 END), 0),
		coalesce(sum(supervised), 0),
		coalesce(sum(CASE WHEN state = '`+string(followup.Appealed)+`' THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN assignee = '' AND `+waiting+` THEN 1 ELSE 0 END), 0),
		coalesce(sum(CASE WHEN assignee = `+at(3)+` AND assignee <> '' THEN 1 ELSE 0 END), 0)
		FROM followup WHERE `+w.text(), append(w.arguments, q.Now.UnixMicro(), q.Soon.UnixMicro(), q.Assignee)...).
		Scan(&n.Open, &n.Overdue, &n.Soon, &n.Supervised, &n.Appealed, &n.Unassigned, &n.Mine)
	if err != nil {
		return n, fmt.Errorf("count cases: %w", s.readFault(err))
	}
	return n, nil
}
