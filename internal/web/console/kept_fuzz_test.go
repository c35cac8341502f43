package console

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzKept: a form that waits for a login is read as it was kept, below /console, without passwords; anything else is none. A form with
// files gives its texts within their bound.
func FuzzKept(f *testing.F) {
	for _, seed := range []string{"/console/halls\na=b&c=%E5%8E%85", "/console/account/password\npassword=x", "//evil.example/console\na=b", "/console/..//x\na=b", "/console\n%zz", "/console?x=y", "", "\n"} {
		f.Add(seed, "words="+url.QueryEscape(seed)+"&password=hunter2", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"+seed+"\r\n--x--\r\n")
	}
	h := &Handler{}
	f.Fuzz(func(t *testing.T, text, form, parts string) {
		if k, ok := readKept(base64.RawURLEncoding.EncodeToString([]byte(text))); ok {
			there, err := url.Parse(local(k.address))
			if err != nil || there.Host != "" || !under(strings.SplitN(k.address, "?", 2)[0]) {
				t.Errorf("%q leads to %q, %v", text, k.address, err)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/console/halls", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := r.ParseForm(); err == nil {
			if text := h.keep(r); text != "" {
				k, ok := readKept(text)
				if !ok || k.address != "/console/halls" || k.fields.Has("password") || k.fields.Get("words") != r.PostForm.Get("words") {
					t.Errorf("%q is read as %+v, %v", form, k, ok)
				}
			}
		}
		r = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/console/halls", strings.NewReader(parts))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		length := 0
		for _, values := range textFields(r) {
			length += len(strings.Join(values, ""))
		}
		if length > maxKept {
			t.Errorf("%d bytes are kept of a form", length)
		}
	})
}
