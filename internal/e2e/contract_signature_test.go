package e2e

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// signing is what a caller signs with.
type signing struct {
	paasid, secret, timestamp, nonce string
}

// sign is how a caller signs who does everything right, now.
func (c *caller) sign() signing {
	return signing{c.app.PaasID, c.app.Secret, seconds(time.Now()), "0123456789abcdefg"}
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// short is the signature of a call to the gateway, as domain.md 1 writes it.
func (s signing) short() string {
	return fmt.Sprintf("%X", sha256.Sum256([]byte(s.timestamp+s.secret+s.nonce+s.timestamp)))
}

// headers are the headers of the signed call.
func (s signing) headers() map[string]string {
	return map[string]string{
		"x-tif-paasid": s.paasid, "x-tif-timestamp": s.timestamp, "x-tif-nonce": s.nonce, "x-tif-signature": s.short(),
	}
}

// with are the headers with another value of one of them; "" leaves it out.
func (s signing) with(name, value string) map[string]string {
	headers := s.headers()
	headers[name] = value
	return headers
}

// renamed are the headers under the gateway's other name, all or those that are named.
func (s signing) renamed(names ...string) map[string]string {
	headers := map[string]string{}
	for name, value := range s.headers() {
		if len(names) == 0 || strings.Contains(strings.Join(names, " "), name) {
			name = strings.Replace(name, "x-tif-", "x-rio-", 1)
		}
		headers[name] = value
	}
	return headers
}

// Who calls is proved by signatures (contract.md 3).
func TestSignature(t *testing.T) {
	partsOnContract(t,
		part{"the gateway's", signatures},
		part{"a clock ten minutes off", clockTenMinutesOff},
		part{"over the body", bodyDigests},
		part{"once", replays},
	)
}

// Only a call that is signed by the secret of a registered app, now, is believed: anything else is code 3, and its message
// says what is wrong (contract.md 3, domain.md 1).
func signatures(t *testing.T, c *caller) {
	other := c.newApp(t, "other", "--paasid", "Other-1.paas_id")
	right := c.sign()
	signed := func(change func(*signing)) map[string]string {
		s := c.sign()
		change(&s)
		return s.headers()
	}
	clock := func(off time.Duration) map[string]string {
		return signed(func(s *signing) { s.timestamp = seconds(time.Now().Add(off)) })
	}
	nonce := func(nonce string) map[string]string { return signed(func(s *signing) { s.nonce = nonce }) }
	stamp := func(text string) map[string]string { return signed(func(s *signing) { s.timestamp = text }) }
	stored := 0
	for _, one := range []struct {
		name    string
		headers map[string]string
		message string // of the refusal; empty: code 0
	}{
		{"as it should be", right.headers(), ""},
		{"lower case", right.with("x-tif-signature", strings.ToLower(right.short())), ""},
		{"x-rio", right.renamed(), ""},
		{"x-rio in part", right.renamed("x-tif-nonce", "x-tif-signature"), ""},
		{"a paasid that is not the code", other.sign().headers(), ""},
		{"a clock 170 s slow", clock(-170 * time.Second), ""},
		{"a clock 170 s fast", clock(170 * time.Second), ""},
		{"a nonce of one character", nonce("~"), ""},
		{"a nonce of 36 characters", nonce(strings.Repeat("x", 36)), ""},
		{"a nonce of all kinds", nonce(`!"#$%&'()*+,-./:;<=>?@[\]^_{|}`), ""},

		{"no signature at all", nil, "缺少请求头 x-tif-paasid"},
		{"no paasid", right.with("x-tif-paasid", ""), "缺少请求头 x-tif-paasid"},
		{"no timestamp", right.with("x-tif-timestamp", ""), "缺少请求头 x-tif-timestamp"},
		{"no nonce", right.with("x-tif-nonce", ""), "缺少请求头 x-tif-nonce"},
		{"no signature", right.with("x-tif-signature", ""), "缺少请求头 x-tif-signature"},

		{"another secret", signed(func(s *signing) { s.secret = other.app.Secret }), "签名不符"},
		{"no secret", signed(func(s *signing) { s.secret = "" }), "签名不符"},
		{"another nonce", right.with("x-tif-nonce", "0123456789abcdef"), "签名不符"},
		{"another timestamp", right.with("x-tif-timestamp", seconds(time.Now().Add(-2*time.Second))), "签名不符"},
		{"another paasid", right.with("x-tif-paasid", other.app.PaasID), "签名不符"},
		{"half a signature", right.with("x-tif-signature", right.short()[:32]), "签名不符"},
		{"a signature and more", right.with("x-tif-signature", right.short()+"0"), "签名不符"},
		{"one digit wrong", right.with("x-tif-signature", flipped(right.short())), "签名不符"},
		{"a signature in Base64", right.with("x-tif-signature", "dDNSrQfNxBG+bSP1I06mShpZxho="), "签名不符"},
		{"the long form, which is the gateway's", longHeaders(right, "u1", "", ""), "签名不符"},

		{"a nonce of 37 characters", nonce(strings.Repeat("x", 37)), "x-tif-nonce 应为 1 到 36 个"},
		{"a nonce that is not ASCII", nonce("一二三"), "x-tif-nonce 应为 1 到 36 个"},
		{"milliseconds", stamp(seconds(time.Now()) + "000"), "不是毫秒"},
		{"no number", stamp("now"), "x-tif-timestamp 应为 Unix 秒"},
		{"a fraction", stamp(seconds(time.Now()) + ".5"), "x-tif-timestamp 应为 Unix 秒"},
		{"a time before 1970", stamp("-1"), "x-tif-timestamp 应为 Unix 秒"},
		{"a date", stamp("20250316093015"), "x-tif-timestamp 应为 Unix 秒"},
		{"zero", stamp("0"), "时间戳为 1970-01-01 08:00:00，"},
		{"domain.md's own vector, of 2019", stamp("1561910400"), "时间戳为 2019-07-01 00:00:00，"},
		{"a clock 190 s slow", clock(-190 * time.Second), "请校准时钟"},
		{"a clock 190 s fast", clock(190 * time.Second), "请校准时钟"},

		{"an unknown paasid", signed(func(s *signing) { s.paasid = "nobody" }), "x-tif-paasid 未登记"},
		{"the code for a paasid", signed(func(s *signing) { s.paasid, s.secret = "other", other.app.Secret }), "x-tif-paasid 未登记"},
		{"a paasid in capitals", signed(func(s *signing) { s.paasid = "GZGA012345" }), "x-tif-paasid 未登记"},
	} {
		from := c
		if one.headers["x-tif-paasid"] == other.app.PaasID {
			from = other
		}
		a := from.call(t, request{path: pathAffair, body: affairOf(from.app).text(), header: one.headers, unsigned: true})
		switch {
		case one.message == "":
			stored++
			if a.code() != succeeded {
				t.Errorf("%s: got %s, want code 0", one.name, a.text)
			}
		case a.code() != untrusted || !strings.HasPrefix(a.Message, "验签失败：") || !strings.Contains(a.Message, one.message):
			t.Errorf("%s: got %s, want code 3, %s", one.name, a.text, one.message)
		}
	}
	if got := c.counted(t); got != stored {
		t.Errorf("%d reviews are counted, want %d", got, stored)
	}
	for _, secret := range []string{c.app.Secret, other.app.Secret, right.short()} {
		if strings.Contains(c.server.logs.String(), secret) {
			t.Error("the log holds a secret or a signature")
		}
	}
}

// flipped has another last digit.
func flipped(signature string) string {
	last := byte('0')
	if signature[63] == '0' {
		last = '1'
	}
	return signature[:63] + string(last)
}

// longHeaders are the headers of a call that a gateway passes on (domain.md 1).
func longHeaders(s signing, uid, uinfo, ext string) map[string]string {
	headers := s.headers()
	maps.Copy(headers, map[string]string{"x-tif-uid": uid, "x-tif-uinfo": uinfo, "x-tif-ext": ext})
	headers["x-tif-signature"] = fmt.Sprintf("%X",
		sha256.Sum256([]byte(s.timestamp+s.secret+s.nonce+","+uid+","+uinfo+","+ext+s.timestamp)))
	return headers
}

// A clock ten minutes off is every integrator's first fault: the message says so with both times, in Beijing.
func clockTenMinutesOff(t *testing.T, c *caller) {
	times := regexp.MustCompile(`时间戳为 (.{19})，服务器时间为 (.{19})，相差不得超过 180 秒`)
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		s := c.sign()
		theirs := time.Now().Add(off)
		s.timestamp = seconds(theirs)
		a := c.call(t, request{path: pathAffair, body: affairOf(c.app).text(), header: s.headers(), unsigned: true})
		told := times.FindStringSubmatch(a.Message)
		if a.code() != untrusted || told == nil {
			t.Fatalf("%v: got %s, want both times", off, a.text)
		}
		if want := theirs.In(shanghai).Format(time.DateTime); told[1] != want {
			t.Errorf("%v: the caller's time is told as %s, want %s", off, told[1], want)
		}
		server, err := time.ParseInLocation(time.DateTime, told[2], shanghai)
		if err != nil || time.Since(server).Abs() > patience {
			t.Errorf("%v: the server's time is told as %s, %v", off, told[2], err)
		}
	}
}
