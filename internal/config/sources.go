package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// SourcesFile names the file of sources.
type SourcesFile struct {
	Sources string `help:"已办事项来源（前置库）的配置文件，JSON；见 docs/operations.md。" placeholder:"FILE"`
}

// Sources are what the file of sources holds.
type Sources struct {
	Sources []Source `json:"sources"`
}

// Source is a front database (前置库) that completed affairs are read from, as the file says.
type Source struct {
	Name string `json:"name"`
	// URL is postgres://user@host:5432/database?sslmode=… or mysql://user@host:3306/database?tls=…, without a password.
	URL string `json:"url"`
	// The password comes from a file or from an environment variable, and stands nowhere else.
	PasswordFile string `json:"password_file"`
	PasswordEnv  string `json:"password_env"`
	// Table, with its columns mapped; or a query of the operator's own, whose columns are mapped in the same way.
	Table   string            `json:"table"`
	Query   string            `json:"query"`
	Columns map[string]string `json:"columns"`
	Cursor  string            `json:"cursor"`
	Key     string            `json:"key"`

	Interval string `json:"interval"`  // pause between two looks; 30s
	Settle   string `json:"settle"`    // how long a row rests before it is read; 10s
	LookBack string `json:"look_back"` // how long a transaction may be under way there; 1h, 0s is off
	Timeout  string `json:"timeout"`   // of a statement; 30s
	TimeZone string `json:"time_zone"` // of times without a zone; Asia/Shanghai
	PageRows int    `json:"page_rows"` // rows read at once; 2000

	parsed sourceValues
}

// sourceValues are what the texts mean once they were checked.
type sourceValues struct {
	address                             *url.URL
	interval, settle, lookBack, timeout time.Duration
	zone                                time.Duration
}

// imported is the source of what is imported from files.
const imported = "file"

// defaults of a source.
const (
	defaultInterval = "30s"
	defaultSettle   = "10s"
	defaultLookBack = "1h"
	defaultTimeout  = "30s"
	defaultZone     = "Asia/Shanghai"
	defaultPageRows = 2000
	maxPageRows     = 5000
)

// place says where in a file of JSON something stands.
func place(at jsontext.Pointer) string {
	if at == "" {
		return "最外层"
	}
	return " " + string(at)
}

// What a value should be, and what it may be instead.
var (
	rightKinds = map[reflect.Kind]string{
		reflect.String: "加引号的文字", reflect.Int: "整数", reflect.Slice: "列表 […]", reflect.Struct: "对象 {…}", reflect.Map: "对象 {…}",
	}
	writtenKinds = map[jsontext.Kind]string{'"': "文字", '0': "这个数字", '[': "列表", '{': "对象", 't': " true", 'f': " false", 'n': " null"}
)

// ReadSources reads the file of sources and reports everything that is wrong with it, joined. fields are the names that
// columns can be mapped to, required those that must be. Without a file there are no sources.
func ReadSources(file string, fields, required []string) ([]Source, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names his own file
	if err != nil {
		return nil, fmt.Errorf("打不开来源配置：%w", err)
	}
	var all Sources
	var semantic *json.SemanticError
	switch err := json.Unmarshal(text, &all, json.RejectUnknownMembers(true)); {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return nil, fmt.Errorf("来源配置 %s 中不认识“%s”这一项（在%s），请核对拼写", file, semantic.JSONPointer.LastToken(), place(semantic.JSONPointer.Parent()))
	case errors.As(err, &semantic):
		return nil, fmt.Errorf("来源配置 %s 的%s：应为%s，而不是%s", file, place(semantic.JSONPointer), rightKinds[semantic.GoType.Kind()], writtenKinds[semantic.JSONKind])
	case err != nil:
		return nil, fmt.Errorf("来源配置 %s 不是可以读取的 JSON：%w", file, err)
	}
	var faults []error
	seen := map[string]bool{}
	for i := range all.Sources {
		s := &all.Sources[i]
		called := fmt.Sprintf("来源 %s", s.Name)
		if !sourceName.MatchString(s.Name) {
			called = fmt.Sprintf("第 %d 个来源", i+1)
		}
		for _, err := range s.check(fields, required) {
			faults = append(faults, fmt.Errorf("%s：%w", called, err))
		}
		if seen[s.Name] {
			faults = append(faults, fmt.Errorf("%s：name 重复", called))
		}
		seen[s.Name] = true
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("来源配置 %s 有误：\n%w", file, err)
	}
	return all.Sources, nil
}

var (
	sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	// locking are queries that would lock rows of the source.
	locking = regexp.MustCompile(`(?i)\bfor\s+(update|share|no\s+key\s+update|key\s+share)\b|\block\s+in\s+share\s+mode\b|\binto\s+(outfile|dumpfile)\b`)
	reading = regexp.MustCompile(`(?i)^\s*(select|with)\b`)
)

