package signature_test

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/signature"
)

const codeMsg = "gzga01-016-440104001001-GZ-2026-1-11440100007482532C3000109001000"

func TestCodeKey(t *testing.T) {
	for _, tt := range []struct{ token, msg, want string }{
		{vectorToken, codeMsg, "c91e5b7ffa5d2993"},
		{vectorToken, "gzga01-01 6-hall&#-GZ-2026-1+办-4401%", "28f191f2457654a7"},
		{"hcp-demo-token", "", "db4bd9ba32944f8d"},
	} {
		if got := signature.CodeKey(tt.token, tt.msg); got != tt.want {
			t.Errorf("CodeKey(%s, %s): got %s, want %s", tt.token, tt.msg, got, tt.want)
		}
	}
}

func TestValidCodeKey(t *testing.T) {
	key := signature.CodeKey(vectorToken, codeMsg)
	whole := "c91e5b7ffa5d29931eeb7670534e5bfe7ff886e119e7faffffacac8ebcf3d72a"
	for _, tt := range []struct {
		name, token, msg, key string
		want                  bool
	}{
		{"the key", vectorToken, codeMsg, key, true},
		{"the whole signature", vectorToken, codeMsg, whole, true},
		{"some of it", vectorToken, codeMsg, whole[:20], true},
		{"too little of it", vectorToken, codeMsg, key[:15], false},
		{"more than all of it", vectorToken, codeMsg, whole + "0", false},
		{"nothing", vectorToken, codeMsg, "", false},
		{"upper case", vectorToken, codeMsg, strings.ToUpper(key), false},
		{"a digit differs", vectorToken, codeMsg, key[:15] + "g", false},
		{"another message", vectorToken, codeMsg + "1", key, false},
		{"another secret", vectorToken + "1", codeMsg, key, false},
	} {
		if got := signature.ValidCodeKey(tt.token, tt.msg, tt.key); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
