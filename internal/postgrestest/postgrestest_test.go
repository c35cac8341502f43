package postgrestest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func ping(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer connection.Close(ctx) //nolint:errcheck // only asked whether it answers
	return connection.Ping(ctx)
}

func TestAClusterCrashesFreezesAndComesBack(t *testing.T) {
	cluster := Start(t)
	address := cluster.Database(t)
	if err := ping(address); err != nil {
		t.Fatalf("after the start: %v", err)
	}
	cluster.Freeze(t)
	if err := ping(address); err == nil {
		t.Error("a frozen server answers")
	}
	cluster.Thaw(t)
	if err := ping(address); err != nil {
		t.Errorf("after thawing: %v", err)
	}
	cluster.Crash(t)
	if err := ping(address); err == nil {
		t.Error("a crashed server answers")
	}
	cluster.Restart(t)
	if err := ping(address); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestEveryDatabaseIsFresh(t *testing.T) {
	if a, b := Database(t), Database(t); a == b {
		t.Errorf("got %s twice", a)
	}
}

func TestACopyBeginsAsItsOriginal(t *testing.T) {
	original := Database(t)
	if err := execute(original, "CREATE TABLE kept (n integer)"); err != nil {
		t.Fatal(err)
	}
	first, second := Copy(t, original), Copy(t, original)
	if err := execute(first, "DROP TABLE kept"); err != nil {
		t.Errorf("the copy is not as its original: %v", err)
	}
	if err := execute(second, "INSERT INTO kept VALUES (1)"); err != nil {
		t.Errorf("copies are not their own: %v", err)
	}
}
