package notice

import (
	"net/mail"
	"net/url"
	"strings"
	"testing"
)

// FuzzTargets: what is taken for an address leads where a reader sees it lead, as one line of a mail's head or of a request; what is shown
// of it is no secret of it.
func FuzzTargets(f *testing.F) {
	for _, seed := range []string{
		"office@example.gov.cn", "a@b", "@", "<a@b>", "a b@c", "\"a b\"@c", "a@b\r\nBcc: x@y", "a@b,c@d", "https://h.example/hook?key=secret", "http://h/", "https://u:p@h/", "https:///x", "https://h\r\nX: y/",
		"https://h/#x", "HTTPS://h", "https://[::1]/", "https://h:99999/", "https://h%00/", "https:h", "a@[127.0.0.1]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if isMail(text) {
			list, err := mail.ParseAddressList(text)
			if err != nil || len(list) != 1 || list[0].Address != text || strings.ContainsAny(text, "\r\n\x00 <>") {
				t.Errorf("%q is taken for one address: %v, %v", text, list, err)
			}
			if name, _, _ := strings.Cut(text, "@"); len(name) > 2 && strings.Contains(masked(Mail, text), name) {
				t.Errorf("%q is shown as %q", text, masked(Mail, text))
			}
		}
		if isHook(text) {
			u, err := url.Parse(text)
			if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(text, "\r\n\x00 \\") && strings.ContainsAny(u.Host, "\\") {
				t.Errorf("%q is taken for a webhook: %+v, %v", text, u, err)
			} else if shown := masked(Webhook, text); shown != u.Scheme+"://"+u.Host+"/…" {
				t.Errorf("%q is shown as %q", text, shown)
			}
		}
	})
}
