package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsWatchedIsJudged(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Watch
		ok   bool
	}{
		{"nothing", Watch{}, true},
		{"a collector", Watch{Traces: "https://collector.example:4318/base", TraceRatio: 0.01, SlowQuery: time.Second}, true},
		{"no address", Watch{Traces: "collector:4318", TraceRatio: 1}, false},
		{"a password in the address", Watch{Traces: "https://user@collector.example", TraceRatio: 1}, false},
		{"no trace kept", Watch{Traces: "http://127.0.0.1:4318"}, false},
		{"more than all", Watch{Traces: "http://127.0.0.1:4318", TraceRatio: 1.1}, false},
		{"before its time", Watch{SlowQuery: -1}, false},
	} {
		if err := tt.in.Check(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestHeadersOfTracesComeFromAFileOrTheEnvironment(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20a, X-Tenant = t")
	got, err := (&Watch{}).Headers()
	if diff := cmp.Diff(map[string]string{"Authorization": "Bearer a", "X-Tenant": "t"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	file := filepath.Join(t.TempDir(), "headers")
	for content, want := range map[string]map[string]string{"Authorization=Bearer%20b\n": {"Authorization": "Bearer b"}, "": {}, "Bearer b": nil} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := (&Watch{TraceHeadersFile: file}).Headers()
		if diff := cmp.Diff(want, got); (err != nil) != (want == nil) || diff != "" {
			t.Error(content, err, diff)
		}
	}
}
