package integrator

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
)

// A body that did not arrive whole is not for the platform to mend.
func TestAdviceOnWhatCannotBeAnsweredNow(t *testing.T) {
	for reason, want := range map[string]string{
		"请求体没有收完整，请用同一请求重试": "网络、网关或代理",
		"系统繁忙，请稍后用同一请求重试":   "平台暂时繁忙",
	} {
		r := Refusal{Kind: fault.Unavailable, Reason: reason}
		if got := r.Advice(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", reason, got, want)
		}
	}
}
