package fault

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want Kind
	}{
		{"none", nil, Internal},
		{"any other error", errors.New("broken"), Internal},
		{"invalid", NewInvalid(), Invalid},
		{"untrusted", NewUntrusted("时间戳过期"), Untrusted},
		{"conflict", NewConflict("该办件已评价"), Conflict},
		{"missing", NewMissing("没有"), Missing},
		{"too many", NewTooMany("慢一点", time.Second), TooMany},
		{"unavailable", NewUnavailable("稍后", time.Second, nil), Unavailable},
		{"undecided", NewUndecided("先查看", time.Second, nil), Unavailable},
		{"wrapped", fmt.Errorf("accept reviews: %w", NewConflict("该办件已评价")), Conflict},
		{"joined", errors.Join(errors.New("rollback"), NewUnavailable("稍后", time.Second, nil)), Unavailable},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestMessages(t *testing.T) {
	one := Violation{Field: "affair.affairCode", Reason: "不能为空"}
	for _, c := range []struct {
		name string
		err  *Error
		want string
	}{
		{"no violation", NewInvalid(), "参数不合法"},
		{"one", NewInvalid(one), "参数不合法：affair.affairCode 不能为空"},
		{"the first of several", NewInvalid(one, Violation{"remark", "最多 150 个字符"}, one), "参数不合法：affair.affairCode 不能为空（共 3 处，见 errors）"},
		{"untrusted", NewUntrusted("时间戳过期"), "验签失败：时间戳过期"},
		{"conflict", NewConflict("该办件已评价"), "该办件已评价"},
	} {
		if got := c.err.Message; got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTheCauseIsForTheLogOnly(t *testing.T) {
	cause := errors.New("connection refused")
	err := NewUnavailable("暂时无法保存", 2*time.Second, cause)
	if err.Message != "暂时无法保存" {
		t.Errorf("people are told %s", err.Message)
	}
	if got := err.Error(); got != "暂时无法保存: connection refused" {
		t.Errorf("the log is told %s", got)
	}
	if !errors.Is(err, cause) || err.RetryAfter != 2*time.Second {
		t.Errorf("got %+v", err)
	}
	if got := NewUnavailable("稍后", 0, nil); got.Error() != "稍后" || got.Unwrap() != nil {
		t.Errorf("without a cause: got %v", got)
	}
	if got := NewTooMany("慢一点", time.Minute).RetryAfter; got != time.Minute {
		t.Errorf("got %v", got)
	}
}

func TestEveryViolationIsTold(t *testing.T) {
	violations := []Violation{{"a", "x"}, {"b", "y"}}
	if got := NewInvalid(violations...).Violations; len(got) != 2 || got[0] != violations[0] || got[1] != violations[1] {
		t.Errorf("got %v, want %v", got, violations)
	}
}

func TestIsUndecided(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"none", nil, false},
		{"any other error", errors.New("broken"), false},
		{"unavailable", NewUnavailable("稍后", time.Second, nil), false},
		{"undecided", fmt.Errorf("adjust: %w", NewUndecided("先查看", time.Second, nil)), true},
	} {
		if got := IsUndecided(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
