package mariadbtest

import (
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// ping asks once and waits for a second.
func ping(t *testing.T, at Address) error {
	t.Helper()
	settings := mysql.NewConfig()
	settings.User, settings.Net, settings.Addr, settings.DBName = at.User, "tcp", at.Host, at.Name
	settings.Timeout, settings.ReadTimeout, settings.Logger = time.Second, time.Second, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(settings)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := connector.Connect(t.Context())
	if err != nil {
		return err
	}
	return connection.Close()
}

func TestAServerCrashesFreezesAndComesBack(t *testing.T) {
	server := Start(t)
	address := server.Database(t)
	if err := ping(t, address); err != nil {
		t.Fatalf("after the start: %v", err)
	}
	server.Freeze(t)
	if err := ping(t, address); err == nil {
		t.Error("a frozen server answers")
	}
	server.Thaw(t)
	if err := ping(t, address); err != nil {
		t.Errorf("after thawing: %v", err)
	}
	server.Crash(t)
	if err := ping(t, address); err == nil {
		t.Error("a crashed server answers")
	}
	server.Restart(t)
	if err := ping(t, address); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestEveryDatabaseIsFresh(t *testing.T) {
	if a, b := Database(t), Database(t); a.Name == b.Name {
		t.Errorf("got %s twice", a.Name)
	}
}
