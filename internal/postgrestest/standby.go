package postgrestest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/porttest"
	"github.com/jackc/pgx/v5"
)

// standbyName is how the replica calls itself at the primary.
const standbyName = "standby"

// Standby makes a streaming replica, without which the cluster commits nothing from now on: what was answered is on both.
func (c *Cluster) Standby(t testing.TB) *Cluster {
	t.Helper()
	s, err := c.standby()
	if err != nil {
		t.Fatalf("start a standby: %v", err)
	}
	t.Cleanup(func() {
		if err := s.end(); err != nil {
			t.Errorf("end the standby: %v", err)
		}
	})
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = '" + standbyName + "'", "SELECT pg_reload_conf()"} {
		if err := execute(c.address("postgres"), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	connection, err := pgx.Connect(ctx, c.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx) //nolint:errcheck // only asked
	for synchronous := 0; synchronous == 0; {
		if err := connection.QueryRow(ctx, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&synchronous); err != nil {
			t.Fatalf("wait for the standby: %v", err)
		}
	}
	return s
}

// Kill ends every process of the server by kill -9. It can't be started again.
func (c *Cluster) Kill(t testing.TB) { c.signal(t, syscall.SIGKILL) }

// Promote makes a standby take the primary's place.
func (c *Cluster) Promote(t testing.TB) {
	t.Helper()
	c.control(t, "promote")
}

// OfBoth is a database's address that names two servers; a connection is made to the one that can be written to.
func OfBoth(t testing.TB, database string, standby *Cluster) string {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("postgres://postgres@%s,127.0.0.1:%d%s?sslmode=disable&target_session_attrs=read-write", address.Host, standby.port, address.Path)
}

func (c *Cluster) standby() (*Cluster, error) {
	s := &Cluster{bin: c.bin, owner: c.owner}
	var err error
	if s.dir, err = os.MkdirTemp("", "haochaping-pg-"); err != nil {
		return nil, err
	}
	if c.owner != nil {
		if err := os.Chown(s.dir, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return nil, err
		}
	}
	if _, s.port, err = porttest.Free(); err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	primary := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=%s", c.port, standbyName)
	if out, err := s.command("pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", primary).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	settings, err := os.OpenFile(filepath.Join(data, "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0) //nolint:gosec // a folder of our own
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(settings, "port = %d\nunix_socket_directories = '%s'\n", s.port, s.dir) // the last line counts
	if closed := settings.Close(); err != nil || closed != nil {
		return nil, fmt.Errorf("configure: %w", err)
	}
	return s, s.run()
}
