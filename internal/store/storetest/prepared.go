package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
)

// SQLite gives the address of a fresh database in which the tables and the reference data stand already, so that Migrate, which
// costs a second with the race detector, finds only its clock to set.
func SQLite(t testing.TB) string {
	t.Helper()
	content, err := preparedFile()
	if err != nil {
		t.Fatal(err)
	}
	return keep(t, content)
}

// CopySQLite gives the address of a fresh database that begins as one that nobody has open.
func CopySQLite(t testing.TB, original string) string {
	t.Helper()
	content, err := os.ReadFile(store.EmbeddedFile(original))
	if err != nil {
		t.Fatal(err)
	}
	return keep(t, content)
}

func keep(t testing.TB, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "haochaping.db")
	if err := os.WriteFile(file, content, 0o600); err != nil { //nolint:gosec // in a folder of the test
		t.Fatal(err)
	}
	return "sqlite:" + file
}

// preparedFile is what a prepared file holds, made once in a process.
var preparedFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "haochaping-prepared-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left is the system's to clear up
	file := filepath.Join(folder, "original.db")
	if err := prepareAt(context.Background(), "sqlite:"+file); err != nil {
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // our own folder
})

// prepare migrates a database, closes it, and leaves the clock to whoever migrates a copy: what a store counts from is the day
// of its own clock.
func prepare(t testing.TB, address string) {
	t.Helper()
	if err := prepareAt(t.Context(), address); err != nil {
		t.Fatal(err)
	}
}

func prepareAt(ctx context.Context, address string) error {
	opened, err := store.Open(ctx, store.Options{URL: address, Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: time.Now})
	if err != nil {
		return err
	}
	if err := errors.Join(opened.Migrate(ctx), opened.Close()); err != nil {
		return err
	}
	raw, err := rawOf(address)
	if err != nil {
		return err
	}
	_, err = raw.ExecContext(ctx, "UPDATE counter_state SET through = 0")
	return errors.Join(err, raw.Close())
}
