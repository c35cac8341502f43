// Package postgrestest gives tests a real PostgreSQL: throw-away clusters and fresh databases in them, never the
// system's own. PostgreSQL refuses root, so for root it runs as an unprivileged user.
package postgrestest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names a running cluster, postgres://superuser@host:port/postgres, that tests may make databases in; scripts/test
// starts one for all packages. Unset, each test process starts its own. LeaveOut skips what needs PostgreSQL: only
// by a person's wish, never for want of it.
const (
	Env      = "HAOCHAPING_TEST_POSTGRES"
	LeaveOut = "none"
)

// shared is this process's own cluster, when Env names none; it ends with the process.
var shared = sync.OnceValues(start)

// Database gives the address of a fresh, empty database, which is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	return create(t, server(t), "")
}

// Copy gives the address of a fresh database that begins as another one of the same server, to which nobody may be connected
// just then. It is dropped when the test ends.
func Copy(t testing.TB, original string) string {
	t.Helper()
	parsed, err := url.Parse(original)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, server(t), " TEMPLATE "+strings.TrimPrefix(parsed.Path, "/"))
}

// server is where databases are made.
func server(t testing.TB) string {
	t.Helper()
	leaveOut(t)
	address := os.Getenv(Env)
	if address == "" {
		cluster, err := shared()
		if err != nil {
			t.Fatalf("start PostgreSQL (set %s=%s to leave it out): %v", Env, LeaveOut, err)
		}
		address = cluster.address("postgres")
	}
	return address
}

func leaveOut(t testing.TB) {
	t.Helper()
	if os.Getenv(Env) == LeaveOut {
		t.Skipf("left out: %s=%s", Env, LeaveOut)
	}
}

// create makes a database beside the one that address names, which begins as a template's name says.
func create(t testing.TB, address, template string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text()[:12])
	if err := on(address, func(server *pgx.Conn) string { return "CREATE DATABASE " + name + template + byFiles(server) }); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(address, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Logf("drop database %s: %v", name, err)
		}
	})
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	return parsed.String()
}

// byFiles has a database copied file by file, which takes half as long as block by block. Before 15 there was no other way, and no word for it.
func byFiles(server *pgx.Conn) string {
	major, _, _ := strings.Cut(server.PgConn().ParameterStatus("server_version"), ".")
	if version, err := strconv.Atoi(major); err != nil || version < 15 {
		return ""
	}
	return " STRATEGY FILE_COPY"
}

func execute(address, statement string) error {
	return on(address, func(*pgx.Conn) string { return statement })
}

// on executes a statement that hangs on the server.
func on(address string, statement func(server *pgx.Conn) string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	server, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer server.Close(ctx) //nolint:errcheck // the statement's own error tells
	_, err = server.Exec(ctx, statement(server))
	return err
}
