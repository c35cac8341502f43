package store_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
)

func sqliteAddress(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "haochaping.db")
}

func TestSQLite(t *testing.T) { storetest.Run(t, sqliteAddress, storetest.CopySQLite) }

func TestPostgreSQL(t *testing.T) { storetest.Run(t, postgrestest.Database, postgrestest.Copy) }

// migrated opens and migrates a database for what only one engine has.
func migrated(t *testing.T, address string) *store.Store {
	t.Helper()
	s := open(t, address)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: address, Lanes: 2, Registry: org.NewRegistry(nil, nil), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestOpenRefusesWhatItCantRead(t *testing.T) {
	const password = "hunter2"
	for name, address := range map[string]string{
		"another database":   "mysql://root:" + password + "@127.0.0.1/haochaping",
		"no scheme":          "haochaping.db",
		"nothing":            "",
		"no address":         "postgres://haochaping:" + password + "@127.0.0.1:port/haochaping",
		"not even an URL":    "postgres://haochaping:" + password + "@[::1/haochaping",
		"another one, worse": "%zz://haochaping:" + password + "@host",
	} {
		s, err := store.Open(context.Background(), store.Options{URL: address, Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: time.Now})
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = s.Close()
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func TestPowerCutSQLite(t *testing.T) { storetest.PowerCut(t) }
