package app

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/web/board"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v4"
)

// deployed reads a file of deploy/.
func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", name)) //nolint:gosec // our own files
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rules are the file's as Prometheus has them.
type rules struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []struct {
			Alert       string            `yaml:"alert"`
			Expr        string            `yaml:"expr"`
			For         string            `yaml:"for"`
			Labels      map[string]string `yaml:"labels"`
			Annotations map[string]string `yaml:"annotations"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

func readRules(t *testing.T) (r rules) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(deployed(t, "prometheus/rules.yml")), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// expressions are all of the rules and of the board, with where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, group := range readRules(t).Groups {
		for _, rule := range group.Rules {
			all["alert "+rule.Alert] = rule.Expr
		}
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal([]byte(deployed(t, "grafana/board.json")), &board); err != nil {
		t.Fatal(err)
	}
	for _, panel := range board.Panels {
		if len(panel.Targets) == 0 {
			t.Errorf("panel %s asks nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			all["panel "+panel.Title+" "+target.RefID] = target.Expr
		}
	}
	if len(all) < 30 {
		t.Fatalf("read %d expressions alone", len(all))
	}
	return all
}

var (
	metricName  = regexp.MustCompile(`\b(?:haochaping|process|go)_[a-z_]+\b`)
	matcher     = regexp.MustCompile(`\b((?:haochaping|process|go)_[a-z_]+)\{([^}]*)\}`)
	grouping    = regexp.MustCompile(`\b(?:by|without) \(([^)]*)\)`)
	matcherName = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	described   = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: ".*", constLabels: \{.*\}, variableLabels: \{(.*)\}\}$`)
	suffix      = regexp.MustCompile(`_(?:bucket|sum|count)$`)
)

// told are the metrics of a program with everything switched on, each with its labels.
func toldBy(t *testing.T, s *service) map[string][]string {
	t.Helper()
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		s.metrics.registry.Describe(descriptions)
	}()
	told := map[string][]string{}
	for d := range descriptions {
		parts := described.FindStringSubmatch(d.String())
		if parts == nil {
			t.Errorf("can't read %s", d)
			continue
		}
		told[parts[1]] = strings.FieldsFunc(parts[2], func(r rune) bool { return r == ',' })
	}
	return told
}

func TestEveryMetricThatRulesAndBoardAskForExists(t *testing.T) {
	s := startService(t, filepath.Join(t.TempDir(), "h.db"), withTLS(t))
	s.handler() // the ways in tell of themselves
	s.metrics.connected(&connections{})
	told := toldBy(t, s)
	find := func(name string) ([]string, bool) {
		labels, ok := told[name]
		if !ok {
			labels, ok = told[suffix.ReplaceAllString(name, "")]
		}
		return append([]string{"instance", "job", "le"}, labels...), ok
	}
	for where, text := range expressions(t) {
		var known []string
		for _, name := range metricName.FindAllString(text, -1) {
			labels, ok := find(name)
			if !ok {
				t.Errorf("%s asks for %s, which nobody tells", where, name)
			}
			known = append(known, labels...)
		}
		for _, match := range matcher.FindAllStringSubmatch(text, -1) {
			labels, _ := find(match[1])
			for _, label := range matcherName.FindAllStringSubmatch(match[2], -1) {
				if !slices.Contains(labels, label[1]) {
					t.Errorf("%s asks for label %s of %s, which has %q", where, label[1], match[1], labels)
				}
			}
		}
		for _, match := range grouping.FindAllStringSubmatch(text, -1) {
			for _, label := range strings.Split(match[1], ",") {
				if !slices.Contains(known, strings.TrimSpace(label)) {
					t.Errorf("%s groups by %s, which none of its metrics has", where, label)
				}
			}
		}
	}
}

