package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/store"
	_ "github.com/jackc/pgx/v5/stdlib" // driver pgx
	_ "modernc.org/sqlite"             // driver sqlite
)

// examined gives the worst state of every check, and everything that was said.
func examinedBy(t *testing.T, arguments ...string) (states map[string]string, said string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = Main(append([]string{"doctor", "--json"}, arguments...), &out, &errs)
	var answer struct {
		Sound  bool
		Checks []diagnosis
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s%s", err, &out, &errs)
	}
	if answer.Sound != (status == 0) {
		t.Errorf("sound is %v, exit status %d", answer.Sound, status)
	}
	states = map[string]string{}
	order := []string{"", "good", "attention", "bad"}
	for _, d := range answer.Checks {
		if slices.Index(order, d.State) > slices.Index(order, states[d.Name]) {
			states[d.Name] = d.State
		}
		if d.State != "good" && d.Do == "" && d.Name != "schema" {
			t.Errorf("%s: nothing is said of what to do: %s", d.Name, d.Says)
		}
	}
	return states, out.String(), status
}

// installed is a migrated SQLite database with its key file; what migrate makes of an empty folder is made once, and copied.
func installed(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "haochaping.db")
	made.Do(func() {
		original := filepath.Join(t.TempDir(), "haochaping.db")
		ran(t, "migrate", "--database", "sqlite:"+original)
		for i, ending := range madeFiles {
			content, err := os.ReadFile(original + ending) //nolint:gosec // our own file
			if err != nil {
				t.Fatal(err)
			}
			made.contents[i] = content
		}
	})
	for i, ending := range madeFiles {
		if err := os.WriteFile(file+ending, made.contents[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// madeFiles are the database and its key file, made keeps what they hold.
var (
	madeFiles = [2]string{"", ".key"}
	made      struct {
		sync.Once
		contents [2][]byte
	}
)

func ran(t *testing.T, arguments ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	if status := Main(arguments, &out, &errs); status != 0 {
		t.Fatalf("%s: exit status %d: %s%s", arguments[0], status, &out, &errs)
	}
}

func TestDoctorFindsAllWellOnBothEngines(t *testing.T) {
	issuer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer issuer.Close()
	file := installed(t)
	folder := filepath.Dir(file)
	postgres := postgrestest.Start(t).Database(t) // of its own: the tests' common server is not durable, and the doctor says so
	ran(t, "migrate", "--database", postgres)
	for name, storage := range map[string][]string{
		"SQLite":     {"--database", "sqlite:" + file},
		"PostgreSQL": {"--database", postgres, "--key-file", file + ".key"},
	} {
		backups := filepath.Join(folder, name)
		if err := os.Mkdir(backups, 0o700); err != nil {
			t.Fatal(err)
		}
		ran(t, append([]string{"backup", "--to", backups}, storage...)...)
		states, said, status := examinedBy(t, append(storage, "--backups", backups, "--base-url", "https://hcp.example.gov.cn",
			"--oidc-issuer", issuer.URL, "--oidc-client-id", "a", "--smtp-server", strings.TrimPrefix(issuer.URL, "http://"), "--smtp-from", "a@example.gov.cn")...)
		if status != 0 {
			t.Errorf("%s: exit status %d: %s", name, status, said)
		}
		want := map[string]string{}
		for _, check := range checks {
			want[check.name] = "good"
		}
		if name == "PostgreSQL" { // the tests' own server has no checksums, and may be full
			want["integrity"], want["connections"] = states["integrity"], states["connections"]
		}
		want["disk"] = states["disk"] // the machine's own
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("%s: %s\n%s", name, diff, said)
		}
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	do := func(t *testing.T, file, statement string, arguments ...any) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), statement, arguments...); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	soon := time.Now().Add(time.Hour).UnixMicro()
	for _, tt := range []struct {
		name        string
		check, want string
		says        string
		harm        func(t *testing.T, file string) []string
	}{
		{"a wrong setting", "settings", "bad", "queue", func(*testing.T, string) []string { return []string{"--queue", "0"} }},
		{"a missing secret", "settings", "bad", "oidc-client-secret-file", func(_ *testing.T, file string) []string {
			return []string{"--oidc-client-secret-file", file + ".none"}
		}},
		{"the test environment", "settings", "attention", "test", func(*testing.T, string) []string { return []string{"--environment", "test"} }},
		{"no certificate", "tls", "bad", "证书", func(_ *testing.T, file string) []string { return []string{"--tls-cert", file, "--tls-key", file} }},
		{"no database", "database", "bad", "没有数据库文件", func(_ *testing.T, file string) []string {
			return []string{"--database", "sqlite:" + file + ".none"}
		}},
		{"no server", "database", "bad", "打不开", func(_ *testing.T, file string) []string {
			return []string{"--database", "postgres://a@127.0.0.1:1/a", "--key-file", file + ".key"}
		}},
		{"half restored", "database", "bad", "恢复没有完成", func(t *testing.T, file string) []string { return touched(t, file+".restoring") }},
		{"an older schema", "schema", "bad", "migrate", func(t *testing.T, file string) []string {
			do(t, file, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
			return nil
		}},
		{"a damaged page", "integrity", "bad", "已损坏", func(t *testing.T, file string) []string {
			damage(t, file)
			return nil
		}},
		{"a clock that ran back", "clock", "bad", "往回拨", func(t *testing.T, file string) []string {
			do(t, file, "INSERT INTO heartbeat (id, at) VALUES (1, $1)", soon)
			return nil
		}},
		{"a provider that is gone", "neighbour", "bad", "没有应答", func(*testing.T, string) []string {
			return []string{"--oidc-issuer", "http://127.0.0.1:1", "--oidc-client-id", "a"}
		}},
		{"a provider of another day", "neighbour", "bad", "本机时钟比它快", func(t *testing.T, _ string) []string {
			issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", time.Now().Add(-24*time.Hour).UTC().Format(http.TimeFormat))
			}))
			t.Cleanup(issuer.Close)
			return []string{"--staff-oidc-issuer", issuer.URL, "--staff-oidc-client-id", "a"}
		}},
		{"a key file for everybody", "keys", "bad", "chmod 600", func(t *testing.T, file string) []string {
			if err := os.Chmod(file+".key", 0o644); err != nil { //nolint:gosec // that is what is to be found
				t.Fatal(err)
			}
			return nil
		}},
		{"no key file", "keys", "bad", "没有密钥文件", func(_ *testing.T, file string) []string { return []string{"--key-file", file + ".none"} }},
		{"a key file of before a rotation", "opens", "bad", "没有 2 号密钥", func(t *testing.T, file string) []string {
			if err := os.Link(file+".key", file+".former"); err != nil { // a rotation puts a new file into its place
				t.Fatal(err)
			}
			ran(t, "key", "rotate", "--database", "sqlite:"+file)
			return []string{"--key-file", file + ".former"}
		}},
		{"a database of the other environment", "environment", "bad", "属于 test 环境", func(t *testing.T, file string) []string {
			do(t, file, "INSERT INTO setting (name, value) VALUES ('environment', 'test')")
			return nil
		}},
		{"a token for traces that is gone", "settings", "bad", "trace-headers-file", func(_ *testing.T, file string) []string {
			return []string{"--traces", "http://127.0.0.1:1", "--trace-headers-file", file + ".none"}
		}},
		{"another index key", "opens", "bad", "索引密钥", func(t *testing.T, file string) []string {
			do(t, file, "INSERT INTO setting (name, value) VALUES ('index key', 'another')")
			return nil
		}},
		{"no backup", "backups", "bad", "没有这个数据库的备份", func(t *testing.T, _ string) []string { return []string{"--backups", t.TempDir()} }},
		{"a backup of another database", "backups", "bad", "没有这个数据库的备份（有 1 份是别的数据库的）", func(t *testing.T, _ string) []string {
			folder := t.TempDir()
			other := "sqlite:" + filepath.Join(folder, "other") // with a key of its own
			ran(t, "migrate", "--database", other)
			ran(t, "backup", "--to", folder, "--database", other)
			return []string{"--backups", folder}
		}},
		{"what is no backup", "backups", "bad", "不是 haochaping 的备份文件", func(t *testing.T, file string) []string {
			touched(t, file+".hcpbackup")
			return []string{"--backups", filepath.Dir(file)}
		}},
		{"no sources file", "sources", "bad", "打不开来源配置", func(_ *testing.T, file string) []string { return []string{"--sources", file + ".none"} }},
		{"a source that is gone", "sources", "bad", "gz 读不了", func(t *testing.T, file string) []string {
			text := `{"sources":[{"name":"gz","url":"postgres://a@127.0.0.1:1/a","table":"t","cursor":"c","key":"k",
				"columns":{"affairSerialNo":"k","affairCode":"x","affairDoneTime":"c"}}]}`
			if err := os.WriteFile(file+".json", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{"--sources", file + ".json"}
		}},
		{"a mail server that is gone", "mail", "bad", "连不上", func(*testing.T, string) []string {
			return []string{"--smtp-server", "127.0.0.1:1", "--smtp-from", "a@example.gov.cn"}
		}},
		{"a job that failed", "jobs", "attention", "邮箱不存在", func(t *testing.T, file string) []string {
			do(t, file, `INSERT INTO job (id, kind, key, payload, state, attempts, round, token, created_at, due_at, done_at, fault)
				VALUES ('1', 'mail', '1', x'', 3, 7, 7, '', 0, 0, $1, '邮箱不存在')`, time.Now().UnixMicro())
			return nil
		}},
		{"a job that nobody does", "jobs", "bad", "到期", func(t *testing.T, file string) []string {
			do(t, file, `INSERT INTO job (id, kind, key, payload, state, attempts, round, token, created_at, due_at, done_at, fault)
				VALUES ('1', 'mail', '1', x'', 0, 0, 0, '', 0, 0, 0, '')`)
			return nil
		}},
		{"a link of the audit chain that was changed", "audit", "bad", "第 2 条", func(t *testing.T, file string) []string {
			for _, code := range []string{"a", "b", "c"} {
				ran(t, "app", "create", "--database", "sqlite:"+file, "--code", code, "--name", code, "--entities", "egovAffair")
			}
			do(t, file, "UPDATE audit SET object = 'x' WHERE number = 2")
			return nil
		}},
		{"a tail that was cut off", "audit", "bad", "有记录被删改", func(t *testing.T, file string) []string {
			ran(t, "app", "create", "--database", "sqlite:"+file, "--code", "a", "--name", "a", "--entities", "egovAffair")
			do(t, file, "DELETE FROM audit")
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := installed(t)
			states, said, status := examinedBy(t, append([]string{"--database", "sqlite:" + file}, tt.harm(t, file)...)...)
			if states[tt.check] != tt.want || !strings.Contains(said, tt.says) {
				t.Errorf("%s is %q, want %q with %q: %s", tt.check, states[tt.check], tt.want, tt.says, said)
			}
			if (status == 1) != (tt.want == "bad") {
				t.Errorf("exit status %d", status)
			}
		})
	}
}

