package backup_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/privacy"
)

// FuzzOpen: of a file that was changed nothing passes: it is read to its end as it was written, or refused, whatever the change.
func FuzzOpen(f *testing.F) {
	keys := privacy.NewKeys()
	folder := f.TempDir()
	original := filepath.Join(folder, "original"+backup.Extension)
	if _, err := backup.Make(f.Context(), original, making(incompressible(4<<10), keys)); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(original) //nolint:gosec // of the test
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0), []byte(nil), false)
	f.Add(uint16(20), []byte("\xff\xff\xff\xff"), false)
	f.Add(uint16(24), []byte(`{"engine":"sqlite","schema":99999999999999999999}`), true)
	f.Add(uint16(300), []byte("x"), true)
	f.Fuzz(func(t *testing.T, at uint16, piece []byte, cut bool) {
		changed := append([]byte(nil), whole...)
		start := min(int(at), len(changed))
		n := copy(changed[start:], piece)
		if cut {
			changed = changed[:start+n]
		}
		name := filepath.Join(t.TempDir(), "changed"+backup.Extension)
		if err := os.WriteFile(name, changed, 0o600); err != nil { //nolint:gosec // of the test
			t.Fatal(err)
		}
		_, _ = backup.ReadHead(name) // says what it says; nothing is believed of it
		r, err := backup.Open(name, keys)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			_ = r.Close() // it was only read
		}
		if same := string(changed) == string(whole); (err == nil) != same {
			t.Errorf("%d bytes at %d: %v, the same as before: %v", n, at, err, same)
		}
	})
}
