package storetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

func casesMigrate(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t,
		d.affair(1, stars(1)), d.affair(2, stars(2), func(r *review.Record) { r.Region, r.HallCode, r.EntityCode = "440106001002", "H1", "yssAffair" }),
		d.affair(3, stars(1), func(r *review.Record) { r.Region, r.DepartmentCode = "441900003000", "" }), d.affair(4))
	d.foldAll(t)
	want := d.rows(t, "SELECT * FROM counter WHERE dimension < 10 ORDER BY dimension, period, code, entity_code, channel")
	if len(want) < 10 {
		t.Fatalf("got %d counters of cases", len(want))
	}
	d.exec(t, "DELETE FROM counter WHERE dimension < 10")
	for _, statement := range countCases(t, d.address) {
		d.exec(t, statement)
	}
	got := d.rows(t, "SELECT * FROM counter WHERE dimension < 10 ORDER BY dimension, period, code, entity_code, channel")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d.agrees(t)
}

// countCases are the statements of the migration that count cases.
func countCases(t *testing.T, address string) (statements []string) {
	t.Helper()
	folder := "postgres"
	if store.IsEmbedded(address) {
		folder = "sqlite"
	}
	text, err := os.ReadFile(filepath.Join("migrations", folder, "00005_succession.sql"))
	if err != nil {
		t.Fatal(err)
	}
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	for statement := range strings.SplitSeq(up, ";") {
		if begin := strings.Index(statement, "INSERT INTO counter "); begin >= 0 {
			statements = append(statements, statement[begin:])
		}
	}
	return statements
}
