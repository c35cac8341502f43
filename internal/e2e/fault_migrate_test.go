package e2e

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// kill -9 in the middle of migrations: the next one goes on where the one before stood, and ends it.
func TestAnInterruptedMigrationIsEndedByTheNext(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "haochaping.db")
	embedded := &house{database: "sqlite:" + file, keyFile: file + ".key"}
	city := &house{database: postgrestest.Database(t), keyFile: file + ".other"}
	city.mustRun(t, "key", "new", city.keyFile)
	for name, h := range map[string]*house{"sqlite": embedded, "postgres": city} {
		t.Run(name, func(t *testing.T) {
			killed := 0
			for range 6 {
				command := h.command(context.Background(), t, "migrate")
				if err := command.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- command.Wait() }()
				select {
				case err := <-ended:
					if err != nil {
						t.Errorf("migrate: %v", err)
					}
				case <-time.After(time.Duration(50+rand.IntN(250)) * time.Millisecond): //nolint:gosec // any moment will do
					_ = command.Process.Kill() // that it has ended already is as well
					if err := <-ended; err != nil {
						killed++
					}
				}
			}
			t.Logf("killed %d times", killed)
			h.mustRun(t, "migrate")
			a := h.register(t, "app1")
			s := h.serveWatched(t, "--rate", "0")
			callers := begin(t, s, a, 4, breath)
			callers.more(t, 10)
			stored, _ := callers.end(t)
			h.isWhole(t, s, len(stored))
		})
	}
}
