package app

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestFiguresOfNothing: no affairs and a region that there is not are different things, and neither is a table without rows.
func TestFiguresOfNothing(t *testing.T) {
	t.Setenv("HAOCHAPING_DATABASE", "sqlite:"+filepath.Join(t.TempDir(), "db"))
	if status := Main([]string{"migrate"}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Fatal("migrate")
	}
	for _, tt := range []struct {
		arguments []string
		status    int
		says      string
	}{
		{nil, 0, "没有符合条件的已办事项。\n"},
		{[]string{"--region", "440100"}, 0, "没有符合条件的已办事项。\n"},
		{[]string{"--region", "99"}, 1, "没有区划 990000000000"},
		{[]string{"--region", "x"}, 1, "region 应为 12 位数字的区划编码"},
	} {
		var out bytes.Buffer
		if status := Main(append([]string{"figures", "affairs"}, tt.arguments...), &out, &out); status != tt.status || !strings.Contains(out.String(), tt.says) {
			t.Errorf("%q: status %d, says %s", tt.arguments, status, &out)
		}
	}
}
