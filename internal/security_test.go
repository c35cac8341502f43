package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What docs/security.md says is shown by a test is worth nothing when there is no such test.
func TestSecurityNamesTestsThatAre(t *testing.T) {
	text, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range unshown(t, string(text)) {
		t.Error(fault)
	}
	named := len(namedTest.FindAllString(string(text), -1))
	if named < 100 {
		t.Errorf("%d tests are named", named)
	}
	for _, broken := range []string{"`web/console.TestNoSuch`", "`nowhere.TestCookies`", "`storetest: no such promise`", "`TestCookies`"} {
		if len(unshown(t, broken)) != 1 {
			t.Errorf("%s passes", broken)
		}
	}
}

var (
	namedTest    = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)`")
	namedPromise = regexp.MustCompile("`storetest: ([^`]+)`")
	strayTest    = regexp.MustCompile("`(?:Test|Fuzz)\\w+`")
)

// unshown are the tests that a text names and that are not.
func unshown(t *testing.T, text string) (faults []string) {
	t.Helper()
	for _, name := range namedTest.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(textOf(t, filepath.FromSlash(name[1])+"/*_test.go"), "\nfunc "+name[2]+"(") {
			faults = append(faults, "there is no test "+name[2]+" in internal/"+name[1])
		}
	}
	for _, promise := range namedPromise.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(textOf(t, "store/storetest/*.go"), "\t{\""+promise[1]+"\", ") {
			faults = append(faults, "no engine is held to “"+promise[1]+"”")
		}
	}
	for _, stray := range strayTest.FindAllString(text, -1) {
		faults = append(faults, stray+" says not in which room")
	}
	return faults
}

// textOf is the text of files.
func textOf(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // our own files
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
