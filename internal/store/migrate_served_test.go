package store_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/store"
)

var recordSchema = flag.Bool("record-schema", false, "write down the schema as that of store.OldestServed")

// column is a column as a program that writes it finds it.
type column struct {
	kind            string
	needed, primary bool // it must be given: not null, and no default
}

// columnsOf reads every table's columns, and every unique index that is not the primary key's.
func columnsOf(t *testing.T, address string) (columns map[string]column, unique map[string]bool) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+store.EmbeddedFile(address))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	columns, unique = map[string]column{}, map[string]bool{}
	tables := `(SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'goose_db_version' AND name NOT LIKE 'sqlite_%') AS t`
	ask(t, db, `SELECT t.name || '.' || c.name, lower(c.type), c."notnull" AND c.dflt_value IS NULL, c.pk > 0 FROM `+tables+
		` JOIN pragma_table_info(t.name) c ORDER BY 1`, func(c []string) {
		columns[c[0]] = column{c[1], c[2] == "1", c[3] == "1"}
	})
	ask(t, db, `SELECT t.name || ' ' || i.name FROM `+tables+` JOIN pragma_index_list(t.name) i WHERE i."unique" AND i.origin <> 'pk'`,
		func(c []string) { unique[c[0]] = true })
	return columns, unique
}

// The program of OldestServed goes on beside this one: every column that it reads and writes is there and is what it was, none that
// it does not know must be given, and no rule refuses what it writes.
func TestTheSchemaServesTheProgramBefore(t *testing.T) {
	address := sqliteAddress(t)
	migrated(t, address)
	columns, unique := columnsOf(t, address)
	file := fmt.Sprintf("testdata/schema_%05d.txt", store.OldestServed)
	if *recordSchema {
		var lines []string
		for name, c := range columns {
			lines = append(lines, fmt.Sprintf("%s %s %t %t\n", name, c.kind, c.needed, c.primary))
		}
		for name := range unique {
			lines = append(lines, "unique "+name+"\n")
		}
		slices.Sort(lines)
		if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(file) //nolint:gosec // a test's own file
	if err != nil {
		t.Fatal(err)
	}
	if faults := unserved(string(recorded), columns, unique); len(faults) > 0 {
		t.Errorf("the program of schema %d can't go on:\n%s", store.OldestServed, strings.Join(faults, "\n"))
	}

	t.Run("what would stop it is seen", func(t *testing.T) {
		columns["review.added"] = column{"text", true, false}
		delete(columns, "review.serial")
		c := columns["once.serial"]
		c.kind = "blob"
		columns["once.serial"] = c
		unique["review review_remark"] = true
		if faults := unserved(string(recorded), columns, unique); len(faults) != 4 {
			t.Errorf("got %q, want four faults", faults)
		}
	})
}

// unserved says what of a recorded schema is gone or narrower.
func unserved(recorded string, columns map[string]column, unique map[string]bool) (faults []string) {
	tables, known := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(recorded) {
		f := strings.Fields(line)
		if f[0] == "unique" {
			known[f[1]+" "+f[2]] = true
			continue
		}
		table, _, _ := strings.Cut(f[0], ".")
		tables[table], known[f[0]] = true, true
		now, there := columns[f[0]]
		switch {
		case !there:
			faults = append(faults, f[0]+" is gone")
		case now.kind != f[1], fmt.Sprint(now.primary) != f[3]:
			faults = append(faults, f[0]+" is another one")
		case now.needed && f[2] != "true":
			faults = append(faults, f[0]+" must be given now")
		}
	}
	for name, c := range columns {
		if table, _, _ := strings.Cut(name, "."); tables[table] && !known[name] && c.needed {
			faults = append(faults, name+" is new and must be given")
		}
	}
	for name := range unique {
		if table, _, _ := strings.Cut(name, " "); tables[table] && !known[name] {
			faults = append(faults, name+" is new and may refuse")
		}
	}
	return faults
}
