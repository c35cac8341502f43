package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
)

// What is stored in a file that somebody moved or deleted while it was in use is lost, so nothing is acknowledged until it is back.
func TestAFileThatIsGoneStoresNothing(t *testing.T) {
	for name, away := range map[string]struct{ take, giveBack func(file string) error }{
		"moved":    {func(f string) error { return os.Rename(f, f+".old") }, func(f string) error { return os.Rename(f+".old", f) }},
		"its log":  {func(f string) error { return os.Rename(f+"-wal", f+".log") }, func(f string) error { return os.Rename(f+".log", f+"-wal") }},
		"replaced": {func(f string) error { return errors.Join(os.Rename(f, f+".old"), os.WriteFile(f, nil, 0o600)) }, func(f string) error { return os.Rename(f+".old", f) }},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "h.db")
			s, err := Open(t.Context(), Options{URL: "sqlite:" + file, Registry: org.NewRegistry(nil, nil), Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // what was stored tells
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := away.take(file); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(t.Context(), 0, small(1)); fault.KindOf(err) != fault.Unavailable || !strings.Contains(Plainly(err), "被移走") {
				t.Errorf("a review: got %v, want it to be unavailable, and why", err)
			}
			if err := s.Ready(t.Context()); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("ready: got %v, want it to be unavailable", err)
			}
			if err := away.giveBack(file); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(t.Context(), 0, small(1)); err != nil {
				t.Errorf("when it is back: %v", err)
			}
			if got := reviewsIn(t.Context(), s.engine.(*sqliteEngine)); got != 1 {
				t.Errorf("%d reviews are stored, want 1", got)
			}
		})
	}
}
