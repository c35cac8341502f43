package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An import that is only tried says that nothing was changed: so it makes no database either, where a name was mistyped.
func TestAnImportThatIsTriedMakesNoDatabase(t *testing.T) {
	for kind, text := range map[string]string{
		"affairs": "办件编号,实施清单编码,办结时间\nS1,I1,2026-11-01 10:00:00\n", "regions": "编码,名称\n440199,某区\n",
		"departments": "编码,名称,所属区划\nD1,某局,440100\n", "items": "编码,名称,部门编码\nI1,某事,D1\n", "tags": "评价对象编码,星级,标签,核心\n", "halls": "区划\n",
	} {
		t.Run(kind, func(t *testing.T) {
			folder := t.TempDir()
			list := filepath.Join(folder, "list.csv")
			if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var errs bytes.Buffer
			status := Main([]string{"import", kind, list, "--database", "sqlite:" + filepath.Join(folder, "mistyped.db")}, &bytes.Buffer{}, &errs)
			if status != 1 || !strings.Contains(errs.String(), "没有数据库文件") {
				t.Errorf("status %d, says %s", status, &errs)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
				t.Errorf("it made %v, %v", left, err)
			}
		})
	}
}
