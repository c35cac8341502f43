package ebus

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/signature"
)

// Apps finds a caller by his paasid; nil when there is none, an error when that can't be told now.
type Apps interface {
	ByPaasID(ctx context.Context, paasid string) (*integrator.App, error)
}

// Verifier checks the gateway's signature (contract.md 3, domain.md 1).
type Verifier struct {
	Apps Apps
	// GatewayKey is set in mode trusted: a gateway in front has checked the caller and signs to us, in the long form,
	// with this key of our own. When it is empty (mode verify) the caller's own secret signs, in the short form.
	GatewayKey string
	// Window is how far the caller's clock may be off, either way.
	Window time.Duration
	Now    func() time.Time
	// Nonces lets the nonce of a call that bears the stronger signature pass once.
	Nonces Nonces
}

// Nonces remembers what calls bore; fault.Untrusted for a nonce that came before.
type Nonces interface {
	Claim(ctx context.Context, nonce integrator.Nonce) error
}

const maxNonce = 36 // domain.md 1

// Caller gives the app that made the call; any doubt is a fault.Untrusted that says which.
func (v *Verifier) Caller(r *http.Request, body []byte) (*integrator.App, error) {
	app, secret, err := v.signer(r)
	if err != nil {
		return nil, err
	}
	if err := checkBody(r, body, app, secret, header(r, signature.HeaderTimestamp), header(r, signature.HeaderNonce)); err != nil {
		return nil, err
	}
	if app.Disabled {
		return nil, fault.NewUntrusted("应用 " + app.Code + " 已停用")
	}
	return app, nil
}

// signer gives the app in whose name the headers are signed, and the secret that signs them; the body is not looked at.
func (v *Verifier) signer(r *http.Request) (app *integrator.App, secret string, err error) {
	paasid, timestamp, nonce, given := header(r, signature.HeaderPaasID), header(r, signature.HeaderTimestamp),
		header(r, signature.HeaderNonce), header(r, signature.HeaderSignature)
	for _, header := range [...]struct{ name, value string }{
		{"x-tif-paasid", paasid}, {"x-tif-timestamp", timestamp}, {"x-tif-nonce", nonce}, {"x-tif-signature", given},
	} {
		if header.value == "" {
			return nil, "", fault.NewUntrusted("缺少请求头 " + header.name)
		}
	}
	if err := v.checkTime(timestamp); err != nil {
		return nil, "", err
	}
	if !printable(nonce) {
		return nil, "", fault.NewUntrusted("x-tif-nonce 应为 1 到 36 个可见 ASCII 字符")
	}
	app, err = v.Apps.ByPaasID(r.Context(), paasid)
	if err != nil {
		return nil, "", fault.NewUnavailable("暂时无法核对应用，请稍后用同一请求重试", time.Second, err)
	}
	if app == nil {
		return nil, "", fault.NewUntrusted("x-tif-paasid 未登记")
	}
	for _, candidate := range v.secrets(app) {
		if v.signed(r, candidate, timestamp, nonce, given) {
			secret = candidate
		}
	}
	if secret == "" {
		return nil, "", fault.NewUntrusted(v.advice())
	}
	return app, secret, nil
}

func (v *Verifier) secrets(app *integrator.App) []string {
	if v.GatewayKey != "" {
		return []string{v.GatewayKey}
	}
	return app.Secrets
}

func (v *Verifier) signed(r *http.Request, secret, timestamp, nonce, given string) bool {
	if v.GatewayKey == "" {
		return signature.Equal(signature.Short(timestamp, secret, nonce), given)
	}
	uid := header(r, signature.HeaderUID)
	long := signature.Long(timestamp, secret, nonce, uid, header(r, signature.HeaderUInfo), header(r, signature.HeaderExt))
	return signature.Equal(long, given) ||
		uid == "" && signature.Equal(signature.Short(timestamp, secret, nonce), given)
}

func (v *Verifier) advice() string {
	if v.GatewayKey == "" {
		return "签名不符，应为 SHA256(timestamp+密钥+nonce+timestamp) 的大写十六进制"
	}
	return `签名不符，应为网关密钥对 timestamp+密钥+nonce+","+uid+","+uinfo+","+ext+timestamp 的 SHA256`
}

