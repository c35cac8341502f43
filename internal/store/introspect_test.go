package store_test

import (
	"database/sql"
	"strings"
	"testing"
)

// ask calls row with the columns of every row of a query, as text.
func ask(t *testing.T, db *sql.DB, query string, row func(column []string)) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, fields := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			fields[i] = &values[i]
		}
		if err := rows.Scan(fields...); err != nil {
			t.Fatal(err)
		}
		columns := make([]string, len(names))
		for i, value := range values {
			columns[i] = value.String
		}
		row(columns)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// The table of the migrations' own versions is left out: its form is goose's.

func sqliteSchema(t *testing.T, db *sql.DB) *schema {
	s := &schema{tables: map[string]*table{}}
	tables := `(SELECT name, sql FROM sqlite_schema
		WHERE type = 'table' AND name <> 'goose_db_version' AND name NOT LIKE 'sqlite_%') AS t`
	ask(t, db, `SELECT t.name, c.name, lower(c.type), c."notnull" FROM `+tables+` JOIN pragma_table_info(t.name) c
		ORDER BY t.name, c.cid`, func(c []string) {
		s.table(c[0]).columns = append(s.table(c[0]).columns, schemaColumn{c[1], c[2], c[3] == "0"})
	})
	ask(t, db, `SELECT t.name, c.name FROM `+tables+` JOIN pragma_table_info(t.name) c
		WHERE c.pk > 0 ORDER BY t.name, c.pk`, func(c []string) {
		s.table(c[0]).primary = append(s.table(c[0]).primary, c[1])
	})
	last := ""
	ask(t, db, `SELECT t.name, i.name, c.name FROM `+tables+` JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
		WHERE i."unique" AND i.origin <> 'pk' ORDER BY t.name, i.name, c.seqno`, func(c []string) {
		of := s.table(c[0])
		if c[1] != last {
			of.unique, last = append(of.unique, nil), c[1]
		}
		of.unique[len(of.unique)-1] = append(of.unique[len(of.unique)-1], c[2])
	})
	ask(t, db, `SELECT t.name, f."table" FROM `+tables+` JOIN pragma_foreign_key_list(t.name) f`, func(c []string) {
		s.extras = append(s.extras, c[0]+" has a foreign key to "+c[1])
	})
	ask(t, db, "SELECT tbl_name FROM sqlite_schema WHERE type = 'trigger'", func(c []string) {
		s.extras = append(s.extras, c[0]+" has a trigger")
	})
	ask(t, db, "SELECT name FROM "+tables+" WHERE sql LIKE '%autoincrement%'", func(c []string) {
		s.extras = append(s.extras, c[0]+" is numbered by the database")
	})
	ask(t, db, `SELECT t.name, c.name FROM `+tables+` JOIN pragma_table_info(t.name) c WHERE c.dflt_value LIKE '%(%' OR c.dflt_value LIKE 'current%'`, func(c []string) {
		s.extras = append(s.extras, c[0]+" has a computed default for "+c[1])
	})
	return s
}

// kinds are PostgreSQL's types in SQLite's words.
var kinds = map[string]string{"smallint": "integer", "integer": "integer", "bigint": "integer", "boolean": "integer", "text": "text", "bytea": "blob"}

func postgresSchema(t *testing.T, db *sql.DB) *schema {
	s := &schema{tables: map[string]*table{}}
	tables := `(SELECT oid, relname AS name, reloptions FROM pg_class
		WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'goose_db_version') AS t`
	ask(t, db, `SELECT t.name, attname, format_type(atttypid, atttypmod), NOT attnotnull FROM `+tables+` JOIN pg_attribute ON attrelid = t.oid
		WHERE attnum > 0 AND NOT attisdropped ORDER BY t.name, attnum`, func(c []string) {
		s.table(c[0]).columns = append(s.table(c[0]).columns, schemaColumn{c[1], kinds[c[2]], c[3] == "true"})
		if by := large[c[0]]; by == c[1] && c[2] != "smallint" {
			s.extras = append(s.extras, c[0]+" has a "+by+" that is no smallint")
		}
	})
	ask(t, db, `SELECT t.name, i.indisprimary, (SELECT string_agg(coalesce(a.attname, ''), ',' ORDER BY k.n)
			FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n) LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
			WHERE k.n <= i.indnkeyatts)
		FROM `+tables+` JOIN pg_index i ON i.indrelid = t.oid WHERE i.indisunique ORDER BY t.name, i.indexrelid`, func(c []string) {
		if columns := strings.Split(c[2], ","); c[1] == "true" {
			s.table(c[0]).primary = columns
		} else {
			s.table(c[0]).unique = append(s.table(c[0]).unique, columns)
		}
	})
	ask(t, db, `SELECT t.name, confrelid::regclass FROM `+tables+` JOIN pg_constraint ON conrelid = t.oid WHERE contype = 'f'`, func(c []string) {
		s.extras = append(s.extras, c[0]+" has a foreign key to "+c[1])
	})
	ask(t, db, `SELECT t.name FROM `+tables+` JOIN pg_trigger ON tgrelid = t.oid WHERE NOT tgisinternal`, func(c []string) {
		s.extras = append(s.extras, c[0]+" has a trigger")
	})
	ask(t, db, `SELECT t.name, attname, attidentity <> '' OR coalesce(pg_get_expr(adbin, adrelid), '') LIKE 'nextval(%' FROM `+tables+`
		JOIN pg_attribute ON attrelid = t.oid LEFT JOIN pg_attrdef ON adrelid = t.oid AND adnum = attnum
		WHERE attidentity <> '' OR pg_get_expr(adbin, adrelid) LIKE '%(%'`, func(c []string) {
		if c[2] == "true" {
			s.extras = append(s.extras, c[0]+" is numbered by the database")
		} else {
			s.extras = append(s.extras, c[0]+" has a computed default for "+c[1])
		}
	})
	ask(t, db, `SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
		AND relname NOT LIKE 'goose_db_version%'`, func(c []string) {
		s.extras = append(s.extras, "there is a sequence "+c[0])
	})
	ask(t, db, `SELECT coalesce('fillfactor=70' = ANY(reloptions), false) FROM `+tables+` WHERE t.name = 'counter'`, func(c []string) {
		if c[0] != "true" {
			s.extras = append(s.extras, "counter has no fillfactor of 70")
		}
	})
	return s
}
