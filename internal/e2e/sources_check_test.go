package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/mariadbtest"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

// The check shows what a person needs to see, hides persons, and names what is doubtful.
func TestCheckNamesWhatIsDoubtful(t *testing.T) {
	onBothFronts(t, func(t *testing.T, h *house, f *frontDatabase) {
		f.put(t, 30)
		right := sourcesFile(t, f.source())
		r := h.run(t, "affairs", "check", "gz", "--sources", right)
		if r.status != 0 {
			t.Fatalf("exit status %d: %s%s", r.status, r.out, r.err)
		}
		for _, want := range []string{
			"affairSerialNo 办件编号 ← project_no（", "没有对应的字段：hallCode", "userName=张*", "certificateNo=4401****0030", "affairDealOfficer=李*",
			"affairSerialNo=A000000030", "该用户不只能读",
		} {
			if !strings.Contains(r.out, want) {
				t.Errorf("does not say %q: %s", want, r.out)
			}
		}
		for _, person := range []string{"张30", "440101199001010030", "李四"} {
			if strings.Contains(r.out, person) {
				t.Errorf("says %s: %s", person, r.out)
			}
		}
		if n := len(regexp.MustCompile(`(?m)^  \d+\. `).FindAllString(r.out, -1)); n != 10 {
			t.Errorf("%d rows are shown, want 10", n)
		}
		if got := h.affairs(t); got != 0 {
			t.Errorf("%d affairs were stored by a check", got)
		}

		f.do(t, "UPDATE done SET task_name = '"+strings.Repeat("长", 120)+"', handler = '' WHERE project_no > 'A000000020'")
		f.do(t, "UPDATE done SET handler = ''")
		f.do(t, "UPDATE done SET result_date = NULL WHERE project_no = 'A000000005'")
		doubtful := sourcesFile(t, f.source(func(s map[string]any) {
			columns := s["columns"].(map[string]string)
			columns["certificateType"] = "applicant"
			s["cursor"] = "task_code"
		}))
		r = h.run(t, "affairs", "check", "gz", "--sources", doubtful)
		if r.status != 1 {
			t.Errorf("exit status %d, want 1: %s%s", r.status, r.out, r.err)
		}
		for _, want := range []string{
			"affairName：最多 100 个字符，现有 120 个（列 task_name）：30 行中有 10 行会被拒收", "affairDoneTime：不能为空（列 result_date）：30 行中有 1 行会被拒收",
			"certificateType：应为 0 到 999 的整数（列 applicant）：30 行中有 30 行会被拒收", "affairDealOfficer（列 handler）：最新 30 行都是空的",
			"task_code 不是时间列",
		} {
			if !strings.Contains(r.out, want) {
				t.Errorf("does not say %q: %s", want, r.out)
			}
		}
		f.put(t, 30_000)
		f.do(t, map[bool]string{false: "ANALYZE done", true: "ANALYZE TABLE done"}[f.maria])
		const noIndex = "请来源方在 (task_code, project_no) 上建索引"
		if r = h.run(t, "affairs", "check", "gz", "--sources", doubtful); !strings.Contains(r.out, noIndex) {
			t.Errorf("does not say %q: %s", noIndex, r.out)
		}
		if r = h.run(t, "affairs", "check", "gz", "--sources", right); strings.Contains(r.out, "建索引") {
			t.Errorf("asks for an index that is there: %s", r.out)
		}
		missing := sourcesFile(t, f.source(func(s map[string]any) { s["columns"].(map[string]string)["workNo"] = "work_number" }))
		if r = h.run(t, "affairs", "check", "gz", "--sources", missing); r.status != 1 || !strings.Contains(r.err, "来源中没有列 work_number（workNo）") {
			t.Errorf("a missing column: exit status %d: %s", r.status, r.err)
		}
		if r = h.run(t, "affairs", "check", "sz", "--sources", right); r.status != 1 || !strings.Contains(r.err, "配置中没有来源 sz，有的是 gz") {
			t.Errorf("another source: exit status %d: %s", r.status, r.err)
		}
	})
}

