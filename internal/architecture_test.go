// Package internal_test proves the arrows of docs/architecture.md on the imports that the files really have.
package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/haochaping/haochaping/"

// part is some packages that live by one rule. Each package of the module stands in one part; tests may import what they like.
type part struct {
	name     string
	packages string // "x/..." is x and all below it
	imports  string // the parts and packages of the house that they may import, their own part only where it is named; "..." is all
	never    string // what they may not import from outside, nor anything below it
}

// house is the one table of what may import what: arrows point down. Rooms that are planned stand here too.
var house = []part{
	{name: "command", packages: "cmd/haochaping", imports: "app"},
	{name: "app", packages: "internal/app", imports: "settings edges answers generators store domains fronts couriers traces login leaves ground client", never: "database/sql"},
	{name: "settings", packages: "internal/config", imports: "domains leaves ground", never: "database/sql net/http"},
	{
		name: "edges", packages: "internal/web/apis internal/web/board internal/web/citizen internal/web/console internal/web/ebus internal/web/openapi",
		imports: "answers domains login leaves ground", never: "database/sql",
	},
	{name: "answers", packages: "internal/web/respond internal/web/view", imports: "answers leaves ground", never: "database/sql"},
	{name: "store", packages: "internal/store", imports: "domains login leaves ground", never: "net/http"},
	{
		name: "domains", packages: "internal/affair internal/audit internal/backup internal/catalog internal/figures internal/followup " +
			"internal/erasure internal/integrator internal/integrity internal/job internal/keyring internal/moderation internal/notice internal/org internal/review internal/setting internal/venue",
		imports: "domains leaves ground", never: "database/sql net/http html/template",
	},
	// Logging in at another's provider is HTTP by nature; serving it is not this room's.
	{name: "login", packages: "internal/identity", imports: "domains leaves ground", never: "database/sql html/template"},
	// Telling people is SMTP and HTTP out by nature; what is told is the domains'.
	{name: "couriers", packages: "internal/courier", imports: "domains leaves ground", never: "database/sql html/template"},
	// Spans of what the domains do, told to a collector.
	{name: "traces", packages: "internal/tracing", imports: "domains ground", never: "database/sql html/template"},
	// Reading another system's database is SQL by nature; ours is the store's.
	{name: "fronts", packages: "internal/frontdb", imports: "domains leaves ground", never: "net/http html/template"},
	{
		name: "leaves", packages: "internal/privacy internal/qrcode internal/sheet internal/signature internal/tlspair internal/workday",
		imports: "ground", never: "database/sql net/http",
	},
	{name: "ground", packages: "internal/beijing internal/fault", never: "database/sql net/http"},

	{name: "client", packages: "client", imports: "internal/signature", never: "database/sql"},
	{name: "generators", packages: "internal/load internal/sample", imports: "generators client", never: "database/sql"},

	// A province that is made up to judge internal/integrity by.
	{name: "simulation", packages: "internal/planted", imports: "internal/integrity ground", never: "database/sql"},

	{name: "test tools", packages: "internal/mariadbtest internal/oidctest internal/porttest internal/postgrestest internal/smtptest internal/store/storetest", imports: "internal/porttest internal/store domains login leaves ground"},
	{name: "tests from outside", packages: "internal/e2e"},
	{name: "benchmarks", packages: "bench/...", imports: "..."},
}

// tooWide are names that say nothing about what a package knows.
var tooWide = []string{"common", "core", "helper", "helpers", "misc", "model", "models", "shared", "util", "utils"}

func TestArrowsPointDown(t *testing.T) {
	packages, err := read("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(house, packages) {
		t.Error(fault)
	}
	for _, name := range []string{"cmd/haochaping", "internal/app", "internal/store", "internal/review", "internal/web/ebus", "client"} {
		if len(packages[name].imports) == 0 {
			t.Errorf("read no import of %s", name)
		}
	}
}

