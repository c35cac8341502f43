package app

import (
	"path/filepath"
	"testing"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// TestAttacks attacks all that serve answers, on PostgreSQL, which is stricter than SQLite about what is a text and what a number.
func TestAttacks(t *testing.T) {
	x := newTarget(t, postgrestest.Database(t))
	doors := x.doors(t, x.visitor(t, asStaff(provincial)), x.visitor(t, asCitizen("0")), x.visitor(t, asCitizen("new")))
	t.Run("from other sites", func(t *testing.T) { attackFromOtherSites(t, x, doors) })
	t.Run("by ids of others", func(t *testing.T) { attackByIDs(t, x, doors) })
	t.Run("by guessing", func(t *testing.T) { attackByGuessing(t, x, doors) })
	t.Run("by sessions", func(t *testing.T) { attackBySessions(t, x) })
	t.Run("by redirects", func(t *testing.T) { attackByRedirects(t, x) })
	t.Run("by every input", func(t *testing.T) { attackEveryInput(t, x, true) })
}

// TestAttacksOnSQLite attacks the inputs once more on the other engine.
func TestAttacksOnSQLite(t *testing.T) {
	attackEveryInput(t, newTarget(t, "sqlite:"+filepath.Join(t.TempDir(), "h.db")), false)
}
