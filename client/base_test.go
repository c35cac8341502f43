package client_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/client"
)

// A base URL that is none is told with what would be right, and nothing is sent.
func TestAFaultyBaseIsTold(t *testing.T) {
	for _, base := range []string{"", " ", "haochaping.example.gov.cn", "//haochaping.example.gov.cn", "haochaping.example.gov.cn:8443", "ftp://haochaping.example.gov.cn", "https://", "https://a b", "https://h.example?x=1"} {
		_, err := client.New(base, "p", "s").Tags(t.Context(), "egovAffair", 5)
		if err == nil || !strings.Contains(err.Error(), "want http:// or https:// with a host, such as https://haochaping.example.gov.cn") {
			t.Errorf("%q: got %v", base, err)
		}
		_, err = client.SignedHallQR(base, "s", "gzga01", "0012", "HALL", "S-1", "CODE")
		var field client.FieldError
		if !errors.As(err, &field) || field.Field != "base" || !strings.Contains(field.Reason, "https://") {
			t.Errorf("%q: a code of it: got %v", base, err)
		}
	}
}
