package client

import (
	"net/http"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/signature"
)

// Sign sets the headers that say who sends req and prove it, for this moment; body is what will be sent, nil for
// none. The signature holds for some three minutes: sign again before sending again.
func (c *Client) Sign(req *http.Request, body []byte) {
	SignHeaders(req.Header, c.paasid, c.secret, c.now())
	if c.digest == "" {
		return
	}
	h := req.Header
	digest := string(c.digest) // which the system refuses where it is no algorithm
	if c.digest.Valid() {
		digest = signature.BodyDigest(c.digest, body)
	}
	h.Set(signature.HeaderBodyDigest, digest)
	h.Set(signature.HeaderStrong, signature.Strong(c.digest, c.secret, req.Method, signature.Target(req.URL),
		h.Get(signature.HeaderTimestamp), h.Get(signature.HeaderNonce), digest))
}

// SignHeaders sets the four headers of the gateway's signature (x-tif-paasid, -timestamp, -nonce, -signature) for the
// moment now, with a fresh nonce. It is what Sign does without a body digest, for those who build requests their own way.
func SignHeaders(h http.Header, paasid, secret string, now time.Time) {
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), signature.NewNonce()
	h.Set(signature.HeaderPaasID, paasid)
	h.Set(signature.HeaderTimestamp, timestamp)
	h.Set(signature.HeaderNonce, nonce)
	h.Set(signature.HeaderSignature, signature.Short(timestamp, secret, nonce))
}
