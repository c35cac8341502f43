package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// TestLogIsReadAsItWasWritten: transactions larger than the page cache write to the log before they commit, read it back, take parts
// back and write over them. Whatever waited, the writer and others see what they would see without our layer.
func TestLogIsReadAsItWasWritten(t *testing.T) {
	if err := gatherLog(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.db")
	open := func(layer string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+file+"?vfs="+layer+"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(10)&_pragma=cache_spill(10)")
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1) // the statements of a transaction come one by one
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	writer, other := open(gathering), open("unix")
	const fill = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO t (id, word, rest) SELECT i + (SELECT coalesce(max(id), 0) FROM t), i * 7919 % 2003, zeroblob(300 + i % 700) FROM n`
	for _, step := range []struct {
		does          string
		writer, other int // rows seen afterwards
	}{
		{"CREATE TABLE t (id INTEGER PRIMARY KEY, word INTEGER, rest BLOB); CREATE INDEX t_word ON t (word)", 0, 0},
		{"BEGIN; " + fill, 2000, 0},
		{"SAVEPOINT a; " + fill, 4000, 0},
		{"ROLLBACK TO a; UPDATE t SET word = word + 1", 2000, 0},
		{"COMMIT", 2000, 2000},
		{"BEGIN; DELETE FROM t WHERE id % 2; " + fill, 3000, 2000},
		{"ROLLBACK", 2000, 2000},
		{"INSERT INTO t (word) VALUES (1)", 2001, 2001},
		{"BEGIN; " + fill + "; COMMIT", 4001, 4001},
		{"PRAGMA wal_checkpoint(RESTART)", 4001, 4001},
		{"DELETE FROM t WHERE id > 1500", 1500, 1500},
		{"PRAGMA wal_checkpoint(TRUNCATE)", 1500, 1500},
		{"INSERT INTO t (word) VALUES (2)", 1501, 1501},
	} {
		if _, err := writer.ExecContext(t.Context(), step.does); err != nil {
			t.Fatalf("%s: %v", step.does, err)
		}
		for db, want := range map[*sql.DB]int{writer: step.writer, other: step.other} {
			var rows, indexed int
			var whole string
			err := db.QueryRowContext(t.Context(), "SELECT count(*), (SELECT count(*) FROM t INDEXED BY t_word WHERE word >= 0), (SELECT * FROM pragma_integrity_check) FROM t NOT INDEXED").
				Scan(&rows, &indexed, &whole)
			if err != nil || rows != want || indexed != want || whole != "ok" {
				t.Fatalf("%s: %d rows, %d in the index, integrity %q, %v; want %d", step.does, rows, indexed, whole, err, want)
			}
		}
	}
}

// TestLogHoldsNothingBack: whoever asks a log for its bytes or its length, shortens it or closes it gets what was written before.
func TestLogHoldsNothingBack(t *testing.T) {
	if err := gatherLog(); err != nil {
		t.Fatal(err)
	}
	tls := libc.NewTLS()
	defer tls.Close()
	database := filepath.Join(t.TempDir(), "a.db")
	path := database + "-wal"
	if err := os.WriteFile(database, nil, 0o600); err != nil { // whose mode the log has
		t.Fatal(err)
	}
	text := func(s string) uintptr {
		address, err := libc.CString(s)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { libc.Xfree(nil, address) })
		return address
	}
	well := func(does string, code int32) {
		t.Helper()
		if code != sqlite3.SQLITE_OK {
			t.Fatalf("%s: code %d", does, code)
		}
	}
	onDisk := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want { //nolint:gosec // our own
			t.Fatalf("the file has %q, %v; want %q", got, err, want)
		}
	}
	layer := sqlite3.Xsqlite3_vfs_find(tls, text(gathering))
	file := libc.Xcalloc(tls, 1, libc.Tsize_t(at[sqlite3.Tsqlite3_vfs](layer).FszOsFile)) //nolint:gosec // a size
	defer libc.Xfree(tls, file)
	const made = sqlite3.SQLITE_OPEN_WAL | sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE
	open := *function[openFunction](&at[sqlite3.Tsqlite3_vfs](layer).FxOpen)
	well("open", open(tls, layer, text(path+strings.Repeat("\x00", 3)), file, made, 0))
	methods := at[sqlite3.Tsqlite3_io_methods](at[sqlite3.Tsqlite3_file](file).FpMethods)
	write := func(s string, offset int64) {
		t.Helper()
		well("write", (*function[bytesFunction](&methods.FxWrite))(tls, file, text(s), int32(len(s)), offset)) //nolint:gosec // a short text
	}

	write("head", 0)
	write("page", 4)
	onDisk("")
	answer := libc.Xcalloc(tls, 1, 8)
	defer libc.Xfree(tls, answer)
	well("size", (*function[sizeFunction](&methods.FxFileSize))(tls, file, answer))
	if length := *at[int64](answer); length != 8 {
		t.Errorf("%d bytes long, want 8", length)
	}
	write("more", 8)
	well("read", (*function[bytesFunction](&methods.FxRead))(tls, file, answer, 8, 4))
	if got := string(libc.GoBytes(answer, 8)); got != "pagemore" {
		t.Errorf("read %q", got)
	}
	write("over", 0) // elsewhere, so that what waits is written
	write("less", 12)
	onDisk("overpagemore")
	well("sync", (*function[syncFunction](&methods.FxSync))(tls, file, sqlite3.SQLITE_SYNC_NORMAL))
	onDisk("overpagemoreless")
	write("gone", 16)
	well("shorten", (*function[lengthFunction](&methods.FxTruncate))(tls, file, 6))
	onDisk("overpa")
	large := strings.Repeat("x", mostGathered)
	write("!", 6)
	write(large, 7)
	onDisk("overpa!")
	write("end", 7)
	onDisk("overpa!" + large)
	well("close", (*function[closeFunction](&methods.FxClose))(tls, file))
	onDisk("overpa!end" + large[3:])
}
