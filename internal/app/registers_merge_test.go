package app

import (
	"bytes"
	"strings"
	"testing"
)

// TestAMergeThatIsRefusedShowsNoPreview: it would read as if it were possible.
func TestAMergeThatIsRefusedShowsNoPreview(t *testing.T) {
	database := "sqlite:" + installed(t)
	for _, apply := range []string{"--apply", "--apply=false"} {
		var out bytes.Buffer
		status := Main([]string{"merge", "entities", "egovAffair", "egovAffair", apply, "--database", database}, &out, &out)
		if status != 1 || strings.Contains(out.String(), "→") || out.Len() == 0 {
			t.Errorf("%s: status %d, says %s", apply, status, &out)
		}
	}
}
