package client_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/signature"
)

const (
	testPaas   = "paas-0001"
	testSecret = "test-token-0123456789abcdef"
)

var testTime = time.Unix(1561910400, 0)

func clock() time.Time { return testTime }

func TestSign(t *testing.T) {
	body := `{"appCode":"gzga01"}`
	for _, tt := range []struct {
		name   string
		opts   []client.Option
		digest client.Algorithm
		target string
	}{
		{"the caller only", nil, "", "/ping/ebus/affair/eval?x=1"},
		{"with the body, SM3", []client.Option{client.WithBodyDigest(client.SM3)}, client.SM3, "/ping/ebus/affair/eval?x=1"},
		{"with the body, SHA-256", []client.Option{client.WithBodyDigest(client.SHA256)}, client.SHA256, "/ping/ebus/affair/eval?x=1"},
		{"with the body, and a question mark alone", []client.Option{client.WithBodyDigest(client.SM3)}, client.SM3, "/ping/ebus/affair/eval?"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h"+tt.target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		client.New("http://h", testPaas, testSecret, append(tt.opts, client.WithClock(clock))...).Sign(req, []byte(body))
		h := req.Header
		if got := h.Get("x-tif-paasid"); got != testPaas {
			t.Errorf("%s: paasid: got %q, want %q", tt.name, got, testPaas)
		}
		if got := h.Get("x-tif-timestamp"); got != "1561910400" {
			t.Errorf("%s: timestamp: got %q, want 1561910400", tt.name, got)
		}
		nonce := h.Get("x-tif-nonce")
		if got, want := h.Get("x-tif-signature"), signature.Short("1561910400", testSecret, nonce); got != want {
			t.Errorf("%s: signature: got %q, want %q", tt.name, got, want)
		}
		digest, strong := "", ""
		if tt.digest != "" {
			digest = signature.BodyDigest(tt.digest, []byte(body))
			strong = signature.Strong(tt.digest, testSecret, "POST", tt.target, "1561910400", nonce, digest)
		}
		if got := h.Get("x-hcp-body-digest"); got != digest {
			t.Errorf("%s: body digest: got %q, want %q", tt.name, got, digest)
		}
		if got := h.Get("x-hcp-signature"); got != strong {
			t.Errorf("%s: strong signature: got %q, want %q", tt.name, got, strong)
		}
	}
}

// An algorithm that is none of the two must not leave the body unsigned in silence: nothing is sent, and what was signed alone is refused.
func TestUnknownAlgorithmOfABodyDigest(t *testing.T) {
	for _, alg := range []client.Algorithm{"SM3", "md5"} {
		s := &script{steps: []http.HandlerFunc{say(http.StatusOK, accepted)}}
		c := s.start(t, client.WithBodyDigest(alg))
		_, err := c.SubmitAffair(t.Context(), client.AffairEval{})
		if asked, _ := s.seen(); err == nil || !strings.Contains(err.Error(), string(alg)) || len(asked) > 0 {
			t.Errorf("%s: sent %d, got %v, want an error that names it", alg, len(asked), err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		c.Sign(req, nil)
		if got := req.Header.Get("x-hcp-body-digest"); got == "" {
			t.Errorf("%s: signed as if no digest was asked for", alg)
		}
	}
}