func TestArrowsThatPointElsewhereAreFound(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"command to app", "cmd/haochaping", module + "internal/app", ""},
		{"app to an edge", "internal/app", module + "internal/web/ebus", ""},
		{"edge to respond", "internal/web/ebus", module + "internal/web/respond", ""},
		{"edge to domain", "internal/web/ebus", module + "internal/review", ""},
		{"edge to net/http", "internal/web/ebus", "net/http", ""},
		{"store to domain", "internal/store", module + "internal/review", ""},
		{"domain to domain", "internal/review", module + "internal/org", ""},
		{"domain to net/url", "internal/review", "net/url", ""},
		{"leaf to fault", "internal/privacy", module + "internal/fault", ""},
		{"client to signature", "client", module + "internal/signature", ""},
		{"load to sample", "internal/load", module + "internal/sample", ""},
		{"app to load", "internal/app", module + "internal/load", ""},
		{"bench to all", "bench", module + "internal/web/ebus", ""},

		{"command to store", "cmd/haochaping", module + "internal/store", "cmd/haochaping (command) imports internal/store (store)"},
		{"edge to edge", "internal/web/ebus", module + "internal/web/apis", "internal/web/ebus (edges) imports internal/web/apis (edges)"},
		{"edge to store", "internal/web/apis", module + "internal/store", "internal/web/apis (edges) imports internal/store (store)"},
		{"edge to app", "internal/web/apis", module + "internal/app", "internal/web/apis (edges) imports internal/app (app)"},
		{"edge to sql", "internal/web/board", "database/sql", "internal/web/board (edges) imports database/sql"},
		{"respond to domain", "internal/web/respond", module + "internal/review", "internal/web/respond (answers) imports internal/review (domains)"},
		{"domain to edge", "internal/review", module + "internal/web/respond", "internal/review (domains) imports internal/web/respond (answers)"},
		{"domain to store", "internal/figures", module + "internal/store", "internal/figures (domains) imports internal/store (store)"},
		{"domain to sql", "internal/org", "database/sql/driver", "internal/org (domains) imports database/sql/driver"},
		{"domain to http", "internal/job", "net/http", "internal/job (domains) imports net/http"},
		{"leaf to domain", "internal/privacy", module + "internal/org", "internal/privacy (leaves) imports internal/org (domains)"},
		{"leaf to leaf", "internal/privacy", module + "internal/signature", "internal/privacy (leaves) imports internal/signature (leaves)"},
		{"fault to beijing", "internal/fault", module + "internal/beijing", "internal/fault (ground) imports internal/beijing (ground)"},
		{"store to edge", "internal/store", module + "internal/web/respond", "internal/store (store) imports internal/web/respond (answers)"},
		{"client to fault", "client", module + "internal/fault", "client (client) imports internal/fault (ground)"},
		{"load to store", "internal/load", module + "internal/store", "internal/load (generators) imports internal/store (store)"},
		{"store to sample", "internal/store", module + "internal/sample", "internal/store (store) imports internal/sample (generators)"},
		{"app to a test tool", "internal/app", module + "internal/postgrestest", "internal/app (app) imports internal/postgrestest (test tools)"},

		{"a package without a row", "internal/web/pages", "fmt", "internal/web/pages stands in no part of the table"},
		{"below a row is not in it", "internal/review/draft", "fmt", "internal/review/draft stands in no part of the table"},
		{"an import without a row", "internal/app", module + "internal/unheard", "internal/app (app) imports internal/unheard (no part)"},
		{"a folder's wide name", "bench/util", "fmt", "bench/util is package util, a name that says nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			packages := map[string]source{tt.from: {name: path.Base(tt.from), imports: []string{tt.to}}}
			if diff := cmp.Diff(want, faults(house, packages)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestFaultsOfTheTableAreFound(t *testing.T) {
	table := []part{{name: "a", packages: "x y", imports: "b z"}, {name: "c", packages: "y"}}
	want := []string{"y stands in parts a and c", "part a may import b, which is no part or package", "part a may import z, which is no part or package"}
	if diff := cmp.Diff(want, faults(table, nil)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAWideNameIsFoundInAnyFolder(t *testing.T) {
	want := []string{"internal/org is package helpers, a name that says nothing"}
	if diff := cmp.Diff(want, faults(house, map[string]source{"internal/org": {name: "helpers"}})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReadSeesEveryFileButTests(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":               "module m",
		"a/one.go":             `package a; import "fmt"; import _ "os"`,
		"a/two_windows.go":     `package a; import "fmt"; import "net"`,
		"a/one_test.go":        `package a; import "testing"`,
		"a/testdata/x.go":      `package x; import "sql"`,
		"node_modules/b/b.go":  `package b`,
		"other/go.mod":         "module other",
		"other/other.go":       `package other`,
		"onlytests/it_test.go": `package onlytests`,
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]source{"a": {name: "a", imports: []string{"fmt", "net", "os"}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(source{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// source is what a package's files say at their head.
type source struct {
	name    string
	imports []string
}

// read reads the packages below root by their folder, whatever system their files are for. It reads the files itself and
// starts nothing, so that go test knows to run it again when one has changed.
func read(root string) (map[string]source, error) {
	packages := map[string]source{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(root, file)
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		p := packages[filepath.ToSlash(folder)]
		p.name = parsed.Name.Name
		for _, imported := range parsed.Imports {
			name, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			p.imports = append(p.imports, name)
		}
		slices.Sort(p.imports)
		p.imports = slices.Compact(p.imports)
		packages[filepath.ToSlash(folder)] = p
		return nil
	})
	return packages, err
}

// enter says whether the folder is the module's, as go list would.
func enter(root, folder string) error {
	if folder == root {
		return nil
	}
	name := filepath.Base(folder)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules" {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// faults are what the packages do against the table, and what is wrong with the table itself.
func faults(table []part, packages map[string]source) []string {
	found := faultsOfTable(table)
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		p := packages[name]
		for _, called := range slices.Compact([]string{p.name, path.Base(name)}) {
			if slices.Contains(tooWide, called) {
				found = append(found, fmt.Sprintf("%s is package %s, a name that says nothing", name, called))
			}
		}
		its, ok := partOf(table, name)
		if !ok {
			found = append(found, name+" stands in no part of the table")
			continue
		}
		for _, imported := range p.imports {
			inside, ours := strings.CutPrefix(imported, module)
			switch {
			case ours && !its.allows(table, inside):
				to, ok := partOf(table, inside)
				if !ok {
					to.name = "no part"
				}
				found = append(found, fmt.Sprintf("%s (%s) imports %s (%s)", name, its.name, inside, to.name))
			case !ours && its.forbids(imported):
				found = append(found, fmt.Sprintf("%s (%s) imports %s", name, its.name, imported))
			}
		}
	}
	return found
}

func faultsOfTable(table []part) (found []string) {
	seen := map[string]string{}
	for _, p := range table {
		seen[p.name] = p.name
		for _, name := range strings.Fields(p.packages) {
			if other, ok := seen[name]; ok && name != p.name {
				found = append(found, fmt.Sprintf("%s stands in parts %s and %s", name, other, p.name))
			}
			seen[name] = p.name
		}
	}
	for _, p := range table {
		for _, to := range strings.Fields(p.imports) {
			if _, ok := seen[to]; !ok && to != "..." {
				found = append(found, fmt.Sprintf("part %s may import %s, which is no part or package", p.name, to))
			}
		}
	}
	return found
}

func partOf(table []part, name string) (part, bool) {
	for _, p := range table {
		for _, pattern := range strings.Fields(p.packages) {
			above, all := strings.CutSuffix(pattern, "/...")
			if name == above || all && strings.HasPrefix(name, above+"/") {
				return p, true
			}
		}
	}
	return part{}, false
}

func (p part) allows(table []part, name string) bool {
	to, ok := partOf(table, name)
	return ok && slices.ContainsFunc(strings.Fields(p.imports), func(allowed string) bool {
		return allowed == "..." || allowed == to.name || allowed == name
	})
}

func (p part) forbids(name string) bool {
	return slices.ContainsFunc(strings.Fields(p.never), func(never string) bool {
		return name == never || strings.HasPrefix(name, never+"/")
	})
}
