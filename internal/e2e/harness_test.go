package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// patience is how long anything is waited for before a test fails.
const patience = 2 * time.Minute

// folder holds the binary, and goes when the tests end.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "haochaping-e2e-"); err != nil {
		panic(err)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(runtime.NumCPU()+2)); err != nil { // they wait for one another's processes and the disk
		panic(err)
	}
	code := m.Run()
	endChromium()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// build makes the binary once, as operators run it; buildWatched makes it with the race detector when the tests have it, at four to
// eight times the processor time.
var (
	build        = sync.OnceValues(func() (string, error) { return compile("haochaping", plainFlags()) })
	buildWatched = sync.OnceValues(func() (string, error) {
		if !raceEnabled {
			return build()
		}
		return compile("haochaping-watched", nil, "-race")
	})
)

func compile(name string, env []string, flags ...string) (string, error) {
	file := filepath.Join(folder, name)
	arguments := append(append([]string{"build", "-o", file}, flags...), "github.com/haochaping/haochaping/cmd/haochaping")
	command := exec.Command("go", arguments...) //nolint:gosec,noctx // our own program, for all tests
	command.Env = append(os.Environ(), env...)
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return file, nil
}

// plainFlags leave out what scripts/test tells the compiler for the race detector's sake: what it compiled before is used again.
func plainFlags() []string {
	var kept []string
	for _, flag := range strings.Fields(os.Getenv("GOFLAGS")) {
		if !strings.HasPrefix(flag, "-gcflags=") && flag != "-race" {
			kept = append(kept, flag)
		}
	}
	return []string{"GOFLAGS=" + strings.Join(kept, " ")}
}

// allEntities are the four evaluation objects of 4.1.
const allEntities = "egovAffair,yssAffair,egovGuide,hotlineAffair"

// house is a migrated database with its key file, on which commands and servers run.
type house struct {
	database string
	keyFile  string
	env      []string // more of its programs' environment
}

// onBothEngines runs a test on a fresh house of each engine, beside other tests: while one waits for its disk another goes on.
func onBothEngines(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, onSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, onPostgres(t, postgrestest.Database(t)))
	})
}

// onSQLite is a house of its own; what migrate makes of an empty folder is made once, and copied.
func onSQLite(t *testing.T) *house {
	t.Helper()
	file := filepath.Join(t.TempDir(), "haochaping.db")
	h := &house{database: "sqlite:" + file, keyFile: file + ".key"}
	for _, ending := range []string{"", ".key"} {
		content, err := os.ReadFile(migratedFile(t) + ending) //nolint:gosec // our own file
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file+ending, content, 0o600); err != nil { //nolint:gosec // in a folder of the test
			t.Fatal(err)
		}
	}
	return h
}

// migrated keeps the file that onSQLite copies.
var migrated struct {
	sync.Mutex
	file string
}

func migratedFile(t *testing.T) string {
	t.Helper()
	migrated.Lock()
	defer migrated.Unlock()
	if migrated.file == "" {
		file := filepath.Join(folder, "migrated.db")
		(&house{database: "sqlite:" + file}).mustRun(t, "migrate")
		migrated.file = file
	}
	return migrated.file
}

func onPostgres(t *testing.T, database string) *house {
	t.Helper()
	h := &house{database: database, keyFile: filepath.Join(t.TempDir(), "key")}
	h.mustRun(t, "key", "new", h.keyFile)
	h.mustRun(t, "migrate")
	return h
}

// result is what a command left.
type result struct {
	out, err string
	status   int
}

// command prepares a command on the house's database.
func (h *house) command(ctx context.Context, t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	return h.commandOf(ctx, t, build, arguments...)
}

func (h *house) commandOf(ctx context.Context, t *testing.T, program func() (string, error), arguments ...string) *exec.Cmd {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, file, arguments...) //nolint:gosec // our own program
	// With the race detector a process sleeps for a second at its end, unless told not to.
	command.Env = append(os.Environ(), "HAOCHAPING_DATABASE="+h.database, "GORACE=atexit_sleep_ms=0")
	command.Env = append(command.Env, h.env...)
	if !strings.HasPrefix(h.database, "sqlite:") {
		command.Env = append(command.Env, "HAOCHAPING_KEY_FILE="+h.keyFile)
	}
	return command
}

