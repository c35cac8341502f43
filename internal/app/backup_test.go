package app

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
)

// TestASecondBackupOfOneSecondIsToldToComeAgain: who named a folder can't choose another name.
func TestASecondBackupOfOneSecondIsToldToComeAgain(t *testing.T) {
	folder, database := t.TempDir(), "sqlite:"+installed(t)
	const others = "one of another process"
	for n := range 60 {
		if err := os.WriteFile(backup.NameIn(folder, time.Now().Add(time.Duration(n)*time.Second)), []byte(others), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	status := Main([]string{"backup", "--to", folder, "--database", database}, &out, &out)
	if status != 1 || !strings.Contains(out.String(), "请过一秒再运行一次") || strings.Contains(out.String(), "换一个文件名") {
		t.Errorf("status %d, says %s", status, &out)
	}
	there, err := os.ReadDir(folder)
	if err != nil || len(there) != 60 {
		t.Errorf("%d files are there, %v, want the 60 that were", len(there), err)
	}
}
