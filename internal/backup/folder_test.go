package backup_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Of a folder go what killed processes left and the oldest backups of the same database; everything else stays.
func TestAFolderIsKeptTidy(t *testing.T) {
	folder := t.TempDir()
	keys, other := privacy.NewKeys(), privacy.NewKeys()
	at := time.Date(2026, 6, 1, 3, 0, 0, 0, time.UTC)
	write := func(keys *privacy.Keys, day int) string {
		file := backup.NameIn(folder, at.AddDate(0, 0, day))
		m := making(text("all of it"), keys)
		m.Now = func() time.Time { return at.AddDate(0, 0, day) }
		if _, err := backup.Make(t.Context(), file, m); err != nil {
			t.Fatal(err)
		}
		return filepath.Base(file)
	}
	foreign := write(other, 0)
	days := []string{write(keys, 1), write(keys, 2), write(keys, 3), write(keys, 4)}
	strange := []string{"haochaping-20260101-000000.hcpbackup", "notes.part", "haochaping-20260101-000000.hcpbackup.part.old", "mine.hcpbackup", "mine.hcpbackup.part"}
	left, underWay := "haochaping-20260102-000000.hcpbackup.part", "haochaping-20260103-000000.hcpbackup.part"
	for _, name := range append(strange, left, underWay) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("haochaping"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.OpenFile(filepath.Join(folder, underWay), os.O_WRONLY, 0) //nolint:gosec // in a folder of the test
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close() //nolint:errcheck // only locked
	if err := backup.Lock(held); err != nil {
		t.Fatal(err)
	}

	swept, err := backup.Sweep(folder)
	if err != nil || !slices.Equal(swept, []string{filepath.Join(folder, left)}) {
		t.Errorf("swept %v, %v", swept, err)
	}
	removed, err := backup.KeepNewest(filepath.Join(folder, days[3]), 2)
	if err != nil || !slices.Equal(removed, []string{filepath.Join(folder, days[1]), filepath.Join(folder, days[0])}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	want := append([]string{foreign, days[2], days[3], underWay}, strange...)
	slices.Sort(want)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
}
