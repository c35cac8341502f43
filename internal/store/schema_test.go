package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/store"
)

// large are the tables that can be cut, with the column by which they are: docs/architecture.md, Sharding.
var large = map[string]string{
	"once": "slot", "review": "slot", "followup": "slot", "counter": "lane", "counter_change": "lane",
	"receipt": "slot", "affair": "slot", "withdrawal": "slot",
	"case_event": "slot", "case_file": "slot",
	"moderation_decision": "slot",
	"review_origin":       "slot", "finding_review": "slot",
}

// small are the other ones: registers that every node holds whole.
var small = []string{
	"affair_cursor", "affair_lease", "affair_rejected", "affair_source", "app", "counter_state", "department", "entity", "hall", "hall_window", "heartbeat", "item", "moving", "officer", "region",
	"nonce", "session", "setting", "succession", "tag",
	"deadline_rule",
	"app_refusal", "app_answer", "affair_again",
	"scan", "tag_version", "venue_upload",
	"setting_version",
	"examined_day", "finding", "finding_decision", "officer_mark",
	"sealing_key", "sealing_node", "resealing", "erasure", "erasure_found",
	"word_list", "word_list_active",
	"staff", "staff_attempt", "staff_recovery", "staff_session",
	"audit", "audit_head", "delivery", "job", "job_attempt", "notice", "subscription",
}

// schema is what both engines can tell about a database.
type schema struct {
	tables map[string]*table
	// extras are things that must not be: foreign keys, triggers, sequences, numbers made by the database.
	extras []string
}

type table struct {
	columns []schemaColumn // in their order
	primary []string
	unique  [][]string // the primary key's columns left out; an expression is ""
}

type schemaColumn struct {
	name, kind string // kind is integer, text or blob
	null       bool
}

func (s *schema) table(name string) *table {
	if s.tables[name] == nil {
		s.tables[name] = &table{}
	}
	return s.tables[name]
}

// breaches are the sharding rules that a schema breaks.
func (s *schema) breaches() []string {
	breaches := slices.Clone(s.extras)
	for name, t := range s.tables {
		if len(t.primary) == 0 {
			breaches = append(breaches, name+" has no primary key")
		}
		by, isLarge := large[name]
		if !isLarge {
			continue
		}
		for _, key := range append(t.unique, t.primary) {
			if !slices.Contains(key, by) {
				breaches = append(breaches, name+" is unique by "+strings.Join(key, ", ")+", without "+by)
			}
		}
	}
	if key := s.table("counter").primary; len(key) == 0 || key[len(key)-1] != "lane" {
		breaches = append(breaches, "the primary key of counter does not end with lane")
	}
	slices.Sort(breaches)
	return breaches
}

// engines are both databases, migrated, each with how its schema is read.
func engines(t *testing.T) map[string]struct {
	db   *sql.DB
	read func(t *testing.T, db *sql.DB) *schema
} {
	t.Helper()
	sqlite, postgres := sqliteAddress(t), postgrestest.Database(t)
	migrated(t, sqlite)
	migrated(t, postgres)
	open := func(driver, source string) *sql.DB {
		db, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	return map[string]struct {
		db   *sql.DB
		read func(t *testing.T, db *sql.DB) *schema
	}{
		"SQLite":     {open("sqlite", "file:"+filepath.ToSlash(store.EmbeddedFile(sqlite))), sqliteSchema},
		"PostgreSQL": {open("pgx", postgres), postgresSchema},
	}
}

func TestSchemaKeepsTheRulesOfSharding(t *testing.T) {
	for name, engine := range engines(t) {
		schema := engine.read(t, engine.db)
		for _, breach := range schema.breaches() {
			t.Errorf("%s: %s", name, breach)
		}
		var tables []string
		for table := range schema.tables {
			tables = append(tables, table)
		}
		want := slices.Clone(small)
		for table := range large {
			want = append(want, table)
		}
		slices.Sort(tables)
		slices.Sort(want)
		if diff := cmp.Diff(want, tables); diff != "" {
			t.Errorf("%s: a new table belongs to the large or to the small ones: %s", name, diff)
		}
	}
}

func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	both := engines(t)
	sqlite, postgres := both["SQLite"].read(t, both["SQLite"].db), both["PostgreSQL"].read(t, both["PostgreSQL"].db)
	if diff := cmp.Diff(sqlite.tables, postgres.tables, cmp.AllowUnexported(table{}, schemaColumn{})); diff != "" {
		t.Errorf("SQLite (-) and PostgreSQL (+) differ: %s", diff)
	}
}

