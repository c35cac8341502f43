package e2e

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// diskEnv names the folder of the small disk, in the process that has one.
const diskEnv = "HAOCHAPING_TEST_DISK"

// A full disk: -1 with 503, no corruption, and all goes on when there is room.
func TestDiskFullSQLite(t *testing.T) {
	t.Parallel() // it waits for most of its time
	onSmallDisk(t, "16m", func(t *testing.T, disk string) {
		file := filepath.Join(disk, "haochaping.db")
		h := &house{database: "sqlite:" + file, keyFile: file + ".key"}
		survivesFullDisk(t, h, disk)
		rows, err := h.open(t).QueryContext(t.Context(), "PRAGMA integrity_check")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			var said string
			if err := rows.Scan(&said); err != nil || said != "ok" {
				t.Errorf("integrity check: %s, %v", said, err)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	})
}

// The database's own disk is full, the log's is not: PostgreSQL gives up when its log has no room.
func TestDiskFullPostgres(t *testing.T) {
	t.Parallel() // it waits for most of its time
	onSmallDisk(t, "64m", func(t *testing.T, disk string) {
		cluster := postgrestest.Start(t)
		database := cluster.Database(t)
		move(t, database, disk)
		h := onPostgres(t, database)
		survivesFullDisk(t, h, disk)
	})
}

// move puts a database on another disk.
func move(t *testing.T, database, disk string) {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(address.Path)
	address.Path = "/postgres"
	db, err := sql.Open("pgx", address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()                    //nolint:errcheck // the statements' own errors tell
	for _, statement := range []string{ // the folder must be the server's own user's
		"COPY (SELECT '') TO PROGRAM 'cat >/dev/null && mkdir " + disk + "/tablespace'",
		"CREATE TABLESPACE small LOCATION '" + disk + "/tablespace'",
		"ALTER DATABASE " + name + " SET TABLESPACE small",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil { //nolint:gosec // our own names
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// survivesFullDisk fills the disk under load, and makes room again.
func survivesFullDisk(t *testing.T, h *house, disk string) {
	t.Helper()
	a := h.register(t, "app1")
	s := h.serveWatched(t, "--rate", "0")
	callers := begin(t, s, a, 16, breath)
	callers.more(t, 50)

	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	eventually(t, "callers are told to come again", func() bool { return callers.failed() > 100 })
	eventually(t, "the server is not ready", func() bool { return s.status(t, "/readyz") == http.StatusServiceUnavailable })
	if got := s.status(t, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz: got %d, want 200", got)
	}
	counted(t, s)                              // the public figures are still answered
	if err := os.Remove(ballast); err != nil { //nolint:gosec // a test's own file
		t.Fatal(err)
	}

	eventually(t, "the server is ready again", func() bool { return s.status(t, "/readyz") == http.StatusOK })
	callers.more(t, 50)
	stored, failures := callers.end(t)
	onlyComeAgain(t, failures)
	h.isWhole(t, s, len(stored))
	s.sendAgain(t, a, stored)
}

// fill leaves no room on a disk.
func fill(t *testing.T, ballast string) {
	t.Helper()
	file, err := os.Create(ballast) //nolint:gosec // a test's own file
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it is full
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err = file.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
}

// onSmallDisk runs a test that has a disk of its own, of the given size: the test again, in a process with a mount
// namespace of its own, so that the disk goes with it. It needs no root, where Linux lets users have namespaces.
func onSmallDisk(t *testing.T, size string, test func(t *testing.T, disk string)) {
	if disk := os.Getenv(diskEnv); disk != "" {
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "mode=1777,size="+size); err != nil {
			t.Fatalf("mount a small disk: %v", err)
		}
		test(t, disk)
		return
	}
	disk, err := os.MkdirTemp("", "haochaping-disk-") //nolint:usetesting // PostgreSQL may be another user, whom t.TempDir keeps out
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(disk) //nolint:errcheck // an empty folder
	arguments := []string{"--mount", os.Args[0], "-test.run=^" + t.Name() + "$", "-test.v"}
	if os.Geteuid() != 0 {
		arguments = append([]string{"--map-current-user", "--keep-caps"}, arguments...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	command := exec.CommandContext(ctx, "unshare", arguments...) //nolint:gosec // this very test
	command.Env = append(os.Environ(), diskEnv+"="+disk)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("in a mount namespace of its own: %v", err)
	}
}
