package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/app"
)

func TestRecountMakesNoDatabaseOfAMistypedName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "typo.db")
	var out, errs bytes.Buffer
	if status := app.Main([]string{"recount", "--database", "sqlite:" + file}, &out, &errs); status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	if !strings.Contains(errs.String(), "没有数据库文件 "+file) {
		t.Errorf("said %q", errs.String())
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("made %s", file)
	}
}
