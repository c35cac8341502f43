package frontdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/mariadbtest"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// front is a source's database of a test.
type front struct {
	options Options
	db      *sql.DB // of its owner
}

func (f *front) do(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	if _, err := f.db.ExecContext(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// open opens the source as the program does.
func (f *front) open(t *testing.T, how ...func(o *Options)) *Database {
	t.Helper()
	o := f.options
	o.Columns = map[string]string{"affairSerialNo": "project_no", "affairDoneTime": "done_at", "userName": "name"}
	o.Cursor, o.Key, o.Table = "updated_at", "project_no", "result"
	o.Settle, o.Zone, o.Timeout = time.Second, 8*time.Hour, 10*time.Second
	for _, change := range how {
		change(&o)
	}
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// onBoth runs a test on a source of each engine, with an empty table result.
func onBoth(t *testing.T, test func(t *testing.T, f *front)) {
	t.Run("postgres", func(t *testing.T) {
		f := onPostgres(t, postgrestest.Database(t))
		f.do(t, "CREATE TABLE result (project_no varchar(50) PRIMARY KEY, done_at timestamp, name varchar(200), updated_at timestamp NOT NULL, n bigint)")
		test(t, f)
	})
	t.Run("mariadb", func(t *testing.T) {
		f := onMariaDB(t, mariadbtest.Database(t))
		f.do(t, "CREATE TABLE result (project_no varchar(50) PRIMARY KEY, done_at datetime, name varchar(200), updated_at datetime(6) NOT NULL, n bigint)")
		test(t, f)
	})
}

func onPostgres(t *testing.T, database string) *front {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &front{Options{
		Engine: PostgreSQL, Host: address.Host, User: address.User.Username(), Database: strings.TrimPrefix(address.Path, "/"),
		Parameters: map[string]string{"sslmode": "disable"},
	}, db}
}

func onMariaDB(t *testing.T, database mariadbtest.Address) *front {
	t.Helper()
	return &front{Options{Engine: MySQL, Host: database.Host, User: database.User, Database: database.Name}, database.Open(t)}
}

// put writes rows: number, seconds after noon of a day long ago.
func (f *front) put(t *testing.T, rows ...[2]int) {
	t.Helper()
	for _, row := range rows {
		at := time.Date(2026, 3, 1, 12, 0, row[1], 0, time.UTC).Format(time.DateTime)
		f.do(t, fmt.Sprintf("INSERT INTO result VALUES ('A%03d', '2026-03-01 09:00:00', '张三', '%s', %d)", row[0], at, row[0]))
	}
}

// all reads everything page by page, and gives the serial numbers of each page.
func all(t *testing.T, d *Database, limit int) (pages [][]string) {
	t.Helper()
	var after *affair.Cursor
	for {
		page, err := d.Page(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		var serials []string
		for _, row := range page.Rows {
			serials = append(serials, row[1])
		}
		if serials != nil {
			pages = append(pages, serials)
			after = &page.Where[len(page.Where)-1]
		}
		if !page.More {
			return pages
		}
	}
}

func TestPagesFollowTheCursorAndThenTheKey(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{5, 1}, [2]int{3, 2}, [2]int{1, 2}, [2]int{2, 2}, [2]int{4, 9})
		want := [][]string{{"A005", "A001"}, {"A002", "A003"}, {"A004"}}
		if diff := cmp.Diff(want, all(t, f.open(t), 2)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestCellsAreTextInBeijingsTime(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1})
		for _, tt := range []struct {
			name string
			zone time.Duration
			want string
		}{{"beijing", 8 * time.Hour, "2026-03-01 09:00:00"}, {"utc", 0, "2026-03-01 17:00:00"}, {"india", 330 * time.Minute, "2026-03-01 11:30:00"}} {
			page, err := f.open(t, func(o *Options) { o.Zone = tt.zone }).Page(t.Context(), nil, 10)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"affairDoneTime", "affairSerialNo", "userName"}, page.Columns); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([][]string{{tt.want, "A001", "张三"}}, page.Rows); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
			}
		}
	})
}

