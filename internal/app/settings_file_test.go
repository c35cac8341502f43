package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSettingsOfAFile reads settings as serve does, from a file, the environment and the command line.
func TestSettingsOfAFile(t *testing.T) {
	for _, tt := range []struct {
		name, file  string
		environment string // of --minimum
		arguments   []string
		minimum     int64
		base        string
	}{
		{"keys are the names of options", `{"minimum": 7, "base-url": "https://a.example"}`, "", nil, 7, "https://a.example"},
		{"or with _", `{"base_url": "https://a.example"}`, "", nil, 30, "https://a.example"},
		{"or in one word", `{"baseUrl": "https://a.example"}`, "", nil, 30, "https://a.example"},
		{"the environment comes before the file", `{"minimum": 7}`, "8", nil, 8, "http://127.0.0.1:8080"},
		{"the command line comes before both", `{"minimum": 7}`, "8", []string{"--minimum", "9"}, 9, "http://127.0.0.1:8080"},
		{"a byte order mark, as editors of Windows write one", "\ufeff{\"minimum\": 7}", "", nil, 7, "http://127.0.0.1:8080"},
		{"nothing is as if it were not there", `{"minimum": null}`, "", nil, 30, "http://127.0.0.1:8080"},
		{"options of other commands may stand there", `{"three-is-bad": true, "backups": "d"}`, "", nil, 30, "http://127.0.0.1:8080"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.environment != "" {
				t.Setenv("HAOCHAPING_MINIMUM", tt.environment)
			}
			var cli commands
			parser, err := newParser(&cli, &console{Context: t.Context(), out: &bytes.Buffer{}, err: &bytes.Buffer{}}, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(append([]string{"serve", "--config", settingsIn(t, tt.file)}, tt.arguments...)); err != nil {
				t.Fatal(err)
			}
			if got := cli.Serve.Minimum; got != tt.minimum {
				t.Errorf("minimum %d, want %d", got, tt.minimum)
			}
			if got := cli.Serve.BaseURL; got != tt.base {
				t.Errorf("base-url %s, want %s", got, tt.base)
			}
		})
	}
}

// TestAFaultySettingsFileIsRefused: nobody shall believe a setting in force that is not.
func TestAFaultySettingsFileIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, file, says string }{
		{"misspelt", `{"base-ulr": "https://a.example", "minimun": 7}`, "base-ulr 不是任何命令的选项"},
		{"every misspelt one is told", `{"base-ulr": "https://a.example", "minimun": 7}`, "minimun 不是任何命令的选项"},
		{"twice", `{"base-url": "https://a.example", "base_url": "https://b.example"}`, "base-url 和 base_url 是同一个选项"},
		{"a region without quotes", `{"root-region": 440100000000}`, "--root-region: 配置文件中的值应加引号"},
		{"a part of a whole number", `{"lanes": 1.5}`, "--lanes: 配置文件中的值应为整数"},
		{"what the command line alone can say", `{"config": "other.json"}`, "config 不是任何命令的选项"},
		{"no object", `[]`, `的最外层应为 {"选项": 值, …}`},
		{"nothing", `null`, `的最外层应为 {"选项": 值, …}`},
		{"cut off", `{"minimum": `, "不是可以读取的 JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var errs bytes.Buffer
			status := Main([]string{"recount", "--config", settingsIn(t, tt.file), "--database", "sqlite:" + filepath.Join(t.TempDir(), "db")}, &bytes.Buffer{}, &errs)
			if status != 2 || !strings.Contains(errs.String(), tt.says) {
				t.Errorf("status %d, says %s", status, errs.String())
			}
		})
	}
}

// TestAValueOfAnotherKindIsRefused in the reader's words, and not in those of the program's language.
func TestAValueOfAnotherKindIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, file, says string }{
		{"a list of one value", `{"listen": ["127.0.0.1:8080"]}`, "--listen: 配置文件中的值不能是列表"},
		{"a list of a number", `{"lanes": []}`, "--lanes: 配置文件中的值不能是列表"},
		{"an object", `{"listen": {"port": 8080}}`, "--listen: 配置文件中的值不能是对象"},
		{"a switch as a text", `{"listen": true}`, "--listen: 配置文件中的值应加引号"},
		{"a switch as a number", `{"auto-migrate": 1}`, "--auto-migrate: 配置文件中的值应为 true 或 false"},
		{"a number as a switch", `{"lanes": true}`, `--lanes 应为数字，而不是 "true"`},
		{"a time as a switch", `{"slow-query": true}`, "--slow-query: 配置文件中的值应为带单位的时长"},
		{"numbers in a list", `{"frame-origins": [1]}`, "--frame-origins: 配置文件中的值应加引号"},
		{"a list as a number", `{"frame-origins": 1}`, "--frame-origins: 配置文件中的值应加引号"},
		{"a list as an object", `{"frame-origins": {}}`, "--frame-origins: 配置文件中的值不能是对象"},
		{"pairs as a list", `{"oidc-claims": []}`, "--oidc-claims: 配置文件中的值不能是列表"},
		{"numbers in pairs", `{"oidc-claims": {"name": 1}}`, "--oidc-claims: 配置文件中的值应加引号"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var errs bytes.Buffer
			status := Main([]string{"doctor", "--config", settingsIn(t, tt.file)}, &errs, &errs)
			if status != 2 || !strings.Contains(errs.String(), tt.says) {
				t.Errorf("status %d, says %s", status, &errs)
			}
		})
	}
}

// TestAllFaultsOfASettingsFileAreTold at once: who mends one after another starts the program as often.
func TestAllFaultsOfASettingsFileAreTold(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		says       []string
	}{
		{"misspelt, and what may not be", `{"sael": "sm4", "seal": "foo", "minimum": -5}`, []string{"sael 不是任何命令的选项", "seal 应为 sm4 或 aes", "minimum"}},
		{"misspelt, and no number", `{"sael": "sm4", "lanes": "x"}`, []string{"sael 不是任何命令的选项", "--lanes 应为整数"}},
	} {
		for _, command := range []string{"serve", "doctor"} {
			t.Run(tt.name+", "+command, func(t *testing.T) {
				var errs bytes.Buffer
				status := Main([]string{command, "--config", settingsIn(t, tt.file)}, &errs, &errs)
				for _, says := range tt.says {
					if status != 2 || strings.Count(errs.String(), says) != 1 {
						t.Errorf("status %d, says %s, want %s once", status, &errs, says)
					}
				}
			})
		}
	}
}

func settingsIn(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestATimeInAFileHasAUnit(t *testing.T) {
	var errs bytes.Buffer
	if status := Main([]string{"serve", "--config", settingsIn(t, `{"slow-query": 1}`)}, &errs, &errs); status != 2 || !strings.Contains(errs.String(), "--slow-query: 配置文件中的值应为带单位的时长") {
		t.Errorf("status %d, says %s", status, &errs)
	}
}

// TestNoSettingsFileIsNamed: a unit or a compose file that leaves it open sets the variable, and nothing in it.
func TestNoSettingsFileIsNamed(t *testing.T) {
	t.Setenv("HAOCHAPING_CONFIG", "")
	for _, line := range [][]string{{"version"}, {"version", "--config="}} {
		var errs bytes.Buffer
		if status := Main(line, &bytes.Buffer{}, &errs); status != 0 {
			t.Errorf("%q: status %d, says %s", line, status, &errs)
		}
	}
}
