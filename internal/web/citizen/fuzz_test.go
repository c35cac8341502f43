package citizen

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzLocal: a login ends on a page below /ping/ of this host, however a browser reads the address.
func FuzzLocal(f *testing.F) {
	for _, seed := range []string{
		"/ping/my.html", "//evil.example", "/\\evil.example", "https:evil.example", "/%2f%2fevil.example", "/\t/evil.example", "/ping/..//evil.example", "/ping/r/7K3M?a=/../", "/ping/;/x",
		"/ping/my.html?\r\nX: y", "/ping/%2e%2e/", "///ping/", "/ping/@evil",
	} {
		f.Add(seed)
	}
	base, err := url.Parse("https://h.example/ping/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := local(to)
		there, err := base.Parse(got)
		if err != nil || there.Scheme != "https" || there.Host != "h.example" || there.User != nil || !strings.HasPrefix(there.Path, "/ping/") {
			t.Errorf("%q leads to %v, %v", to, there, err)
		}
		// Browsers drop tabs and line breaks, and read a backslash as a slash.
		if strings.ContainsAny(got, "\\\t\r\n \x00") || strings.Contains(strings.SplitN(got, "?", 2)[0], "//") {
			t.Errorf("%q becomes %q", to, got)
		}
		if again := local(got); again != got {
			t.Errorf("%q becomes %q, then %q", to, got, again)
		}
	})
}

// FuzzReadPosition: a page of a listing goes on at what a page wrote, or begins anew.
func FuzzReadPosition(f *testing.F) {
	for _, seed := range []string{"1710552615000000-1M87TEG3D000ZAKJZXRX", "-1-1M87TEG3D000ZAKJZXRX", "9223372036854775808-1M87TEG3D000ZAKJZXRX", "-", "0-\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at := readPosition(text); at != nil && (len(at.Serial) != 20 || strings.ToUpper(at.Serial) != at.Serial || at.EvalTime.Location() != time.Local) {
			t.Errorf("%q is %+v", text, at)
		}
	})
}
