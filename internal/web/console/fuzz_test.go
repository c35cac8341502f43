package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzLocal: a login ends on a page of this host, however a browser reads the address, and as http.Redirect writes it.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{
		"/console/staff?a=b", "//evil.example/console", "/console/..//evil.example", "/console/\\evil", "https:/console", "/console/%2f%2fevil", "/console/%0d%0aX:%20y", "/console?\t//evil", "/console#//evil",
		"/console/../../..//evil.example", "/console@evil.example", "javascript:/console/", "/console/x:y",
	} {
		f.Add(seed)
	}
	base, err := url.Parse("https://h.example/console/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		w := httptest.NewRecorder()
		redirect(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console/login", http.NoBody), local(to))
		got := w.Header().Get("Location")
		there, err := base.Parse(got)
		if err != nil || there.Scheme != "https" || there.Host != "h.example" || there.User != nil || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Errorf("%q leads to %v, %v", to, there, err)
		}
		if strings.ContainsAny(got, "\\\t\r\n\x00") {
			t.Errorf("%q leads to %q", to, got)
		}
	})
}

// FuzzPositions: a list goes on at what its pages wrote, or begins anew; what is written of it is read as the same.
func FuzzPositions(f *testing.F) {
	for _, seed := range []string{"1710552615000000.1M87TEG3D000ZAKJZXRX", "1710552615000000.7.1M87TEG3D000ZAKJZXRX", "0.1.\x00", "gjdgxs.1", "zzzzzzzzzzzzz.zzzzzzzzzzzzz", "-1.-1", ".", "\x00.\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if at := readPosition(key); at != nil {
			if again := readPosition(positionKey(at)); again == nil || !again.EvalTime.Equal(at.EvalTime) || again.Serial != at.Serial || len(at.Serial) != 20 {
				t.Errorf("%q is %+v, read again %+v", key, at, again)
			}
		}
		if at := readCaseKey(key); at != nil && (len(at.Serial) != 20 || at.Slot < 0 || at.Slot > 31) {
			t.Errorf("%q is %+v", key, at)
		}
		if at := auditPosition(key); at != nil && at.At.UnixMicro() == 0 && at.Number != 0 && strings.HasPrefix(key, ".") {
			t.Errorf("%q is %+v", key, at)
		}
		_ = fileName(key)
		if name := fileName(key); strings.ContainsAny(name, "/\\\r\n\x00") && name != "/" || len([]rune(name)) > mostFileName {
			t.Errorf("a file %q is called %q", key, name)
		}
	})
}
