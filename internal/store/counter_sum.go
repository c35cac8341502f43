package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
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
			// Reviews come in; who only looks lets them pass.
			if err := s.waiting.Count(sum.counting, changes, runtime.Gosched); err != nil {
				return nil, err
			}
			return sum.sorted(), nil
		}
	}
	sum, err := s.readSum(ctx, q, true)
	if err != nil {
		return nil, err
	}
	return sum.sorted(), nil
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

// sum is what was read, the last day that was closed then, and the ids of changes that are to be added.
type sum struct {
	rows     []figures.Row // several of one place, until they are sorted
	at       map[place]int // of those that facts are added to
	counting *figures.Counting
	through  int
	waiting  []string
}

// place is what rows of a sum are told apart by.
type place struct {
	code, entity, channel string
	period                int
}

// row is the row that facts of a place are added to.
func (s *sum) row(at place) *figures.Row {
	n, known := s.at[at]
	if !known {
		if s.at == nil {
			s.at = map[place]int{}
		}
		n = len(s.rows)
		s.at[at] = n
		s.rows = append(s.rows, figures.Row{Code: at.code, Entity: at.entity, Channel: at.channel, Period: at.period})
	}
	return &s.rows[n]
}

// What a row of a sum's statement is, when it is not a counter of the reading with its number.
const (
	closedRow = -1 // the last day that is closed stands as its first count
	changeRow = -2 // a change; its id stands as its code
)

// readSumOf reads counters, and changes with their facts or only which there are. A ranking has thousands of rows: only the
// columns that differ are read, into variables that are used again.
func (s *Store) readSumOf(ctx context.Context, q *figures.Query, readings []figures.Reading, withFacts bool) (*sum, error) {
	sum := &sum{rows: []figures.Row{}}
	sum.counting = q.Counting(func(at figures.Row, n, weight int) {
		sum.row(place{at.Code, at.Entity, at.Channel, at.Period}).Counts[n-1] += int64(weight)
	})
	var reading int
	var row figures.Row
	var facts []byte
	columns := []any{&reading, &row.Code}
	for _, split := range []struct {
		wanted bool
		column any
	}{{q.Split.Entity, &row.Entity}, {q.Split.Channel, &row.Channel}, {q.Split.Period, &row.Period}} {
		if split.wanted {
			columns = append(columns, split.column)
		}
	}
	for n := range row.Counts {
		columns = append(columns, &row.Counts[n])
	}
	if withFacts {
		columns = append(columns, &facts)
	}
	query, arguments := s.sumQuery(q, readings, withFacts)
	rows, err := s.engine.sum(ctx, query, arguments)
	err = each(rows, err, func(rows *sql.Rows) error {
		err := rows.Scan(columns...)
		switch {
		case err != nil:
			return err
		case reading == closedRow:
			sum.through = int(row.Counts[0])
			return nil
		case reading == changeRow && withFacts:
			return sum.counting.Change(facts)
		case reading == changeRow:
			sum.waiting = append(sum.waiting, row.Code)
			return nil
		}
		sum.rows = append(sum.rows, row)
		if q.Split.Period {
			sum.rows[len(sum.rows)-1].Period = readings[reading].Of[row.Period]
		}
		return nil
	})
	return sum, err
}

// sorted gives each place's row, in order, unless it is empty.
func (s *sum) sorted() []figures.Row {
	slices.SortFunc(s.rows, figures.Row.Compare)
	places := s.rows[:0]
	for i := range s.rows {
		if last := len(places) - 1; last >= 0 && places[last].Compare(s.rows[i]) == 0 {
			places[last].Counts.Add(s.rows[i].Counts)
		} else {
			places = append(places, s.rows[i])
		}
	}
	return slices.DeleteFunc(places, func(row figures.Row) bool { return row.Counts == (figures.Counts{}) })
}

// sumQuery is the statement of a sum: see closedRow and changeRow for what its rows are beside counters.
func (s *Store) sumQuery(q *figures.Query, readings []figures.Reading, withFacts bool) (text string, arguments []any) {
	bind := func(value any) string {
		arguments = append(arguments, value)
		return placeholder(len(arguments))
	}
	var from, to string
	if len(readings) > 0 {
		from, to = bind(q.From), bind(q.To)
	}
	// What rows are told apart by, what stands there in a row that is no counter, and likewise the facts of changes.
	keys, noKeys, facts, noFacts := "code", "", "", ""
	if q.Split.Entity {
		keys, noKeys = keys+", entity_code", noKeys+", ''"
	}
	if q.Split.Channel {
		keys, noKeys = keys+", channel", noKeys+", ''"
	}
	if q.Split.Period {
		keys, noKeys = keys+", period", noKeys+", 0"
	}
	if withFacts {
		facts, noFacts = ", facts", ", NULL"
	}
	lanes := "lane < "
	if q.OfAffairs() {
		lanes = "lane >= "
	}
	var counts, totals []string
	for n := range (figures.Counts{}) {
		count := fmt.Sprintf("n%d", n+1)
		counts, totals = append(counts, count), append(totals, s.engine.total(count))
	}
	var query strings.Builder
	fmt.Fprintf(&query, "SELECT %d, id%s, 0, 0, 0, 0, 0%s FROM counter_change WHERE %s%d", changeRow, noKeys, facts, lanes, affairLane)
	for n, r := range readings {
		conditions := []string{
			s.engine.anyOf("dimension", bind(s.engine.list(r.Dimensions))), s.engine.anyOf("period", bind(s.engine.list(r.Periods))),
		}
		// Then the other columns of the key in its order: rows are found by them up to the first that has many values. All evaluation
		// objects are looked up one by one where that leads to one channel's rows, which then stand together.
		found := func(column string) string { return column }
		for _, of := range []struct{ column, value string }{{"entity_code", r.Entity}, {"channel", r.Channel}} {
			column := found(of.column)
			switch {
			case of.value == figures.Any:
				conditions = append(conditions, column+" = '"+figures.Any+"'")
			case of.value == "" && of.column == "entity_code" && r.Channel != "":
				conditions = append(conditions, s.engine.among(column, "SELECT code FROM entity"))
			case of.value == "":
				conditions = append(conditions, column+" <> '"+figures.Any+"'")
				found = s.engine.aside
			default:
				conditions = append(conditions, column+" = "+bind(of.value))
			}
		}
		conditions = append(conditions, found("code")+" >= "+from, found("code")+" < "+to)
		read, grouped := totals, " GROUP BY "+keys
		if r.Single() { // hardly anything to add up
			read, grouped = counts, ""
		}
		fmt.Fprintf(&query, `
			UNION ALL SELECT %d, %s, %s%s FROM counter WHERE %s%s`, n, keys, strings.Join(read, ", "), noFacts, strings.Join(conditions, " AND "), grouped)
	}
	fmt.Fprintf(&query, " UNION ALL SELECT %d, ''%s, through, 0, 0, 0, 0%s FROM counter_state", closedRow, noKeys, noFacts)
	return query.String(), arguments
}