// TestCountersOfAlertsBeginAtZero: what Prometheus sees for the first time with a value above zero has not increased for it, and an
// alert on the first of its kind would never come.
func TestCountersOfAlertsBeginAtZero(t *testing.T) {
	s := startService(t, filepath.Join(t.TempDir(), "h.db"))
	answer := httptest.NewRecorder()
	s.handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`haochaping_jobs_total{kind="` + notice.DigestJob + `",result="given up"} 0`, `haochaping_jobs_total{kind="` + notice.DeliverJob + `",result="given up"} 0`,
		`haochaping_log_lines_total{level="error"} 0`, `haochaping_flushes_total{result="failed"} 0`, "haochaping_unopened_reviews_total 0", "haochaping_calls_kept_out_total 0",
	} {
		if !strings.Contains(answer.Body.String(), want+"\n") {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// TestOverloadIsAlertedOf: callers are kept out before their reviews could fill a queue.
func TestOverloadIsAlertedOf(t *testing.T) {
	rule := expressions(t)["alert HaochapingOverloaded"]
	for _, want := range []string{"haochaping_calls_kept_out_total", "haochaping_connections_refused_total"} {
		if !strings.Contains(rule, want) {
			t.Errorf("it asks for %s, and not for %s", rule, want)
		}
	}
}

// TestTheBoardShowsWhatAlertsAskFor: whoever is woken sees when it began.
func TestTheBoardShowsWhatAlertsAskFor(t *testing.T) {
	var alerts, board []string
	for where, text := range expressions(t) {
		names := metricName.FindAllString(text, -1)
		if strings.HasPrefix(where, "alert ") {
			alerts = append(alerts, names...)
		} else {
			board = append(board, names...)
		}
	}
	for _, name := range append(alerts, "haochaping_calls_inside", "haochaping_calls_limit", "haochaping_connections", "haochaping_connections_limit") {
		if strings.HasPrefix(name, "haochaping_") && !slices.Contains(board, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestEveryAlertIsExplained lays the rules beside docs/operations.md.
func TestEveryAlertIsExplained(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained, alerts []string
	for _, match := range regexp.MustCompile("(?m)^\\| `(Haochaping[A-Za-z]+)` \\| (wake|look) \\| [^|]{20,} \\| [^|]{20,} \\|$").FindAllStringSubmatch(string(text), -1) {
		explained = append(explained, match[1]+" "+match[2])
	}
	for _, group := range readRules(t).Groups {
		for _, rule := range group.Rules {
			alerts = append(alerts, rule.Alert+" "+rule.Labels["severity"])
			if rule.Annotations["summary"] == "" {
				t.Errorf("%s says nothing", rule.Alert)
			}
		}
	}
	slices.Sort(explained)
	slices.Sort(alerts)
	if diff := cmp.Diff(alerts, explained); diff != "" {
		t.Errorf("alerts (-) and their rows in docs/operations.md (+):\n%s", diff)
	}
}

// commandLine parses arguments as Main does, and runs nothing.
func commandLine(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := newParser(&commands{}, &console{Context: t.Context(), out: io.Discard, err: io.Discard}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// environment are the names of all settings in the environment.
func environment(node *kong.Node) map[string]bool {
	names := map[string]bool{}
	for _, flag := range node.Flags {
		for _, name := range flag.Envs {
			names[name] = true
		}
	}
	for _, child := range node.Children {
		maps.Copy(names, environment(child))
	}
	return names
}

func TestSettingsAndCommandsOfDeployExist(t *testing.T) {
	known := environment(commandLine(t).Model.Node)
	setting := regexp.MustCompile(`\bHAOCHAPING_[A-Z_]+\b`)
	files := []string{"Containerfile", "compose.yaml", "systemd/haochaping.env", "systemd/haochaping.service", "systemd/haochaping-backup.service"}
	found := 0
	for _, file := range files {
		for _, name := range setting.FindAllString(deployed(t, file), -1) {
			if found++; !known[name] {
				t.Errorf("%s sets %s, which is no setting", file, name)
			}
		}
	}
	if found < 10 {
		t.Errorf("read %d settings alone", found)
	}
	var lines []string
	for _, unit := range []string{"systemd/haochaping.service", "systemd/haochaping-backup.service"} {
		line, ok := strings.CutPrefix(unitOf(t, unit)["Service"]["ExecStart"], "/usr/bin/haochaping ")
		if !ok {
			t.Errorf("%s starts something else", unit)
		}
		lines = append(lines, line)
	}
	for _, match := range regexp.MustCompile(`(?m)(?:CMD|test:) \[(?:CMD, )?"?/usr/bin/haochaping"?, ([^\]]*)\]|^CMD \[([^\]]*)\]|command: \[([a-z, ]+)\]`).FindAllStringSubmatch(deployed(t, "Containerfile")+deployed(t, "compose.yaml"), -1) {
		lines = append(lines, strings.NewReplacer(`"`, "", ",", " ").Replace(match[1]+match[2]+match[3]))
	}
	if len(lines) != 6 {
		t.Errorf("found %d command lines: %q", len(lines), lines)
	}
	for _, line := range lines {
		if _, err := commandLine(t).Parse(strings.Fields(line)); err != nil {
			t.Errorf("haochaping %s: %v", line, err)
		}
	}
}

// TestTheProxyKeepsWhatOperationsSay: a sample that is copied must have it all.
func TestTheProxyKeepsWhatOperationsSay(t *testing.T) {
	text := deployed(t, "nginx/haochaping.conf")
	header := regexp.MustCompile(`HAOCHAPING_PROXY_HEADER[=:] ?(\S+)`).FindStringSubmatch(deployed(t, "systemd/haochaping.env"))
	locations := map[string]string{}
	for _, match := range regexp.MustCompile(`(?s)location (= )?(\S+) \{(.*?)\n    \}`).FindAllStringSubmatch(text, -1) {
		locations[match[2]] = match[3]
	}
	for where, wants := range map[string][]string{
		"/metrics": {"return 404"}, "/ping/ebus/": {"proxy_next_upstream off", "error_page 413 @toolarge", "error_page 502 504 =503 @away"},
		board.Prefix + "/live": {"proxy_buffering off", "proxy_read_timeout"}, "/console/": {"client_max_body_size 26m"}, "/": {"proxy_pass"},
		"@toolarge": {`"code":-1`, "$request_id"}, "@away": {`"code":-1`, "$request_id", "Retry-After"},
	} {
		for _, want := range wants {
			if !strings.Contains(locations[where], want) {
				t.Errorf("location %s lacks %s", where, want)
			}
		}
	}
	for _, want := range []string{"proxy_set_header " + header[1] + " $remote_addr;", "proxy_set_header Host $http_host;", "client_max_body_size 1m;", "listen 443 ssl"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %s", want)
		}
	}
}

// TestNothingSecretIsSentToABuilder: what compose.yaml has beside it and git leaves out is no part of an image's context.
func TestNothingSecretIsSentToABuilder(t *testing.T) {
	left := strings.Fields(deployed(t, "../.dockerignore"))
	for _, folder := range []string{"deploy/secrets", "deploy/backups", "*.db", "*.key"} {
		if !slices.Contains(left, folder) {
			t.Errorf("a builder is sent %s", folder)
		}
	}
}

// TestCommandsRunAsTheService: haochaping-run gives a command what the unit gives the server, and its arguments as they are.
func TestCommandsRunAsTheService(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "systemd-run"), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	script, err := filepath.Abs("../../deploy/systemd/haochaping-run")
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "/bin/sh", script, "app", "create", "--name", "a  $HOME ${B} $5 \"'") //nolint:gosec // our own script
	run.Env = []string{"PATH=" + folder + ":/usr/bin:/bin"}
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	service := unitOf(t, "systemd/haochaping.service")["Service"]
	for _, want := range []string{
		"--uid=" + service["User"], "EnvironmentFile=" + service["EnvironmentFile"], "UMask=" + service["UMask"],
		"/usr/bin/haochaping\napp\ncreate\n--name\na  $$HOME $${B} $$5 \"'\n", // systemd makes $ of $$
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

// unitOf reads a unit of systemd, the last of equal keys.
func unitOf(t *testing.T, name string) map[string]map[string]string {
	t.Helper()
	unit, section := map[string]map[string]string{}, ""
	lines := bufio.NewScanner(strings.NewReader(deployed(t, name)))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		key, value, pair := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
			unit[section] = map[string]string{}
		case !pair || section == "":
			t.Errorf("%s: can't read %q", name, line)
		default:
			unit[section][key] = value
		}
	}
	return unit
}

// TestFoldersAreThereBeforeTheFirstStart: the book has the database migrated before systemd makes the server's folder.
func TestFoldersAreThereBeforeTheFirstStart(t *testing.T) {
	service := unitOf(t, "systemd/haochaping.service")["Service"]
	want := "d /var/lib/" + service["StateDirectory"] + " " + service["StateDirectoryMode"] + " " + service["User"] + " " + service["Group"] + " -"
	if !slices.Contains(strings.Split(deployed(t, "systemd/haochaping.tmpfiles.conf"), "\n"), want) {
		t.Errorf("tmpfiles.conf lacks %q", want)
	}
}

// TestDeployedServersMayFinish compares how long a server may need to stop with what it is given.
func TestDeployedServersMayFinish(t *testing.T) {
	least := drainTime + stopTime + tracesTime + 5*time.Second
	seconds, err := strconv.Atoi(unitOf(t, "systemd/haochaping.service")["Service"]["TimeoutStopSec"])
	if given := time.Duration(seconds) * time.Second; err != nil || given < least {
		t.Errorf("systemd gives %v, %v, want %v", given, err, least)
	}
	var compose struct {
		Services map[string]struct {
			StopGracePeriod string            `yaml:"stop_grace_period"`
			ReadOnly        bool              `yaml:"read_only"`
			User            string            `yaml:"user"`
			MemLimit        string            `yaml:"mem_limit"`
			Healthcheck     map[string]any    `yaml:"healthcheck"`
			Secrets         []string          `yaml:"secrets"`
			Environment     map[string]string `yaml:"environment"`
		} `yaml:"services"`
		Secrets map[string]struct{ File string } `yaml:"secrets"`
	}
	if err := yaml.Unmarshal([]byte(deployed(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	ours := compose.Services["haochaping"]
	if given, err := time.ParseDuration(ours.StopGracePeriod); err != nil || given < least {
		t.Errorf("compose gives %v, %v, want %v", given, err, least)
	}
	if !ours.ReadOnly || ours.User == "" || strings.HasPrefix(ours.User, "0") {
		t.Errorf("the container may write or is root: %+v", ours)
	}
	for name, service := range compose.Services {
		if service.MemLimit == "" || len(service.Healthcheck) == 0 {
			t.Errorf("%s has no limit or no health", name)
		}
		for _, secret := range service.Secrets {
			if compose.Secrets[secret].File == "" {
				t.Errorf("%s needs the secret %s, which is no file", name, secret)
			}
		}
		for setting, value := range service.Environment {
			if strings.Contains(setting, "PASSWORD") && !strings.HasPrefix(value, "/run/secrets/") {
				t.Errorf("%s: a password stands in the environment: %s", name, setting)
			}
		}
	}
}

// withTLS gives a service a certificate of its own.
func withTLS(t *testing.T) func(*config.Server) {
	t.Helper()
	return func(settings *config.Server) { settings.TLSCert, settings.TLSKey = selfSigned(t) }
}
