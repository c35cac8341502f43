package respond_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// answered is one answer with what was logged about it.
type answered struct {
	*httptest.ResponseRecorder
	envelope respond.Envelope
	code     int // what the function gave
	log      string
}

func answer(t *testing.T, write func(w http.ResponseWriter, r *http.Request, log *slog.Logger) int) answered {
	t.Helper()
	var log bytes.Buffer
	a := answered{ResponseRecorder: httptest.NewRecorder()}
	respond.Identify(a)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ping/ebus/affair/eval", http.NoBody)
	a.code = write(a, r, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	a.log = log.String()
	if err := json.Unmarshal(a.Body.Bytes(), &a.envelope); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	if got := a.Header().Get("Content-Type"); got != "application/json;charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	if got := a.Header().Get("Content-Length"); got != strconv.Itoa(a.Body.Len()) {
		t.Errorf("Content-Length %s of %d bytes", got, a.Body.Len())
	}
	if id := respond.RequestID(a); id == "" || a.envelope.RequestID != id || a.Header().Get("X-Request-Id") != id {
		t.Errorf("request id %q, %q in the answer, %q in its header", id, a.envelope.RequestID, a.Header().Get("X-Request-Id"))
	}
	if a.code != a.envelope.Code {
		t.Errorf("gave code %d, answered %d", a.code, a.envelope.Code)
	}
	return a
}

func failure(t *testing.T, err error) answered {
	t.Helper()
	return answer(t, func(w http.ResponseWriter, r *http.Request, log *slog.Logger) int {
		return respond.Error(w, r, log, err)
	})
}

// What an error means to the caller (3.3, contract.md 2), and what the log is told: ours in full, the caller's in its own
// words only.
func TestErrorsByKind(t *testing.T) {
	cause := errors.New("dial tcp 10.0.0.7:5432: 张三 refused")
	for _, one := range []struct {
		name       string
		err        error
		code       int
		status     int
		retryAfter string
		level      string
		logsCause  bool
	}{
		{"invalid", fault.NewInvalid(fault.Violation{Field: "remark", Reason: "应为字符串"}), 2, 200, "", "INFO", false},
		{"untrusted", fault.NewUntrusted("签名不符"), 3, 200, "", "INFO", false},
		{"conflict", fault.NewConflict("该办件已评价"), -1, 200, "", "INFO", false},
		{"missing", fault.NewMissing("没有这个页面"), -1, 404, "", "INFO", false},
		{"too many", fault.NewTooMany("请稍后", 1500*time.Millisecond), -1, 429, "2", "INFO", false},
		{"unavailable", fault.NewUnavailable("请稍后", time.Millisecond, cause), -1, 503, "1", "WARN", true},
		{"internal", cause, -1, 500, "", "ERROR", true},
		{"internal in other words", fmt.Errorf("accept reviews: %w", cause), -1, 500, "", "ERROR", true},
		{"a fault in an error that says more", fmt.Errorf("submit 张三: %w", fault.NewConflict("该办件已评价")), -1, 200, "", "INFO", false},
		{"an unavailable store in an error", fmt.Errorf("accept: %w", fault.NewUnavailable("请稍后", time.Second, cause)), -1, 503, "1", "WARN", true},
	} {
		a := failure(t, one.err)
		if a.code != one.code || a.Code != one.status || a.Header().Get("Retry-After") != one.retryAfter {
			t.Errorf("%s: got code %d, status %d, Retry-After %q; want %d, %d, %q",
				one.name, a.code, a.Code, a.Header().Get("Retry-After"), one.code, one.status, one.retryAfter)
		}
		if strings.Contains(a.Body.String(), "张三") || strings.Contains(a.Body.String(), "10.0.0.7") {
			t.Errorf("%s: the answer tells the cause: %s", one.name, a.Body)
		}
		var line struct {
			Level, RequestID, Path, Error string
			Code, Status                  int
		}
		if err := json.Unmarshal([]byte(a.log), &line); err != nil {
			t.Fatalf("%s: not one line is logged: %v\n%s", one.name, err, a.log)
		}
		if line.Level != one.level || line.RequestID != a.envelope.RequestID || line.Code != one.code || line.Status != one.status ||
			line.Path != "/ping/ebus/affair/eval" || line.Error == "" {
			t.Errorf("%s: logged %s", one.name, a.log)
		}
		if strings.Contains(a.log, "张三") != one.logsCause {
			t.Errorf("%s: the log tells the cause: %v, want %v\n%s", one.name, !one.logsCause, one.logsCause, a.log)
		}
	}
}

