package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/haochaping/haochaping/internal/smtptest"
	"github.com/pquerna/otp/totp"
)

// ownPassword is what people of the console choose for themselves.
const ownPassword = "three quiet lamps"

// hire makes an account of the console and gives its one-time password.
func (h *house) hire(t *testing.T, login, role, name string, more ...string) string {
	t.Helper()
	var made struct{ Login, Password string }
	out := h.mustRun(t, append([]string{"admin", "create", "--login", login, "--role", role, "--name", name}, more...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil || made.Login != login || made.Password == "" {
		t.Fatalf("admin create: %v: %s", err, out)
	}
	return made.Password
}

// withoutTOTP are the arguments of a server whose console asks for a password alone.
const withoutTOTP = "--console-without-totp"

// settle logs somebody in for the first time, where the login is shown: one-time password, his own, and the second factor where
// his role needs one. It ends where he wanted to go; after a new second factor at the home page.
func (b *tab) settle(login, oneTime string) {
	b.t.Helper()
	b.write("#f-login", login)
	b.write("#f-password", oneTime)
	b.push("登录")
	b.wants("设置您的密码", "一次性密码")
	b.write("#f-password", ownPassword)
	b.write("#f-again", ownPassword)
	b.push("保存密码")
	if ask[string](b, `document.querySelector("h1").innerText`) != "设置二次验证" {
		return
	}
	b.wants("您的角色需要二次验证")
	secret := strings.ReplaceAll(ask[string](b, `document.querySelector("output.secret").innerText`), " ", "")
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("#f-code", code)
	b.push("启用二次验证")
	b.wants("恢复码只显示这一次")
	b.push("已保存，继续")
}

// named is a selector for the one visible button, link, summary or label that reads so.
func (b *tab) named(text string) string {
	b.t.Helper()
	quoted, _ := json.Marshal(text) // strings always encode
	found := ask[int](b, `(() => {
		for (const e of document.querySelectorAll("[data-named]")) delete e.dataset.named
		const found = [...document.querySelectorAll("button, a, summary, label")].filter(e => e.checkVisibility() && e.innerText.trim() === `+string(quoted)+`)
		if (found.length === 1) found[0].dataset.named = ""
		return found.length
	})()`)
	if found != 1 {
		b.t.Fatalf("%s has %d things to press that read %q:\n%s", b.at(), found, text, b.text())
	}
	return "[data-named]"
}

// push presses the button or link that reads so and gives the status of the page after it.
func (b *tab) push(text string) int {
	b.t.Helper()
	return b.follow(touch(b.named(text)))
}

// unfold opens what lies under a heading of the page.
func (b *tab) unfold(text string) {
	b.t.Helper()
	b.do(touch(b.named(text)))
}

// offers says whether the page has something to press that reads so.
func (b *tab) offers(text string) bool {
	b.t.Helper()
	quoted, _ := json.Marshal(text) // strings always encode
	return ask[bool](b, `[...document.querySelectorAll("button, a, summary")].some(e => e.innerText.trim() === `+string(quoted)+`)`)
}

// lacks fails when the page shows one of the texts.
func (b *tab) lacks(texts ...string) {
	b.t.Helper()
	shown := b.text()
	for _, text := range texts {
		if strings.Contains(shown, text) {
			b.t.Errorf("%s shows %q:\n%s", b.at(), text, shown)
		}
	}
}

// upload chooses files in a field.
func (b *tab) upload(selector string, files ...string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// acts does what a case's page offers: opens the form under the heading, writes into its field and sends it.
func (b *tab) acts(heading, move, words, send string) {
	b.t.Helper()
	b.unfold(heading)
	b.write("#a-"+move+"-words", words)
	if status := b.push(send); status != http.StatusOK {
		b.t.Fatalf("%s: status %d:\n%s", heading, status, b.text())
	}
}

// mailing are the arguments of a server that posts by a mail server of the test, and to webhooks on this machine.
func mailing(t *testing.T, post *smtptest.Server) []string {
	t.Helper()
	return []string{
		"--smtp-server", post.Address(), "--smtp-tls", "implicit", "--smtp-user", smtptest.User, "--smtp-password-file", keep(t, t.TempDir(), "smtp", smtptest.Password),
		"--smtp-from", "好差评 <noreply@example.gov.cn>", "--notice-ca", post.RootsFile, "--webhook-networks", "127.0.0.0/8",
	}
}

// hookMessage is a webhook's body.
type hookMessage struct {
	Type string
	Data struct {
		Serial, State, Link string
		Unit                struct{ Kind, Code, Name string }
	}
	signed bool
	raw    string
}

// receiver is another system's webhook receiver.
type receiver struct {
	url    string
	mu     sync.Mutex
	secret string
	got    []hookMessage
}

// receive starts one; it believes nothing before it knows the secret.
func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.url = s.URL + "/hooks/case"
	return r
}

// ServeHTTP checks the signature as Standard Webhooks has it, and keeps the message.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	m := hookMessage{raw: string(body)}
	if err != nil || json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", request.Header.Get("Webhook-Id"), request.Header.Get("Webhook-Timestamp"), body) // never fails
	m.signed = err == nil && len(key) >= 24 && request.Header.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
	r.got = append(r.got, m)
}

// knows tells the receiver the secret.
func (r *receiver) knows(secret string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = secret
}

// heard is what arrived so far about a type of news.
func (r *receiver) heard(kind string) (all []hookMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		if m.Type == kind || kind == "" {
			all = append(all, m)
		}
	}
	return all
}