// checkTime refuses a clock that is off, and tells both times: it is every integrator's first fault.
func (v *Verifier) checkTime(timestamp string) error {
	seconds, ok := signature.ParseTimestamp(timestamp)
	if !ok {
		return fault.NewUntrusted("x-tif-timestamp 应为 Unix 秒（十位数字，不是毫秒）")
	}
	now, theirs := v.Now(), time.Unix(seconds, 0)
	// Whole seconds on both sides: a caller has no others, and the message shows no others.
	if off, most := now.Unix()-seconds, int64(v.Window/time.Second); off > most || off < -most {
		return fault.NewUntrusted(fmt.Sprintf("时间戳为 %s，服务器时间为 %s，相差不得超过 %d 秒，请校准时钟",
			beijing.FormatSecond(theirs), beijing.FormatSecond(now), int(v.Window.Seconds())))
	}
	return nil
}

// once refuses a call that comes again word for word. Only a call with the stronger signature can be told from others of its
// caller, so no other pays for it. It comes after all that refuses who calls, and before the content is looked at: what is refused as not
// signed, or as too much, has not used its nonce; what is refused for its content has, and is signed anew.
func (v *Verifier) once(r *http.Request, app *integrator.App) error {
	if canonical(r, signature.HeaderBodyDigest) == "" {
		return nil
	}
	seconds, _ := signature.ParseTimestamp(header(r, signature.HeaderTimestamp)) // the call was believed
	// The call is too old one window after its timestamp. One more is for nodes whose clocks differ.
	nonce := integrator.Nonce{App: app.Code, Text: header(r, signature.HeaderNonce), Until: time.Unix(seconds, 0).Add(2 * v.Window)}
	if v.GatewayKey != "" {
		nonce.App = "" // the gateway's nonces are its own, and its signature does not say whose call it is
	}
	return v.Nonces.Claim(r.Context(), nonce)
}

// checkBody checks the stronger signature, where there is one or the app must have one.
func checkBody(r *http.Request, body []byte, app *integrator.App, secret, timestamp, nonce string) error {
	digest := canonical(r, signature.HeaderBodyDigest)
	if digest == "" {
		if app.RequireDigest {
			return fault.NewUntrusted("该应用须连请求体一起签名：请加请求头 x-hcp-body-digest（请求体摘要）和 x-hcp-signature（HMAC）")
		}
		if canonical(r, signature.HeaderStrong) != "" {
			return fault.NewUntrusted("缺少请求头 x-hcp-body-digest：它与 x-hcp-signature 须同时发送")
		}
		return nil
	}
	algorithm, ok := signature.ParseDigest(digest)
	if !ok {
		return fault.NewUntrusted("x-hcp-body-digest 应为 sm3=小写十六进制 或 sha256=小写十六进制")
	}
	if canonical(r, signature.HeaderStrong) == "" {
		return fault.NewUntrusted("缺少请求头 x-hcp-signature：它与 x-hcp-body-digest 须同时发送")
	}
	if !signature.Equal(signature.BodyDigest(algorithm, body), digest) {
		return fault.NewUntrusted("x-hcp-body-digest 与请求体不符")
	}
	signs := func(target string) bool {
		return signature.Equal(signature.Strong(algorithm, secret, r.Method, target, timestamp, nonce, digest), canonical(r, signature.HeaderStrong))
	}
	// In the request line there may be the whole address, which clients sign as it stands or as any other.
	if target := signature.Target(r.URL); !signs(target) && (target == r.RequestURI || !signs(r.RequestURI)) {
		return fault.NewUntrusted("x-hcp-signature 不符，应为对 方法、路径、timestamp、nonce、摘要 的 HMAC")
	}
	return nil
}

// header reads x-tif-NAME, or its alias x-rio-NAME.
func header(r *http.Request, name string) string {
	if value := canonical(r, name); value != "" {
		return value
	}
	return canonical(r, signature.Alias(name))
}

// canonical reads a header by its name in net/http's own form, which Header.Get would have to make first.
func canonical(r *http.Request, name string) string {
	if values := r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func printable(nonce string) bool {
	if len(nonce) > maxNonce {
		return false
	}
	for i := range len(nonce) {
		if nonce[i] < ' ' || nonce[i] > '~' {
			return false
		}
	}
	return true
}
