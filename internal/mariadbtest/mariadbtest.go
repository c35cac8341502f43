// Package mariadbtest gives tests a real MariaDB: throw-away servers and fresh databases in them, never the system's own.
// For root it runs as an unprivileged user.
package mariadbtest

import (
	"crypto/rand"
	"database/sql"
	"strings"
	"sync"
	"testing"
)

// Address is a database and who comes to it.
type Address struct {
	Host, Name, User, Password string
}

// shared is this process's own server; it ends with the process.
var shared = sync.OnceValues(start)

// Database gives the address of a fresh, empty database, for its root, which is dropped when the test ends.
func Database(t testing.TB) Address {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("start MariaDB: %v", err)
	}
	return create(t, s)
}

// Open opens the database until the test ends.
func (a Address) Open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := a.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// create makes a database on the server.
func create(t testing.TB, s *Server) Address {
	t.Helper()
	root := Address{User: "root", Host: s.host()}
	name := "test_" + strings.ToLower(rand.Text()[:12])
	if err := ask(root, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := ask(root, "DROP DATABASE IF EXISTS "+name); err != nil {
			t.Logf("drop database %s: %v", name, err)
		}
	})
	root.Name = name
	return root
}
