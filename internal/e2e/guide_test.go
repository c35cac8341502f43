package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// guide is docs/integration.md, and what of it can be tried.
type guide struct {
	text   string
	blocks []guideBlock
	tables []guideTable
}

// guideBlock is a block of code. Its first line says what it is: ```bash file=submit.sh is a complete example, ```bash step
// one of the steps to a first review, and ```bash run prints what the ```text output behind it says.
type guideBlock struct{ language, mark, text string }

// guideTable is a table under a heading, its cells without the marks of code.
type guideTable struct {
	heading string
	header  []string
	rows    [][]string
}

func readGuide(t *testing.T) *guide {
	t.Helper()
	text, err := os.ReadFile("../../docs/integration.md")
	if err != nil {
		t.Fatal(err)
	}
	g := &guide{text: string(text)}
	heading, inTable := "", false
	var block *guideBlock
	for line := range strings.Lines(g.text) {
		switch fence := strings.HasPrefix(line, "```"); {
		case fence && block == nil:
			block = &guideBlock{}
			block.language, block.mark, _ = strings.Cut(strings.TrimSpace(line[3:]), " ")
		case fence:
			g.blocks = append(g.blocks, *block)
			block = nil
		case block != nil:
			block.text += line
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
		row := strings.HasPrefix(line, "|")
		switch cells := cellsOf(line); {
		case row && !inTable:
			g.tables = append(g.tables, guideTable{heading: heading, header: cells})
		case row && !strings.HasPrefix(line, "| ---"):
			last := &g.tables[len(g.tables)-1]
			last.rows = append(last.rows, cells)
		}
		inTable = row
	}
	return g
}

// cellsOf are the cells of a row. One that is code alone is without its marks.
func cellsOf(line string) (cells []string) {
	for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
		cell = strings.TrimSpace(cell)
		if len(cell) > 2 && strings.Count(cell, "`") == 2 && cell[0] == '`' && cell[len(cell)-1] == '`' {
			cell = cell[1 : len(cell)-1]
		}
		cells = append(cells, cell)
	}
	return cells
}

// interpreters are how a complete example of a language is run.
var interpreters = map[string][]string{
	"bash": {"bash"}, "go": {"go", "run"}, "java": {"java", "-Dfile.encoding=UTF-8"}, "python": {"python3"}, "javascript": {"node"},
}

// examples are the complete programs of the guide, by language.
func (g *guide) examples() map[string]guideBlock {
	examples := map[string]guideBlock{}
	for _, block := range g.blocks {
		if _, program := interpreters[block.language]; program && strings.HasPrefix(block.mark, "file=") {
			examples[block.language] = block
		}
	}
	return examples
}

// Every complete example signs and submits a review, and sends the very same again when it is told that the system is busy.
func TestGuideExamplesSubmitAReview(t *testing.T) {
	examples := readGuide(t).examples()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(interpreters)), slices.Sorted(maps.Keys(examples))); diff != "" {
		t.Fatalf("languages (-) and examples (+):\n%s", diff)
	}
	h := onSQLite(t)
	plain := h.register(t, "gzga01", "--paasid", "paas.gzga-01")
	strict := h.register(t, "gzga02", "--require-digest")
	s := h.serve(t)
	d := readDocument(t, s)
	for _, language := range slices.Sorted(maps.Keys(examples)) {
		example := examples[language]
		t.Run(language, func(t *testing.T) {
			a := strict
			if language == "bash" { // openssl would show the secret to every user of the machine
				a = plain
			}
			f := &front{server: s}
			base := httptest.NewServer(f)
			defer base.Close()
			out := example.run(t, a, base.URL)
			serial := regexp.MustCompile(`^评价成功，流水号 ([0-9A-Z]{20})\n$`).FindStringSubmatch(out)
			if serial == nil {
				t.Fatalf("it prints %q", out)
			}
			if len(f.bodies) != 3 || !bytes.Equal(f.bodies[0], f.bodies[1]) || !bytes.Equal(f.bodies[1], f.bodies[2]) {
				t.Fatalf("it sent %d requests: %q", len(f.bodies), f.bodies)
			}
			again := d.send(t, s, documentCall{target: client.PathAffair, body: f.bodies[2], signer: s.client(a, client.WithBodyDigest(client.SHA256))})
			if again.Code != respond.CodeSuccess || !strings.Contains(string(again.Data), serial[1]) {
				t.Errorf("its review sent again: got %+v, want %s", again, serial[1])
			}
		})
	}
}

