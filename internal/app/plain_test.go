package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// TestWhyItDoesNotStartIsSaidInChinese: the last thing in the journal says to whoever is woken what is wrong (docs/operations.md, Alerts).
func TestWhyItDoesNotStartIsSaidInChinese(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file(name)
	}
	if status := Main([]string{"key", "new", file("key")}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Fatalf("key new: %d", status)
	}
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nobody calls
	embedded := "--database sqlite:" + file("db") + " --listen " + taken.Addr().String() + " "
	list := " " + strings.Split(embedded, " --listen")[0]
	server := postgrestest.Database(t)
	elsewhere, _, _ := strings.Cut(server, "?")
	elsewhere = strings.Replace(server, elsewhere[strings.LastIndex(elsewhere, "/")+1:], "nobody_made_it", 1)
	for _, tt := range []struct{ name, line, says string }{
		{"no folder", "serve --database sqlite:" + file("no/db"), "不能使用文件 " + file("no/db.key")},
		{"no folder, which is told", "serve --database sqlite:" + file("no/db"), "没有目录 " + file("no") + "，请先建立"},
		{"no folder for a key", "key new " + file("no/key"), "没有目录 " + file("no") + "，请先建立"},
		{"a source's file with a stray key", "affairs check gz --sources " + write("stray.json", `{"appCode": "a"}`), "中不认识“appCode”这一项（在最外层），请核对拼写\n"},
		{"no folder, but a key", "migrate --database sqlite:" + file("no/db") + " --key-file " + file("key"), "打不开数据库文件"},
		{"no database", "serve --database sqlite:" + write("text", "a text that is long enough to be none\n") + " --key-file " + file("key"), "这个文件不是 SQLite 数据库"},
		{"nobody answers", "serve --database postgres://u@127.0.0.1:1/d?sslmode=disable --key-file " + file("key"), "连不上数据库，请核对地址和网络"},
		{"no such database", "recount --database " + elsewhere, "数据库服务器上没有这个库"},
		{"a folder for a key", "serve --key-file " + dir + " " + embedded, "这是一个目录"},
		{"a text for a key", "serve --key-file " + file("text") + " " + embedded, "不是本程序的密钥文件"},
		{"no certificate", "serve --tls-cert a --tls-key b " + embedded, "证书不能使用，请核对 tls-cert 和 tls-key"},
		{"no secret", "serve --gateway-mode trusted --gateway-key-file " + file("none") + " " + embedded, "不能使用文件 " + file("none") + "：没有这个文件或目录"},
		{"an address that is taken", "serve " + embedded, "不能在 " + taken.Addr().String() + " 监听：地址已被别的程序占用"},
		{"no backup", "backup verify " + file("none"), "不能使用文件 " + file("none") + "：没有这个文件或目录"},
		{"no settings", "serve --config " + file("none"), "不能使用文件 " + file("none") + "：没有这个文件或目录"},
		{"no key file", "app list --database " + server + " --key-file " + file("none"), "数据库已在使用的，请找回它"},
		{"a demo of nonsense", "demo --reviews=-1 --listen x", "listen 应为 主机:端口，端口为 0 到 65535\nreviews 应为 0 到 10000000"},
		{"no sources", "affairs check gz --sources " + write("sources.json", "{}"), "来源配置 " + file("sources.json") + " 中没有来源"},
		{"sources that are not there", "affairs check gz --sources " + file("none"), file("none") + "：没有这个文件或目录"},
		{"a source's key that is none", "affairs check gz --sources " + write("misspelt.json", `{"sources": [{"name": "gz", "curser": "UpdateTime"}]}`), "来源配置 " + file("misspelt.json") + " 中不认识“curser”这一项（在 /sources/0），请核对拼写\n"},
		{"a source's value of another type", "affairs check gz --sources " + write("typed.json", `{"sources": [{"name": "gz", "page_rows": "many"}]}`), "来源配置 " + file("typed.json") + " 的 /sources/0/page_rows：应为整数，而不是文字\n"},
		{"no list of halls", "import halls " + file("none") + list, file("none") + "：没有这个文件或目录"},
		{"a folder of halls", "import halls " + dir + list, dir + "：这是一个目录"},
		{"no list of affairs", "import affairs " + file("none") + list, file("none") + "：没有这个文件或目录"},
		{"several faults", "app create --code !! --name n --entities none " + strings.Split(embedded, " --listen")[0], "参数不合法，共 2 处：\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var errs bytes.Buffer
			if status := Main(strings.Fields(tt.line), &bytes.Buffer{}, &errs); status == 0 || !strings.HasPrefix(errs.String(), "haochaping: ") || !strings.Contains(errs.String(), tt.says) {
				t.Errorf("status %d, says %s", status, &errs)
			}
		})
	}
}

func TestWhatASignalEndedIsCalledSo(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	failed := fmt.Errorf("recount: %w", context.Canceled)
	for ctx, want := range map[context.Context]string{
		t.Context(): "haochaping: recount: context canceled\n", ended: "haochaping: 已中断，没有做完\n",
	} {
		var errs bytes.Buffer
		if status := report(ctx, failed, &errs); status != 1 || errs.String() != want {
			t.Errorf("status %d, says %s, want %s", status, &errs, want)
		}
	}
}

