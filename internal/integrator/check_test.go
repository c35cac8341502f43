package integrator

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/signature"
)

// usedNonces are those that came already.
type usedNonces map[string]bool

func (u usedNonces) NonceUsed(_ context.Context, app, text string) (bool, error) {
	return app == "app1" && u[text], nil
}

// checked is a checker over one app with an old and a new secret.
type checked struct {
	*Checker
	newest, old string
	timestamp   string
}

func newChecked(t *testing.T, gateway string, change ...func(*App)) *checked {
	t.Helper()
	s, _ := shelved(t)
	app, secret, err := s.Rotate(t.Context(), "app1", AnyVersion)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(&app)
		if _, err := s.Change(t.Context(), app, AnyVersion); err != nil {
			t.Fatal(err)
		}
		if app.Disabled {
			if _, err := s.Disable(t.Context(), "app1", true, AnyVersion); err != nil {
				t.Fatal(err)
			}
		}
	}
	apps, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &checked{NewChecker(s, gateway, 180*time.Second, func() time.Time { return monday }, usedNonces{"used-before": true}), secret, apps[0].Secrets[1], fmt.Sprint(monday.Unix())}
}

// head is a request's head with that signature.
func (c *checked) head(sign string) string {
	return "x-tif-paasid: app1\nX-TIF-Timestamp: " + c.timestamp + "\r\nx-tif-nonce: n1\nx-tif-signature: " + sign
}

func (c *checked) find(t *testing.T, head, body, what string) Finding {
	t.Helper()
	found, err := c.Check(t.Context(), head, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		for _, secret := range []string{c.newest, c.old} {
			if strings.Contains(f.Why+f.Signed, secret) {
				t.Errorf("a secret is shown: %+v", f)
			}
			right := signature.Short(c.timestamp, secret, "n1")
			if strings.Contains(f.Why+f.Signed, right[:8]) {
				t.Errorf("too much of a right signature is shown: %+v", f)
			}
		}
	}
	for _, f := range found {
		if f.What == what {
			return f
		}
	}
	t.Fatalf("nothing is said of %s: %+v", what, found)
	return Finding{}
}

func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

func TestSignaturesAreExplained(t *testing.T) {
	c := newChecked(t, "")
	right := signature.Short(c.timestamp, c.newest, "n1")
	raw, _ := hex.DecodeString(right)
	keyed := hmac.New(sha256.New, []byte(c.newest))
	keyed.Write([]byte(c.timestamp + "n1" + c.timestamp))
	for _, one := range []struct {
		name, given string
		want        Outcome
		why         string
	}{
		{"right", right, Right, "与密钥相符"},
		{"lower case", strings.ToLower(right), Right, "小写"},
		{"by the old secret", signature.Short(c.timestamp, c.old, "n1"), Doubtful, "旧密钥"},
		{"the long form", signature.Long(c.timestamp, c.newest, "n1", "", "", ""), Wrong, "长式"},
		{"without the last timestamp", sum(c.timestamp + c.newest + "n1"), Wrong, "少了末尾的时间戳"},
		{"another order", sum(c.timestamp + "n1" + c.newest + c.timestamp), Wrong, "次序反了"},
		{"a line's end behind the secret", sum(c.timestamp + c.newest + "\nn1" + c.timestamp), Wrong, "换行"},
		{"another order by the old secret", sum(c.timestamp + "n1" + c.old + c.timestamp), Wrong, "旧密钥"},
		{"HMAC", hex.EncodeToString(keyed.Sum(nil)), Wrong, "HMAC"},
		{"base64", base64.StdEncoding.EncodeToString(raw), Wrong, "Base64"},
		{"MD5", strings.Repeat("0a", 16), Wrong, "MD5"},
		{"cut off", right[:60], Wrong, "60 位"},
		{"no hex", "签名", Wrong, "不是十六进制"},
		{"another secret", sum("something else"), Wrong, "以 " + right[:4] + " 开头"},
	} {
		f := c.find(t, c.head(one.given), "", "签名")
		if f.Outcome != one.want || !strings.Contains(f.Why, one.why) {
			t.Errorf("%s: got %s %s, want %s %s", one.name, f.Outcome, f.Why, one.want, one.why)
		}
		if f.Signed != c.timestamp+hidden+"n1"+c.timestamp {
			t.Errorf("%s: the text is %s", one.name, f.Signed)
		}
	}
}

func TestAGatewaysSignatureIsExplained(t *testing.T) {
	c := newChecked(t, "gateway-key")
	person := "\nx-rio-uid: u1\nx-rio-uinfo: 张三\nx-tif-ext: {}"
	for _, one := range []struct {
		name, head string
		want       Outcome
	}{
		{"the long form", c.head(signature.Long(c.timestamp, "gateway-key", "n1", "u1", "张三", "{}")) + person, Right},
		{"the short form without a person", c.head(signature.Short(c.timestamp, "gateway-key", "n1")), Right},
		{"the short form with a person", c.head(signature.Short(c.timestamp, "gateway-key", "n1")) + person, Wrong},
		{"the app's own secret", c.head(signature.Short(c.timestamp, c.newest, "n1")), Wrong},
	} {
		if f := c.find(t, one.head, "", "签名"); f.Outcome != one.want || strings.Contains(f.Why+f.Signed, "gateway-key") {
			t.Errorf("%s: got %+v, want %s", one.name, f, one.want)
		}
	}
}