// check gives everything that is wrong, and fills in what nobody said.
func (s *Source) check(fields, required []string) (faults []error) {
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	refuse(!sourceName.MatchString(s.Name), "name 应为 1 到 32 位小写字母、数字、- 或 _，以字母或数字开头")
	refuse(s.Name == imported, "name 不能是 %s：那是导入的文件", imported)
	faults = append(faults, s.checkAddress()...)
	refuse((s.Table == "") == (s.Query == ""), "table 与 query 须设置其中一个")
	refuse(strings.Count(s.Table, ".") > 1, "table 应为 表名 或 模式.表名")
	refuse(s.Query != "" && !reading.MatchString(s.Query), "query 应为一条 SELECT")
	refuse(strings.Contains(strings.TrimRight(s.Query, "; \t\r\n"), ";"), "query 只能有一条语句")
	refuse(locking.MatchString(s.Query), "query 不得锁定来源的行，也不得写文件")
	for _, field := range sortedKeys(s.Columns) {
		refuse(!slices.Contains(fields, field), "columns 中没有字段 %s，应为 %s", field, strings.Join(fields, "、"))
		refuse(s.Columns[field] == "", "columns 中 %s 没有对应的列", field)
	}
	for _, field := range required {
		_, mapped := s.Columns[field]
		refuse(!mapped, "columns 中缺少 %s", field)
	}
	refuse(s.Cursor == "", "须设置 cursor（新增和修改时都会增大的列，如更新时间）")
	refuse(s.Key == "", "须设置 key（不重复的列，如办件编号）")
	return append(faults, s.checkTimes()...)
}

func (s *Source) checkAddress() (faults []error) {
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	refuse(s.PasswordFile != "" && s.PasswordEnv != "", "password_file 与 password_env 只能设置一个")
	address, err := url.Parse(s.URL)
	if err != nil { // its text would show the address, and perhaps a password in it
		return append(faults, errors.New("url 应形如 postgres://用户@主机:5432/库 或 mysql://用户@主机:3306/库"))
	}
	_, inURL := address.User.Password()
	refuse(inURL, "url 中不得有密码，请用 password_file 或 password_env")
	for name := range address.Query() {
		allowed := map[string][]string{"postgres": {"sslmode", "sslrootcert"}, "mysql": {"tls"}}[s.engine(address)]
		refuse(!slices.Contains(allowed, name), "url 中的参数 %s 不支持，可用的是 %s", name, strings.Join(allowed, "、"))
	}
	refuse(s.engine(address) == "" || address.Hostname() == "" || address.User.Username() == "" || len(address.Path) < 2,
		"url 应形如 postgres://用户@主机:5432/库 或 mysql://用户@主机:3306/库")
	s.parsed.address = address
	return faults
}

func (*Source) engine(address *url.URL) string {
	return map[string]string{"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}[address.Scheme]
}

func (s *Source) checkTimes() (faults []error) {
	take := func(name, text, otherwise string, least, most time.Duration) time.Duration {
		if text == "" {
			text = otherwise
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < least || d > most {
			faults = append(faults, fmt.Errorf("%s 应为 %v 到 %v", name, written(least), written(most)))
		}
		return d
	}
	s.parsed.interval = take("interval", s.Interval, defaultInterval, time.Second, 24*time.Hour)
	s.parsed.settle = take("settle", s.Settle, defaultSettle, time.Second, time.Hour)
	s.parsed.lookBack = take("look_back", s.LookBack, defaultLookBack, 0, 7*24*time.Hour)
	s.parsed.timeout = take("timeout", s.Timeout, defaultTimeout, time.Second, 10*time.Minute)
	if s.TimeZone == "" {
		s.TimeZone = defaultZone
	}
	var known bool
	if s.parsed.zone, known = offset(s.TimeZone); !known {
		faults = append(faults, errors.New("time_zone 应为 Asia/Shanghai、UTC 或 +08:00 这样的时差"))
	}
	if s.PageRows == 0 {
		s.PageRows = defaultPageRows
	}
	if s.PageRows < 1 || s.PageRows > maxPageRows {
		faults = append(faults, fmt.Errorf("page_rows 应为 1 到 %d", maxPageRows))
	}
	return faults
}

// offset is how far a zone is east of Greenwich.
func offset(zone string) (time.Duration, bool) {
	switch zone {
	case "Asia/Shanghai":
		return 8 * time.Hour, true
	case "UTC":
		return 0, true
	}
	t, err := time.Parse("-07:00", zone)
	if err != nil {
		return 0, false
	}
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second, true
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Password reads the password from where the file says; without that there is none.
func (s *Source) Password() (string, error) {
	switch {
	case s.PasswordFile != "":
		text, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("来源 %s：读不了密码文件：%w", s.Name, err)
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	case s.PasswordEnv != "":
		password, set := os.LookupEnv(s.PasswordEnv)
		if !set {
			return "", fmt.Errorf("来源 %s：没有设置环境变量 %s", s.Name, s.PasswordEnv)
		}
		return password, nil
	}
	return "", nil
}

// Engine is postgres or mysql.
func (s *Source) Engine() string { return s.engine(s.parsed.address) }

// Host is the host and the port.
func (s *Source) Host() string {
	port := s.parsed.address.Port()
	if port == "" {
		port = map[string]string{"postgres": "5432", "mysql": "3306"}[s.Engine()]
	}
	return net.JoinHostPort(s.parsed.address.Hostname(), port)
}

// User is who reads, Database what he opens.
func (s *Source) User() string { return s.parsed.address.User.Username() }

// Database is what is opened.
func (s *Source) Database() string { return strings.TrimPrefix(s.parsed.address.Path, "/") }

// Parameters are those of the address.
func (s *Source) Parameters() map[string]string {
	all := map[string]string{}
	for name, values := range s.parsed.address.Query() {
		all[name] = values[0]
	}
	return all
}

// Durations are the settings of time: the pause between two looks, how long a row rests, how far is looked back, how long
// a statement may take.
func (s *Source) Durations() (interval, settle, lookBack, timeout time.Duration) {
	return s.parsed.interval, s.parsed.settle, s.parsed.lookBack, s.parsed.timeout
}

// Offset is how far times without a zone are east of Greenwich.
func (s *Source) Offset() time.Duration { return s.parsed.zone }
