package e2e

import (
	"database/sql"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers by which tests look into a database and do it harm
	_ "modernc.org/sqlite"
)

// open opens the house's database behind the program's back.
func (h *house) open(t *testing.T) *sql.DB {
	t.Helper()
	driver, address := "pgx", h.database
	if file, embedded := strings.CutPrefix(h.database, "sqlite:"); embedded {
		driver, address = "sqlite", "file:"+file+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// do runs a statement behind the program's back.
func (h *house) do(t *testing.T, statement string, arguments ...any) {
	t.Helper()
	db := h.open(t)
	if _, err := db.ExecContext(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// number asks for one number.
func (h *house) number(t *testing.T, query string) int {
	t.Helper()
	return h.numbers(t, query)[0]
}

// numbers asks for one number by each query.
func (h *house) numbers(t *testing.T, queries ...string) []int {
	t.Helper()
	db := h.open(t)
	all := make([]int, len(queries))
	for i, query := range queries {
		if err := db.QueryRowContext(t.Context(), query).Scan(&all[i]); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// isWhole holds that exactly so many reviews are stored, none of them half: each with its key, each bad one with its
// case, all in the public figures, and every counter equal to a recount.
func (h *house) isWhole(t *testing.T, s *server, reviews int) {
	t.Helper()
	got := h.numbers(t,
		"SELECT count(*) FROM review",
		"SELECT count(*) FROM once",
		"SELECT count(*) FROM review r JOIN once o ON o.slot = r.slot AND o.identity = r.identity AND o.serial = r.serial",
		"SELECT count(*) FROM review WHERE stars <= 2 AND serial NOT IN (SELECT serial FROM followup)",
		"SELECT count(*) FROM followup WHERE serial NOT IN (SELECT serial FROM review WHERE stars <= 2)")
	if records, keys, pairs := got[0], got[1], got[2]; records != reviews || keys != reviews || pairs != reviews {
		t.Errorf("%d records, %d keys, %d of them together, want %d", records, keys, pairs, reviews)
	}
	if got[3] > 0 || got[4] > 0 {
		t.Errorf("%d bad reviews without a case, %d cases without a bad review", got[3], got[4])
	}
	if got := counted(t, s); got != reviews {
		t.Errorf("%d reviews are in the figures, want %d", got, reviews)
	}
	h.agrees(t)
}

// agrees holds that recount finds nothing to mend.
func (h *house) agrees(t *testing.T) {
	t.Helper()
	if r := h.run(t, "recount"); r.status != 0 {
		t.Errorf("recount: exit status %d\n%s%s", r.status, r.out, r.err)
	}
}
