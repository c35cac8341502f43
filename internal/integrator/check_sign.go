package integrator

import (
	"context"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // a usual mistake is recognised by it, nothing is signed
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/haochaping/haochaping/internal/signature"
)

// judgeSignature finds out by which secret the signature is right, or which usual mistake explains it. It gives the secret,
// empty when it is wrong.
func (c *Checker) judgeSignature(app *App, p *pasted) (Finding, string) {
	timestamp, nonce, given := p.get(signature.HeaderTimestamp), p.get(signature.HeaderNonce), p.get(signature.HeaderSignature)
	uid, uinfo, ext := p.get(signature.HeaderUID), p.get(signature.HeaderUInfo), p.get(signature.HeaderExt)
	f := Finding{What: "签名", Outcome: Wrong, Signed: timestamp + hidden + nonce + timestamp}
	secrets := app.Secrets
	if c.gatewayKey != "" {
		secrets = []string{c.gatewayKey}
		f.Signed = timestamp + hidden + nonce + "," + uid + "," + uinfo + "," + ext + timestamp
	}
	for i, secret := range secrets {
		short := signature.Equal(signature.Short(timestamp, secret, nonce), given)
		long := signature.Equal(signature.Long(timestamp, secret, nonce, uid, uinfo, ext), given)
		switch {
		case c.gatewayKey == "" && short, c.gatewayKey != "" && (long || short && uid == ""):
			f.Outcome, f.Why = Right, "与密钥相符"
			if i > 0 {
				f.Outcome, f.Why = Doubtful, "与旧密钥相符，现在还能用；换钥结束后会被拒绝，请换用新密钥"
			}
			if given != strings.ToUpper(given) {
				f.Why += "；用了小写十六进制，可以接受，规范写法是大写"
			}
			return f, secret
		case long:
			f.Why = "是带 uid、uinfo、ext 的长式签名；业务系统直接调用应用短式：timestamp+密钥+nonce+timestamp"
			return f, ""
		case short:
			f.Why = "是短式签名，而请求带有 x-tif-uid；网关转来的请求应用长式签名"
			return f, ""
		}
	}
	f.Why = form(given)
	if f.Why == "" {
		for i, secret := range secrets {
			if why := mistake(timestamp, secret, nonce, given); why != "" {
				f.Why = why
				if i > 0 {
					f.Why += "（且用的是旧密钥）"
				}
				return f, ""
			}
		}
		f.Why = "对下面这段文字（" + hidden + " 处换成密钥）做 SHA-256，应得到以 " + c.begins(secrets[0], p) + " 开头的大写十六进制，而请求里以 " + given[:4] +
			" 开头。请核对密钥是否完整、有没有多余的空格或换行，时间戳、随机串是否与请求头里的一致"
	}
	return f, ""
}

// begins is the beginning of the right signature: enough to compare, far too little to sign with.
func (c *Checker) begins(secret string, p *pasted) string {
	timestamp, nonce := p.get(signature.HeaderTimestamp), p.get(signature.HeaderNonce)
	if c.gatewayKey != "" {
		return signature.Long(timestamp, secret, nonce, p.get(signature.HeaderUID), p.get(signature.HeaderUInfo), p.get(signature.HeaderExt))[:4]
	}
	return signature.Short(timestamp, secret, nonce)[:4]
}

// form says what is wrong with how a signature is written; empty when nothing is.
func form(given string) string {
	_, err := hex.DecodeString(given)
	switch {
	case err == nil && len(given) == signature.Size:
		return ""
	case err == nil && len(given) == 2*md5.Size:
		return "有 32 位，像是 MD5；应为 SHA-256，64 位十六进制"
	case err == nil && len(given) == 2*sha1.Size:
		return "有 40 位，像是 SHA-1；应为 SHA-256，64 位十六进制"
	case err == nil:
		return fmt.Sprintf("有 %d 位，应为 64 位十六进制；可能没有粘贴完整", len(given))
	}
	if raw, err := base64.StdEncoding.DecodeString(given); err == nil && len(raw) == sha256.Size {
		return "是 Base64，应为十六进制"
	}
	return "不是十六进制；应为 64 位大写十六进制"
}

// mistake recognises what integrators usually do instead; empty for none of it.
func mistake(timestamp, secret, nonce, given string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	keyed := hmac.New(sha256.New, []byte(secret))
	keyed.Write([]byte(timestamp + nonce + timestamp))
	national := sm3.Sum([]byte(timestamp + secret + nonce + timestamp))
	for _, one := range []struct{ text, why string }{
		{hash(timestamp + secret + nonce), "少了末尾的时间戳：应为 timestamp+密钥+nonce+timestamp"},
		{hash(secret + nonce + timestamp), "少了开头的时间戳：应为 timestamp+密钥+nonce+timestamp"},
		{hash(timestamp + nonce + secret + timestamp), "密钥和随机串的次序反了：应为 timestamp+密钥+nonce+timestamp"},
		{hash(secret + timestamp + nonce + timestamp), "次序不对：应为 timestamp+密钥+nonce+timestamp"},
		{hash(secret + timestamp + nonce), "次序不对：应为 timestamp+密钥+nonce+timestamp"},
		{hash(timestamp + secret + timestamp), "没有把随机串算进去：应为 timestamp+密钥+nonce+timestamp"},
		{hash(timestamp + secret + "\n" + nonce + timestamp), "密钥后面多了一个换行，请去掉"},
		{hash(timestamp + secret + " " + nonce + timestamp), "密钥后面多了一个空格，请去掉"},
		{hash(timestamp + "+" + secret + "+" + nonce + "+" + timestamp), "各部分之间不要写加号，直接相连"},
		{hash(timestamp + "," + secret + "," + nonce + "," + timestamp), "各部分之间不要写逗号，直接相连"},
		{hash(timestamp + strings.ToUpper(secret) + nonce + timestamp), "密钥被改成了大写，请原样使用"},
		{hash(timestamp + nonce + timestamp), "没有把密钥算进去"},
		{hex.EncodeToString(keyed.Sum(nil)), "用了 HMAC；应把密钥放在文字中间做 SHA-256"},
		{hex.EncodeToString(national[:]), "用了 SM3；这个签名应为 SHA-256"},
	} {
		if signature.Equal(one.text, given) {
			return one.why
		}
	}
	return ""
}

