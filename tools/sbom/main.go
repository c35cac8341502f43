// Command sbom writes what the program is made of (CycloneDX) and every licence's text, and fails where a part has no licence
// that is known and allowed. It reads what is on this machine and asks nobody. scripts/sbom calls it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// allowed are licences that ask for no more than their text beside the program, and MPL-2.0, which asks for the source of its
// own files, which we do not change.
var allowed = []string{
	"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "Unlicense", "Zlib", "blessing",
}

// part is a module or package that the program is made of, or made with.
type part struct {
	kind, name, version string // kind is golang or npm
	sum                 string // as go.sum or package-lock.json has it
	licences            []string
	texts               []text
	// tool is only needed to build or test: none of it is in the program.
	tool bool
}

// text is a file about a licence.
type text struct{ file, content string }

func (p *part) url() string {
	return "pkg:" + p.kind + "/" + strings.ReplaceAll(p.name, "@", "%40") + "@" + p.version
}

func main() {
	root := flag.String("root", ".", "the repository")
	version := flag.String("version", "unversioned", "the program's version")
	out := flag.String("out", ".", "the folder to write into")
	flag.Parse()
	if err := run(*root, *version, *out); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(root, version, out string) error {
	modules, err := goParts(root)
	if err != nil {
		return err
	}
	packages, err := npmParts(filepath.Join(root, "internal/web/view/src"))
	if err != nil {
		return err
	}
	parts := append(modules, packages...)
	if err := judge(parts); err != nil {
		return err
	}
	list, err := bill(version, parts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // it is for everybody to read
		return err
	}
	for name, content := range map[string][]byte{"haochaping.cdx.json": list, "LICENSES.txt": licences(parts)} {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil { //nolint:gosec // it is for everybody to read
			return err
		}
	}
	shipped := 0
	for _, p := range parts {
		if !p.tool {
			shipped++
		}
	}
	fmt.Printf("%d parts in the program, %d to build it, every licence known and allowed\n", shipped, len(parts)-shipped)
	return nil
}

// judge refuses parts without a licence, with one that is not allowed, or, in the program, without its text.
func judge(parts []part) error {
	var faults []error
	for _, p := range parts {
		if len(p.licences) == 0 {
			faults = append(faults, fmt.Errorf("%s %s has no licence that is known", p.name, p.version))
		}
		for _, l := range p.licences {
			if !slices.Contains(allowed, l) {
				faults = append(faults, fmt.Errorf("%s %s has the licence %s, which is not on the list (tools/sbom)", p.name, p.version, l))
			}
		}
		if !p.tool && len(p.texts) == 0 {
			faults = append(faults, fmt.Errorf("%s %s comes without its licence's text", p.name, p.version))
		}
	}
	return errors.Join(faults...)
}

// licences are the texts that must go with the program.
func licences(parts []part) []byte {
	var all bytes.Buffer
	for _, p := range parts {
		if p.tool {
			continue
		}
		fmt.Fprintf(&all, "%s\n%s %s (%s)\n", strings.Repeat("=", 80), p.name, p.version, strings.Join(p.licences, ", "))
		for _, t := range p.texts {
			fmt.Fprintf(&all, "%s\n%s\n\n%s\n", strings.Repeat("-", 80), t.file, strings.TrimSpace(strings.ReplaceAll(t.content, "\r\n", "\n")))
		}
		all.WriteByte('\n')
	}
	return all.Bytes()
}

// bill is the list of parts in CycloneDX 1.6, the same for the same parts: without a moment and without a number of its own.
func bill(version string, parts []part) ([]byte, error) {
	type object = map[string]any
	const own = "pkg:golang/github.com/haochaping/haochaping"
	components, needed := []object{}, []string{}
	for _, p := range parts {
		choices := []object{}
		for _, l := range p.licences {
			choices = append(choices, object{"license": object{"id": l}})
		}
		c := object{
			"type": "library", "bom-ref": p.url(), "name": p.name, "version": p.version, "purl": p.url(), "licenses": choices, "scope": "required",
		}
		if p.sum != "" {
			c["properties"] = []object{{"name": "haochaping:" + p.kind + ":sum", "value": p.sum}}
		}
		if p.tool {
			c["scope"] = "excluded"
		} else {
			needed = append(needed, p.url())
		}
		components = append(components, c)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(object{
		"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata": object{"component": object{
			"type": "application", "bom-ref": own, "name": "haochaping", "version": version, "purl": own + "@" + version,
			"licenses": []object{{"license": object{"id": "Apache-2.0"}}},
		}},
		"components": components, "dependencies": []object{{"ref": own, "dependsOn": needed}},
	})
	return out.Bytes(), err
}
