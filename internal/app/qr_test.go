package app

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestCodesThatLeadNowhereAreToldOf: who prints posters without the public address is told before he hangs them.
func TestCodesThatLeadNowhereAreToldOf(t *testing.T) {
	affair := strings.Fields("qr affair --app-code a --work-no 1 --hall-code h --serial-no s --affair-code c")
	for base, told := range map[string]bool{"": true, "http://localhost:8080": true, "http://[::1]": true, "https://hcp.example.gov.cn": false} {
		var out, errs bytes.Buffer
		arguments := affair
		if base != "" {
			arguments = append(slices.Clip(affair), "--base-url", base)
		}
		if status := Main(arguments, &out, &errs); status != 0 || !strings.Contains(out.String(), "/ping/hallqr.html?msg=") || strings.Contains(errs.String(), "只有这台机器打得开") != told {
			t.Errorf("%s: status %d, says %s, and %s", base, status, &out, &errs)
		}
	}
}
