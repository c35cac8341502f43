package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/figures"
)

// sumAttempts is how often a sum begins again because changes were folded of which it had only seen that they wait. After
// that it reads them together with the counters.
const sumAttempts = 3

// Sum adds counters up, and the facts not yet folded; see figures.Store. One statement reads the counters, which days are
// closed and which changes wait, so all is of one moment: a fact is seen once, wherever it is.
func (s *Store) Sum(ctx context.Context, q figures.Query) ([]figures.Row, error) {
	rows, err := s.sum(ctx, &q)
	if err != nil {
		return nil, fmt.Errorf("sum counters: %w", s.readFault(err))
	}
	return rows, nil
}

func (s *Store) sum(ctx context.Context, q *figures.Query) ([]figures.Row, error) {
	for range sumAttempts {
		sum, err := s.readSum(ctx, q, false)
		if err != nil {
			return nil, err
		}
		if len(sum.waiting) > mostKept {
			break
		}
		changes, whole, err := s.waiting.of(ctx, s, sum.waiting)
		if err != nil {
			return nil, err
		}
		if whole {
			return sum.with(changes)
		}
	}
	sum, err := s.readSum(ctx, q, true)
	if err != nil {
		return nil, err
	}
	return sum.with(nil)
}

// readSum reads until no day was closed since it was last asked for which are.
func (s *Store) readSum(ctx context.Context, q *figures.Query, withFacts bool) (*sum, error) {
	through, err := s.closedThrough(ctx)
	for err == nil {
		var sum *sum
		sum, err = s.readSumOf(ctx, q, q.Readings(through), withFacts)
		if err == nil && sum.through == through {
			return sum, nil
		}
		if err == nil {
			through = sum.through
			s.through.Store(int64(through))
		}
	}
	return nil, err
}

// sum is what was added up, the last day that was closed then, and the ids of changes that are to be added.
type sum struct {
	rows     map[figures.Row]figures.Counts
	counting *figures.Counting
	through  int
	waiting  []string
}

// readSumOf reads counters, and changes with their facts or only which there are.
func (s *Store) readSumOf(ctx context.Context, q *figures.Query, readings []figures.Reading, withFacts bool) (*sum, error) {
	sum := &sum{rows: map[figures.Row]figures.Counts{}}
	sum.counting = q.Counting(func(at figures.Row, n, weight int) {
		counts := sum.rows[at]
		counts[n-1] += int64(weight)
		sum.rows[at] = counts
	})
	query, arguments := s.sumQuery(q, readings, withFacts)
	rows, err := s.engine.reader().QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var reading int
		var at figures.Row
		var c figures.Counts
		var change sql.NullString
		var facts []byte
		err := rows.Scan(&reading, &at.Code, &at.Entity, &at.Channel, &at.Period, &c[0], &c[1], &c[2], &c[3], &c[4], &change, &facts)
		switch {
		case err != nil:
			return err
		case reading < 0:
			sum.through = at.Period
			return nil
		case facts != nil:
			return sum.counting.Change(facts)
		case change.Valid:
			sum.waiting = append(sum.waiting, change.String)
			return nil
		}
		at.Period = readings[reading].Of[at.Period]
		c.Add(sum.rows[at])
		sum.rows[at] = c
		return nil
	})
	return sum, err
}

// with adds changes, and gives the rows that are not empty in order.
func (s *sum) with(changes []*figures.Change) ([]figures.Row, error) {
	for _, change := range changes {
		if err := s.counting.Waiting(change); err != nil {
			return nil, err
		}
	}
	result := make([]figures.Row, 0, len(s.rows))
	for row, counts := range s.rows {
		if counts != (figures.Counts{}) {
			row.Counts = counts
			result = append(result, row)
		}
	}
	slices.SortFunc(result, figures.Row.Compare)
	return result, nil
}

// sumQuery is the statement of a sum. Its rows are changes, with their facts or without, counters, with the number of their
// reading, and with the number -1 the last day that is closed.
func (s *Store) sumQuery(q *figures.Query, readings []figures.Reading, withFacts bool) (text string, arguments []any) {
	bind := func(value any) string {
		arguments = append(arguments, value)
		return placeholder(len(arguments))
	}
	var from, to string
	if len(readings) > 0 {
		from, to = bind(q.From), bind(q.To)
	}
	column := func(wanted bool, column, otherwise string) string {
		if wanted {
			return column
		}
		return otherwise
	}
	lanes := "lane < "
	if q.OfAffairs() {
		lanes = "lane >= "
	}
	var query strings.Builder
	fmt.Fprintf(&query, "SELECT 0, '' AS code, '' AS entity_code, '' AS channel, 0, 0, 0, 0, 0, 0, id, %s FROM counter_change WHERE %s%d",
		column(withFacts, "facts", "CAST(NULL AS bytea)"), lanes, affairLane)
	for n, r := range readings {
		conditions := []string{
			s.engine.anyOf("dimension", bind(s.engine.list(r.Dimensions))), s.engine.anyOf("period", bind(s.engine.list(r.Periods))),
			"code >= " + from, "code < " + to,
		}
		for _, of := range []struct{ column, value string }{{"entity_code", r.Entity}, {"channel", r.Channel}} {
			switch of.value {
			case figures.Any:
				conditions = append(conditions, of.column+" = '"+figures.Any+"'")
			case "":
				conditions = append(conditions, of.column+" <> '"+figures.Any+"'")
			default:
				conditions = append(conditions, of.column+" = "+bind(of.value))
			}
		}
		fmt.Fprintf(&query, `
			UNION ALL SELECT %d, code, %s, %s, %s, sum(CAST(n1 AS int4)), sum(CAST(n2 AS int4)), sum(CAST(n3 AS int4)),
				sum(CAST(n4 AS int4)), sum(CAST(n5 AS int4)), NULL, NULL
			FROM counter WHERE %s GROUP BY 1, 2, 3, 4, 5`, n, column(q.Split.Entity, "entity_code", "''"),
			column(q.Split.Channel, "channel", "''"), column(q.Split.Period, "period", "0"), strings.Join(conditions, " AND "))
	}
	query.WriteString(" UNION ALL SELECT -1, '', '', '', through, 0, 0, 0, 0, 0, NULL, NULL FROM counter_state")
	return query.String(), arguments
}
