package frontdb

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExamineTellsWhatIsThere(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		for i := range 20 {
			f.put(t, [2]int{i, i})
		}
		e, err := f.open(t).Examine(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"n"}, e.Unmapped); diff != "" {
			t.Error(diff)
		}
		var serials []string
		for _, row := range e.Sample.Rows {
			serials = append(serials, row[1])
		}
		if diff := cmp.Diff([]string{"A019", "A018", "A017"}, serials); diff != "" {
			t.Errorf("the newest: %s", diff)
		}
		if !e.Clock || e.Daily || e.NoCursor || !e.MayWrite {
			t.Errorf("got %+v", e)
		}
		if e.Mapped["affairDoneTime"].Name != "done_at" || e.Mapped["affairDoneTime"].Type == "" {
			t.Errorf("got %+v", e.Mapped)
		}
	})
}

func TestExamineSeesAMissingIndexAndRowsWithoutACursor(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.do(t, "CREATE TABLE slow (k varchar(20) PRIMARY KEY, at timestamp NULL)")
		for i := range 200 {
			f.do(t, fmt.Sprintf("INSERT INTO slow VALUES ('%d', '2026-01-02 03:04:05')", i))
		}
		open := func() *Database {
			return f.open(t, func(o *Options) {
				o.Table, o.Columns, o.Cursor, o.Key = "slow", map[string]string{"affairSerialNo": "k"}, "at", "k"
			})
		}
		e, err := open().Examine(t.Context(), 5)
		if err != nil || !e.Sorts || e.NoCursor {
			t.Errorf("without an index: got %+v, %v", e, err)
		}
		f.do(t, "CREATE INDEX slow_at ON slow (at, k)")
		f.do(t, "INSERT INTO slow VALUES ('none', NULL)")
		if e, err = open().Examine(t.Context(), 5); err != nil || !e.NoCursor {
			t.Errorf("with a row without a cursor: got %+v, %v", e, err)
		}
	})
}

func TestAUserWhoMayOnlyRead(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1})
		if f.options.Engine == PostgreSQL {
			f.do(t, "DROP ROLE IF EXISTS only_reads; CREATE ROLE only_reads LOGIN")
			t.Cleanup(func() {
				if _, err := f.db.ExecContext(context.Background(), "DROP OWNED BY only_reads; DROP ROLE only_reads"); err != nil {
					t.Error(err)
				}
			})
			f.do(t, "GRANT SELECT (project_no, done_at, name, updated_at) ON result TO only_reads")
		} else {
			f.do(t, "CREATE OR REPLACE USER only_reads; GRANT SELECT (project_no, done_at, name, updated_at) ON result TO only_reads")
		}
		d := f.open(t, func(o *Options) { o.User = "only_reads" })
		if diff := cmp.Diff([][]string{{"A001"}}, all(t, d, 10)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		e, err := d.Examine(t.Context(), 3)
		if err != nil || e.MayWrite || e.Unmapped != nil {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}
