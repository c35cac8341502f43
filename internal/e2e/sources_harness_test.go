package e2e

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/mariadbtest"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// frontDatabase is a front database (前置库) that affairs are pulled from, and what it is called.
type frontDatabase struct {
	name  string
	db    *sql.DB // its owner's
	url   string  // as the file of sources has it
	maria bool
	rows  int // that were ever put into it
}

// frontOnPostgres and frontOnMariaDB give a front database of an owner with an empty table done.
func frontOnPostgres(t *testing.T, name, database string) *frontDatabase {
	t.Helper()
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f := &frontDatabase{name: name, db: db, url: database}
	f.do(t, `CREATE TABLE done (project_no varchar(60) PRIMARY KEY, task_code varchar(40), task_name varchar(200), dept_code varchar(40),
		dept_name varchar(200), area varchar(12), handler varchar(60), result_date timestamp, applicant varchar(100), cert_no varchar(60),
		update_time timestamp NOT NULL DEFAULT now())`)
	f.do(t, "CREATE INDEX ON done (update_time, project_no)")
	f.do(t, "ALTER DATABASE "+strings.TrimPrefix(mustParse(t, database).Path, "/")+" SET timezone = 'Asia/Shanghai'")
	db.SetMaxIdleConns(0) // later sessions are in that zone
	return f
}

func frontOnMariaDB(t *testing.T, name string, database mariadbtest.Address) *frontDatabase {
	t.Helper()
	f := &frontDatabase{name: name, db: database.Open(t), maria: true, url: fmt.Sprintf("mysql://%s@%s/%s", database.User, database.Host, database.Name)}
	f.db.SetMaxOpenConns(8)
	f.do(t, `CREATE TABLE done (project_no varchar(60) PRIMARY KEY, task_code varchar(40), task_name varchar(200), dept_code varchar(40),
		dept_name varchar(200), area varchar(12), handler varchar(60), result_date datetime, applicant varchar(100), cert_no varchar(60),
		update_time timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), KEY (update_time, project_no))`)
	return f
}

// onBothFronts runs a test for a PostgreSQL front before our PostgreSQL, and a MariaDB front before our SQLite.
func onBothFronts(t *testing.T, test func(t *testing.T, h *house, f *frontDatabase)) {
	t.Run("postgres to postgres", func(t *testing.T) {
		test(t, onPostgres(t, postgrestest.Database(t)), frontOnPostgres(t, "gz", postgrestest.Database(t)))
	})
	t.Run("mariadb to sqlite", func(t *testing.T) { test(t, onSQLite(t), frontOnMariaDB(t, "gz", mariadbtest.Database(t))) })
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func (f *frontDatabase) do(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	if _, err := f.db.ExecContext(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// put adds so many right rows in one statement, done within the last thirty days.
func (f *frontDatabase) put(t *testing.T, n int) {
	t.Helper()
	if _, err := f.db.ExecContext(t.Context(), f.putting(n)); err != nil {
		t.Fatal(err)
	}
}

// putting is the statement that adds n rows behind those that are there.
func (f *frontDatabase) putting(n int) string {
	from, to := f.rows+1, f.rows+n
	f.rows = to
	series, concat, days := fmt.Sprintf("generate_series(%d, %d) s(i)", from, to), "'A' || lpad(s.i::text, 9, '0')", "now() - s.i %% 30 * INTERVAL '1' DAY - INTERVAL '1' HOUR"
	item, person, certificate := "'事项' || s.i % 20", "'张' || s.i", "'44010119900101' || lpad((s.i % 10000)::text, 4, '0')"
	department, area := "'007482532' || s.i % 5", "CASE s.i % 3 WHEN 0 THEN '440100' WHEN 1 THEN '440300' ELSE '440103' END"
	if f.maria {
		series, concat, days = fmt.Sprintf("(SELECT seq AS i FROM seq_%d_to_%d) s", from, to), "CONCAT('A', LPAD(s.i, 9, '0'))", "NOW() - INTERVAL s.i %% 30 DAY - INTERVAL 1 HOUR"
		item, person, certificate = "CONCAT('事项', s.i % 20)", "CONCAT('张', s.i)", "CONCAT('44010119900101', LPAD(s.i % 10000, 4, '0'))"
		department = "CONCAT('007482532', s.i % 5)"
	}
	return fmt.Sprintf(`INSERT INTO done (project_no, task_code, task_name, dept_code, dept_name, area, handler, result_date, applicant, cert_no)
		SELECT %s, 'task-1', %s, %s, '公安局', %s, '李四', %s, %s, %s FROM %s`, concat, item, department, area, strings.ReplaceAll(days, "%%", "%"), person, certificate, series)
}

// source is how the file of sources describes the front; how changes it.
func (f *frontDatabase) source(how ...func(s map[string]any)) map[string]any {
	s := map[string]any{
		"name": f.name, "url": f.url, "table": "done", "cursor": "update_time", "key": "project_no",
		"interval": "1s", "settle": "1s", "look_back": "0s", "timeout": "10s", "page_rows": 1000,
		"columns": map[string]string{
			"affairSerialNo": "project_no", "affairCode": "task_code", "affairName": "task_name", "departmentCode": "dept_code",
			"departmentName": "dept_name", "regionCode": "area", "affairDealOfficer": "handler", "affairDoneTime": "result_date",
			"userName": "applicant", "certificateNo": "cert_no",
		},
	}
	if f.maria { // its sessions write the time of the machine
		s["time_zone"] = "UTC"
	}
	for _, change := range how {
		change(s)
	}
	return s
}

// sourcesFile writes a file of sources.
func sourcesFile(t *testing.T, sources ...map[string]any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"sources": sources})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sources.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// affairs is how many affairs are stored.
func (h *house) affairs(t *testing.T) int {
	t.Helper()
	return h.number(t, "SELECT count(*) FROM affair")
}

// hasAffairs waits until exactly so many are stored, as long as they become more.
func (h *house) hasAffairs(t *testing.T, want int) {
	t.Helper()
	for got, next := h.affairs(t), 0; got != want; got = next {
		eventually(t, fmt.Sprintf("%d affairs are stored, %d until now", want, got), func() bool {
			next = h.affairs(t)
			return next != got
		})
	}
}

// firstLoad is how many rows a source holds when it is read for the first time: HAOCHAPING_TEST_SOURCE_ROWS, for the patient a
// million, else some.
func firstLoad(t *testing.T) int {
	t.Helper()
	text := os.Getenv("HAOCHAPING_TEST_SOURCE_ROWS")
	if text == "" {
		return 8_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 8_000 {
		t.Fatalf("HAOCHAPING_TEST_SOURCE_ROWS is %q, not a number from 8000 on", text)
	}
	return n
}
