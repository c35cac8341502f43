package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/haochaping/haochaping/internal/review"
)

// cutsEnv says after how many power cuts a database is looked at; docs/operations.md has the command. fewCuts is how many when
// nobody says.
const (
	cutsEnv = "HAOCHAPING_TEST_POWER_CUTS"
	fewCuts = 15
)

// PowerCut stores reviews in SQLite, folds, and checkpoints, and holds that the power may fail at any moment from the first byte of
// the first migration on: the database opens, is migrated to its end, is whole, has every review that was answered, and its counters
// are those of a recount.
func PowerCut(t *testing.T) {
	cuts := fewCuts
	if text := os.Getenv(cutsEnv); text != "" {
		var err error
		if cuts, err = strconv.Atoi(text); err != nil || cuts < 1 {
			t.Fatalf("%s=%s is no number of times", cutsEnv, text)
		}
	}
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := record(t, folder)
	d := &database{address: "sqlite:" + filepath.Join(folder, "a.db"), serials: review.NewSerials(clock)}
	d.migrated(t)
	migrated := len(r.all())
	var answered []review.Record
	for batch := range 60 {
		records := d.affairs(len(answered), len(answered)+1+batch%7)
		d.accept(t, records...)
		answered = append(answered, records...)
		r.accepted.Store(int64(len(answered)))
		switch batch % 10 {
		case 3, 6:
			d.foldAll(t)
		case 8:
			d.exec(t, "PRAGMA wal_checkpoint(RESTART)")
		case 9:
			d.exec(t, "PRAGMA wal_checkpoint(TRUNCATE)")
		}
	}
	all := r.all()
	inOnePiece(t, all)
	seed := rand.Uint64()                    //nolint:gosec // a moment, not a secret
	chance := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // as above
	lost := 0
	for n := range cuts {
		// One in five while the database is being made.
		at := migrated + 1 + chance.IntN(len(all)-migrated)
		if n%5 == 4 {
			at = 1 + chance.IntN(migrated)
		}
		after := t.TempDir()
		if err := afterCut(all[:at], after, chance); err != nil {
			t.Fatal(err)
		}
		found := &database{address: "sqlite:" + filepath.Join(after, "a.db"), serials: d.serials}
		found.migrated(t)
		if err := found.holds(t, answered[:all[at-1].accepted]); err != nil {
			t.Fatalf("seed %d, cut %d, after %d of %d happenings: %v", seed, n, at, len(all), err)
		}
		lost += found.count(t, "review") - all[at-1].accepted
		found.agrees(t)
	}
	t.Logf("%d power cuts among %d writes and syncs, %d of them while migrating: everything answered is there; %d reviews more than were answered",
		cuts, len(all), cuts/5, lost)
}

// inOnePiece holds that SQLite's log is written a commit at once: what one write could have carried on is written with it.
func inOnePiece(t *testing.T, all []happening) {
	t.Helper()
	end := int64(-1) // where the last write that no sync followed ended, and how much it was
	var before, writes int
	for _, h := range all {
		if h.file != "a.db-wal" {
			continue
		}
		if h.synced || h.length || h.deleted {
			end = -1
			continue
		}
		writes++
		if h.offset == end && before+len(h.data) < 128<<10 {
			t.Fatalf("%d bytes were written to the log, and %d behind them, with no sync between", before, len(h.data))
		}
		before, end = len(h.data), h.offset+int64(len(h.data))
	}
	if writes == 0 {
		t.Error("nothing was written to the log")
	}
}

// holds says what is wrong with a database that was opened again.
func (d *database) holds(t *testing.T, answered []review.Record) error {
	for _, row := range d.rows(t, "PRAGMA integrity_check") {
		if row["integrity_check"] != "ok" {
			return fmt.Errorf("integrity check: %v", row)
		}
	}
	stored := map[any]bool{}
	for _, row := range d.rows(t, "SELECT r.serial FROM review r JOIN once o ON o.slot = r.slot AND o.serial = r.serial AND o.identity = r.identity") {
		stored[row["serial"]] = true
	}
	if reviews, keys := d.count(t, "review"), d.count(t, "once"); reviews != len(stored) || keys != len(stored) {
		return fmt.Errorf("%d reviews, %d keys, %d of them together", reviews, keys, len(stored))
	}
	for _, r := range answered {
		if !stored[r.Serial] {
			return fmt.Errorf("%s was answered, and is lost", r.Serial)
		}
	}
	return nil
}
