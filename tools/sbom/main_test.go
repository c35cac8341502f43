package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// folder is one with files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	made := t.TempDir()
	for name, content := range files {
		file := filepath.Join(made, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

func TestAPartMustHaveALicenceThatIsKnownAndAllowed(t *testing.T) {
	bsd, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "LICENSE")) //nolint:staticcheck // a licence that is on every machine
	if err != nil {
		t.Fatal(err)
	}
	copyleft := "This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License as published by " +
		"the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
	for _, tt := range []struct {
		name  string
		files map[string]string
		fault string
	}{
		{"known", map[string]string{"LICENSE": string(bsd)}, ""},
		{"known, with a notice", map[string]string{"LICENSE": string(bsd), "NOTICE": "by A"}, ""},
		{"none", map[string]string{"README.md": "free to use"}, "no licence that is known"},
		{"unknown", map[string]string{"LICENSE": "You may use it on Sundays."}, "no licence that is known"},
		{"only of a part of it", map[string]string{"LICENSE-LOGO": string(bsd)}, "no licence that is known"},
		{"not allowed", map[string]string{"LICENSE": string(bsd), "LICENSE-OTHER": copyleft}, "GPL-3.0"},
	} {
		p := part{kind: "golang", name: "m", version: "v1"}
		if p.licences, p.texts, err = look(folder(t, tt.files)); err != nil {
			t.Fatal(err)
		}
		if err := judge([]part{p}); (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.fault)
		}
	}
}

func TestWhatIsBundledIsInTheProgramAndToolsAreNot(t *testing.T) {
	lock := `{"packages":{"":{},"node_modules/echarts":{"version":"1","license":"Apache-2.0","dependencies":{"zrender":"1"}},
		"node_modules/zrender":{"version":"1","license":"BSD-3-Clause"},"node_modules/typescript":{"version":"1","license":"Apache-2.0"},
		"node_modules/secret":{"version":"1","license":"UNLICENSED"}}}`
	parts, err := npmParts(folder(t, map[string]string{
		"package-lock.json": lock, "node_modules/echarts/LICENSE": "a", "node_modules/zrender/LICENSE": "b",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var tools []string
	for _, p := range parts {
		if p.tool {
			tools = append(tools, p.name)
		}
	}
	if got := strings.Join(tools, " "); len(parts) != 4 || got != "secret typescript" {
		t.Errorf("%d parts, of which tools: %s", len(parts), got)
	}
	if err := judge(parts); err == nil || !strings.Contains(err.Error(), "UNLICENSED") {
		t.Errorf("got %v", err)
	}
	list, err := bill("v1", parts)
	if err != nil || !json.Valid(list) || !strings.Contains(string(list), `"pkg:npm/zrender@1"`) {
		t.Errorf("%v\n%s", err, list)
	}
	if texts := string(licences(parts)); !strings.Contains(texts, "zrender 1 (BSD-3-Clause)") || strings.Contains(texts, "typescript") {
		t.Errorf("the texts are\n%s", texts)
	}
}