func TestNamesOfActionsAreForTheLog(t *testing.T) {
	for said, want := range map[string]string{
		"change key:3: 密钥的状态刚刚有了变化":   "密钥的状态刚刚有了变化",
		"a: b: 请稍后再试: disk full (13)": "请稍后再试: disk full (13)",
		"list.csv: 首行应为列名":            "list.csv: 首行应为列名",
		"read: unexpected EOF":        "read: unexpected EOF",
	} {
		if got := words(errors.New(said)); got != want {
			t.Errorf("%s is told as %s, want %s", said, got, want)
		}
	}
}

// TestADatabaseThatCanOnlyBeReadIsCalledSo: who keeps it has no request that he could send again.
func TestADatabaseThatCanOnlyBeReadIsCalledSo(t *testing.T) {
	server, key := postgrestest.Database(t), filepath.Join(t.TempDir(), "key")
	for _, line := range []string{"key new " + key, "migrate --database " + server, "admin create --login zhang.san --name n --role province --database " + server + " --key-file " + key} {
		if status := Main(strings.Fields(line), &bytes.Buffer{}, os.Stderr); status != 0 {
			t.Fatalf("%s: status %d", line, status)
		}
	}
	standby := " --database " + server + "&default_transaction_read_only=on"
	for _, line := range []string{"migrate" + standby, "serve --listen 127.0.0.1:0 --key-file " + key + standby, "app create --code a --name n --entities egovAffair --key-file " + key + standby} {
		var errs bytes.Buffer
		if status := Main(strings.Fields(line), &bytes.Buffer{}, &errs); status != 1 || !strings.HasPrefix(errs.String(), "haochaping: 数据库只能读，不能写（可能是备库）：请把 database 指向主库（") {
			t.Errorf("%s: status %d, says %s", line, status, &errs)
		}
	}
	dir := t.TempDir()
	for _, line := range []string{
		"admin list", "app list", "export orphans " + filepath.Join(dir, "o.csv"), "export rejected " + filepath.Join(dir, "r.csv"), "figures affairs", "report --month 2026-10 --out " + dir,
		"recount", "audit verify", "audit export " + filepath.Join(dir, "a.csv"), "backup --to " + filepath.Join(dir, "b"),
	} {
		var errs bytes.Buffer
		if status := Main(strings.Fields(line+" --key-file "+key+standby), &bytes.Buffer{}, &errs); status != 0 {
			t.Errorf("%s, which only reads: status %d, says %s", line, status, &errs)
		}
	}
	other := filepath.Join(dir, "other")
	var errs bytes.Buffer
	if status := Main(strings.Fields("key new "+other), &bytes.Buffer{}, &errs); status != 0 {
		t.Fatal(&errs)
	}
	if status := Main(strings.Fields("admin list --key-file "+other+standby), &bytes.Buffer{}, &errs); status != 1 || !strings.Contains(errs.String(), "密钥文件与数据库不符") {
		t.Errorf("with a foreign key file: status %d, says %s", status, &errs)
	}
}

// TestNoDatabaseIsMadeByTheWay: what a misspelt file would answer, empty and new, is no answer.
func TestNoDatabaseIsMadeByTheWay(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HAOCHAPING_DATABASE", "sqlite:"+filepath.Join(dir, "db"))
	for _, line := range []string{
		"app list", "app rotate --code a", "app disable --code a", "app affairs --code a", "app digest --code a", "admin list", "admin lock a", "admin reset a", "key status", "key rotate", "key retire 1",
		"recount", "erase --by phone --reason reason", "empty --yes", "inspect", "report --month 2026-10", "figures affairs", "affairs status", "audit verify", "audit export " + filepath.Join(dir, "a.csv"),
		"export rejected " + filepath.Join(dir, "r.csv"), "export halls " + filepath.Join(dir, "h.xlsx"), "qr hall H --out " + filepath.Join(dir, "p.html"), "qr window W", "merge halls a b", "merge entities a b",
		"export orphans " + filepath.Join(dir, "o.csv"), "backup --to " + filepath.Join(dir, "b"),
	} {
		var errs bytes.Buffer
		if status := Main(strings.Fields(line), &bytes.Buffer{}, &errs); status != 1 || !strings.Contains(errs.String(), "没有数据库文件") {
			t.Errorf("%s: status %d, says %s", line, status, &errs)
		}
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("they made %v, %v", made, err)
	}
}

func TestFieldsAreCalledAsOnTheCommandLine(t *testing.T) {
	wrong := fault.NewInvalid(fault.Violation{Field: "reason", Reason: "请写明依据"}, fault.Violation{Field: "affairs", Reason: "应为数组"})
	want := "参数不合法，共 2 处：\n  --reason 请写明依据\n  affairs 应为数组"
	if got := words(named(wrong, map[string]string{"reason": "--reason"})); got != want {
		t.Errorf("says %s, want %s", got, want)
	}
	if err := errors.New("别的"); named(err, nil) != err { //nolint:errorlint // the very same
		t.Error("another error is not as it was")
	}
}