// A caller who hangs up is no fault of ours that an operator must look at.
func TestACallerWhoHungUp(t *testing.T) {
	a := answer(t, func(w http.ResponseWriter, r *http.Request, log *slog.Logger) int {
		ctx, hangUp := context.WithCancel(r.Context())
		hangUp()
		return respond.Error(w, r.WithContext(ctx), log, fmt.Errorf("accept reviews: %w", ctx.Err()))
	})
	if !strings.Contains(a.log, `"level":"INFO"`) {
		t.Errorf("logged %s", a.log)
	}
	if a := failure(t, context.Canceled); !strings.Contains(a.log, `"level":"ERROR"`) {
		t.Errorf("canceled by ourselves: logged %s", a.log)
	}
	if a := failure(t, fault.NewUnavailable("没有收完整", time.Second, errors.Join(respond.ErrCutOff, io.ErrUnexpectedEOF))); !strings.Contains(a.log, `"level":"INFO"`) {
		t.Errorf("in the middle of a body: logged %s", a.log)
	}
}

// String(100) of 3.4.2.5 are characters, not bytes.
func TestMessageHasAHundredCharacters(t *testing.T) {
	for n, want := range map[int]string{
		99: strings.Repeat("长", 99), 100: strings.Repeat("长", 100), 101: strings.Repeat("长", 99) + "…", 5000: strings.Repeat("长", 99) + "…",
	} {
		a := failure(t, fault.NewConflict(strings.Repeat("长", n)))
		if got := a.envelope.Message; got != want {
			t.Errorf("%d characters: got %d, %q", n, utf8.RuneCountInString(got), got)
		}
	}
	if got := failure(t, fault.NewConflict(strings.Repeat("😀", 101))).envelope.Message; got != strings.Repeat("😀", 99)+"…" {
		t.Errorf("got %q", got)
	}
}

// Every violation is told, beside a message that names the first.
func TestEveryViolationIsTold(t *testing.T) {
	violations := []fault.Violation{{Field: "user.userId", Reason: "不能为空"}, {Field: "remark", Reason: "应为字符串"}}
	a := failure(t, fault.NewInvalid(violations...))
	if diff := cmp.Diff(violations, a.envelope.Errors); diff != "" {
		t.Error(diff)
	}
	if want := "参数不合法：user.userId 不能为空（共 2 处，见 errors）"; a.envelope.Message != want {
		t.Errorf("got %q, want %q", a.envelope.Message, want)
	}
}

// Success has data and nothing else; text stands as it is, not escaped for HTML.
func TestData(t *testing.T) {
	a := answer(t, func(w http.ResponseWriter, r *http.Request, _ *slog.Logger) int {
		return respond.Data(w, map[string]string{"name": "<𠮷&😀>"})
	})
	want := `{"code":0,"message":"成功","data":{"name":"<𠮷&😀>"},"requestId":"` + a.envelope.RequestID + `"}` + "\n"
	if a.Body.String() != want || a.Code != http.StatusOK || a.log != "" {
		t.Errorf("got %d %s, want %s; logged %q", a.Code, a.Body, want, a.log)
	}
}

// own writes itself.
type own struct {
	Serial string `json:"serial"`
}

func (o own) AppendJSON(to []byte) []byte {
	return append(append(append(to, `{"serial":"`...), o.Serial...), `"}`...)
}

// What writes itself is answered as everything else is.
func TestDataThatWritesItself(t *testing.T) {
	answers := []string{}
	for _, data := range []any{own{"01JX"}, map[string]string{"serial": "01JX"}} {
		a := answer(t, func(w http.ResponseWriter, r *http.Request, _ *slog.Logger) int { return respond.Data(w, data) })
		answers = append(answers, strings.Replace(a.Body.String(), a.envelope.RequestID, "ID", 1))
	}
	if answers[0] != answers[1] {
		t.Errorf("%q differ", answers)
	}
}

// What HTTP refuses is -1 with its status, and is not logged: it is nobody's fault but the caller's.
func TestRefuse(t *testing.T) {
	a := answer(t, func(w http.ResponseWriter, r *http.Request, _ *slog.Logger) int {
		return respond.Refuse(w, http.StatusMethodNotAllowed, "请用 POST 方法调用")
	})
	if a.Code != http.StatusMethodNotAllowed || a.code != respond.CodeFailed || a.envelope.Message != "请用 POST 方法调用" || a.log != "" {
		t.Errorf("got %d %s, logged %q", a.Code, a.Body, a.log)
	}
}

func TestWhoComesWhenHeWasToldIsNotTooEarly(t *testing.T) {
	for pause, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", time.Second: "1", 1200 * time.Millisecond: "2", time.Minute: "60"} {
		w := httptest.NewRecorder()
		respond.RetryAfter(w, pause)
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: got %s, want %s", pause, got, want)
		}
	}
}