// run runs a command to its end.
func (h *house) run(t *testing.T, arguments ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	command := h.command(ctx, t, arguments...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", arguments[0], err)
	}
	return result{out.String(), errs.String(), command.ProcessState.ExitCode()}
}

// mustRun runs a command that must succeed, and gives what it printed.
func (h *house) mustRun(t *testing.T, arguments ...string) string {
	t.Helper()
	r := h.run(t, arguments...)
	if r.status != 0 {
		t.Fatalf("%s: exit status %d\n%s%s", strings.Join(arguments, " "), r.status, r.out, r.err)
	}
	return r.out
}

// app is a registered integrator.
type app struct {
	Code   string `json:"appCode"`
	PaasID string `json:"paasid"`
	Secret string `json:"secret"`
}

// register registers an app, with all four evaluation objects when none are named.
func (h *house) register(t *testing.T, code string, more ...string) app {
	t.Helper()
	arguments := append([]string{"app", "create", "--code", code, "--name", "应用" + code}, more...)
	if !strings.Contains(strings.Join(more, " "), "--entities") {
		arguments = append(arguments, "--entities", allEntities)
	}
	var a app
	if err := json.Unmarshal([]byte(h.mustRun(t, arguments...)), &a); err != nil {
		t.Fatalf("app create: %v", err)
	}
	return a
}

// server is the program serving.
type server struct {
	url  string
	cmd  *exec.Cmd
	logs *journal
	done chan error // what the process left
}

// serve starts a server on a free port, and ends it with the test.
func (h *house) serve(t *testing.T, arguments ...string) *server {
	t.Helper()
	return h.start(t, build, arguments...)
}

// serveWatched starts one with the race detector, when the tests have it: for tests in which many call at once.
func (h *house) serveWatched(t *testing.T, arguments ...string) *server {
	t.Helper()
	return h.start(t, buildWatched, arguments...)
}

func (h *house) start(t *testing.T, program func() (string, error), arguments ...string) *server {
	t.Helper()
	s := &server{logs: &journal{}, done: make(chan error, 1)}
	s.cmd = h.commandOf(context.Background(), t, program, append([]string{"serve", "--listen", "127.0.0.1:0"}, arguments...)...)
	pipe, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	go func() {
		s.logs.read(pipe, listening)
		s.done <- s.cmd.Wait()
	}()
	t.Cleanup(func() {
		s.kill()
		if strings.Contains(s.logs.String(), "DATA RACE") {
			t.Error("the race detector found something in the server")
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.logs)
		}
	})
	select {
	case address := <-listening:
		s.url = "http://" + address
	case err := <-s.done:
		t.Fatalf("the server ended: %v\n%s", err, s.logs)
	case <-time.After(patience):
		t.Fatalf("the server does not listen\n%s", s.logs)
	}
	return s
}

// kill ends the process as kill -9 does. It may be called again.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // that it has ended already is as well
	select {
	case err := <-s.done:
		s.done <- err
	case <-time.After(patience):
	}
}

// stop ends the process by SIGTERM and gives its exit status.
func (s *server) stop(t *testing.T) int {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.done:
		s.done <- err
	case <-time.After(patience):
		t.Fatal("the server does not stop")
	}
	return s.cmd.ProcessState.ExitCode()
}

// client is a client for an app that sends once and never again by itself.
func (s *server) client(a app, options ...client.Option) *client.Client {
	return client.New(s.url, a.PaasID, a.Secret, append([]client.Option{client.WithRetry(1, 0)}, options...)...)
}

// get reads a page of the server.
func (s *server) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// eventually waits until condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// journal keeps a server's log.
type journal struct {
	mu    sync.Mutex
	lines []string
}

// read reads the log to its end and gives the address of the line that says where the server listens.
func (j *journal) read(from io.Reader, listening chan<- string) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		j.mu.Lock()
		j.lines = append(j.lines, lines.Text())
		j.mu.Unlock()
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			listening <- line.Address
		}
	}
}

// String is the whole log.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, "\n")
}
