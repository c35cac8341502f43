package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// module is what go list says of one.
type module struct {
	Path, Version, Dir string
	Main               bool
	Replace            *module
}

// goParts are the modules of which code is linked into the program, and Go's own library.
func goParts(root string) ([]part, error) {
	said, err := goSays(root, "list", "-deps", "-json=Module", "./cmd/haochaping")
	if err != nil {
		return nil, err
	}
	sums, err := goSums(filepath.Join(root, "go.sum"))
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	parts, err := library(root)
	if err != nil {
		return nil, err
	}
	for decoder := json.NewDecoder(bytes.NewReader(said)); ; {
		var listed struct{ Module *module }
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		m := listed.Module
		if m == nil || m.Main || seen[m.Path] {
			continue
		}
		seen[m.Path] = true
		if m.Replace != nil {
			return nil, fmt.Errorf("%s is replaced: say in tools/sbom how it is listed", m.Path)
		}
		p := part{kind: "golang", name: m.Path, version: m.Version, sum: sums[m.Path+" "+m.Version]}
		if p.licences, p.texts, err = look(m.Dir); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	return parts, nil
}

// goSays runs go for the platform that is delivered.
func goSays(root string, arguments ...string) ([]byte, error) {
	command := exec.Command("go", arguments...) //nolint:gosec,noctx // our own words; it ends by itself
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=")
	command.Stderr = os.Stderr
	said, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(arguments, " "), err)
	}
	return said, nil
}

// library is Go's own.
func library(root string) ([]part, error) {
	said, err := goSays(root, "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	folder, version, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	p := part{kind: "golang", name: "std", version: strings.TrimPrefix(version, "go")}
	if p.licences, p.texts, err = look(folder); err != nil {
		return nil, err
	}
	if len(p.texts) == 0 { // some distributions keep it elsewhere
		p.licences, p.texts, err = look(filepath.Dir(folder))
	}
	return []part{p}, err
}

func goSums(file string) (map[string]string, error) {
	text, err := os.ReadFile(file) //nolint:gosec // our own
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 {
			sums[fields[0]+" "+fields[1]] = fields[2]
		}
	}
	return sums, nil
}

var (
	ofLicence = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying|^notice`)
	// governing are the files that say under what the whole is; others tell of parts of it.
	governing = regexp.MustCompile(`(?i)^(licen[cs]e|copying)(\.txt|\.md)?$`)
)

// covered is how many percent of a governing file must be text of licences that are known.
const covered = 75

// look reads a folder's files about licences. Without a governing file that is known there is no licence.
func look(folder string) (licences []string, texts []text, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	known := false
	for _, entry := range entries {
		if entry.IsDir() || !ofLicence.MatchString(entry.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name())) //nolint:gosec // a module's own
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, text{entry.Name(), string(content)})
		found := licensecheck.Scan(content)
		for _, match := range found.Match {
			if !match.IsURL && !slices.Contains(licences, match.ID) {
				licences = append(licences, match.ID)
			}
		}
		known = known || governing.MatchString(entry.Name()) && found.Percent >= covered
	}
	if !known {
		licences = nil
	}
	slices.Sort(licences)
	return licences, texts, nil
}