// TestRulesOfShardingAreSeenToBeBroken breaks each rule and wants to be told.
func TestRulesOfShardingAreSeenToBeBroken(t *testing.T) {
	both := engines(t)
	for _, c := range []struct {
		engine, statement, want string
	}{
		{"SQLite", "CREATE UNIQUE INDEX once_serial ON once (serial)", "once is unique by serial, without slot"},
		{"SQLite", "CREATE TABLE bare (a integer)", "bare has no primary key"},
		{"SQLite", "CREATE TABLE numbered (a integer PRIMARY KEY AUTOINCREMENT)", "numbered is numbered by the database"},
		{"SQLite", "CREATE TABLE child (a text PRIMARY KEY REFERENCES region (code))", "child has a foreign key to region"},
		{"SQLite", "CREATE TRIGGER tell AFTER INSERT ON review BEGIN SELECT 1; END", "review has a trigger"},
		{
			"SQLite", "DROP TABLE counter; CREATE TABLE counter (lane integer, code text, PRIMARY KEY (lane, code))",
			"the primary key of counter does not end with lane",
		},
		{"PostgreSQL", "CREATE UNIQUE INDEX once_serial ON once (serial) WHERE slot = 1", "once is unique by serial, without slot"},
		{"PostgreSQL", "ALTER TABLE review ADD UNIQUE (identity)", "review is unique by identity, without slot"},
		{"PostgreSQL", "ALTER TABLE counter_change DROP CONSTRAINT counter_change_pkey", "counter_change has no primary key"},
		{"PostgreSQL", "ALTER TABLE followup ADD FOREIGN KEY (region_code) REFERENCES region", "followup has a foreign key to region"},
		{"PostgreSQL", "CREATE TABLE numbered (a int PRIMARY KEY GENERATED ALWAYS AS IDENTITY)", "numbered is numbered by the database"},
		{"PostgreSQL", "ALTER TABLE review ADD n bigserial", "review is numbered by the database"},
		{"PostgreSQL", "ALTER TABLE once ADD at bigint DEFAULT extract(epoch FROM now())", "once has a computed default for at"},
		{"PostgreSQL", `CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
			CREATE TRIGGER tell BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION tell()`, "review has a trigger"},
		{"PostgreSQL", "ALTER TABLE counter SET (fillfactor = 100)", "counter has no fillfactor of 70"},
	} {
		engine := both[c.engine]
		if _, err := engine.db.ExecContext(t.Context(), c.statement); err != nil {
			t.Fatalf("%s: %v", c.statement, err)
		}
		if got := engine.read(t, engine.db).breaches(); !slices.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q among them", c.statement, got, c.want)
		}
	}
}

// notSealed are the columns of bytes that hold no sealed value, with what they hold.
var notSealed = map[string]string{
	"affair.content": "keyed hash", "affair.certificate_index": "keyed hash", "audit.hash": "hash", "audit_head.hash": "hash",
	"counter_change.facts": "figures", "job.payload": "ids", "once.identity": "keyed hash", "once.once_key": "keyed hash", "receipt.code": "keyed hash",
	"review_origin.device": "keyed hash", "review_origin.address": "keyed hash", "officer_mark.mark": "keyed hash",
	"review.certificate_index": "keyed hash", "review.identity": "keyed hash", "review.person_index": "keyed hash", "session.token": "keyed hash",
	"staff_attempt.guard": "keyed hash", "staff_recovery.code": "keyed hash", "staff_session.token": "keyed hash", "venue_upload.data": "public list",
}

