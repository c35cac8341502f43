package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
)

// An operator's worst day: the database is lost, and is restored from a backup that was made under load.
func TestABackupUnderLoadIsRestored(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serveWatched(t, "--rate", "0")
		callers := begin(t, s, a, 8, breath)
		callers.more(t, 40)
		before := callers.count()
		file := filepath.Join(t.TempDir(), "a.hcpbackup")
		if out := h.mustRun(t, "backup", "--to", file); !strings.Contains(out, "备份中没有密钥文件") {
			t.Errorf("nothing is said of the key file: %s", out)
		}
		callers.more(t, 20)
		all, _ := callers.end(t)
		s.kill()
		if out := h.mustRun(t, "backup", "verify", file); !strings.Contains(out, "完好") {
			t.Errorf("verify: %s", out)
		}

		to := h.elsewhere(t)
		if r := to.run(t, "restore", "--from", file, "--key-file", to.foreignKey(t)); r.status != 1 || !strings.Contains(r.err, "密钥文件不是做备份时的那一个") {
			t.Errorf("with a foreign key: exit status %d, %s", r.status, r.err)
		}
		damaged := damagedCopy(t, file)
		if r := to.run(t, "restore", "--from", damaged); r.status != 1 || !strings.Contains(r.err, "已损坏") || !strings.Contains(r.err, "未作任何改动") {
			t.Errorf("a damaged one: exit status %d, %s", r.status, r.err)
		}
		if out := to.mustRun(t, "restore", "--from", file, "--recount"); !strings.Contains(out, "一致") {
			t.Errorf("restore does not recount: %s", out)
		}
		if r := to.run(t, "restore", "--from", file); r.status != 1 || !strings.Contains(r.err, "只能恢复到空的数据库") {
			t.Errorf("a second time: exit status %d, %s", r.status, r.err)
		}
		s = to.serve(t, "--rate", "0")
		s.sendAgain(t, a, all[:before])
		// What came after the backup is lost, and is taken when it is sent again, under new numbers.
		fresh := to.number(t, "SELECT count(*) FROM review")
		callers = begin(t, s, a, 4, breath)
		for _, one := range all[before:] {
			callers.submit(one.message)
		}
		callers.more(t, 10)
		later, _ := callers.end(t)
		if fresh < before || fresh > len(all) {
			t.Errorf("%d reviews are restored, of %d before the backup and %d in all", fresh, before, len(all))
		}
		serials := map[string]bool{}
		for _, one := range append(later, all[:before]...) {
			serials[one.serial] = true
		}
		to.isWhole(t, s, len(serials))
	})
}

// elsewhere is an empty database of the same engine, with the same key file.
func (h *house) elsewhere(t *testing.T) *house {
	t.Helper()
	if !strings.HasPrefix(h.database, "sqlite:") {
		return &house{database: postgrestest.Database(t), keyFile: h.keyFile, env: h.env}
	}
	file := filepath.Join(t.TempDir(), "haochaping.db")
	keys, err := os.ReadFile(h.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".key", keys, 0o600); err != nil { //nolint:gosec // the test's own file
		t.Fatal(err)
	}
	return &house{database: "sqlite:" + file, keyFile: file + ".key", env: h.env}
}

func (h *house) foreignKey(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "foreign")
	h.mustRun(t, "key", "new", file)
	return file
}

func damagedCopy(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // the test's own file
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	damaged := filepath.Join(t.TempDir(), "damaged")
	if err := os.WriteFile(damaged, text, 0o600); err != nil { //nolint:gosec // the test's own file
		t.Fatal(err)
	}
	return damaged
}

// kill -9 of a backup leaves nothing that is called a backup; of a restore a database that nobody takes for one.
func TestKilledWhileBackingUpAndRestoring(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		// So much that neither is done at once.
		h.do(t, "INSERT INTO setting (name, value) VALUES ('ballast', $1)", string(bytes.Repeat(ballast(), 400)))
		var file string
		killedWhen(t, func() (*exec.Cmd, func() bool) {
			file = filepath.Join(t.TempDir(), "a.hcpbackup")
			return h.command(context.Background(), t, "backup", "--to", file), func() bool { return exists(file + ".part") }
		})
		if exists(file) {
			t.Fatal("a backup that was killed has a name")
		}
		if r := h.run(t, "backup", "verify", file+".part"); r.status == 0 {
			t.Errorf("what a killed backup left is taken for one: %s", r.out)
		}
		h.mustRun(t, "backup", "--to", file)

		var to *house
		killedWhen(t, func() (*exec.Cmd, func() bool) {
			to = h.elsewhere(t)
			return to.command(context.Background(), t, "restore", "--from", file), to.halfRestored(t)
		})
		for _, command := range [][]string{{"serve", "--listen", "127.0.0.1:0", "--auto-migrate"}, {"recount"}, {"migrate"}, {"backup", "--to", file + "2"}} {
			if r := to.run(t, command...); r.status != 1 || !strings.Contains(r.err, "恢复没有完成") && !strings.Contains(r.err, "没有数据库文件") {
				t.Errorf("%s on a database that is half restored: exit status %d, %s", command[0], r.status, r.err)
			}
		}
		to.mustRun(t, "restore", "--from", file)
		if got := to.number(t, "SELECT length(value) FROM setting WHERE name = 'ballast'"); got != 400*len(ballast()) {
			t.Errorf("%d characters are restored", got)
		}
	})
}

// ballast is 100 kB that do not get much smaller.
func ballast() []byte {
	text, state := make([]byte, 100_000), uint32(1)
	for i := range text {
		state = state*1664525 + 1013904223
		text[i] = ' ' + byte(state>>25)%90
	}
	return text
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

// halfRestored says whether a restore is at work on the database.
func (h *house) halfRestored(t *testing.T) func() bool {
	t.Helper()
	if file, embedded := strings.CutPrefix(h.database, "sqlite:"); embedded {
		return func() bool { return exists(file + ".restoring") }
	}
	db := h.open(t)
	return func() bool {
		var there sql.NullString
		err := db.QueryRowContext(t.Context(), "SELECT to_regclass('half_restored')::text").Scan(&there)
		return err == nil && there.Valid
	}
}

// killedWhen kills a command at the moment when something holds, before it ends. It goes on for a moment at a time, so that few are
// missed; where the moment was, since nobody looked for so long, another command begins.
func killedWhen(t *testing.T, begin func() (*exec.Cmd, func() bool)) {
	t.Helper()
	for range 5 {
		command, holds := begin()
		if killed(t, command, holds) {
			return
		}
	}
	t.Fatal("the command ended before it could be killed, five times")
}

func killed(t *testing.T, command *exec.Cmd, holds func() bool) bool {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	signal := func(s syscall.Signal) {
		if err := command.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(patience); !holds(); {
		signal(syscall.SIGCONT)
		time.Sleep(time.Millisecond)
		signal(syscall.SIGSTOP)
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return false
		default:
		}
		if time.Now().After(deadline) {
			_ = command.Process.Kill()
			t.Fatal("the command does not come so far")
		}
	}
	if err := command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	return <-ended != nil
}
