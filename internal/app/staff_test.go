package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A code that was given up bounds no account: nothing lies under it any more, and who was bounded by it would see nothing.
func TestAFormerCodeIsNoScope(t *testing.T) {
	database := "sqlite:" + installed(t)
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("编码,名称,所属区划,原编码\nD1,市民政局,广州市,D0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(arguments ...string) (int, string) {
		var out bytes.Buffer
		return Main(append(arguments, "--database", database), &out, &out), out.String()
	}
	if status, said := run("import", "departments", list, "--apply"); status != 0 {
		t.Fatalf("import: %s", said)
	}
	if status, said := run("admin", "create", "--login", "old", "--name", "旧局", "--role", "department", "--department", "D0"); status != 1 || !strings.Contains(said, "没有这个部门") {
		t.Errorf("under the former code: status %d, says %s", status, said)
	}
	if status, said := run("admin", "create", "--login", "new", "--name", "新局", "--role", "department", "--department", "D1"); status != 0 {
		t.Errorf("under the code of now: status %d, says %s", status, said)
	}
}
