package signature_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/signature"
)

// FuzzParseDigest: only the form that BodyDigest writes is one, and no other body has it.
func FuzzParseDigest(f *testing.F) {
	for _, seed := range []string{signature.BodyDigest(signature.SM3, nil), signature.BodyDigest(signature.SHA256, []byte("x")), "sm3=", "md5=" + strings.Repeat("0", 64), "sm3=sm3=", "=", "SM3=" + strings.Repeat("0", 64)} {
		f.Add(seed, []byte("x"))
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		algorithm, ok := signature.ParseDigest(header)
		if !ok {
			if algorithm != "" {
				t.Errorf("%q is refused and names %s", header, algorithm)
			}
			return
		}
		if name, digits, _ := strings.Cut(header, "="); signature.Algorithm(name) != algorithm || len(digits) != signature.Size || strings.ToLower(digits) != digits {
			t.Errorf("%q is taken", header)
		}
		made := signature.BodyDigest(algorithm, body)
		if again, ok := signature.ParseDigest(made); !ok || again != algorithm {
			t.Errorf("%q is refused", made)
		}
	})
}

// FuzzTarget: what is signed of an address is what a server reads of the same bytes, and holds no line break that would make one
// text of two requests.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"/ping/ebus/affair/eval", "/a?b=c%0Ad", "/%2e%2e/x?", "//host/x", "/a b", "*", "/?", "/\u4e8b", "A:0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := url.ParseRequestURI(address)
		if err != nil || u.Opaque != "" { // "A:0" has no path, so that no interface is there
			return
		}
		target := signature.Target(u)
		if strings.ContainsAny(target, "\r\n") {
			t.Errorf("%q is signed as %q", address, target)
		}
		again, err := url.ParseRequestURI(target)
		if err != nil || signature.Target(again) != target || again.Path != u.Path && u.Path != "" {
			t.Errorf("%q is signed as %q, which is read as %v, %v", address, target, again, err)
		}
	})
}

// FuzzValidCodeKey: nothing passes for a code's signature but a beginning of it that is long enough.
func FuzzValidCodeKey(f *testing.F) {
	f.Add("a-b-c-d-e", "0123456789abcdef")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, msg, key string) {
		right := signature.CodeKey("fuzz-secret", msg)
		if signature.ValidCodeKey("fuzz-secret", msg, key) && !strings.HasPrefix(key, right) {
			t.Errorf("%q passes for %q of %q", key, right, msg)
		}
	})
}
