package courier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/wneessen/go-mail"
)

// Server is how mail is sent. There is no way without TLS.
type Server struct {
	Host string
	Port int
	// Implicit is TLS from the first byte; else STARTTLS, without which nothing is sent.
	Implicit bool
	// User and Password are for the login; without a user there is none.
	User, Password string
	// From is the sender, as in 好差评 <noreply@example.gov.cn>.
	From string
	// Roots are the authorities that are trusted; nil is the system's.
	Roots *x509.CertPool
}

const (
	mailTimeout  = 30 * time.Second
	mailConnect  = 10 * time.Second
	refusedCodes = 500 // SMTP: 5xx stays as it is, 4xx may pass
)

// Letters sends mail. Without a server every attempt says so.
type Letters struct{ server *Server }

// NewLetters makes a sender; server may be nil.
func NewLetters(server *Server) (*Letters, error) {
	if server == nil {
		return &Letters{}, nil
	}
	if err := mail.NewMsg().From(server.From); err != nil {
		return nil, fmt.Errorf("sender of mail: %w", err)
	}
	return &Letters{server}, nil
}

// Ready says whether mail can be sent at all.
func (l *Letters) Ready() bool { return l.server != nil }

// Mail sends one letter; see notice.Courier.
func (l *Letters) Mail(ctx context.Context, m notice.Letter) error {
	if l.server == nil {
		return job.GiveUp(fault.NewConflict("没有配置邮件服务器（smtp-server），未发送"))
	}
	letter, err := l.letter(m)
	if err != nil {
		return job.GiveUp(err)
	}
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	// The client leaves its connection open where it fails, and does not look at ctx once it has one.
	var line net.Conn
	defer func() {
		if line != nil {
			_ = line.Close() // it may be closed already
		}
	}()
	client, err := l.client(func(dialling context.Context, network, address string) (net.Conn, error) {
		if line, err = l.dial(dialling, network, address); err == nil {
			context.AfterFunc(ctx, func() { _ = line.Close() })
		}
		return line, err
	})
	if err != nil {
		return err
	}
	connected, err := client.DialToSMTPClientWithContext(ctx)
	if err == nil {
		err = client.SendWithSMTPClient(connected, letter)
	}
	if err != nil {
		return mailFault(err)
	}
	_ = client.CloseWithSMTPClient(connected) // what was sent is sent, whatever the server says to our leaving
	return nil
}

func (l *Letters) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: mailConnect}
	if !l.server.Implicit {
		return dialer.DialContext(ctx, network, address)
	}
	return (&tls.Dialer{NetDialer: dialer, Config: l.tls()}).DialContext(ctx, network, address)
}

func (l *Letters) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: l.server.Host, RootCAs: l.server.Roots}
}

func (l *Letters) letter(m notice.Letter) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent())
	if err := letter.From(l.server.From); err != nil {
		return nil, errors.New("the sender of mail can't be read")
	}
	if err := letter.To(m.To); err != nil {
		return nil, errors.New("the recipient of a mail can't be read") // the error would show it
	}
	letter.Subject(m.Subject)
	letter.SetDate()
	letter.SetMessageIDWithValue(m.ID + "@" + l.domain())
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday messages back
	letter.SetBodyString(mail.TypeTextPlain, m.Body)
	return letter, nil
}

// domain is that of the sender.
func (l *Letters) domain() string {
	_, domain, _ := strings.Cut(l.server.From, "@")
	return strings.TrimRight(domain, "> ")
}

func (l *Letters) client(dial mail.DialContextFunc) (*mail.Client, error) {
	s := l.server
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(mailTimeout), mail.WithHELO(helo(l.domain())), mail.WithoutNoop(),
		mail.WithTLSConfig(l.tls()), mail.WithDialContextFunc(dial),
	}
	if s.Implicit {
		options = append(options, mail.WithSSL())
	} else {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	client, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare to send mail: %w", err)
	}
	return client, nil
}

// helo is how we introduce ourselves: servers want a name with a dot.
func helo(domain string) string {
	if strings.Contains(domain, ".") {
		return domain
	}
	return "localhost.localdomain"
}

// mailFault says in words why nothing was sent. Servers repeat addresses and names in what they say, so of that only the code is
// kept.
func mailFault(err error) error {
	var sending *mail.SendError
	var certificate *tls.CertificateVerificationError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &sending) && sending.ErrorCode() >= refusedCodes:
		return job.GiveUp(fault.NewConflict(fmt.Sprintf("邮件服务器拒收（%d）", sending.ErrorCode())))
	case errors.As(err, &sending) && sending.ErrorCode() > 0:
		return fault.NewUnavailable(fmt.Sprintf("邮件服务器暂不接收（%d）", sending.ErrorCode()), 0, nil)
	case errors.As(err, &certificate):
		return fault.NewUnavailable("邮件服务器的证书不可信或已过期", 0, nil)
	case errors.As(err, &name):
		return fault.NewUnavailable("邮件服务器的域名无法解析", 0, nil)
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return fault.NewUnavailable("连不上邮件服务器", 0, nil)
	}
	return fault.NewUnavailable("邮件服务器没有按约定答复（TLS 或登录），请运维人员检查设置", 0, fmt.Errorf("%T", err))
}
