package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesAreCalledWhatTheyAre: a spreadsheet program opens no workbook that is called a csv, and no csv that is called a workbook.
func TestFilesAreCalledWhatTheyAre(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HAOCHAPING_DATABASE", "sqlite:"+filepath.Join(dir, "db"))
	if status := Main([]string{"migrate"}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Fatal("migrate")
	}
	csv, xlsx := filepath.Join(dir, "list.csv"), filepath.Join(dir, "list.XLSX")
	for line, says := range map[string]string{
		"export halls " + csv: "应以 .xlsx 结尾", "import halls --template " + csv: "应以 .xlsx 结尾",
		"export rejected " + xlsx: "应以 .csv 结尾", "export orphans " + xlsx: "应以 .csv 结尾", "audit export " + xlsx: "应以 .csv 结尾", "figures affairs --csv " + xlsx: "应以 .csv 结尾",
	} {
		var errs bytes.Buffer
		if status := Main(strings.Fields(line), &bytes.Buffer{}, &errs); status != 1 || !strings.Contains(errs.String(), says) {
			t.Errorf("%s: status %d, says %s", line, status, &errs)
		}
	}
}

// TestAReportIsReplacedWholeOrNotAtAll: one of its two files that is there keeps both from being written.
func TestAReportIsReplacedWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HAOCHAPING_DATABASE", "sqlite:"+filepath.Join(dir, "db"))
	if status := Main([]string{"migrate"}, &bytes.Buffer{}, &bytes.Buffer{}); status != 0 {
		t.Fatal("migrate")
	}
	files := filepath.Join(dir, "r", "report-440000000000-2026-01.")
	if err := os.MkdirAll(filepath.Dir(files), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files+"xlsx", []byte("former"), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	report := []string{"report", "--month", "2026-01", "--out", filepath.Dir(files)}
	if status := Main(report, &bytes.Buffer{}, &errs); status != 1 || !strings.Contains(errs.String(), "要替换请加 --replace") {
		t.Errorf("status %d, says %s", status, &errs)
	}
	if _, err := os.Stat(files + "html"); err == nil {
		t.Error("half of it was written")
	}
	if status := Main(append(report, "--replace"), &bytes.Buffer{}, &errs); status != 0 {
		t.Errorf("says %s", &errs)
	}
	for _, name := range []string{files + "html", files + "xlsx"} {
		if text, err := os.ReadFile(name); err != nil || len(text) < 1000 { //nolint:gosec // of the test
			t.Errorf("%s has %d bytes, %v", name, len(text), err)
		}
	}
}