func TestTheOtherPartsAreExplained(t *testing.T) {
	c := newChecked(t, "")
	sign := signature.Short(c.timestamp, c.newest, "n1")
	at := func(timestamp string) string { return strings.Replace(c.head(sign), c.timestamp, timestamp, 1) }
	for _, one := range []struct {
		name, head, what string
		want             Outcome
		why              string
	}{
		{"all there", c.head(sign), "请求头", Right, "四个"},
		{"two missing", "x-tif-paasid: app1\nx-tif-nonce: n1", "请求头", Wrong, "x-tif-timestamp、x-tif-signature"},
		{"on time", c.head(sign), "时间戳", Right, "相差 0 秒"},
		{"just in time", at(fmt.Sprint(monday.Unix() - 180)), "时间戳", Right, "相差 180 秒"},
		{"too late", at(fmt.Sprint(monday.Unix() - 181)), "时间戳", Doubtful, "相差 181 秒"},
		{"both times", at(fmt.Sprint(monday.Unix() - 181)), "时间戳", Doubtful, "请求里是 2026-06-15 09:56:59，服务器现在是 2026-06-15 10:00:00"},
		{"ahead", at(fmt.Sprint(monday.Unix() + 181)), "时间戳", Wrong, "快了 181 秒"},
		{"another zone", at(fmt.Sprint(monday.Add(8*time.Hour).Unix() + 5)), "时间戳", Wrong, "时区"},
		{"milliseconds", at(fmt.Sprint(monday.UnixMilli())), "时间戳", Wrong, "毫秒"},
		{"a sign", at("+" + c.timestamp), "时间戳", Wrong, "只含数字"},
		{"no number", at("today"), "时间戳", Wrong, "只含数字"},
		{"a nonce", c.head(sign), "随机串", Right, "2 个"},
		{"a long nonce", strings.Replace(c.head(sign), "n1", strings.Repeat("n", 37), 1), "随机串", Wrong, "37 个"},
		{"a Chinese nonce", strings.Replace(c.head(sign), "n1", "随机", 1), "随机串", Wrong, "中文"},
		{"nobody", strings.Replace(c.head(sign), "app1", "app9", 1), "调用方", Wrong, "没有这个 paasid"},
		{"in quotation marks", strings.Replace(c.head(sign), "app1", `"app1"`, 1), "调用方", Wrong, "引号"},
		{"somebody", c.head(sign), "调用方", Right, "某系统"},
		{"curl", "curl -X POST 'https://h/ping/ebus/affair/eval' \\\n -H 'x-rio-paasid: app1' \\\n  -H \"x-rio-timestamp: " + c.timestamp +
			"\" -k \\", "请求头", Wrong, "x-tif-nonce、x-tif-signature"},
	} {
		f := c.find(t, one.head, "", one.what)
		if f.Outcome != one.want || !strings.Contains(f.Why, one.why) {
			t.Errorf("%s: got %s %s, want %s %s", one.name, f.Outcome, f.Why, one.want, one.why)
		}
	}
	for into, want := range map[time.Duration]Outcome{0: Right, 999 * time.Millisecond: Right, time.Second: Doubtful} { // of the 180th second
		c.now = func() time.Time { return monday.Add(180*time.Second + into) }
		if f := c.find(t, c.head(sign), "", "时间戳"); f.Outcome != want {
			t.Errorf("%v into the last second: got %s %s, want %s", into, f.Outcome, f.Why, want)
		}
	}
	disabled := newChecked(t, "", func(a *App) { a.Disabled = true })
	if f := disabled.find(t, disabled.head(signature.Short(c.timestamp, disabled.newest, "n1")), "", "调用方"); f.Outcome != Wrong || !strings.Contains(f.Why, "停用") {
		t.Errorf("a disabled app: %+v", f)
	}
}

