package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// notes keeps what a command prints while it runs.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// The README's first command: it fills itself, says where to look, and its curl line works when pasted, again and again.
func TestDemo(t *testing.T) {
	h := &house{database: "sqlite:unused"}
	out := &notes{}
	folder := filepath.Join(t.TempDir(), "made", "for it")
	command := h.command(context.Background(), t, "demo", "--listen", "127.0.0.1:0", "--reviews", "500", "--folder", folder)
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // that it has ended already is as well
	eventually(t, "the demo is ready", func() bool { return strings.Contains(out.String(), "; echo\n") })
	text := out.String()
	if !strings.Contains(text, "] 500 / 500") {
		t.Errorf("no progress was shown:\n%s", text)
	}
	base := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(text)
	s := &server{url: base}
	before := counted(t, s)
	if before < 500 {
		t.Errorf("%d reviews are in the figures, want 500 and what trickles", before)
	}
	for _, path := range regexp.MustCompile(`http://127\.0\.0\.1:\d+(/\S+)`).FindAllStringSubmatch(strings.Split(text, "key=")[0], -1) {
		if status, body := s.get(t, path[1]); status != 200 || strings.Contains(body, `"code":-1`) {
			t.Errorf("%s: status %d", path[1], status)
		}
	}
	if second := h.run(t, "demo", "--listen", "127.0.0.1:0", "--reviews", "1", "--folder", folder); second.status != 1 || !strings.Contains(second.err, "另一个演示正在使用文件夹") {
		t.Errorf("a second demo beside it: got status %d, %q", second.status, second.err)
	}
	line := text[strings.Index(text, "key="):]
	var serials []string
	for range 2 {
		pasted, err := exec.CommandContext(t.Context(), "bash", "-c", line).CombinedOutput() //nolint:gosec // the demo's own line
		var answer struct {
			Code int
			Data struct{ AffairEvalID string }
		}
		if err != nil || json.Unmarshal(pasted, &answer) != nil || answer.Code != 0 || answer.Data.AffairEvalID == "" {
			t.Fatalf("the line, pasted: %v\n%s\nthe demo said:\n%s", err, pasted, out)
		}
		serials = append(serials, answer.Data.AffairEvalID)
	}
	if serials[0] == serials[1] {
		t.Errorf("pasted twice: got %s twice", serials[0])
	}
	if got := counted(t, s); got < before+2 {
		t.Errorf("%d reviews are in the figures, want at least %d", got, before+2)
	}
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("Ctrl+C: %v\n%s", err, out)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 3 || left[0].Name() != "haochaping.db" || left[1].Name() != "haochaping.db.key" || left[2].Name() != "haochaping.demo" {
		t.Errorf("in its folder there is %v, %v, want the whole database, its key and the demo's mark", left, err)
	}
}

// A folder that holds a database which no demo made is left as it is: the demo would fill it with made-up reviews, and give its accounts
// another password.
func TestADemoLeavesOtherDatabasesAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	h := &house{database: "sqlite:" + filepath.Join(folder, "haochaping.db")}
	h.mustRun(t, "admin", "create", "--login", "sheng", "--name", "张真", "--role", "province")
	before, err := os.ReadFile(filepath.Join(folder, "haochaping.db")) //nolint:gosec // the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	said, err := h.command(ctx, t, "demo", "--listen", "127.0.0.1:0", "--reviews", "1", "--folder", folder).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "不是演示建立的") {
		t.Errorf("got %v, %s", err, said)
	}
	if after, err := os.ReadFile(filepath.Join(folder, "haochaping.db")); err != nil || !bytes.Equal(before, after) { //nolint:gosec // as above
		t.Errorf("the database was changed (%v)", err)
	}
}