// A moment that the database knows the zone of is the same in whatever zone the source is said to be.
func TestMomentsKeepTheirZone(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		kind := map[string]string{PostgreSQL: "timestamptz", MySQL: "timestamp"}[f.options.Engine]
		f.do(t, "CREATE TABLE moments (k int PRIMARY KEY, at "+kind+" NOT NULL)")
		if f.options.Engine == PostgreSQL {
			f.do(t, "INSERT INTO moments VALUES (1, '2026-03-01 01:00:00+00'), (2, '2026-03-01 01:00:00.5+00')")
		} else {
			f.do(t, "SET time_zone = '+00:00'; INSERT INTO moments VALUES (1, '2026-03-01 01:00:00'), (2, '2026-03-01 01:00:01')")
		}
		for _, zone := range []time.Duration{8 * time.Hour, 0} {
			d := f.open(t, func(o *Options) {
				o.Table, o.Columns, o.Cursor, o.Key, o.Zone = "moments", map[string]string{"affairSerialNo": "k", "affairDoneTime": "at"}, "at", "k", zone
			})
			page, err := d.Page(t.Context(), nil, 1)
			if err != nil || len(page.Rows) != 1 {
				t.Fatalf("got %v, %v", page, err)
			}
			if got, want := page.Rows[0][0], "2026-03-01 09:00:00"; got != want {
				t.Errorf("zone %v: got %s, want %s", zone, got, want)
			}
			if want := time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC); !page.Reached.Equal(want) {
				t.Errorf("zone %v: reached %v, want %v", zone, page.Reached, want)
			}
			if page, err = d.Page(t.Context(), &page.Where[0], 1); err != nil || len(page.Rows) != 1 || page.Rows[0][1] != "2" {
				t.Errorf("zone %v: after the first: %v, %v", zone, page.Rows, err)
			}
		}
	})
}

func TestRowsRestBeforeTheyAreRead(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		now := map[string]string{PostgreSQL: "LOCALTIMESTAMP", MySQL: "NOW(6)"}[f.options.Engine]
		for i, age := range []string{"- INTERVAL '%d' SECOND", "- INTERVAL '%d' SECOND", "+ INTERVAL '%d' SECOND"} {
			f.do(t, fmt.Sprintf("INSERT INTO result VALUES ('A%d', NULL, NULL, %s %s, %d)", i, now, fmt.Sprintf(age, []int{100, 1, 1000}[i]), i))
		}
		// The owner's session writes in the zone of the machine; so does the source say.
		_, here := time.Now().Zone()
		d := f.open(t, func(o *Options) { o.Settle, o.Zone = 50*time.Second, time.Duration(here)*time.Second })
		if diff := cmp.Diff([][]string{{"A0"}}, all(t, d, 10)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// What a cursor that is no clock had come to some time ago has rested; what came since has not.
func TestWholeNumbersRestToo(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1}, [2]int{2, 1})
		d := f.open(t, func(o *Options) { o.Cursor, o.Settle = "n", time.Hour })
		if got := all(t, d, 10); got != nil {
			t.Errorf("before anything rested: %v", got)
		}
		f.put(t, [2]int{3, 1})
		if got := all(t, d, 10); got != nil {
			t.Errorf("before anything rested: %v", got)
		}
		d.marks[0].at = d.marks[0].at.Add(-2 * time.Hour)
		if diff := cmp.Diff([][]string{{"A001"}, {"A002"}}, all(t, d, 1)); diff != "" {
			t.Errorf("the first two have rested: (-want +got)\n%s", diff)
		}
	})
}

