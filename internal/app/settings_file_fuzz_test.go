package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json/jsontext"
)

// foreign are words of the program's language and of its libraries.
var foreign = regexp.MustCompile(`interface|%!|unmarshal|expected|invalid|strconv|float64|<nil>`)

// FuzzSettingsFile: whatever stands in the file for an option is taken, or refused by its name in the reader's words.
func FuzzSettingsFile(f *testing.F) {
	for n, seed := range []string{`"x"`, `5`, `1.5`, `1e99`, `true`, `null`, `[]`, `["a",1]`, `{}`, `{"a":null}`, `"30s"`, `-1`, `""`, `"a=b;c"`, `[[]]`} {
		f.Add(uint16(n), seed)
	}
	parser := func(t testing.TB) *kong.Kong {
		t.Helper()
		var cli commands
		parser, err := newParser(&cli, &console{Context: t.Context(), out: &bytes.Buffer{}, err: &bytes.Buffer{}}, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		return parser
	}
	var names []string
	for _, command := range parser(f).Model.Leaves(true) {
		if command.Name != "serve" {
			continue
		}
		for _, flag := range command.Flags {
			if len(flag.Envs) > 0 && flag.Name != "config" {
				names = append(names, flag.Name)
			}
		}
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, option uint16, value string) {
		if !jsontext.Value(value).IsValid() {
			return
		}
		name := names[int(option)%len(names)]
		file := filepath.Join(folder, "settings.json")
		if err := os.WriteFile(file, fmt.Appendf(nil, "{%q: %s}", name, value), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := parser(t).Parse([]string{"serve", "--config", file})
		if err == nil {
			return
		}
		says, _, _ := strings.Cut(misuse(err), "\n")
		if !strings.Contains(says, name) || foreign.MatchString(strings.ReplaceAll(says, value, "")) {
			t.Errorf("%s as %s: %s", name, value, says)
		}
	})
}
