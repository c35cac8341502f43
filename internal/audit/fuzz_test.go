package audit_test

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/audit"
)

// FuzzParseAnchor: what is read as an anchor is written as one that is read as the same.
func FuzzParseAnchor(f *testing.F) {
	for _, seed := range []string{audit.Anchor{Number: 7}.String(), "-1-" + strings.Repeat("0", 64), "7-", "+7-" + strings.Repeat("A", 64), "7-" + strings.Repeat("0", 63), " 7-" + strings.Repeat("f", 64) + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, ok := audit.ParseAnchor(text)
		if !ok {
			if a != (audit.Anchor{}) {
				t.Errorf("%q is refused as %v", text, a)
			}
			return
		}
		if again, ok := audit.ParseAnchor(a.String()); !ok || again != a || a.Number < 0 {
			t.Errorf("%q is %v, read again %v", text, a, again)
		}
	})
}