func TestMarksAreKeptAsLongAsTheyAreNeeded(t *testing.T) {
	d := &Database{options: Options{Settle: 10 * time.Second}}
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i, tt := range []struct {
		after    int // seconds
		greatest string
		want     string
	}{{0, "", ""}, {5, "7", ""}, {12, "7", ""}, {15, "9", "7"}, {20, "9", "7"}, {25, "12", "9"}, {34, "12", "9"}, {1000, "12", "12"}} {
		got, ok := d.mark(begin.Add(time.Duration(tt.after)*time.Second), tt.greatest)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%d: got %q, %v, want %q", i, got, ok, tt.want)
		}
		if len(d.marks) > 3 {
			t.Errorf("%d marks are kept", len(d.marks))
		}
	}
}

func TestOneCursorAndKeyForMoreThanAPageIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.do(t, "CREATE TABLE twins (k varchar(9), at date)")
		f.do(t, "INSERT INTO twins VALUES ('a', '2026-01-01'), ('b', '2026-01-01'), ('b', '2026-01-01'), ('b', '2026-01-01')")
		d := f.open(t, func(o *Options) {
			o.Table, o.Columns, o.Cursor, o.Key = "twins", map[string]string{"affairCode": "at", "affairSerialNo": "k"}, "at", "k"
		})
		if diff := cmp.Diff([][]string{{"a"}, {"b", "b", "b"}}, all(t, d, 3)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		page, err := d.Page(t.Context(), nil, 2)
		if err != nil || len(page.Rows) != 1 {
			t.Fatalf("got %v, %v, want the row before the twins", page.Rows, err)
		}
		_, err = d.Page(t.Context(), &page.Where[0], 2)
		if err == nil || !strings.Contains(err.Error(), "请换一个不重复的 key 列") {
			t.Errorf("got %v", err)
		}
	})
}

func TestARenamedColumnIsNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1})
		d := f.open(t)
		if _, err := d.Page(t.Context(), nil, 10); err != nil {
			t.Fatal(err)
		}
		f.do(t, "ALTER TABLE result RENAME COLUMN done_at TO finished_at")
		_, err := d.Page(t.Context(), nil, 10)
		var told *Error
		if !errors.As(err, &told) || !cmp.Equal(told.missing, []Missing{{"affairDoneTime", "done_at"}}) {
			t.Fatalf("got %v", err)
		}
		if !strings.Contains(err.Error(), "done_at（affairDoneTime）") || !strings.Contains(err.Error(), "finished_at") {
			t.Errorf("got %v", err)
		}
		f.do(t, "ALTER TABLE result RENAME COLUMN finished_at TO done_at")
		if _, err := d.Page(t.Context(), nil, 10); err != nil {
			t.Errorf("renamed back: %v", err)
		}
		f.do(t, "DROP TABLE result")
		if _, err := d.Page(t.Context(), nil, 10); !errors.As(err, &told) || told.cause != renamed || !strings.Contains(err.Error(), "没有表 result") {
			t.Errorf("without the table: %v", err)
		}
	})
}

func TestColumnsAreFoundInAnyCase(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1})
		d := f.open(t, func(o *Options) { o.Columns["affairSerialNo"], o.Cursor = "Project_No", "UPDATED_AT" })
		if diff := cmp.Diff([][]string{{"A001"}}, all(t, d, 10)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestAQueryOfTheOperatorsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1}, [2]int{2, 2}, [2]int{3, 3})
		f.do(t, "CREATE TABLE apply (project_no varchar(50) PRIMARY KEY, who varchar(100))")
		f.do(t, "INSERT INTO apply VALUES ('A001', '李四'), ('A003', '王五')")
		d := f.open(t, func(o *Options) {
			o.Table, o.Query = "", "SELECT r.project_no, r.done_at, a.who AS name, r.updated_at FROM result r JOIN apply a ON a.project_no = r.project_no -- all of it\n;"
		})
		if diff := cmp.Diff([][]string{{"A001"}, {"A003"}}, all(t, d, 1)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestNothingCanBeWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		d := f.open(t)
		err := d.read(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), "INSERT INTO result VALUES ('X', NULL, NULL, '2026-01-01', 1)")
			return err
		})
		if err == nil {
			t.Error("a source was written to")
		}
	})
}

func TestAPageIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.do(t, "CREATE TABLE wide (k int PRIMARY KEY, body text, at date)")
		f.do(t, "INSERT INTO wide VALUES (1, REPEAT('字', 20000), '2026-01-01')")
		d := f.open(t, func(o *Options) {
			o.Table, o.Columns, o.Cursor, o.Key = "wide", map[string]string{"affairSerialNo": "body"}, "at", "k"
		})
		page, err := d.Page(t.Context(), nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := len([]rune(page.Rows[0][0])); got != textLimit {
			t.Errorf("got %d characters, want %d", got, textLimit)
		}
	})
}

func TestAStatementThatTakesTooLongIsEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		nap := map[string]string{PostgreSQL: "pg_sleep(60)::text", MySQL: "SLEEP(60)"}[f.options.Engine]
		f.put(t, [2]int{1, 1})
		d := f.open(t, func(o *Options) {
			o.Table, o.Query = "", "SELECT project_no, done_at, "+nap+" AS name, updated_at FROM result"
			o.Timeout = time.Second
		})
		_, err := d.Page(t.Context(), nil, 10)
		var told *Error
		if !errors.As(err, &told) || told.cause != slow {
			t.Errorf("got %v, want a statement that was too slow", err)
		}
	})
}

func TestWhatIsWrongIsToldWithoutThePassword(t *testing.T) {
	const password = "hunter2-secret"
	onBoth(t, func(t *testing.T, f *front) {
		away := f.open(t, func(o *Options) { o.Host, o.Password = "127.0.0.1:1", password })
		_, err := away.Page(t.Context(), nil, 1)
		var told *Error
		if !errors.As(err, &told) || told.cause != unreachable {
			t.Errorf("nobody there: got %v", err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), password) {
			t.Errorf("the password is in %v", err)
		}
		stranger := f.open(t, func(o *Options) { o.User, o.Password = "nobody_known", password })
		if _, err = stranger.Page(t.Context(), nil, 1); !errors.As(err, &told) || told.cause != refused {
			t.Errorf("a user who is not known: got %v", err)
		}
		if err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("the password is in %v", err)
		}
	})
}

func TestAFrozenSourceIsGivenUp(t *testing.T) {
	cluster := postgrestest.Start(t)
	f := onPostgres(t, cluster.Database(t))
	f.do(t, "CREATE TABLE result (project_no varchar(50) PRIMARY KEY, done_at timestamp, name varchar(200), updated_at timestamp NOT NULL, n bigint)")
	d := f.open(t)
	if _, err := d.Page(t.Context(), nil, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	cluster.Freeze(t)
	_, err := d.Page(ctx, nil, 1)
	cluster.Thaw(t)
	var told *Error
	if !errors.As(err, &told) || told.cause != slow {
		t.Errorf("got %v, want a source that does not answer", err)
	}
	if _, err := d.Page(t.Context(), nil, 1); err != nil {
		t.Errorf("after it goes on: %v", err)
	}
}

// A driver would show the cell, which may be a person's.
func TestWhatIsInACellIsNotTold(t *testing.T) {
	onBoth(t, func(t *testing.T, f *front) {
		f.put(t, [2]int{1, 1})
		cast := map[string]string{PostgreSQL: "name::timestamp", MySQL: "18446744073709551615 + CHAR_LENGTH(name)"}[f.options.Engine]
		d := f.open(t, func(o *Options) {
			o.Table, o.Query = "", "SELECT project_no, "+cast+" AS done_at, name, updated_at FROM result"
		})
		_, err := d.Page(t.Context(), nil, 10)
		var told *Error
		if !errors.As(err, &told) || told.cause != unfit || strings.Contains(err.Error(), "张三") {
			t.Errorf("got %v", err)
		}
	})
}