// run runs a complete example as a system's own program, and gives what it prints.
func (b *guideBlock) run(t *testing.T, a app, base string) string {
	t.Helper()
	command := interpreters[b.language]
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Fatalf("%s is missing (scripts/test installs it): %v", command[0], err)
	}
	file := filepath.Join(t.TempDir(), strings.TrimPrefix(b.mark, "file="))
	if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
		t.Fatal(err)
	}
	return execute(t, ".", guideEnv(a, base), append(slices.Clone(command), file)...)
}

// guideEnv are the four values that the guide asks for.
func guideEnv(a app, base string) []string {
	return []string{
		"HAOCHAPING_BASE=" + base, "HAOCHAPING_APP_CODE=" + a.Code, "HAOCHAPING_PAASID=" + a.PaasID, "HAOCHAPING_SECRET=" + a.Secret,
	}
}

// execute runs a command that must succeed.
func execute(t *testing.T, in string, env []string, command ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // our own guide
	c.Dir, c.Env = in, append(os.Environ(), env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", command, err, &out, &errs)
	}
	return out.String()
}

// front stands before a server. It hangs up at the first request, as a proxy may, is busy at the second, as the server may be, and
// then passes on.
type front struct {
	*server
	mu     sync.Mutex
	bodies [][]byte
}

// ServeHTTP keeps the body and passes the request on, unless it is one of the first two.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // one that is not whole is not the same again
	f.mu.Lock()
	f.bodies = append(f.bodies, body)
	came := len(f.bodies)
	f.mu.Unlock()
	switch came {
	case 1:
		panic(http.ErrAbortHandler)
	case 2:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintln(w, `{"code":-1,"message":"系统繁忙，请稍后用同一请求重试","requestId":"busy"}`)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	to, _ := url.Parse(f.url) // it was called before
	httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
}

// From registration to the first review: the guide's steps in their order, on a system that knows nobody yet. Sent twice, it
// is the same review.
func TestGuideStepsLeadToAReview(t *testing.T) {
	g := readGuide(t)
	h := onSQLite(t)
	s := h.serve(t)
	folder := t.TempDir()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"HAOCHAPING_DATABASE=" + h.database, "PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH")}
	var a app
	var steps []guideBlock
	for _, block := range g.blocks {
		switch {
		case block.language == "json" && strings.HasPrefix(block.mark, "file="):
			if err := os.WriteFile(filepath.Join(folder, strings.TrimPrefix(block.mark, "file=")), []byte(block.text), 0o600); err != nil {
				t.Fatal(err)
			}
		case block.mark == "step" && a.Code == "":
			if err := json.Unmarshal([]byte(execute(t, folder, env, "bash", "-euo", "pipefail", "-c", block.text)), &a); err != nil {
				t.Fatal(err)
			}
			env = append(env, guideEnv(a, s.url)...)
		case block.mark == "step":
			steps = append(steps, block)
		}
	}
	serials := map[string]bool{}
	for _, step := range slices.Concat(steps, steps) {
		out := execute(t, folder, env, "bash", "-euo", "pipefail", "-c", step.text)
		if got, want := strings.Count(out, `{"code":0,`), strings.Count(step.text, "curl "); got != want {
			t.Errorf("%s\n%d of %d answers are code 0: %s", step.text, got, want, out)
		}
		if serial := regexp.MustCompile(`"affairEvalId":"(\w+)"`).FindString(out); serial != "" {
			serials[serial] = true
		}
	}
	if len(serials) != 1 {
		t.Errorf("the review has serial numbers %v", serials)
	}
	if n := counted(t, s); n != 1 {
		t.Errorf("%d reviews are counted", n)
	}
}

// What the guide says that a command prints, it prints.
func TestGuideCommandsPrintWhatItSays(t *testing.T) {
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH")}
	blocks := readGuide(t).blocks
	ran := 0
	for i, block := range blocks {
		if block.mark != "run" {
			continue
		}
		ran++
		got := execute(t, t.TempDir(), env, "bash", "-euo", "pipefail", "-c", block.text)
		if want := blocks[i+1]; want.mark != "output" || got != want.text {
			t.Errorf("%s\nprints %q, the guide says %q", block.text, got, want.text)
		}
	}
	if ran == 0 {
		t.Error("the guide has no command to run")
	}
}
