package identity

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPasswordFault(t *testing.T) {
	for _, tt := range []struct{ password, want string }{
		{"", "至少"},
		{"短", "至少"},
		{"nine char", "至少"},
		{"password123", "常见"},
		{"PassWord123", "常见"},
		{"woaini1314520", "常见"},
		{"1qaz2wsx3edc", "常见"},
		{"guanliyuan123", "常见"},
		{"password2026!", "常见"},
		{"Password@123", "常见"},
		{"123password!!", "常见"},
		{"asdf1234asdf1234", "常见"},
		{"123qwe123qwe", "常见"},
		{"aaaaaaaaaaaa", "常见"},
		{"aaabbbaaabb", "单一"},
		{"ababababab", "单一"},
		{"1231231233", "单一"},
		{"abcdefghijkl", "单一"},
		{"9876543210", "常见"},
		{"mnopqrstuvw", "单一"},
		{"linshuhua-zs", "账号"},
		{"Linshuhua2026", "账号"},
		{"linshuhua and the long way home", ""},
		{"correct horse lamp", ""},
		{"骑马过桥看见三只鹅", "至少"},
		{"骑马过桥看见三只白鹅", ""},
		{"8kq2-mm4x-p7tz", ""},
		{"with\ttab in it", "无法识别"},
		{"\xff\xfe invalid utf8", "无法识别"},
		{strings.Repeat("长短不一", 32), ""},
		{strings.Repeat("长短不一", 33), "最多"},
	} {
		got := passwordFault(tt.password, "linshuhua", "林书华", "016")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.password, got, tt.want)
		}
	}
}

func TestOneTimePasswordsMayBeUsed(t *testing.T) {
	form := regexp.MustCompile(`^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$`)
	seen := map[string]bool{}
	for range 200 {
		password := oneTimePassword()
		if !form.MatchString(password) || passwordFault(password) != "" || seen[password] {
			t.Errorf("%q", password)
		}
		seen[password] = true
	}
}

// Every letter is as likely: none is missing or twice as frequent in many draws.
func TestPick(t *testing.T) {
	for _, letters := range []string{"abcdefghjkmnpqrstuvwxyz23456789", "abcdefghjkmnpqrstvwxyz0123456789", "01"} {
		counts := map[rune]int{}
		const each = 2000
		for _, r := range pick(letters, each*len(letters)) {
			counts[r]++
		}
		for _, r := range letters {
			if counts[r] < each*8/10 || counts[r] > each*12/10 {
				t.Errorf("%q of %d letters is drawn %d times, want about %d", r, len(letters), counts[r], each)
			}
		}
		if len(counts) != len(letters) {
			t.Errorf("%d letters are drawn of %d", len(counts), len(letters))
		}
	}
}

func TestPasswordHash(t *testing.T) {
	one, two := HashPassword("correct horse lamp"), HashPassword("correct horse lamp")
	if one == two || !strings.HasPrefix(one, fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$", argonMemory, argonTime)) {
		t.Errorf("%s, %s", one, two)
	}
	for password, want := range map[string]bool{"correct horse lamp": true, "correct horse lamP": false, "": false, "ｃｏｒｒｅｃｔ horse lamp": true} {
		if ok, err := VerifyPassword(one, password); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	// Made with other parameters, before or by others.
	if ok, err := VerifyPassword("$argon2id$v=19$m=64,t=1,p=2$c29tZXNhbHRzb21lc2FsdA$"+"vKx8mCNlbOJZQpYKeXDyTg", "x"); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	for _, hash := range []string{
		"", "plain", "$2a$10$x", strings.Replace(one, "argon2id", "argon2i", 1), strings.Replace(one, "v=19", "v=16", 1), strings.Replace(one, fmt.Sprintf("m=%d,t=%d,", argonMemory, argonTime), "m=99999999,t=2,", 1),
		strings.Replace(one, fmt.Sprintf("t=%d,", argonTime), "t=0,", 1), strings.Replace(one, "p=1", "p=0", 1), one + "$", one[:len(one)-30], one + "!",
	} {
		if ok, err := VerifyPassword(hash, "correct horse lamp"); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

func TestCommonPasswordsAreAList(t *testing.T) {
	if n := len(common()); n < 400 {
		t.Errorf("%d passwords", n)
	}
	for word := range common() {
		if word != strings.ToLower(word) || strings.ContainsAny(word, " \t") {
			t.Errorf("%q can never be met", word)
		}
	}
}

func TestGuardWait(t *testing.T) {
	last := time.Date(2026, 6, 15, 10, 0, 0, 0, time.UTC)
	g := Guard{Free: 4}
	for failures, want := range map[int]time.Duration{
		0: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute, 8: 4 * time.Minute, 9: 8 * time.Minute, 10: 15 * time.Minute, 1_000_000: 15 * time.Minute,
	} {
		if got := g.Wait(failures, last, last); got != want {
			t.Errorf("%d failures: got %v, want %v", failures, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		failures, later := rapid.IntRange(0, 100).Draw(t, "failures"), time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "later"))
		wait := g.Wait(failures, last, last.Add(later))
		if wait < 0 || wait > mostDelay || wait > 0 && later >= mostDelay {
			t.Errorf("%d failures, %v later: %v", failures, later, wait)
		}
	})
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "unknown": "unknown",
	} {
		if got := Network(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// RFC 6238, appendix B, for SHA-1, its last six digits.
func TestTOTPStep(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" //nolint:gosec // the RFC's own
	for second, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		at := time.Unix(second, 0)
		if step, ok := totpStep(secret, code, at, 0); !ok || step != second/30 {
			t.Errorf("at %d: %d, %v", second, step, ok)
		}
		if _, ok := totpStep(secret, code, at, second/30); ok {
			t.Errorf("at %d: a code serves twice", second)
		}
		for _, near := range []time.Duration{-30 * time.Second, 30 * time.Second} {
			if step, ok := totpStep(secret, code, at.Add(near), 0); !ok || step != second/30 {
				t.Errorf("at %d and %v: %d, %v", second, near, step, ok)
			}
		}
		for _, far := range []time.Duration{-60 * time.Second, 60 * time.Second} {
			if _, ok := totpStep(secret, code, at.Add(far), 0); ok && second > 60 {
				t.Errorf("at %d a code of %v away serves", second, far)
			}
		}
		for _, wrong := range []string{"", "0", code[:5], code + "0", "000000"} {
			if _, ok := totpStep(secret, wrong, at, 0); ok {
				t.Errorf("at %d: %q serves", second, wrong)
			}
		}
		if _, ok := totpStep(secret, code[:3]+" "+code[3:], at, 0); !ok {
			t.Errorf("at %d: a code in two groups does not serve", second)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes := newRecoveryCodes()
	seen := map[string]bool{}
	for _, code := range codes {
		if !isRecoveryCode(code) || !isRecoveryCode(strings.ReplaceAll(code, "-", " ")) || isRecoveryCode(code[:6]) || seen[code] {
			t.Errorf("%q", code)
		}
		seen[code] = true
	}
	if len(codes) != 10 || isRecoveryCode("123456") {
		t.Errorf("%d codes", len(codes))
	}
}
