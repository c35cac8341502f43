package e2e

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"
)

// strong is a signature over the request and its body: HMAC over method, path, timestamp, nonce and the body's digest.
type strong struct {
	algorithm                    string // sm3 or sha256
	method, target, body, secret string
}

// headers are those of the gateway's signature with the two of the stronger one, and a nonce that no call bore before.
func (s strong) headers(with signing) map[string]string {
	with.nonce = rand.Text()
	newHash := map[string]func() hash.Hash{"sm3": sm3.New, "sha256": sha256.New}[s.algorithm]
	sum := newHash()
	sum.Write([]byte(s.body))
	digest := fmt.Sprintf("%s=%x", s.algorithm, sum.Sum(nil))
	mac := hmac.New(newHash, []byte(s.secret))
	mac.Write([]byte(strings.Join([]string{s.method, s.target, with.timestamp, with.nonce, digest}, "\n")))
	headers := with.headers()
	maps.Copy(headers, map[string]string{"x-hcp-body-digest": digest, "x-hcp-signature": fmt.Sprintf("%X", mac.Sum(nil))})
	return headers
}

// The stronger signature covers method, path and body; an administrator can demand it of an app (domain.md 1).
func bodyDigests(t *testing.T, c *caller) {
	strict := c.newApp(t, "strict", "--require-digest")
	for _, from := range []*caller{c, strict} {
		for _, algorithm := range []string{"sm3", "sha256"} {
			testDigest(t, from, algorithm)
		}
	}
	for _, one := range []struct {
		from   *caller
		digest string
		code   int
	}{
		{c, "", succeeded},
		{strict, "", untrusted},
		{c, "md5=d41d8cd98f00b204e9800998ecf8427e", untrusted},
		{c, "sm3=", untrusted},
		{c, "sm3", untrusted},
		{c, strings.Repeat("0", 64), untrusted},
	} {
		headers := one.from.sign().with("x-hcp-body-digest", one.digest)
		a := one.from.call(t, request{path: pathAffair, body: affairOf(one.from.app).text(), header: headers, unsigned: true})
		if a.code() != one.code || one.code == untrusted && !strings.Contains(a.Message, "x-hcp-body-digest") {
			t.Errorf("app %s, digest %q: got %s, want code %d", one.from.app.Code, one.digest, a.text, one.code)
		}
	}
}

// A call with the stronger signature is taken once, by whichever node of the platform; the same review signed anew gets the serial
// number that it had. The demand can be made later, and taken back.
func replays(t *testing.T, c *caller) {
	c = c.newApp(t, "replayed")
	there := *c
	there.server = c.house.serve(t, "--rate", "0")
	body := affairOf(c.app).text()
	signed := strong{"sm3", http.MethodPost, pathAffair, body, c.app.Secret}
	headers := signed.headers(c.sign())
	send := func(by *caller, headers map[string]string) *answer {
		return by.call(t, request{path: pathAffair, body: body, header: headers, unsigned: true})
	}
	first := send(c, headers)
	for _, by := range []*caller{c, &there, c} {
		if a := send(by, headers); a.code() != untrusted || !strings.Contains(a.Message, "x-tif-nonce 已经用过") {
			t.Errorf("word for word: got %s, want code 3", a.text)
		}
		if a := send(by, signed.headers(c.sign())); a.code() != succeeded || a.serial() != first.serial() || a.serial() == "" {
			t.Errorf("signed anew: got %s, want %s", a.text, first.text)
		}
	}
	c.house.mustRun(t, "app", "digest", "--code", c.app.Code)
	eventually(t, "the stronger signature is demanded", func() bool { return send(&there, c.sign().headers()).code() == untrusted })
	if a := send(&there, signed.headers(c.sign())); a.serial() != first.serial() {
		t.Errorf("demanded and given: got %s", a.text)
	}
	c.house.mustRun(t, "app", "digest", "--code", c.app.Code, "--revoke")
	eventually(t, "it is demanded no longer", func() bool { return send(&there, c.sign().headers()).code() == succeeded })
}

func testDigest(t *testing.T, c *caller, algorithm string) {
	body := affairOf(c.app).text()
	right := strong{algorithm, http.MethodPost, pathAffair, body, c.app.Secret}
	changed := func(change func(*strong)) map[string]string {
		s := right
		change(&s)
		return s.headers(c.sign())
	}
	replaced := func(name string, by func(string) string) map[string]string {
		headers := right.headers(c.sign())
		headers[name] = by(headers[name])
		return headers
	}
	for _, one := range []struct {
		name    string
		headers map[string]string
		body    string
		message string // of the refusal; empty: code 0
	}{
		{"as it should be", right.headers(c.sign()), body, ""},
		{"lower case", replaced("x-hcp-signature", strings.ToLower), body, ""},
		{"a tampered body", right.headers(c.sign()), strings.Replace(body, `"generalStars":5`, `"generalStars":1`, 1), "x-hcp-body-digest 与请求体不符"},
		{"a body with a space more", right.headers(c.sign()), body + " ", "x-hcp-body-digest 与请求体不符"},
		{"no body", right.headers(c.sign()), "", "x-hcp-body-digest 与请求体不符"},
		{"another path", changed(func(s *strong) { s.target = pathGuide }), body, "x-hcp-signature 不符"},
		{"a query that is not sent", changed(func(s *strong) { s.target += "?x=1" }), body, "x-hcp-signature 不符"},
		{"another method", changed(func(s *strong) { s.method = http.MethodPut }), body, "x-hcp-signature 不符"},
		{"another secret", changed(func(s *strong) { s.secret = "x" }), body, "x-hcp-signature 不符"},
		{"no signature", replaced("x-hcp-signature", func(string) string { return "" }), body, "缺少请求头 x-hcp-signature"},
		{"the gateway's signature", replaced("x-hcp-signature", func(string) string { return c.sign().short() }), body, "x-hcp-signature 不符"},
		{"a digest in capitals", replaced("x-hcp-body-digest", strings.ToUpper), body, "x-hcp-body-digest 应为"},
	} {
		a := c.call(t, request{path: pathAffair, body: one.body, header: one.headers, unsigned: true})
		if one.message == "" && a.code() != succeeded {
			t.Errorf("%s, %s: got %s, want code 0", algorithm, one.name, a.text)
		}
		if one.message != "" && (a.code() != untrusted || !strings.Contains(a.Message, one.message)) {
			t.Errorf("%s, %s: got %s, want code 3, %s", algorithm, one.name, a.text, one.message)
		}
	}
	for target, code := range map[string]int{pathTags + "?generalStars=5&evalEntityCode=egovAffair": succeeded, pathTags + "?": invalid} {
		headers := strong{algorithm, http.MethodGet, target, "", c.app.Secret}.headers(c.sign())
		if a := c.call(t, request{method: http.MethodGet, path: target, header: headers, unsigned: true}); a.code() != code {
			t.Errorf("%s, %s: got %s, want code %d", algorithm, target, a.text, code)
		}
	}
}
