package app

import (
	"path/filepath"
	"testing"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// TestAttacks attacks all that serve answers, on PostgreSQL, which is stricter than SQLite about what is a text and what a number.
func TestAttacks(t *testing.T) {
	x := newTarget(t, postgrestest.Database(t))
	t.Run("every input", func(t *testing.T) { attackEveryInput(t, x) })
}

// TestAttacksOnSQLite attacks the inputs once more on the other engine.
func TestAttacksOnSQLite(t *testing.T) {
	attackEveryInput(t, newTarget(t, "sqlite:"+filepath.Join(t.TempDir(), "h.db")))
}
