package store

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// PostgreSQL expects few counters and would sort them by code to add them up, which takes twice the time of a ranking. What one
// period answers is not added up at all.
func TestPostgreSQLAddsUpWithoutSorting(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: postgrestest.Database(t), Registry: org.NewRegistry(nil, nil), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		periods []int
		adding  bool
	}{{"several periods", []int{20261006, 20261007, 20261008}, true}, {"one period", []int{202610}, false}} {
		q := figures.Query{Dimensions: []figures.Dimension{figures.Hall}, From: "44", To: "45", Periods: c.periods}
		text, arguments := s.sumQuery(&q, q.Readings(20261031), false)
		var plan strings.Builder
		rows, err := s.engine.sum(t.Context(), "EXPLAIN "+text, arguments)
		err = each(rows, err, func(rows *sql.Rows) error {
			var line string
			err := rows.Scan(&line)
			plan.WriteString(line + "\n")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan.String(), "Sort") || strings.Contains(plan.String(), "HashAggregate") != c.adding {
			t.Errorf("%s: %s", c.name, plan.String())
		}
	}
}
