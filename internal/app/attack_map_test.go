package app

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// door is one of the handler's patterns as an attacker knows it: an address that answers, and the fields that pages ask for there.
type door struct {
	pattern, method, address, kind string
	fields                         url.Values // with values that do
	files                          []string
}

// doors finds the way to all patterns of the handler: it walks the pages of visitors, by links and forms, and makes up the rest from
// what the neighbours ask for. Each is there, or the test fails.
func (x *target) doors(t *testing.T, visitors ...*visitor) []*door {
	t.Helper()
	found := map[string]*door{}
	for _, v := range visitors {
		v.walk(t, found)
	}
	ids := map[string]string{}
	for _, d := range found {
		maps.Copy(ids, idsOf(d))
	}
	maps.Copy(ids, map[string]string{"{$}": "", "{page}": "manifest.json", "{export}": "0011223344556677", "{delivery}": "delivery-77", "{no}": "GA0001"})
	known := map[string]string{
		"GET /ping/w/{code}": "/ping/w/" + targetWindow, "GET /ping/r/{code}": "/ping/r/" + x.receipt, "POST /ping/r/{code}": "/ping/r/" + x.receipt,
		"/ping/board/embed/{block}": "/ping/board/embed/summary", "/ping/board/download/{file}": "/ping/board/download/regions.csv",
		"GET /console/cases/{case}/files/{file}": "/console/cases/" + x.serials[2] + "/files/" + strings.Repeat("0", 64),
	}
	var all []*door
	for _, pattern := range x.patterns() {
		method, address, cut := strings.Cut(pattern, " ")
		if !cut {
			method, address = http.MethodGet, pattern
		}
		d := found[pattern]
		if d == nil {
			d = &door{pattern: pattern, method: method, address: address, fields: url.Values{}}
			if there := known[pattern]; there != "" {
				d.address = there
			}
			for name, value := range ids {
				d.address = strings.ReplaceAll(d.address, name, value)
			}
			if name := idForm.FindString(d.address); name != "" {
				t.Errorf("%s: no page leads to anything that has %s", pattern, name)
				continue
			}
			for _, other := range found {
				if room(other.address) == room(d.address) {
					maps.Copy(d.fields, other.fields)
				}
			}
			d.fields.Set("sure", "yes")
			d.fields.Set("version", "1")
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *door) int { return strings.Compare(a.pattern, b.pattern) })
	return all
}

var idForm = regexp.MustCompile(`\{[a-z$]+\}`)

// room is what an address has before its third slash: /console/cases.
func room(address string) string {
	parts := strings.SplitN(strings.SplitN(address, "?", 2)[0], "/", 4)
	return strings.Join(parts[:min(3, len(parts))], "/")
}

// idsOf are what stands in an address where its pattern has a name.
func idsOf(d *door) map[string]string {
	ids := map[string]string{}
	_, pattern, _ := strings.Cut(d.pattern, " ")
	given := strings.Split(strings.SplitN(d.address, "?", 2)[0], "/")
	for i, part := range strings.Split(pattern, "/") {
		if idForm.MatchString(part) && i < len(given) {
			ids[part] = given[i]
		}
	}
	return ids
}

// walk goes through the pages that a visitor comes to, at most three of a pattern.
func (v *visitor) walk(t *testing.T, found map[string]*door) {
	t.Helper()
	visits := map[string]int{}
	seen := map[string]bool{}
	queue := []string{"/console", "/ping/board", "/ping/my.html", "/ping/r", "/ping/window.html?w=" + targetWindow, "/ping/login", "/ping/demo-login", "/console/login"}
	for len(queue) > 0 {
		address := queue[0]
		queue = queue[1:]
		pattern := v.pattern(t, http.MethodGet, address)
		if seen[address] || visits[pattern] >= 3 || pattern == "" || strings.HasSuffix(pattern, "/live") || strings.Contains(pattern, "/export") {
			continue
		}
		seen[address] = true
		visits[pattern]++
		w := v.get(t, address)
		if location := w.Header().Get("Location"); location != "" {
			queue = append(queue, location)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		page, err := html.Parse(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		base, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range asked(page) {
			there, err := base.Parse(d.address)
			if err != nil || there.Host != "" || !strings.HasPrefix(there.Path, "/") {
				continue
			}
			d.address = there.EscapedPath()
			maps.Copy(d.fields, there.Query())
			if d.pattern = v.pattern(t, d.method, d.address); d.pattern == "" {
				continue
			}
			if d.method == http.MethodGet {
				queue = append(queue, there.RequestURI())
			}
			known := found[d.pattern]
			if known == nil {
				known = d
				found[d.pattern] = d
			}
			for name, values := range d.fields {
				if known.fields.Get(name) == "" {
					known.fields[name] = values
				}
			}
			known.files = append(known.files, d.files...)
			slices.Sort(known.files)
			known.files = slices.Compact(known.files)
		}
	}
}

// asked are the links and forms of a page.
func asked(page *html.Node) (all []*door) {
	var within *door
	var look func(n *html.Node)
	look = func(n *html.Node) {
		before := within
		if n.Type == html.ElementNode {
			switch n.Data {
			case "a":
				if href := attribute(n, "href"); href != "" && !strings.HasPrefix(href, "#") {
					all = append(all, &door{method: http.MethodGet, address: href, fields: url.Values{}})
				}
			case "form":
				within = &door{method: strings.ToUpper(attribute(n, "method")), address: attribute(n, "action"), kind: attribute(n, "enctype"), fields: url.Values{}}
				if within.method == "" {
					within.method = http.MethodGet
				}
				all = append(all, within)
			case "input", "select", "textarea", "button":
				if name := attribute(n, "name"); name != "" && within != nil {
					within.take(n, name)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			look(c)
		}
		within = before
	}
	look(page)
	return all
}

// take notes a field with a value that does.
func (d *door) take(n *html.Node, name string) {
	value := attribute(n, "value")
	switch {
	case n.Data == "input" && attribute(n, "type") == "file":
		d.files = append(d.files, name)
		return
	case n.Data == "select":
		for option := range n.Descendants() {
			if option.Data == "option" && value == "" {
				value = attribute(option, "value")
			}
		}
	case n.Data == "textarea" && n.FirstChild != nil:
		value = n.FirstChild.Data
	}
	if d.fields.Get(name) == "" {
		d.fields.Set(name, value)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// namesRead are the names that the edges' own text reads from addresses and forms: a field that no page asks for is among them.
func namesRead(t *testing.T) []string {
	t.Helper()
	read := regexp.MustCompile(`(?:FormValue|FormFile|Get|Has|Cookie|number|text|position|choice|flag)\("([A-Za-z_-]{1,30})"|Filter\{Name: "([a-z]+)"|(?:values|form|query)\["([a-z]+)"\]`)
	names := map[string]bool{}
	files, err := filepath.Glob("../web/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file) //nolint:gosec // our own files
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range read.FindAllStringSubmatch(string(text), -1) {
			names[match[1]+match[2]+match[3]] = true
		}
	}
	if len(names) < 60 {
		t.Fatalf("only %d names were found", len(names))
	}
	return slices.Sorted(maps.Keys(names))
}
