package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/sample"
)

// refuses holds that a command ends with status 1, says what to do, and tells no secret.
func (h *house) refuses(t *testing.T, words []string, arguments ...string) {
	t.Helper()
	r := h.run(t, arguments...)
	if r.status != 1 {
		t.Errorf("%s: exit status %d, want 1\n%s%s", strings.Join(arguments, " "), r.status, r.out, r.err)
	}
	for _, word := range words {
		if !strings.Contains(r.err, word) {
			t.Errorf("%s: got %q, want %q in it", strings.Join(arguments, " "), r.err, word)
		}
	}
	if strings.Contains(r.out+r.err, secretWord) {
		t.Errorf("%s: the password is told: %s%s", strings.Join(arguments, " "), r.out, r.err)
	}
}

// secretWord is the password in a database's address.
const secretWord = "geheim"

// What is wrong at the start is a refusal that says what to do.
func TestStartOnPostgres(t *testing.T) {
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	h := &house{database: postgrestest.Database(t), keyFile: file("key")}
	serve := []string{"serve", "--listen", "127.0.0.1:0"}

	h.refuses(t, []string{"没有密钥文件 " + h.keyFile, "haochaping key new"}, serve...)
	h.refuses(t, []string{"--key-file", "haochaping key new"}, append(serve, "--key-file", "")...)
	h.mustRun(t, "key", "new", h.keyFile)
	h.refuses(t, []string{"haochaping migrate"}, serve...)
	h.refuses(t, []string{"haochaping migrate"}, "recount")
	h.refuses(t, []string{"haochaping migrate"}, "app", "list")

	a := h.register(t, "app1") // migrates first
	s := h.serve(t)
	reviews := sample.New(1, sample.Options{AppCode: a.Code})
	if _, err := s.client(a).SubmitAffair(t.Context(), reviews.Affair(time.Now())); err != nil {
		t.Errorf("app create on an unmigrated database: %v", err)
	}

	other := &house{database: h.database, keyFile: file("other")}
	other.mustRun(t, "key", "new", other.keyFile)
	other.refuses(t, []string{"密钥文件与数据库不符"}, serve...)
	other.refuses(t, []string{"密钥文件与数据库不符"}, "app", "list")

	t.Run("the database is away", func(t *testing.T) {
		away := &house{database: "postgres://haochaping:" + secretWord + "@127.0.0.1:1/haochaping?sslmode=disable", keyFile: h.keyFile}
		for _, command := range [][]string{serve, append(serve, "--auto-migrate"), {"migrate"}, {"recount"}, {"app", "list"}} {
			away.refuses(t, []string{"127.0.0.1:1", "connection refused"}, command...)
		}
		unreadable := &house{database: "postgres://haochaping:" + secretWord + "@127.0.0.1:port/haochaping", keyFile: h.keyFile}
		unreadable.refuses(t, []string{"database 的地址不对"}, serve...)
	})
}

// Settings are refused all at once, before anything is touched.
func TestStartWithFaultySettings(t *testing.T) {
	h := &house{database: "oracle://haochaping:" + secretWord + "@127.0.0.1/haochaping", keyFile: "none"}
	h.refuses(t, []string{
		"database ", "seal ", "lanes ", "root-region ", "listen ", "tls-key ", "gateway-mode ", "gateway-window ", "rate ",
		"queue ", "batch ", "log-level ",
	}, "serve", "--seal", "des", "--lanes", "33", "--root-region", "44", "--listen", "here", "--tls-cert", "cert.pem",
		"--gateway-mode", "open", "--gateway-window", "0s", "--rate=-1", "--queue", "0", "--batch", "0", "--log-level", "loud")
}

// A missing key beside an embedded database is a refusal: a new one could open nothing in it.
func TestStartWithoutTheKeyOfAnEmbeddedDatabase(t *testing.T) {
	h := onSQLite(t)
	if err := os.Rename(h.keyFile, h.keyFile+".away"); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"app", "list"}, {"migrate"}} {
		h.refuses(t, []string{"密钥文件 " + h.keyFile + " 不见了"}, command...)
	}
	if _, err := os.Stat(h.keyFile); err == nil {
		t.Error("a new key file was made")
	}
}

// A key file is for its owner's eyes, and is never overwritten.
func TestKeyNewNeverOverwrites(t *testing.T) {
	h := &house{database: "sqlite:none"}
	file := filepath.Join(t.TempDir(), "key")
	h.mustRun(t, "key", "new", file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	before, err := os.ReadFile(file) //nolint:gosec // a test's own file
	if err != nil {
		t.Fatal(err)
	}
	h.refuses(t, []string{file + " 已经存在"}, "key", "new", file)
	after, err := os.ReadFile(file) //nolint:gosec // a test's own file
	if err != nil || string(after) != string(before) {
		t.Errorf("the key file was changed: %v", err)
	}
}

// A counter falsified behind the program's back is found by recount, and mended by recount --repair.
func TestRecountFindsAndRepairs(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		a := h.register(t, "app1")
		s := h.serve(t)
		reviews := sample.New(1, sample.Options{AppCode: a.Code})
		for range 5 {
			if _, err := s.client(a).SubmitAffair(t.Context(), reviews.Affair(time.Now())); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "all facts are folded", func() bool {
			return h.number(t, "SELECT count(*) FROM counter_change") == 0
		})
		h.isWhole(t, s, 5)
		h.do(t, "UPDATE counter SET n1 = n1 + 1")
		if counted(t, s) == 5 {
			t.Error("the figures are as before")
		}
		if r := h.run(t, "recount"); r.status != 1 || !strings.HasPrefix(r.out, "不一致") {
			t.Errorf("recount: exit status %d\n%s%s", r.status, r.out, r.err)
		}
		h.mustRun(t, "recount", "--repair")
		h.isWhole(t, s, 5)
	})
}
