package ebus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/signature"
)

// memory remembers nonces as the platform does.
type memory struct {
	claimed []integrator.Nonce
	fail    error
}

func (m *memory) Claim(_ context.Context, nonce integrator.Nonce) error {
	for _, known := range m.claimed {
		if known.App == nonce.App && known.Text == nonce.Text {
			return fault.NewUntrusted("x-tif-nonce 已经用过")
		}
	}
	if m.fail != nil {
		return m.fail
	}
	m.claimed = append(m.claimed, nonce)
	return nil
}

// strongly signs a body in the stronger way.
func (h *house) strongly(nonce, body, key string) map[string]string {
	timestamp := fmt.Sprint(h.now.Unix())
	digest := signature.BodyDigest(signature.SM3, []byte(body))
	return map[string]string{
		"x-tif-paasid": "paas-1", "x-tif-timestamp": timestamp, "x-tif-nonce": nonce, "x-tif-signature": signature.Short(timestamp, key, nonce),
		"x-hcp-body-digest": digest,
		"x-hcp-signature":   signature.Strong(signature.SM3, key, http.MethodPost, "/ping/ebus/affair/eval", timestamp, nonce, digest),
	}
}

// A call with the stronger signature is taken once, and nothing is remembered of any other call, nor of one that is refused.
func TestACallIsTakenOnce(t *testing.T) {
	kept := &memory{}
	taken := 0
	h := newHouse(func(review.Review) (review.Receipt, error) { taken++; return review.Receipt{Serial: "1"}, nil }, func(n *Needs) {
		n.Verifier.Nonces, n.Rate = kept, 2
	})
	post := func(headers map[string]string) (status, code int, message string) {
		w, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, headers)
		return w.Code, envelope.Code, envelope.Message
	}
	forged := h.strongly("forged", affairBody, secret)
	forged["x-hcp-signature"] = strings.Repeat("0", 64)
	for i, one := range []struct {
		headers            map[string]string
		status, code, want int // want: how many are remembered then
	}{
		{nil, 200, 0, 0},
		{nil, 200, 0, 0}, // the gateway's signature alone may come again
		{forged, 200, 3, 0},
		{h.strongly("n1", affairBody, secret), 200, 0, 1},
		{h.strongly("n1", affairBody, secret), 200, 3, 1},
		{h.strongly("n2", affairBody, secret), 429, -1, 1}, // the app's bucket is empty
	} {
		if status, code, message := post(one.headers); status != one.status || code != one.code || len(kept.claimed) != one.want {
			t.Errorf("call %d: got %d, code %d %s, %d remembered; want %d, %d, %d", i, status, code, message, len(kept.claimed), one.status, one.code, one.want)
		}
	}
	h.now = h.now.Add(time.Minute)
	if _, code, message := post(h.strongly("n2", affairBody, secret)); code != 0 {
		t.Errorf("sent again after 429: code %d %s", code, message)
	}
	kept.fail = fault.NewUnavailable("暂时无法核对", time.Second, errors.New("away"))
	if status, _, message := post(h.strongly("n3", affairBody, secret)); status != 503 || taken != 4 {
		t.Errorf("nothing can be remembered: got %d %s, %d taken", status, message, taken)
	}
	want := []integrator.Nonce{
		{App: "app1", Text: "n1", Until: noon.Add(6 * time.Minute)}, {App: "app1", Text: "n2", Until: noon.Add(7 * time.Minute)},
	}
	for i := range kept.claimed {
		kept.claimed[i].Until = kept.claimed[i].Until.UTC()
	}
	if diff := cmp.Diff(want, kept.claimed); diff != "" {
		t.Error(diff)
	}
}

// What is refused for its content has used its nonce up, as the guide says: corrected, it is signed anew all the same.
func TestARefusalOfTheContentUsesTheNonceUp(t *testing.T) {
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, func(n *Needs) { n.Verifier.Nonces = &memory{} })
	wrong := strings.Replace(affairBody, `"generalStars":5`, `"generalStars":6`, 1)
	for _, one := range []struct {
		nonce, body string
		code        int
	}{{"n1", wrong, 2}, {"n1", wrong, 3}, {"n1", affairBody, 3}, {"n2", affairBody, 0}} {
		if _, e := h.post(t, "/ping/ebus/affair/eval", one.body, h.strongly(one.nonce, one.body, secret)); e.Code != one.code {
			t.Errorf("%s: got %+v, want code %d", one.nonce, e, one.code)
		}
	}
}

// A gateway signs for all its callers: its nonce passes once, whoever is said to call.
func TestACallOfAGatewayIsTakenOnce(t *testing.T) {
	kept := &memory{}
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, func(n *Needs) {
		n.Verifier.Nonces, n.Verifier.GatewayKey = kept, "gateway-key"
		second := testApp()
		second.PaasID, second.Code = "paas-2", "app2"
		n.Verifier.Apps.(apps)["paas-2"] = second
	})
	headers := h.strongly("n1", affairBody, "gateway-key")
	if _, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, headers); envelope.Code != 0 {
		t.Fatalf("got %+v", envelope)
	}
	headers["x-tif-paasid"] = "paas-2"
	if _, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, headers); !strings.Contains(envelope.Message, "已经用过") {
		t.Errorf("as another caller's: got %+v", envelope)
	}
}

// An app of which the stronger signature is demanded is told what to send, in no more words than a message may have.
func TestTheStrongerSignatureIsDemanded(t *testing.T) {
	h := newHouse(func(review.Review) (review.Receipt, error) { return review.Receipt{Serial: "1"}, nil }, func(n *Needs) {
		app := testApp()
		app.RequireDigest = true
		n.Verifier.Apps, n.Verifier.Nonces = apps{"paas-1": app}, &memory{}
	})
	_, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, nil)
	if envelope.Code != 3 || !strings.HasSuffix(envelope.Message, "x-hcp-body-digest（请求体摘要）和 x-hcp-signature（HMAC）") {
		t.Errorf("got %+v", envelope)
	}
	half := h.strongly("n1", affairBody, secret)
	delete(half, "x-hcp-body-digest")
	if _, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, half); envelope.Code != 3 || !strings.Contains(envelope.Message, "连请求体一起签名") {
		t.Errorf("a half of it: got %+v", envelope)
	}
	if _, envelope := h.post(t, "/ping/ebus/affair/eval", affairBody, h.strongly("n1", affairBody, secret)); envelope.Code != 0 {
		t.Errorf("with it: got %+v", envelope)
	}
}
