package courier_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/courier"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/porttest"
	"github.com/haochaping/haochaping/internal/smtptest"
)

const office = "office@example.gov.cn"

func letters(t *testing.T, server *smtptest.Server, change func(*courier.Server)) *courier.Letters {
	t.Helper()
	settings := courier.Server{
		Host: server.Host, Port: server.Port, User: smtptest.User, Password: smtptest.Password, Roots: server.Roots,
		From: "好差评 <noreply@example.gov.cn>",
	}
	change(&settings)
	l, err := courier.NewLetters(&settings)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func send(t *testing.T, l *courier.Letters) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return l.Mail(ctx, notice.Letter{ID: "d-1", To: office, Subject: "【好差评】新工单 2 件", Body: "您好：\n\n.一行以点开头\n" + strings.Repeat("很长", 500) + "\n"})
}

func TestALetterArrives(t *testing.T) {
	for name, implicit := range map[string]bool{"STARTTLS": false, "TLS from the first byte": true} {
		t.Run(name, func(t *testing.T) {
			server := smtptest.Start(t, implicit)
			l := letters(t, server, func(s *courier.Server) { s.Implicit = implicit })
			if err := send(t, l); err != nil {
				t.Fatal(err)
			}
			got := server.Wait(t, 1)[0]
			if got.From != "noreply@example.gov.cn" || len(got.To) != 1 || got.To[0] != office || got.Subject != "【好差评】新工单 2 件" {
				t.Errorf("from %s to %v: %s", got.From, got.To, got.Subject)
			}
			if body := strings.ReplaceAll(got.Body, "\r\n", "\n"); !strings.Contains(body, "\n.一行以点开头\n"+strings.Repeat("很长", 500)) {
				t.Errorf("body is %q", body)
			}
			for header, want := range map[string]string{"Message-Id": "<d-1@example.gov.cn>", "Auto-Submitted": "auto-generated"} {
				if got := got.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestWhyALetterIsNotSent(t *testing.T) {
	server, implicit := smtptest.Start(t, false), smtptest.Start(t, true)
	_, nobody, err := porttest.Free()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		code     int
		change   func(*courier.Server)
		words    string
		hopeless bool
	}{
		{"a wrong password", 0, func(s *courier.Server) { s.Password = "wrong" }, "", false},
		{"no login", 0, func(s *courier.Server) { s.User = "" }, "邮件服务器拒收（502）", true},
		{"an unknown certificate", 0, func(s *courier.Server) { s.Roots = nil }, "邮件服务器的证书不可信或已过期", false},
		{"another's certificate", 0, func(s *courier.Server) { s.Host = "127.0.0.2" }, "", false},
		{"nobody there", 0, func(s *courier.Server) { s.Port = nobody }, "连不上邮件服务器", false},
		{"no TLS where it should begin", 0, func(s *courier.Server) { s.Implicit = true }, "", false},
		{"no such mailbox", 550, nil, "邮件服务器拒收（550）", true},
		{"come again later", 451, nil, "邮件服务器暂不接收（451）", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server.Refuse(c.code, "no mailbox "+office+" here")
			if c.change == nil {
				c.change = func(*courier.Server) {}
			}
			err := send(t, letters(t, server, c.change))
			var f *fault.Error
			if !errors.As(err, &f) || c.words != "" && f.Message != c.words {
				t.Fatalf("got %v, want %s", err, c.words)
			}
			if job.Hopeless(err) != c.hopeless {
				t.Errorf("%v: hopeless %v, want %v", err, job.Hopeless(err), c.hopeless)
			}
			for _, secret := range []string{office, "office", smtptest.Password, "wrong"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%v tells %q", err, secret)
				}
			}
		})
	}
	if n := len(server.Letters()) + len(implicit.Letters()); n != 0 {
		t.Errorf("%d letters arrived", n)
	}
}

// TestNothingIsSentInTheClear offers a server without STARTTLS, to who would log in and to who would not.
func TestNothingIsSentInTheClear(t *testing.T) {
	for _, user := range []string{"u", ""} {
		t.Run("user "+user, func(t *testing.T) { sendToServerWithoutTLS(t, user) })
	}
}

func sendToServerWithoutTLS(t *testing.T, user string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		var heard strings.Builder
		defer func() { said <- heard.String() }()
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		defer connection.Close() //nolint:errcheck // a test's
		_, _ = connection.Write([]byte("220 mail.test\r\n"))
		buffer := make([]byte, 4096)
		for {
			n, err := connection.Read(buffer)
			heard.Write(buffer[:n])
			if err != nil {
				return
			}
			_, _ = connection.Write([]byte("250 fine\r\n"))
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	l, err := courier.NewLetters(&courier.Server{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, User: user, Password: "secret", From: "a@example.gov.cn",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t, l); err == nil {
		t.Error("sent without TLS")
	}
	_ = listener.Close()
	if heard := <-said; strings.Contains(heard, "AUTH") || strings.Contains(heard, "MAIL") || strings.Contains(heard, office) {
		t.Errorf("said in the clear: %s", heard)
	}
}

func TestWithoutAServer(t *testing.T) {
	l, err := courier.NewLetters(nil)
	if err != nil || l.Ready() {
		t.Fatalf("ready %v, %v", l.Ready(), err)
	}
	if err := send(t, l); !job.Hopeless(err) || !strings.Contains(err.Error(), "smtp-server") {
		t.Errorf("got %v", err)
	}
	if _, err := courier.NewLetters(&courier.Server{From: "nobody"}); err == nil {
		t.Error("a sender that is none was taken")
	}
}
