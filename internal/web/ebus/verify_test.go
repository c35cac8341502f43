package ebus

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
)

// The vectors of domain.md 1, each through the whole interface at its own time.
func TestSignatureVectors(t *testing.T) {
	for _, one := range []struct {
		name            string
		token           string
		timestamp       int64
		nonce           string
		long            bool
		uid, uinfo, ext string
		signature       string
	}{
		{
			"short", "test-token-0123456789abcdef", 1561910400, "123456789abcdefg", false, "", "", "",
			"7433352AD07CDC11BE6F9D234EA64A1A59C61A2F0362F882A8581F380E21DED6",
		},
		{
			"short, another", "hcp-demo-token", 1577836800, "0123456789", false, "", "", "",
			"7DDA55BED6DC4E54D380F2594E33A211DC7EAB3D7FB40A6C2CC2E94F611D1D82",
		},
		{
			"long", "test-token-0123456789abcdef", 1561910400, "123456789abcdefg", true, "u1001", "440100199001011234", "{}",
			"EA706C78A0A3B932D8362FAB50F7FC8148BE1C7574815F719C894F65531C02B1",
		},
		{
			"long, in Chinese", "test-token-0123456789abcdef", 1561910400, "123456789abcdefg", true, "u1001", "张三", "",
			"818F1E1317A944E5FEB6B3D82CBE2029CBF6BF74A30F6E33126A970941D06F4A",
		},
	} {
		at := time.Unix(one.timestamp, 0)
		h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, func(n *Needs) {
			app := testApp()
			if one.long {
				n.Verifier.GatewayKey = one.token
			} else {
				app.Secrets = []string{"another", one.token}
			}
			n.Verifier.Apps = apps{"paas-1": app}
		})
		body := strings.Replace(affairBody, "20240316093015", "20190601000000", 1)
		for prefix, given := range map[string]string{
			"x-tif-": one.signature, "X-Tif-": strings.ToLower(one.signature), "x-rio-": one.signature,
		} {
			headers := map[string]string{
				prefix + "paasid": "paas-1", prefix + "timestamp": strconv.FormatInt(one.timestamp, 10), prefix + "nonce": one.nonce, prefix + "signature": given,
			}
			if one.long {
				headers[prefix+"uid"], headers[prefix+"uinfo"], headers[prefix+"ext"] = one.uid, one.uinfo, one.ext
			}
			for off, want := range map[time.Duration]int{
				0: 0, 180 * time.Second: 0, -180 * time.Second: 0, 181 * time.Second: 3, -181 * time.Second: 3,
				181*time.Second - 1: 0, -180*time.Second - 1: 3, // whole seconds are compared, which the message shows
			} {
				h.now = at.Add(off)
				if _, envelope := h.post(t, "/ping/ebus/affair/eval", body, headers); envelope.Code != want {
					t.Errorf("%s, %spaasid, clock off by %v: got %+v, want code %d", one.name, prefix, off, envelope, want)
				}
			}
		}
	}
}

// The stronger signature is over the target as it stands in the request line, to the letter (integration.md 3.2). Who sends through a
// proxy writes the whole address there, which clients sign without scheme and host.
func TestTheTargetIsSignedAsItStands(t *testing.T) {
	h := newHouse(nil, func(n *Needs) { n.Verifier.Nonces = &memory{} })
	const path = "/ping/ebus/tags"
	for i, one := range []struct {
		line, signed string
		ok           bool
	}{
		{path, path, true},
		{path + "?", path + "?", true},
		{path + "?", path, false},
		{path, path + "?", false},
		{path + "?a=%e4&b=\"|", path + "?a=%e4&b=\"|", true},
		{"http://example.com" + path, "http://example.com" + path, true},
		{"http://example.com" + path, path, true},
		{"http://example.com" + path + "?x=1", "http://example.com" + path + "?x=1", true},
		{"http://example.com" + path + "?x=1", "http://example.com" + path, false},
		{"http://example.com" + path, "http://example.org" + path, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, one.line, nil)
		timestamp, nonce, digest := strconv.FormatInt(h.now.Unix(), 10), strconv.Itoa(i), signature.BodyDigest(signature.SM3, nil)
		for name, value := range map[string]string{
			signature.HeaderPaasID: "paas-1", signature.HeaderTimestamp: timestamp, signature.HeaderNonce: nonce,
			signature.HeaderSignature: signature.Short(timestamp, secret, nonce), signature.HeaderBodyDigest: digest,
			signature.HeaderStrong: signature.Strong(signature.SM3, secret, http.MethodGet, one.signed, timestamp, nonce, digest),
		} {
			r.Header.Set(name, value)
		}
		if _, err := h.Verifier.Caller(r, nil); (err == nil) != one.ok {
			t.Errorf("%s, signed as %s: got %v, want it taken: %v", one.line, one.signed, err, one.ok)
		}
	}
}

// Of the two headers of the stronger signature the one that is not there is named.
func TestTheStrongerSignatureHasTwoHeaders(t *testing.T) {
	h := newHouse(nil, func(n *Needs) { n.Verifier.Nonces = &memory{} })
	for missing, given := range map[string]map[string]string{
		"缺少请求头 x-hcp-signature：它与 x-hcp-body-digest 须同时发送": {signature.HeaderBodyDigest: signature.BodyDigest(signature.SM3, nil)},
		"缺少请求头 x-hcp-body-digest：它与 x-hcp-signature 须同时发送": {signature.HeaderStrong: strings.Repeat("0", 64)},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/ebus/tags", nil)
		timestamp := strconv.FormatInt(h.now.Unix(), 10)
		for name, value := range map[string]string{
			signature.HeaderPaasID: "paas-1", signature.HeaderTimestamp: timestamp, signature.HeaderNonce: "n",
			signature.HeaderSignature: signature.Short(timestamp, secret, "n"),
		} {
			r.Header.Set(name, value)
		}
		for name, value := range given {
			r.Header.Set(name, value)
		}
		if _, err := h.Verifier.Caller(r, nil); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("got %v, want %s", err, missing)
		}
	}
}

// A timestamp is Unix seconds, digits alone (domain.md 1). Zeros before them change nothing.
func TestATimestampIsDigits(t *testing.T) {
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, nil)
	now := strconv.FormatInt(h.now.Unix(), 10)
	for timestamp, want := range map[string]int{
		now: 0, "00" + now: 0, "000" + now: 3, "+" + now: 3, "-" + now: 3, now + "e0": 3, now[:1] + "_" + now[1:]: 3, "\uff11" + now[1:]: 3,
	} {
		_, e := h.post(t, "/ping/ebus/affair/eval", affairBody, map[string]string{
			"x-tif-paasid": "paas-1", "x-tif-timestamp": timestamp, "x-tif-nonce": "n", "x-tif-signature": signature.Short(timestamp, secret, "n"),
		})
		if e.Code != want || want != 0 && e.Message != "验签失败：x-tif-timestamp 应为 Unix 秒（十位数字，不是毫秒）" {
			t.Errorf("%s: got %+v, want code %d", timestamp, e, want)
		}
	}
}
