package ebus

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/signature"
)

// FuzzCaller: no headers make a caller but those that the secret signed, at their time; whatever is doubted is doubted in words.
func FuzzCaller(f *testing.F) {
	now := noon.Unix()
	f.Add("paas-1", "1710561600", "n", "0", "", "", "", "", now)
	f.Add("paas-1", "1710561600", "n", signature.Short("1710561600", secret, "n"), "u", "{}", "", "", now)
	f.Add("paas-1", "1710561600", "n", signature.Short("1710561600", secret, "n"), "", "", signature.BodyDigest(signature.SM3, []byte("{}")), "x", now)
	f.Add("", "+1710561600", "\u4e8b", "", ",", ",", "sm3=", "", now)
	f.Add("paas-1", "9223372036854775807", "n", "FF", "", "", "", "", now)
	f.Fuzz(func(t *testing.T, paasid, timestamp, nonce, given, uid, uinfo, digest, strong string, unix int64) {
		v := &Verifier{Apps: apps{"paas-1": testApp()}, Window: 180 * time.Second, Now: func() time.Time { return time.Unix(unix, 0) }}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ping/ebus/affair/eval", http.NoBody)
		for name, value := range map[string]string{
			signature.HeaderPaasID: paasid, signature.HeaderTimestamp: timestamp, signature.HeaderNonce: nonce, signature.HeaderSignature: given,
			signature.HeaderUID: uid, signature.HeaderUInfo: uinfo, signature.HeaderBodyDigest: digest, signature.HeaderStrong: strong,
		} {
			r.Header.Set(name, value)
		}
		app, err := v.Caller(r, []byte("{}"))
		if err != nil {
			if fault.KindOf(err) != fault.Untrusted || app != nil {
				t.Errorf("%v, %v", app, err)
			}
			return
		}
		if !signature.Equal(signature.Short(timestamp, secret, nonce), given) || paasid != "paas-1" || len(nonce) > maxNonce {
			t.Errorf("%q at %q with %q and %q is taken", paasid, timestamp, nonce, given)
		}
	})
}