// TestNoSealedColumnIsForgotten wants every column of bytes to be sealed again when keys rotate, or to be named with what it is.
func TestNoSealedColumnIsForgotten(t *testing.T) {
	for name, engine := range engines(t) {
		var bytes []string
		for table, is := range engine.read(t, engine.db).tables {
			for _, column := range is.columns {
				if full := table + "." + column.name; column.kind == "blob" && notSealed[full] == "" {
					bytes = append(bytes, full)
				}
			}
		}
		sealed := store.SealedColumns()
		slices.Sort(bytes)
		slices.Sort(sealed)
		if diff := cmp.Diff(sealed, bytes); diff != "" {
			t.Errorf("%s: a column of bytes is sealed (sealed.go) or named in notSealed: %s", name, diff)
		}
	}
}

func TestMigrationsAreNumberedAlike(t *testing.T) {
	names := func(engine string) []string {
		entries, err := os.ReadDir(filepath.Join("migrations", engine))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}
	sqlite := names("sqlite")
	if diff := cmp.Diff(sqlite, names("postgres")); diff != "" {
		t.Errorf("SQLite (-) and PostgreSQL (+) have different migrations: %s", diff)
	}
	form := regexp.MustCompile(`^\d{5}_[a-z_]+\.sql$`)
	for _, name := range sqlite {
		if !form.MatchString(name) {
			t.Errorf("%s is not named like 00001_reviews.sql", name)
		}
	}
}

// TestNoUnitIsInTwoRegions wants the schema itself to refuse a unit a second place, and a code that was given up a second one
// that takes its place. Where a region lies is written in its own digits.
func TestNoUnitIsInTwoRegions(t *testing.T) {
	for name, engine := range engines(t) {
		for _, c := range []struct{ what, first, second string }{
			{
				"department", "INSERT INTO department (code, name, region_code, pending) VALUES ('D1', '市公安局', '440100000000', false)",
				"INSERT INTO department (code, name, region_code, pending) VALUES ('D1', '市公安局', '440300000000', false)",
			},
			{
				"hall", "INSERT INTO hall (code, region_code, level, name, address, telephone, hours) VALUES ('H1', '440100000000', '', '甲', '', '', '')",
				"INSERT INTO hall (code, region_code, level, name, address, telephone, hours) VALUES ('H1', '440300000000', '', '甲', '', '', '')",
			},
			{
				"window", "INSERT INTO hall_window (code, hall_code, number, name, department_code, department_name) VALUES ('W1', 'H1', '1', '', '', '')",
				"INSERT INTO hall_window (code, hall_code, number, name, department_code, department_name) VALUES ('W1', 'H2', '1', '', '', '')",
			},
			{
				"region", "INSERT INTO region (code, name, pending) VALUES ('440199000000', '甲区', false)",
				"INSERT INTO region (code, name, pending) VALUES ('440199000000', '乙区', false)",
			},
			{
				"former code", "INSERT INTO succession (kind, former, code, at, moved_at) VALUES ('department', 'D0', 'D1', 0, 0)",
				"INSERT INTO succession (kind, former, code, at, moved_at) VALUES ('department', 'D0', 'D2', 0, 0)",
			},
		} {
			if _, err := engine.db.ExecContext(t.Context(), c.first); err != nil {
				t.Fatalf("%s: %s: %v", name, c.what, err)
			}
			if _, err := engine.db.ExecContext(t.Context(), c.second); err == nil {
				t.Errorf("%s: a %s is in two places", name, c.what)
			}
		}
		for table, wants := range map[string]string{"department": "region_code", "hall": "region_code", "hall_window": "hall_code"} {
			for _, column := range engine.read(t, engine.db).tables[table].columns {
				if column.name == wants && column.null {
					t.Errorf("%s: a %s may be nowhere", name, table)
				}
			}
		}
	}
}
