package app

import (
	"net/http"
	"testing"

	"github.com/haochaping/haochaping/internal/config"
)

// What the proxy itself added stands last, in the last header of the name; all before it was written by the caller, who can call himself anybody.
func TestCallersAddressIsWhatTheProxyAdded(t *testing.T) {
	for name, c := range map[string]struct {
		sent []string
		want string
	}{
		"overwritten":                     {[]string{"203.0.113.7"}, "203.0.113.7"},
		"appended to a caller's own":      {[]string{"198.51.100.1, 198.51.100.2 ,203.0.113.7 "}, "203.0.113.7"},
		"added as a header of its own":    {[]string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		"IPv6":                            {[]string{"198.51.100.1, 2001:db8::7"}, "2001:db8::7"},
		"with the port, as some write":    {[]string{"203.0.113.7:50412"}, "203.0.113.7"},
		"IPv6 with the port":              {[]string{"[2001:db8::7]:50412"}, "2001:db8::7"},
		"not written: the connection's":   {nil, "192.0.2.1"},
		"written empty: the connection's": {[]string{"198.51.100.1, "}, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{settings: &config.Server{Pages: config.Pages{ProxyHeader: "X-Forwarded-For"}}}
			r := &http.Request{RemoteAddr: "192.0.2.1:1234", Header: http.Header{"X-Forwarded-For": c.sent}}
			if got := s.address()(r); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzCallersAddress: whatever a caller claims before it, the address is what the proxy added.
func FuzzCallersAddress(f *testing.F) {
	for _, seed := range []string{"", "198.51.100.1", "198.51.100.1:80", "\"", ",", " ,", "[::1", "for=1.2.3.4;by=x", "\x00", "\xff", "198.51.100.1,"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	s := &service{settings: &config.Server{Pages: config.Pages{ProxyHeader: "X-Forwarded-For"}}}
	f.Fuzz(func(t *testing.T, claimed string, apart bool) {
		sent := []string{claimed + ", 203.0.113.7"}
		if apart {
			sent = []string{claimed, "203.0.113.7"}
		}
		r := &http.Request{RemoteAddr: "192.0.2.1:1234", Header: http.Header{"X-Forwarded-For": sent}}
		if got := s.address()(r); got != "203.0.113.7" {
			t.Errorf("%q is %q", sent, got)
		}
	})
}
