package client

import (
	"net/http"
	"testing"
	"time"
)

// FuzzRetryAfter: whatever a server or a proxy before it asks for, a pause is no shorter than none and no longer than a day.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 6, 15, 2, 0, 0, 0, time.UTC)
	for _, seed := range []string{"", "1", "-1", "999999999999", "99999999999999999999999", "1.5", " 5", now.Add(time.Minute).Format(http.TimeFormat), "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if pause := retryAfter(header, now); pause < 0 || pause > 24*time.Hour {
			t.Errorf("%q is a pause of %v", header, pause)
		}
	})
}
