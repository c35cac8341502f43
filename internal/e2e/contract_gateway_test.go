package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Behind a gateway that has checked the caller, the gateway signs the long form with a key of our own (contract.md 3).
func TestTrustedGateway(t *testing.T) {
	const key = "test-token-0123456789abcdef" // that of domain.md's vectors
	file := filepath.Join(t.TempDir(), "gateway.key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	onContract(t, func(t *testing.T, c *caller) {
		signed := func(change func(*signing)) signing {
			s := c.sign()
			s.secret = key
			if change != nil {
				change(&s)
			}
			return s
		}
		gateway := signed(nil)
		with := func(headers map[string]string, name, value string) map[string]string {
			headers[name] = value
			return headers
		}
		rio := map[string]string{}
		for name, value := range longHeaders(gateway, "u1001", "张三", "{}") {
			rio[strings.Replace(name, "tif", "rio", 1)] = value
		}
		for _, one := range []struct {
			name    string
			headers map[string]string
			message string // of the refusal; empty: code 0
		}{
			{"a person", longHeaders(gateway, "u1001", "440100199001011234", "{}"), ""},
			{"a person in Chinese, nothing more", longHeaders(gateway, "u1001", "张三", ""), ""},
			{"nobody", longHeaders(gateway, "", "", ""), ""},
			{"nobody, in the short form", gateway.headers(), ""},
			{"x-rio", rio, ""},
			{"a clock 500 s off", longHeaders(signed(func(s *signing) { s.timestamp = seconds(time.Now().Add(-500 * time.Second)) }), "u1001", "", ""), ""},
			{"the short form for a person", with(gateway.headers(), "x-tif-uid", "u1001"), "签名不符"},
			{"another person", with(longHeaders(gateway, "u1001", "", ""), "x-tif-uid", "u1002"), "签名不符"},
			{"other knowledge of the person", with(longHeaders(gateway, "u1001", "a", ""), "x-tif-uinfo", "b"), "签名不符"},
			{"something added", with(longHeaders(gateway, "u1001", "", ""), "x-tif-ext", "{}"), "签名不符"},
			{"the app's own secret, long", longHeaders(c.sign(), "u1001", "", ""), "签名不符"},
			{"the app's own secret, short", c.sign().headers(), "签名不符"},
			{"an app that nobody registered", longHeaders(signed(func(s *signing) { s.paasid = "nobody" }), "u1001", "", ""), "未登记"},
			{"a clock 700 s off", longHeaders(signed(func(s *signing) { s.timestamp = seconds(time.Now().Add(-700 * time.Second)) }), "u1001", "", ""), "600 秒"},
		} {
			a := c.call(t, request{path: pathAffair, body: affairOf(c.app).text(), header: one.headers, unsigned: true})
			if one.message == "" && a.code() != succeeded {
				t.Errorf("%s: got %s, want code 0", one.name, a.text)
			}
			if one.message != "" && (a.code() != untrusted || !strings.Contains(a.Message, one.message)) {
				t.Errorf("%s: got %s, want code 3, %s", one.name, a.text, one.message)
			}
		}
		// The gateway speaks for an app, and the message is that app's.
		a := c.call(t, request{
			path: pathAffair, body: affairOf(c.app).with("appCode", "other").text(), unsigned: true,
			header: longHeaders(gateway, "u1001", "", ""),
		})
		if a.code() != untrusted {
			t.Errorf("another app's code: got %s, want code 3", a.text)
		}
		if strings.Contains(c.server.logs.String(), key) {
			t.Error("the log holds the gateway's key")
		}
	}, "--gateway-mode", "trusted", "--gateway-key-file", file, "--gateway-window", "600s")
}
