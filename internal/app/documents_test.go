package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/followup"
)

// TestCommandsOfTheDocumentsAreRight parses every command line that stands in a block of a document, as it would be given.
func TestCommandsOfTheDocumentsAreRight(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var (
		block    = regexp.MustCompile("(?s)\n *```[a-z]*\n(.*?)\n *```")
		line     = regexp.MustCompile(`(?m)^(?:haochaping|haochaping-run|\./haochaping) +(.*)$`)
		comment  = regexp.MustCompile(`\s+#.*$`)
		optional = strings.NewReplacer("[", "", "]", "")
		argument = regexp.MustCompile(`'[^']*'|\S+`)
		found    = 0
	)
	for _, document := range append(documents, "../../README.md") {
		text, err := os.ReadFile(document) //nolint:gosec // our own
		if err != nil {
			t.Fatal(err)
		}
		for _, inside := range block.FindAllStringSubmatch(string(text), -1) {
			for _, match := range line.FindAllStringSubmatch(strings.ReplaceAll(inside[1], "\\\n", " "), -1) {
				given := optional.Replace(comment.ReplaceAllString(match[1], ""))
				if strings.Contains(given, "…") || strings.Contains(given, "|") { // shortened
					continue
				}
				found++
				var arguments []string
				for _, word := range argument.FindAllString(given, -1) {
					arguments = append(arguments, strings.Trim(word, "'"))
				}
				if _, err := commandLine(t).Parse(arguments); err != nil {
					t.Errorf("%s: haochaping %s: %v", filepath.Base(document), given, err)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("found %d commands alone", found)
	}
}

// TestTheProxyPassesWhatTheConsoleTakes: the largest form is an appeal with all its evidence.
func TestTheProxyPassesWhatTheConsoleTakes(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile("bodies of ([0-9]+) MB below `/console/`").FindSubmatch(text)
	if match == nil {
		t.Fatal("operations.md says nothing of the proxy's bound on bodies")
	}
	told, err := strconv.Atoi(string(match[1]))
	if most := followup.MaxFiles * followup.MaxFile; err != nil || told<<20 <= most {
		t.Errorf("the proxy is to pass %d MB, evidence alone has %d bytes", told, most)
	}
}
