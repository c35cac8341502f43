package app

import (
	"context"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/smtptest"
)

// TestNoticesReachAMailServerAndAReceiver wires them as serve does, with a real mail server and a real webhook receiver.
func TestNoticesReachAMailServerAndAReceiver(t *testing.T) {
	server := smtptest.Start(t, false)
	arrived := make(chan string, 10)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- r.Header.Get("webhook-signature") + " " + string(body)
	}))
	t.Cleanup(receiver.Close)
	folder := t.TempDir()
	authorities, err := os.ReadFile(server.RootsFile)
	if err != nil {
		t.Fatal(err)
	}
	authorities = append(authorities, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw})...)
	for name, text := range map[string]string{"password": smtptest.Password + "\n", "ca.pem": string(authorities)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := config.Notices{
		SMTPServer: server.Address(), SMTPUser: smtptest.User, SMTPPasswordFile: filepath.Join(folder, "password"),
		SMTPFrom: "好差评 <noreply@example.gov.cn>", NoticeCA: filepath.Join(folder, "ca.pem"), WebhookNetworks: []string{"127.0.0.0/8"},
	}
	if err := settings.Check(); err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), &config.Storage{Database: "sqlite:" + filepath.Join(folder, "h.db"), Seal: "sm4", RootRegion: "440000000000"}, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	n, err := h.newNotices(&settings, "https://h.example.gov.cn", nil, slog.New(slog.DiscardHandler), newMetrics(), nil)
	if err != nil || !n.mail {
		t.Fatalf("mail %v, %v", n.mail, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	for channel, target := range map[notice.Channel]string{notice.Mail: "office@example.gov.cn", notice.Webhook: receiver.URL + "/in"} {
		made, _, err := n.Create(t.Context(), followup.Scope{}, notice.Subscription{Channel: channel, Name: "督办室", Target: target, Events: notice.Events()})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Try(t.Context(), followup.Scope{}, made.ID); err != nil {
			t.Fatal(err)
		}
	}
	if letter := server.Wait(t, 1)[0]; letter.Subject != "【好差评】测试消息" || !strings.Contains(letter.Body, "https://h.example.gov.cn/console") {
		t.Errorf("letter %q: %s", letter.Subject, letter.Body)
	}
	select {
	case got := <-arrived:
		if !strings.HasPrefix(got, "v1,") || !strings.Contains(got, `"type":"test"`) {
			t.Errorf("the receiver got %s", got)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing arrived at the receiver within a minute")
	}
}

func TestAuditCommands(t *testing.T) {
	folder := t.TempDir()
	storage := config.Storage{Database: "sqlite:" + filepath.Join(folder, "h.db"), Seal: "sm4", RootRegion: "440000000000"}
	h, err := open(t.Context(), &storage, true)
	if err != nil {
		t.Fatal(err)
	}
	n, err := h.newNotices(&config.Notices{}, "https://h.example.gov.cn", nil, slog.New(slog.DiscardHandler), newMetrics(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, _, err := n.Create(t.Context(), followup.Scope{}, notice.Subscription{Channel: notice.Mail, Name: "=室", Target: "a@example.gov.cn", Events: notice.Events()})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	run := func(status int, arguments ...string) string {
		t.Helper()
		var out strings.Builder
		if got := Main(append(arguments, "--database", storage.Database), &out, &out); got != status {
			t.Errorf("%v: exit status %d, want %d: %s", arguments, got, status, &out)
		}
		return out.String()
	}
	said := run(0, "audit", "verify")
	_, head, _ := strings.Cut(said, "校验值：")
	head, _, _ = strings.Cut(head, "\n")
	if !strings.HasPrefix(head, "3-") {
		t.Errorf("said %s", said)
	}
	run(0, "audit", "verify", "--head", head)
	run(1, "audit", "verify", "--head", "3-"+strings.Repeat("0", 64))
	run(1, "audit", "verify", "--head", "nonsense")
	file := filepath.Join(folder, "audit.csv")
	run(0, "audit", "export", file)
	text, err := os.ReadFile(file) //nolint:gosec // the test's own
	if err != nil || strings.Count(string(text), "subscription.create") != 3 || !strings.Contains(string(text), head) {
		t.Errorf("exported %v: %s", err, text)
	}
	if !strings.Contains(string(text), ",操作说明,对象说明,变更说明\n") || strings.Count(string(text), ",新建通知,") != 3 { // for who reads it
		t.Errorf("the export has no words: %s", text)
	}
	run(1, "audit", "export", file) // it is there
}
