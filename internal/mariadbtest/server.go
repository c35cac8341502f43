package mariadbtest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/haochaping/haochaping/internal/porttest"
)

// Server is one server of its own, with full durability, that a test may crash, start again and freeze.
type Server struct {
	mariadbd string
	dir      string
	port     int
	owner    *syscall.Credential // whom it runs as; nil is ourselves
	watch    io.WriteCloser      // closed, or our process gone: the watchdog ends the server and removes dir
	said     io.Reader
	ended    chan error
}

// Start starts a server for one test, which ends with it.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("start MariaDB: %v", err)
	}
	t.Cleanup(func() {
		if err := s.end(); err != nil {
			t.Errorf("end MariaDB: %v", err)
		}
	})
	return s
}

// Database makes a fresh, empty database.
func (s *Server) Database(t testing.TB) Address {
	t.Helper()
	return create(t, s)
}

// Crash kills the server, as a power cut would.
func (s *Server) Crash(t testing.TB) { s.tell(t, "crash") }

// Restart starts the server again after Crash, and waits until it answers.
func (s *Server) Restart(t testing.TB) {
	s.tell(t, "start")
	if err := s.answers(); err != nil {
		t.Fatal(err)
	}
}

// Freeze stops the server where it stands: it keeps its connections and answers nothing. Thaw goes on.
func (s *Server) Freeze(t testing.TB) { s.tell(t, "freeze") }

// Thaw ends a Freeze.
func (s *Server) Thaw(t testing.TB) { s.tell(t, "thaw") }

func start() (*Server, error) {
	s := &Server{}
	var err error
	if s.mariadbd, err = program("mariadbd"); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "haochaping-my-"); err != nil {
		return nil, err
	}
	if s.owner, err = unprivileged(); err != nil {
		return nil, err
	}
	if s.owner != nil {
		if err := os.Chown(s.dir, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return nil, err
		}
	}
	if _, s.port, err = porttest.Free(); err != nil {
		return nil, err
	}
	install, err := program("mariadb-install-db")
	if err != nil {
		return nil, err
	}
	command := s.command(install, "--no-defaults", "--datadir="+s.data(), "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=16M")
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	return s, s.answers()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// watchdog starts the server and does what it is told line by line. When its standard input ends, as it does when this
// process ends however it ends, it kills the server and removes its folder.
const watchdog = `begin() { "$1" --no-defaults --datadir="$2/data" --port="$3" --bind-address=127.0.0.1 --socket="$2/s" --pid-file="$2/pid" \
	--skip-name-resolve --innodb-log-file-size=16M --innodb-buffer-pool-size=64M --character-set-server=utf8mb4 --log-error="$2/log" </dev/null >/dev/null 2>&1 & server=$!; }
begin "$@"; echo done
while read -r order; do
	case $order in
	crash) kill -9 $server; wait $server 2>/dev/null ;;
	start) begin "$@" ;;
	freeze) kill -STOP $server ;;
	thaw) kill -CONT $server ;;
	esac
	echo done
done
kill -9 $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$2"`

func (s *Server) run() error {
	command := s.command("sh", "-c", watchdog, "sh", s.mariadbd, s.dir, strconv.Itoa(s.port))
	command.SysProcAttr.Setsid = true
	input, err := command.StdinPipe()
	if err != nil {
		return err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	s.watch, s.said, s.ended = input, output, make(chan error, 1)
	err = s.hear()
	go func() { s.ended <- command.Wait() }()
	return err
}

// hear waits until the watchdog has done what it was told.
func (s *Server) hear() error {
	said := make([]byte, len("done\n"))
	if _, err := io.ReadFull(s.said, said); err != nil || !bytes.Equal(said, []byte("done\n")) {
		return fmt.Errorf("the watchdog said %q: %w", said, err)
	}
	return nil
}

func (s *Server) tell(t testing.TB, order string) {
	t.Helper()
	if _, err := io.WriteString(s.watch, order+"\n"); err != nil {
		t.Fatalf("%s MariaDB: %v", order, err)
	}
	if err := s.hear(); err != nil {
		t.Fatalf("%s MariaDB: %v", order, err)
	}
}

// answers waits until the server takes connections.
func (s *Server) answers() error {
	deadline := time.Now().Add(time.Minute)
	for {
		err := ask(Address{User: "root", Host: s.host()}, "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("MariaDB does not answer: %w\n%s", err, log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *Server) host() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

func (s *Server) end() error {
	if err := s.watch.Close(); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		return err
	case <-time.After(time.Minute):
		return errors.New("the server does not end")
	}
}

// command is a program as the server's owner.
func (s *Server) command(name string, arguments ...string) *exec.Cmd {
	command := exec.Command(name, arguments...) //nolint:gosec,noctx // a test's own server, ended by end
	command.Dir = s.dir
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "HOME="+s.dir)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	return command
}

// program finds a program; Debian puts servers where not everybody's PATH leads.
func program(name string) (string, error) {
	if file, err := exec.LookPath(name); err == nil {
		return file, nil
	}
	for _, folder := range []string{"/usr/sbin", "/usr/bin"} {
		file := filepath.Join(folder, name)
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", errors.New("MariaDB is not installed (Debian: apt-get install mariadb-server)")
}

// unprivileged is whom root runs the server as: Debian's user mysql, else nobody.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("mysql")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// ask runs statements.
func ask(at Address, statements ...string) error {
	db, err := at.open()
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the statement's own error tells
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil { //nolint:noctx // bounded by the connection's timeouts
			return fmt.Errorf("%s: %w", strings.SplitN(statement, "\n", 2)[0], err)
		}
	}
	return nil
}

func (a Address) open() (*sql.DB, error) {
	settings := mysql.NewConfig()
	settings.User, settings.Passwd, settings.DBName = a.User, a.Password, a.Name
	settings.Net, settings.Addr, settings.MultiStatements = "tcp", a.Host, true
	settings.Timeout, settings.ReadTimeout, settings.Logger = 5*time.Second, 5*time.Minute, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(settings)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
