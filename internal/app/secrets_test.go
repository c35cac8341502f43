package app

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// planted stands wherever a secret may: nothing that is printed may hold it.
const planted = "Planted-Secret-4711"

// TestNoSecretIsPrinted starts the program with secrets in every place and something wrong with each, and reads what it says.
func TestNoSecretIsPrinted(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	secret, key := write("secret", planted), filepath.Join(dir, "key")
	if status := Main([]string{"key", "new", key}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Fatalf("key new: %d", status)
	}
	const nobody = "postgres://u@127.0.0.1:1/d?connect_timeout=1"
	with := "postgres://u:" + planted + "@127.0.0.1:1/d?connect_timeout=1"
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // so that no server runs on
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nobody calls
	serve := []string{"serve", "--listen", taken.Addr().String(), "--database", "sqlite:" + filepath.Join(dir, "db")}
	for _, tt := range []struct {
		name      string
		database  string // in the environment
		arguments []string
		says      string
	}{
		{"a password in an argument", "", []string{"serve", "--database", with}, "不能写在命令行参数中"},
		{"a password in an argument, joined", "", []string{"recount", "--database=" + with}, "不能写在命令行参数中"},
		{"a password as a parameter in an argument", "", []string{"recount", "--database", nobody + "&password=" + planted}, "不能写在命令行参数中"},
		{"an argument that can't be read", "", []string{"recount", "--database", "postgres://u:" + planted + "%zz@h/d"}, "不能写在命令行参数中"},
		{"a database that does not answer", with, []string{"recount"}, "haochaping:"},
		{"a database that does not answer, with keys", with, []string{"key", "status", "--key-file", key}, "haochaping:"},
		{"an address that can't be read", "postgres://u:" + planted + "%zz@h/d", []string{"recount"}, "haochaping:"},
		{"an address of another kind", "mysql://u:" + planted + "@h/d", []string{"recount"}, "database 应为"},
		{"a password twice", with, []string{"recount", "--database-password-file", secret}, "请只留一处"},
		{"a password in a file, and no answer", "", []string{"recount", "--database", nobody, "--database-password-file", secret}, "haochaping:"},
		{"a key file that is none", "", []string{"app", "list", "--database", nobody, "--key-file", write("bad", `{"active":1,"sealing":{"1":"`+planted+`"}}`)}, "不是本程序的密钥文件"},
		{"an OIDC provider that does not answer", "", append(slices.Clone(serve), "--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "c", "--oidc-client-secret-file", secret, "--log-level", "debug"), "haochaping:"},
		{"a mail server without its sender", "", append(slices.Clone(serve), "--smtp-server", "h:25", "--smtp-user", "u", "--smtp-password-file", secret), "smtp-from"},
		{"a source with a password in its address", "", append(slices.Clone(serve), "--sources", write("sources.json", `{"sources":[{"name":"front","url":"postgres://u:`+planted+`@h/d"}]}`)), "haochaping:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.database != "" {
				t.Setenv("HAOCHAPING_DATABASE", tt.database)
			}
			var out, errs bytes.Buffer
			if status := Main(tt.arguments, &out, &errs); status == 0 {
				t.Error("nothing was wrong")
			}
			if said := out.String() + errs.String(); strings.Contains(said, planted) || !strings.Contains(said, tt.says) {
				t.Errorf("it says %s", said)
			}
		})
	}
}

// TestEveryCommandTakesThePasswordFromItsFile: where the database's password stands in a file, as in deploy/, no command goes without it.
func TestEveryCommandTakesThePasswordFromItsFile(t *testing.T) {
	dir := t.TempDir()
	key, missing := filepath.Join(dir, "key"), filepath.Join(dir, "missing")
	if status := Main([]string{"key", "new", key}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Fatalf("key new: %d", status)
	}
	t.Setenv("HAOCHAPING_DATABASE", "postgres://u@127.0.0.1:1/d?connect_timeout=1")
	t.Setenv("HAOCHAPING_DATABASE_PASSWORD_FILE", missing)
	t.Setenv("HAOCHAPING_KEY_FILE", key)
	for _, line := range []string{
		"serve", "migrate", "recount", "key status", "app list", "admin list", "audit verify", "affairs status", "inspect", "empty --yes",
		"backup --to " + filepath.Join(dir, "b"), "restore --from " + filepath.Join(dir, "b"), "export rejected " + filepath.Join(dir, "r.csv"), "report --month 2026-10",
	} {
		var errs bytes.Buffer
		if status := Main(strings.Fields(line), &bytes.Buffer{}, &errs); status != 1 || !strings.Contains(errs.String(), "database-password-file") {
			t.Errorf("%s: status %d, says %s", line, status, errs.String())
		}
	}
}
