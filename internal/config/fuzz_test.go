package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzSources: a file of sources is read to what can be connected to, or refused with the file's name, and without a password that
// somebody wrote into an address.
func FuzzSources(f *testing.F) {
	for _, seed := range []string{
		rightSource + `}`, rightSource + `, "time_zone": "+24:00", "interval": "1h", "page_rows": 5000}`, `{"name": 5}`, `{}`, `[]`, `{"url": "postgres://u:hunter2@h/d"}`,
		`{"url": "postgres://u:hunter2@h:x/d"}`, `{"url": "mysql://u@h/d?tls=true&tls=false"}`, `{"columns": []}`, `{"query": "select 1;"}`, `{"interval": "-1s"}`, `{"page_rows": 1.5}`,
	} {
		f.Add(`{"sources": [` + seed + `]}`)
	}
	f.Add(`[]`)
	f.Add(`null`)
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(folder, "sources.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := ReadSources(file, someFields, someRequired)
		if err != nil {
			if all != nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "应为，") || strings.HasSuffix(err.Error(), "而不是") {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
		for i := range all {
			s := &all[i]
			interval, settle, lookBack, timeout := s.Durations()
			if s.Engine() == "" || s.User() == "" || s.Database() == "" || strings.HasPrefix(s.Host(), ":") || interval <= 0 || settle <= 0 || lookBack < 0 || timeout <= 0 || s.PageRows < 1 {
				t.Errorf("%s is read as %+v", text, s)
			}
			_ = s.Parameters()
		}
	})
}