// judgeBody judges the stronger signature over the body.
func (c *Checker) judgeBody(app *App, p *pasted, secret string) []Finding {
	digest, strong := p.get(signature.HeaderBodyDigest), p.get(signature.HeaderStrong)
	switch {
	case digest == "" && app.RequireDigest:
		return []Finding{{What: "请求体签名", Outcome: Wrong, Why: "这个应用必须带 x-hcp-body-digest 和 x-hcp-signature，而请求里没有"}}
	case digest == "" && strong != "":
		return []Finding{{What: "请求体签名", Outcome: Wrong, Why: "缺少 x-hcp-body-digest：它与 x-hcp-signature 须同时发送"}}
	case digest == "":
		return nil
	}
	algorithm, ok := signature.ParseDigest(digest)
	if !ok {
		return []Finding{{What: "请求体摘要", Outcome: Wrong, Why: "应写成 sm3=64位小写十六进制 或 sha256=64位小写十六进制"}}
	}
	found := []Finding{judgeDigest(algorithm, p.body, digest)}
	f := Finding{What: "请求体签名", Outcome: Wrong}
	method, target := p.method, p.target
	f.Signed = strings.Join([]string{method, target, p.get(signature.HeaderTimestamp), p.get(signature.HeaderNonce), digest}, `\n`)
	sign := func(method, target string) bool {
		return signature.Equal(signature.Strong(algorithm, secret, method, target, p.get(signature.HeaderTimestamp), p.get(signature.HeaderNonce), digest), strong)
	}
	bare, _, _ := strings.Cut(target, "?")
	switch {
	case strong == "":
		f.Why = "缺少 x-hcp-signature"
	case secret == "":
		f.Outcome, f.Why = Doubtful, "签名改对之后才能核对"
	case method == "" || target == "":
		f.Outcome, f.Why, f.Signed = Doubtful, "没有粘贴请求方法和路径，无法核对；请在请求头上面加一行，如 POST /ping/ebus/affair/eval", ""
	case sign(method, target), p.line != "" && sign(method, p.line):
		f.Outcome, f.Why = Right, "与密钥相符"
	case sign(strings.ToLower(method), target):
		f.Why = "方法写成了小写，应为大写 " + method
	case bare != target && sign(method, bare):
		f.Why = "没有把查询串算进去：路径应连同 ? 后面的部分"
	default:
		f.Why = "不符：应以密钥对下面各行（以换行相连）做 HMAC-" + strings.ToUpper(string(algorithm)) + "，写成大写十六进制"
	}
	return append(found, f)
}

// goodNonce is how many characters a nonce should have that is never to come twice.
const goodNonce = 16

// judgeOnce says whether the nonce of a call with the stronger signature is still to be had.
func (c *Checker) judgeOnce(ctx context.Context, app *App, nonce string) (Finding, error) {
	code := app.Code
	if c.gatewayKey != "" {
		code = ""
	}
	used, err := c.nonces.NonceUsed(ctx, code, nonce)
	f := Finding{What: "防重放", Outcome: Right, Why: "这个 nonce 最近没有用过"}
	switch {
	case used:
		f.Outcome, f.Why = Doubtful, "这个 nonce 最近收到过：原样再发一次会被拒绝。重发时请求体不变，换新的 nonce、取当前时间重新签名"
	case len(nonce) < goodNonce:
		f.Outcome, f.Why = Doubtful, fmt.Sprintf("只有 %d 个字符，容易与别的调用重复，重复的会被拒绝；请用 %d 个以上随机的字母和数字", len(nonce), goodNonce)
	}
	return f, err
}

// judgeDigest compares the digest with the body, as pasted and as pasting may have changed it.
func judgeDigest(algorithm signature.Algorithm, body, digest string) Finding {
	is := func(body string) bool { return signature.BodyDigest(algorithm, []byte(body)) == digest }
	unix := strings.ReplaceAll(body, "\r\n", "\n")
	trimmed := strings.TrimRight(unix, "\n")
	switch {
	case is(body), is(unix), is(trimmed):
		return Finding{What: "请求体摘要", Outcome: Right, Why: "与粘贴的请求体相符"}
	case is(trimmed + "\n"), is(trimmed + "\r\n"):
		return Finding{What: "请求体摘要", Outcome: Doubtful, Why: "算的时候末尾多了一个换行；请确认发出的请求体也有它"}
	case body == "":
		return Finding{What: "请求体摘要", Outcome: Doubtful, Why: "没有粘贴请求体，无法核对"}
	default:
		return Finding{What: "请求体摘要", Outcome: Wrong, Why: "与粘贴的请求体不符：须对原样发出的字节计算，算好之后不能再改动或重新排版"}
	}
}
