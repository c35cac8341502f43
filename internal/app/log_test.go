package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
)

func TestTheLogCountsWhatItHasSaid(t *testing.T) {
	away := func(n int) error {
		return fmt.Errorf("find jobs: %w", fault.NewUnavailable("暂时无法查询", time.Second, fmt.Errorf("connect:\n\ttry %d", n)))
	}
	say := func(level slog.Level) (*slog.Logger, *repeated, func() string) {
		var out bytes.Buffer
		q := newQuiet(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		return slog.New(q), q.lines, func() string { defer out.Reset(); return out.String() }
	}
	log, lines, said := say(slog.LevelInfo)
	for i := range 1000 {
		log.Warn("refused", "requestId", i, "error", away(i))
		log.Info("refused", "error", fault.NewTooMany("太频繁", time.Second))
	}
	log.Error("refused", "error", errors.New("ours"))
	log.Error("refused", "error", errors.New("ours"))
	want := `level=WARN msg=refused requestId=0 error="find jobs: connect: try 0"
level=INFO msg=refused error=太频繁
level=ERROR msg=refused error=ours
level=ERROR msg=refused error=ours
`
	if got := said(); got != want {
		t.Errorf("at first: got\n%s\nwant\n%s", got, want)
	}
	lines.Tell(t.Context())
	if got := said(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `level=WARN msg=refused more=999 error="find jobs: connect: try 999"`) || !strings.Contains(got, "level=INFO msg=refused more=999 error=太频繁") {
		t.Errorf("then: got\n%s", got)
	}
	lines.Tell(t.Context())
	log.Warn("refused", "error", away(7))
	if got := said(); got != `level=WARN msg=refused error="find jobs: connect: try 7"`+"\n" {
		t.Errorf("when it is over and begins anew: got\n%s", got)
	}
	for range 1000 { // what anybody can send
		log.Info("refused", "error", fault.NewUntrusted("缺少请求头 x-tif-paasid"))
	}
	if got := strings.Count(said(), "\n"); got != mostOfCallers {
		t.Errorf("%d lines of callers' own faults, want %d", got, mostOfCallers)
	}
	lines.Tell(t.Context())
	if got := said(); !strings.Contains(got, fmt.Sprintf("more=%d", 1000-mostOfCallers)) {
		t.Errorf("of callers' own faults it tells\n%s", got)
	}
	log.Info("refused", "requestId", 7, "error", fault.NewUntrusted("缺少请求头 x-tif-paasid"))
	if got := said(); !strings.Contains(got, "requestId=7") {
		t.Errorf("a little later it tells\n%s", got)
	}
	log, _, said = say(slog.LevelDebug)
	log.Warn("refused", "error", away(1))
	log.Warn("refused", "error", away(2))
	if got := said(); strings.Count(got, "\n") != 2 {
		t.Errorf("where every line is asked for: got\n%s", got)
	}
}

// TestAnOutageIsToldByItsBeginningAndItsEnd takes the database away under callers.
func TestAnOutageIsToldByItsBeginningAndItsEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "h.db")
	s := startService(t, file)
	var out bytes.Buffer
	calm := newQuiet(slog.NewJSONHandler(&out, nil))
	log := slog.New(calm)
	s.log, s.repeated = log, calm.lines
	watch := &storing{metrics: s.metrics, log: log}
	ready := func() int {
		answer := httptest.NewRecorder()
		s.readyz(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return answer.Code
	}
	submit := func() error {
		_, err := s.reviews.Submit(t.Context(), review.Review{Facts: review.Facts{Kind: review.Guide, EntityCode: "egovGuide", Channel: "portal", Stars: 5, EvalTime: time.Now()}})
		watch.Flushed(0, 1, time.Millisecond, err)
		return err
	}
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := submit(); err == nil {
			t.Fatal("a review was stored in a file that is gone")
		}
		if got := ready(); got != http.StatusServiceUnavailable {
			t.Fatalf("ready: status %d", got)
		}
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	for what, goesOn := range map[string]func() bool{"storing": func() bool { return submit() == nil }, "readiness": func() bool { return ready() == http.StatusOK }} {
		for deadline := time.Now().Add(time.Minute); !goesOn(); {
			if time.Now().After(deadline) {
				t.Fatalf("%s does not go on", what)
			}
		}
	}
	for _, once := range []string{`"reviews can't be stored"`, `"reviews are stored again","seconds":`, `"not ready"`, `"ready again","seconds":`} {
		if got := strings.Count(out.String(), once); got != 1 {
			t.Errorf("%s stands in the log %d times:\n%s", once, got, out.String())
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 4 {
		t.Errorf("%d lines:\n%s", got, out.String())
	}
}
