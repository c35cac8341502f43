package postgrestest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/porttest"
)

// Cluster is one server of its own, with full durability, that a test may stop, freeze and crash.
type Cluster struct {
	bin, dir string
	port     int
	owner    *syscall.Credential // whom it runs as; nil is ourselves
	watch    io.Closer           // closed, or our process gone: the watchdog ends the server and removes dir
	ended    chan error
}

// Start starts a cluster for one test, which ends with it.
func Start(t testing.TB) *Cluster {
	t.Helper()
	leaveOut(t)
	c, err := start()
	if err != nil {
		t.Fatalf("start PostgreSQL (set %s=%s to leave it out): %v", Env, LeaveOut, err)
	}
	t.Cleanup(func() {
		if err := c.end(); err != nil {
			t.Errorf("end PostgreSQL: %v", err)
		}
	})
	return c
}

// Database makes a fresh, empty database and gives its address.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	return create(t, c.address("postgres"), "")
}

// Crash ends every process of the server at once, as a power cut would.
func (c *Cluster) Crash(t testing.TB) {
	t.Helper()
	c.control(t, "stop", "-m", "immediate")
}

// Restart starts the server again after Crash.
func (c *Cluster) Restart(t testing.TB) {
	t.Helper()
	c.control(t, "start", "-l", filepath.Join(c.dir, "log"))
}

// Freeze stops every process of the server where it stands: it keeps its connections and answers nothing. Thaw goes on.
func (c *Cluster) Freeze(t testing.TB) { c.signal(t, syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (c *Cluster) Thaw(t testing.TB) { c.signal(t, syscall.SIGCONT) }

func (c *Cluster) address(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

func (c *Cluster) control(t testing.TB, action string, arguments ...string) {
	t.Helper()
	arguments = append([]string{action, "-w", "-t", "60", "-D", filepath.Join(c.dir, "data")}, arguments...)
	if out, err := c.command("pg_ctl", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("pg_ctl %s: %v\n%s", action, err, out)
	}
}

// signal reaches the postmaster and its children. Each child is a process group of its own, so they are found by parent.
func (c *Cluster) signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	// The postmaster first, so that it makes no more children.
	if err := syscall.Kill(postmaster, signal); err != nil {
		t.Fatal(err)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", postmaster, postmaster))
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(child)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
}

// command is a program of PostgreSQL's, as the cluster's owner.
func (c *Cluster) command(name string, arguments ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(c.bin, name), arguments...) //nolint:gosec,noctx // a test's own server, ended by end
	command.Dir = c.dir
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	return command
}

func start() (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin}
	if c.dir, err = os.MkdirTemp("", "haochaping-pg-"); err != nil {
		return nil, err
	}
	if c.owner, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.owner != nil {
		if err := os.Chown(c.dir, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return nil, err
		}
	}
	if _, c.port, err = porttest.Free(); err != nil {
		return nil, err
	}
	data := filepath.Join(c.dir, "data")
	out, err := c.command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := c.configure(filepath.Join(data, "postgresql.auto.conf")); err != nil {
		return nil, err
	}
	return c, c.run()
}

func (c *Cluster) configure(file string) error {
	settings := fmt.Sprintf("listen_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = '%s'\nmax_connections = 200\n"+
		"shared_buffers = '128MB'\nlog_min_messages = fatal\n", c.port, c.dir)
	return os.WriteFile(file, []byte(settings), 0o644) //nolint:gosec // initdb made it for its owner; no secret is in it
}

// watchdog starts the server, waits until its standard input ends, as it does when this process ends however it ends, then
// stops the server and removes its folder.
const watchdog = `"$1/pg_ctl" start -w -t 60 -s -D "$2/data" -l "$2/log" </dev/null >/dev/null 2>&1 || { cat "$2/log"; exit 1; }
echo started; cat >/dev/null; "$1/pg_ctl" stop -w -s -m immediate -D "$2/data" >/dev/null 2>&1; rm -rf "$2"`

func (c *Cluster) run() error {
	command := exec.Command("sh", "-c", watchdog, "sh", c.bin, c.dir) //nolint:gosec,noctx // ended by end
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner, Setsid: true}
	command.Dir = c.dir
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
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
	c.watch, c.ended = input, make(chan error, 1)
	said := make([]byte, 4096)
	n, _ := io.ReadFull(output, said[:len("started\n")])
	if !bytes.Equal(said[:n], []byte("started\n")) {
		rest, _ := io.ReadAll(output)
		return fmt.Errorf("pg_ctl start: %s%s: %w", said[:n], rest, command.Wait())
	}
	go func() { c.ended <- command.Wait() }()
	return nil
}

func (c *Cluster) end() error {
	if err := c.watch.Close(); err != nil {
		return err
	}
	select {
	case err := <-c.ended:
		return err
	case <-time.After(time.Minute):
		return errors.New("the server does not end")
	}
}

// programs is the folder of the newest PostgreSQL's programs.
func programs() (string, error) {
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if initdb, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(initdb))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	return "", errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql)")
}

func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder))) // a folder of another form sorts last
	return n
}

// unprivileged is whom root runs the server as: Debian's user postgres, else nobody.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
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