func touched(t *testing.T, file string) []string {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return nil
}

// damage overwrites a page that no start reads.
func damage(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	var page, size int64
	err = db.QueryRowContext(t.Context(), "SELECT pageno, pgsize FROM dbstat WHERE name = 'tag' AND pagetype = 'leaf' LIMIT 1").Scan(&page, &size)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	to, err := os.OpenFile(file, os.O_WRONLY, 0) //nolint:gosec // the test's own file
	if err != nil {
		t.Fatal(err)
	}
	_, err = to.WriteAt(bytes.Repeat([]byte{0x5a}, int(size)), (page-1)*size)
	if err := errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
}

// What a machine at hand can't be brought to.
func TestDoctorJudges(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	patientOf := func(h store.Health) *patient {
		return &patient{doctorCommand: &doctorCommand{}, now: func() time.Time { return now }, health: &h}
	}
	look := func(check func(context.Context, *patient) []finding, h store.Health) condition {
		return check(t.Context(), patientOf(h))[0].condition
	}
	for _, tt := range []struct {
		name string
		got  condition
		want condition
	}{
		{"fsync is off", look(lookAtDurability, store.Health{Faults: map[string]string{"fsync": "off"}}), bad},
		{"durable", look(lookAtDurability, store.Health{}), good},
		{"a standby", look(lookAtDatabase, store.Health{ReadOnly: true}), bad},
		{"few connections", look(lookAtConnections, store.Health{Free: 3}), attention},
		{"many connections", look(lookAtConnections, store.Health{Free: 80}), good},
		{"no checksums", look(lookAtIntegrity, store.Health{}), attention},
		{"checksums", look(lookAtIntegrity, store.Health{Checksums: true}), good},
		{"a clock a second off", clockFinding("x", -time.Second).condition, good},
		{"a clock five seconds off", clockFinding("x", 5*time.Second).condition, attention},
		{"a clock a minute off", clockFinding("x", -time.Minute).condition, bad},
		{"room", roomFinding("数据", "/", 50<<30).condition, good},
		{"little room", roomFinding("数据", "/", 2<<30).condition, attention},
		{"no room", roomFinding("数据", "/", 1<<20).condition, bad},
		{"a backup of today", ageFinding("a", 0, now.Add(-time.Hour), now).condition, good},
		{"a backup of the day before", ageFinding("a", 0, now.Add(-30*time.Hour), now).condition, attention},
		{"a backup of last month", ageFinding("a", 0, now.Add(-30*24*time.Hour), now).condition, bad},
		{"a source that works", sourceFinding(&affair.SourceState{NotedAt: now, Reached: now}, now).condition, good},
		{"a source that is behind", sourceFinding(&affair.SourceState{NotedAt: now, Reached: now.Add(-3 * time.Hour)}, now).condition, attention},
		{"a source that nobody pulls", sourceFinding(&affair.SourceState{NotedAt: now.Add(-time.Hour)}, now).condition, attention},
		{"a source that fails", sourceFinding(&affair.SourceState{NotedAt: now, Failing: "x"}, now).condition, bad},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}

func TestDoctorSaysWhatAFullDiskKeepsOut(t *testing.T) {
	for folder, want := range map[string]string{"数据": "新的评价一律不能接收", "备份": "做不成新的备份"} {
		if do := roomFinding(folder, "/", 1<<20).do; !strings.HasSuffix(do, want) {
			t.Errorf("of %s it says %s", folder, do)
		}
	}
}

func TestCertificatesAreJudgedByTheirTime(t *testing.T) {
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 17, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		now  time.Time
		want condition
		says string
	}{
		{"not yet", from.Add(-time.Hour), bad, "证书从 2026-01-01 08:00:00 起才有效"},
		{"in use", from.Add(time.Hour), good, "有效期至 2026-12-02 01:30:00"},
		{"soon", to.Add(-50 * time.Hour), attention, "证书还有 2 天到期（2026-12-02 01:30:00）"},
		{"over", to.Add(time.Hour), bad, "证书已于 2026-12-02 01:30:00 到期"},
	} {
		if got := timesFinding(from, to, tt.now); got.condition != tt.want || got.says != tt.says {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

// TestDoctorTellsASettingOnce: one fault, one line.
func TestDoctorTellsASettingOnce(t *testing.T) {
	file := installed(t)
	_, said, status := examinedBy(t, "--database", "sqlite:"+file, "--seal", "foo", "--lanes", "99")
	for _, fault := range []string{"seal 应为", "lanes 应为"} {
		if n := strings.Count(said, fault); n != 1 || status != 1 {
			t.Errorf("%s is told %d times, exit status %d: %s", fault, n, status, said)
		}
	}
	if _, said, _ := examinedBy(t, "--database", "sqlite:"+file+".none", "--seal", "foo"); !strings.Contains(said, "没有数据库文件") {
		t.Errorf("nothing is said of a file that is not there: %s", said)
	}
}
