package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bundled are the packages whose code, with that of what they need, is in the pages' scripts. All others are tools.
var bundled = []string{"echarts"}

// locked is a package as package-lock.json has it.
type locked struct {
	Version, License, Integrity string
	Dependencies                map[string]string
}

const modulesFolder = "node_modules/"

// npmParts are the packages that are pinned in a folder. What the program holds must be installed there: its licences are read.
func npmParts(folder string) ([]part, error) {
	content, err := os.ReadFile(filepath.Join(folder, "package-lock.json")) //nolint:gosec // our own
	if err != nil {
		return nil, err
	}
	var lock struct{ Packages map[string]locked }
	if err := json.Unmarshal(content, &lock); err != nil {
		return nil, err
	}
	inside := map[string]bool{}
	var enter func(name string)
	enter = func(name string) {
		if !inside[name] {
			inside[name] = true
			for needed := range lock.Packages[modulesFolder+name].Dependencies {
				enter(needed)
			}
		}
	}
	for _, name := range bundled {
		enter(name)
	}
	var parts []part
	for path, l := range lock.Packages {
		name, ok := strings.CutPrefix(path, modulesFolder)
		if !ok { // the folder itself
			continue
		}
		p := part{kind: "npm", name: name, version: l.Version, sum: l.Integrity, tool: !inside[name]}
		if l.License != "" {
			p.licences = []string{l.License}
		}
		if !p.tool {
			if _, p.texts, err = look(filepath.Join(folder, path)); err != nil {
				return nil, err
			}
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	return parts, nil
}