// The password of a source comes from a file or the environment and stands nowhere else.
func TestThePasswordOfASourceStandsNowhere(t *testing.T) {
	const right, wrong = "Right-pass-7731", "Wrong-pass-9942"
	h := onSQLite(t)
	f := frontOnMariaDB(t, "gz", mariadbtest.Database(t))
	f.put(t, 10)
	f.do(t, "CREATE OR REPLACE USER reads_with_password@'127.0.0.1' IDENTIFIED BY '"+right+"'")
	f.do(t, "GRANT SELECT ON done TO reads_with_password@'127.0.0.1'")
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(wrong+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sources := sourcesFile(t, f.source(func(s map[string]any) {
		s["url"] = strings.Replace(f.url, "root@", "reads_with_password@", 1)
		s["password_file"] = file
	}))
	var said strings.Builder
	s := h.serve(t, "--sources", sources)
	eventually(t, "the source is told", func() bool { return len(s.trouble(t)) == 1 })
	if got := s.trouble(t)["gz"]; got != "来源数据库不允许该用户登录或读取" {
		t.Errorf("got %q", got)
	}
	r := h.run(t, "affairs", "check", "gz", "--sources", sources)
	said.WriteString(r.out + r.err)
	eventually(t, "affairs status tells it", func() bool {
		r = h.run(t, "affairs", "status")
		return r.status == 1
	})
	said.WriteString(r.out + r.err)
	s.kill()
	said.WriteString(s.logs.String())

	if err := os.WriteFile(file, []byte(right+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = h.serve(t, "--sources", sources)
	h.hasAffairs(t, 10)
	for _, path := range []string{"/metrics", "/readyz"} {
		_, body := s.get(t, path)
		said.WriteString(body)
	}
	said.WriteString(h.mustRun(t, "affairs", "check", "gz", "--sources", sources) + h.mustRun(t, "affairs", "status"))
	for _, name := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.cmd.Process.Pid, name))
		if err != nil {
			t.Fatal(err)
		}
		said.Write(text)
	}
	s.kill()
	said.WriteString(s.logs.String())
	database, err := os.ReadFile(strings.TrimPrefix(h.database, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	said.Write(database)
	for _, password := range []string{right, wrong} {
		if i := strings.Index(said.String(), password); i >= 0 {
			t.Errorf("%s is told: …%q…", password, said.String()[max(0, i-100):i+20])
		}
	}
	if !strings.Contains(said.String(), "source fails") {
		t.Error("the log does not say that the source failed")
	}
}

// A file of sources that is wrong stops the start, with all its faults.
func TestAWrongFileOfSourcesStopsTheStart(t *testing.T) {
	h := onSQLite(t)
	address := url.URL{Scheme: "mysql", User: url.UserPassword("reader", "hunter2"), Host: "127.0.0.1", Path: "/qzk"}
	file := sourcesFile(t, map[string]any{"name": "gz", "url": address.String(), "table": "done"})
	r := h.run(t, "serve", "--listen", "127.0.0.1:0", "--sources", file)
	if r.status != 1 {
		t.Errorf("exit status %d", r.status)
	}
	for _, want := range []string{"url 中不得有密码", "缺少 affairSerialNo", "须设置 cursor"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("does not say %q: %s", want, r.err)
		}
	}
	if strings.Contains(r.err, "hunter2") {
		t.Errorf("the password is told: %s", r.err)
	}
}

// The worked example of docs/operations.md works as it stands there, on both engines, with the user and the grants that
// stand beside it.
func TestTheWorkedExampleWorks(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, _ := strings.Cut(string(text), "### Worked example")
	grants := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(chapter, 2)
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(chapter)
	if len(grants) != 2 || example == nil {
		t.Fatal("the chapter holds no grants or no file")
	}
	var file struct {
		Sources []map[string]any `json:"sources"`
	}
	if err := json.Unmarshal([]byte(example[1]), &file); err != nil {
		t.Fatal(err)
	}

	cluster := postgrestest.Start(t) // its users are for all its databases
	postgres, maria := frontOnPostgres(t, "gz", cluster.Database(t)), frontOnMariaDB(t, "sz", mariadbtest.Database(t))
	name := strings.TrimPrefix(mustParse(t, postgres.url).Path, "/")
	schema := strings.TrimPrefix(mustParse(t, maria.url).Path, "/")
	for _, f := range []*frontDatabase{postgres, maria} {
		f.do(t, `CREATE TABLE up_pro_result_v3 (ProjectNo varchar(50) PRIMARY KEY, ResultDate timestamp NULL, ResultType varchar(20), Handler varchar(50),
			UpdateTime timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)`)
		f.do(t, `CREATE TABLE up_pro_accept (ProjectNo varchar(50) PRIMARY KEY, TaskCode varchar(32), TaskName varchar(100), DeptCode varchar(32),
			DeptName varchar(100), AreaCode varchar(12), ApplicantName varchar(50), ApplicantType varchar(2), CertType varchar(20), CertNo varchar(50),
			Phone varchar(50), AcceptDate timestamp NULL)`)
		for i := range 5 {
			f.do(t, fmt.Sprintf("INSERT INTO up_pro_result_v3 (ProjectNo, ResultDate, ResultType, Handler) VALUES ('%s%d', '2026-03-01 10:00:00', '办结', '李四')", f.name, i))
			f.do(t, fmt.Sprintf(`INSERT INTO up_pro_accept VALUES ('%s%d', 'task-1', '居住证', 'dept-1', '公安局', '440100', '张三', '%d', '身份证',
				'440101199001011234', '13800000000', '2026-02-01 10:00:00')`, f.name, i, 1+i%2))
		}
	}
	run := func(f *frontDatabase, statements string, replaced ...string) {
		statements = strings.NewReplacer(append(replaced, "'…'", "'Example-pass-1'")...).Replace(statements)
		for _, statement := range strings.Split(regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(statements, ""), ";") {
			if statement = strings.TrimSpace(statement); statement != "" {
				f.do(t, statement)
			}
		}
	}
	run(postgres, grants[0][1], "DATABASE qzk", "DATABASE "+name)
	maria.do(t, "DROP USER IF EXISTS 'haochaping_reader'@'127.0.0.1'")
	run(maria, grants[1][1], "qzk.", schema+".", "'10.0.0.%'", "'127.0.0.1'")

	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("Example-pass-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SZ_V3_PASSWORD", "Example-pass-1")
	file.Sources[0]["url"] = fmt.Sprintf("postgres://haochaping_reader@%s/%s?sslmode=disable", mustParse(t, postgres.url).Host, name)
	file.Sources[0]["password_file"] = password
	file.Sources[1]["url"] = fmt.Sprintf("mysql://haochaping_reader@%s/%s", mustParse(t, maria.url).Host, schema)
	file.Sources[1]["time_zone"] = "UTC"
	for _, s := range file.Sources {
		s["settle"], s["interval"] = "1s", "1s"
	}
	sources := sourcesFile(t, file.Sources...)
	h := onSQLite(t)
	h.serve(t, "--sources", sources)
	h.hasAffairs(t, 10)
	if got := h.number(t, "SELECT count(*) FROM affair WHERE user_type = 1 AND certificate_type = 10 AND result = '办结' AND done_time IS NOT NULL AND department_name = '公安局'"); got != 4 {
		t.Errorf("%d affairs of companies, want 4", got)
	}
	for _, name := range []string{"gz-v3", "sz-v3"} {
		if out := h.mustRun(t, "affairs", "check", name, "--sources", sources); !strings.Contains(out, "没有可疑之处") {
			t.Errorf("check: %s", out)
		}
	}
}