func TestTheBodysSignatureIsExplained(t *testing.T) {
	c := newChecked(t, "", func(a *App) { a.RequireDigest = true })
	body := "{\"a\":\n1}"
	digest := signature.BodyDigest(signature.SM3, []byte(body))
	strong := func(secret, method, target string) string {
		return signature.Strong(signature.SM3, secret, method, target, c.timestamp, "n1", digest)
	}
	head := func(line, digest, strong string) string {
		return line + "\n" + c.head(signature.Short(c.timestamp, c.newest, "n1")) + "\nx-hcp-body-digest: " + digest + "\nx-hcp-signature: " + strong
	}
	const line = "POST /ping/ebus/affair/eval?x=1 HTTP/1.1"
	right := strong(c.newest, "POST", "/ping/ebus/affair/eval?x=1")
	for _, one := range []struct {
		name, head, body, what string
		want                   Outcome
		why                    string
	}{
		{"right", head(line, digest, right), body, "请求体签名", Right, "相符"},
		{"the digest is right", head(line, digest, right), body, "请求体摘要", Right, "相符"},
		{"as a browser sends it", head(line, digest, right), strings.ReplaceAll(body, "\n", "\r\n"), "请求体摘要", Right, "相符"},
		{"another body", head(line, digest, right), body + " ", "请求体摘要", Wrong, "不符"},
		{"no body", head(line, digest, right), "", "请求体摘要", Doubtful, "没有粘贴"},
		{"upper case", head(line, strings.ToUpper(digest), right), body, "请求体摘要", Wrong, "小写"},
		{"without the query", head(line, digest, strong(c.newest, "POST", "/ping/ebus/affair/eval")), body, "请求体签名", Wrong, "查询串"},
		{"a small method", head(line, digest, strong(c.newest, "post", "/ping/ebus/affair/eval?x=1")), body, "请求体签名", Wrong, "小写"},
		{"a bare question mark", head("POST /ping/ebus/affair/eval? HTTP/1.1", digest, strong(c.newest, "POST", "/ping/ebus/affair/eval?")), body, "请求体签名", Right, "相符"},
		{"a whole address", head("POST http://h/ping/ebus/affair/eval HTTP/1.1", digest, strong(c.newest, "POST", "http://h/ping/ebus/affair/eval")), body, "请求体签名", Right, "相符"},
		{"by the old secret", head(line, digest, strong(c.old, "POST", "/ping/ebus/affair/eval?x=1")), body, "请求体签名", Wrong, "HMAC-SM3"},
		{"no line", head("", digest, right), body, "请求体签名", Doubtful, "没有粘贴请求方法"},
		{"a short nonce", head(line, digest, right), body, "防重放", Doubtful, "2 个字符"},
		{"none, though it must", c.head(signature.Short(c.timestamp, c.newest, "n1")), body, "请求体签名", Wrong, "必须带"},
	} {
		f := c.find(t, one.head, one.body, one.what)
		if f.Outcome != one.want || !strings.Contains(f.Why, one.why) {
			t.Errorf("%s: got %s %s, want %s %s", one.name, f.Outcome, f.Why, one.want, one.why)
		}
	}
}

// Of the two headers of the stronger signature the one that is not there is named, also where nobody demands them: the interface refuses.
func TestTheStrongerSignatureHasTwoHeaders(t *testing.T) {
	c := newChecked(t, "")
	head := c.head(signature.Short(c.timestamp, c.newest, "n1"))
	for given, want := range map[string]string{
		"x-hcp-body-digest: " + signature.BodyDigest(signature.SM3, []byte("{}")): "缺少 x-hcp-signature",
		"x-hcp-signature: " + strings.Repeat("0", 64):                             "缺少 x-hcp-body-digest",
	} {
		if f := c.find(t, head+"\n"+given, "{}", "请求体签名"); f.Outcome != Wrong || !strings.Contains(f.Why, want) {
			t.Errorf("%s: got %+v, want %s", given, f, want)
		}
	}
}

// Whether the nonce is still to be had is told to whom signed rightly, and of the stronger signature only.
func TestAUsedNonceIsTold(t *testing.T) {
	c := newChecked(t, "")
	digest := signature.BodyDigest(signature.SM3, nil)
	for _, one := range []struct {
		nonce, secret string
		digest        bool
		want          string // of the finding; empty for none
	}{
		{"used-before", c.newest, true, "最近收到过"},
		{"0123456789abcdef", c.newest, true, "最近没有用过"},
		{"used-before", c.newest, false, ""},
		{"used-before", "another", true, ""},
	} {
		head := "x-tif-paasid: app1\nx-tif-timestamp: " + c.timestamp + "\nx-tif-nonce: " + one.nonce +
			"\nx-tif-signature: " + signature.Short(c.timestamp, one.secret, one.nonce)
		if one.digest {
			head += "\nx-hcp-body-digest: " + digest
		}
		found, err := c.Check(t.Context(), head, "")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range found {
			if f.What == "防重放" {
				got = f.Why
			}
		}
		if (got == "") != (one.want == "") || !strings.Contains(got, one.want) {
			t.Errorf("nonce %s, digest %v: got %q, want %q", one.nonce, one.digest, got, one.want)
		}
	}
}

func TestPastedIsBounded(t *testing.T) {
	c := newChecked(t, "")
	for name, one := range map[string]struct{ head, body string }{
		"nothing":      {"", ""},
		"no header":    {"hello", ""},
		"a long head":  {strings.Repeat("x", MaxPastedHead+1), ""},
		"a long body":  {c.head("x"), strings.Repeat("x", MaxPastedBody+1)},
		"other things": {"content-type: application/json", ""},
	} {
		if _, err := c.Check(t.Context(), one.head, one.body); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want a fault of the form", name, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("POST /x\nx-tif-paasid: app1\nx-tif-timestamp: 1\nx-tif-nonce: n\nx-tif-signature: ab", "{}")
	f.Fuzz(func(t *testing.T, head, body string) {
		s := NewService(&shelf{apps: []Stored{}}, nil, known)
		_, _ = NewChecker(s, "", time.Minute, time.Now, usedNonces{}).Check(t.Context(), head, body) // it only must not panic
	})
}
