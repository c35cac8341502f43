package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	someFields   = []string{"affairSerialNo", "affairCode", "affairDoneTime", "userName"}
	someRequired = []string{"affairSerialNo", "affairCode", "affairDoneTime"}
)

func sourcesFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sources.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// rightSource is one that has nothing but what it must.
const rightSource = `{"name": "gz-v3", "url": "mysql://reader@10.0.0.5/qzk?tls=true", "table": "up_pro_result_v3", "cursor": "UpdateTime", "key": "ProjectNo",
	"columns": {"affairSerialNo": "ProjectNo", "affairCode": "TaskCode", "affairDoneTime": "ResultDate"}`

func TestASourceThatIsRight(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := ReadSources(sourcesFile(t, `{"sources": [`+rightSource+`, "password_file": "`+filepath.ToSlash(password)+`", "time_zone": "+05:30"}]}`),
		someFields, someRequired)
	if err != nil {
		t.Fatal(err)
	}
	s := &all[0]
	if s.Engine() != "mysql" || s.Host() != "10.0.0.5:3306" || s.User() != "reader" || s.Database() != "qzk" || s.Parameters()["tls"] != "true" {
		t.Errorf("got %s %s %s %s %v", s.Engine(), s.Host(), s.User(), s.Database(), s.Parameters())
	}
	interval, settle, lookBack, timeout := s.Durations()
	if interval != 30*time.Second || settle != 10*time.Second || lookBack != time.Hour || timeout != 30*time.Second || s.PageRows != 2000 {
		t.Errorf("got %v %v %v %v %d", interval, settle, lookBack, timeout, s.PageRows)
	}
	if s.Offset() != 5*time.Hour+30*time.Minute {
		t.Errorf("got %v", s.Offset())
	}
	if got, err := s.Password(); err != nil || got != "open sesame" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestThePasswordMayComeFromTheEnvironment(t *testing.T) {
	s := Source{Name: "a", PasswordEnv: "SOURCE_OF_A_TEST"}
	if _, err := s.Password(); err == nil || !strings.Contains(err.Error(), "SOURCE_OF_A_TEST") {
		t.Errorf("not set: got %v", err)
	}
	t.Setenv("SOURCE_OF_A_TEST", "open sesame")
	if got, err := s.Password(); err != nil || got != "open sesame" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNoFileIsNoSources(t *testing.T) {
	if all, err := ReadSources("", someFields, someRequired); err != nil || all != nil {
		t.Errorf("got %v, %v", all, err)
	}
}

func TestEveryFaultOfTheSourcesIsReportedAtOnce(t *testing.T) {
	_, err := ReadSources(sourcesFile(t, `{"sources": [
		{"name": "GZ", "url": "oracle://h/d", "password_file": "a", "password_env": "B", "table": "a.b.c", "query": "DELETE FROM x; SELECT 1 FOR UPDATE",
			"columns": {"affairSerialNo": "", "colour": "x"}, "interval": "1ms", "settle": "0s", "look_back": "-1s", "timeout": "soon", "time_zone": "Mars",
			"page_rows": 100000},
		{"name": "b", "url": "postgres://u:hunter2@h/d?host=elsewhere"},
		{"name": "b", "url": "postgres://%zz:hunter2@h"}, {"name": "file"}]}`), someFields, someRequired)
	if err == nil {
		t.Fatal("all of it passes")
	}
	for _, want := range []string{
		"第 1 个来源：name 应为", "url 应形如", "password_file 与 password_env", "table 与 query", "table 应为", "query 应为一条 SELECT", "query 只能有一条语句",
		"query 不得锁定", "affairSerialNo 没有对应的列", "没有字段 colour", "缺少 affairCode", "缺少 affairDoneTime", "须设置 cursor", "须设置 key", "interval 应为",
		"settle 应为", "look_back 应为", "timeout 应为", "time_zone 应为", "page_rows 应为", "来源 b：url 中不得有密码", "来源 b：url 中的参数 host 不支持",
		"来源 b：name 重复", "来源 file：name 不能是 file", "来源 b：url 应形如",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not say %q", want)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a password is told: %v", err)
	}
}

func TestQueriesThatLockAreRefused(t *testing.T) {
	for query, right := range map[string]bool{
		"SELECT a FROM b":                        true,
		" with x AS (SELECT 1) SELECT * FROM x;": true,
		"SELECT a FROM b WHERE c = 'for update'": false, // rather one too many
		"SELECT a FROM b FOR  UPDATE":            false,
		"SELECT a FROM b for no key update":      false,
		"SELECT a FROM b LOCK IN SHARE MODE":     false,
		"SELECT a INTO OUTFILE '/tmp/x'":         false,
		"SELECT a FROM b; DROP TABLE b":          false,
		"UPDATE b SET a = 1":                     false,
	} {
		s := Source{
			Name: "a", URL: "postgres://u@h/d", Query: query, Cursor: "c", Key: "k",
			Columns: map[string]string{"affairSerialNo": "a", "affairCode": "b", "affairDoneTime": "c"},
		}
		if faults := s.check(someFields, someRequired); (faults == nil) != right {
			t.Errorf("%s: %v", query, faults)
		}
	}
}

func TestAValueOfASourceOfAnotherKindIsTold(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                                      "的最外层：应为对象 {…}，而不是列表",
		`{"sources": {}}`:                         "的 /sources：应为列表 […]，而不是对象",
		`{"sources": ["x"]}`:                      "的 /sources/0：应为对象 {…}，而不是文字",
		`{"sources": [{"name": 5}]}`:              "的 /sources/0/name：应为加引号的文字，而不是这个数字",
		`{"sources": [{"page_rows": 1.5}]}`:       "的 /sources/0/page_rows：应为整数，而不是这个数字",
		`{"sources": [{"page_rows": "9"}]}`:       "的 /sources/0/page_rows：应为整数，而不是文字",
		`{"sources": [{"columns": []}]}`:          "的 /sources/0/columns：应为对象 {…}，而不是列表",
		`{"sources": [{"columns": {"a": true}}]}`: "的 /sources/0/columns/a：应为加引号的文字，而不是 true",
	} {
		if _, err := ReadSources(sourcesFile(t, text), someFields, someRequired); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestSourcesThatCantBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON": "sources:", "a word too many": `{"sources": [], "source": []}`, "a word of a source that is not known": `{"sources": [{"password": "x"}]}`,
	} {
		if _, err := ReadSources(sourcesFile(t, text), someFields, someRequired); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if _, err := ReadSources(filepath.Join(t.TempDir(), "none"), someFields, someRequired); err == nil {
		t.Error("a file that is not there passes")
	}
}
