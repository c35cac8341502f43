package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"strconv"
	"time"
)

// Notices say how people are told what happened to cases.
type Notices struct {
	SMTPServer       string        `help:"邮件服务器；不设置则不发邮件。端口 465 为直接 TLS，其他端口须支持 STARTTLS。" name:"smtp-server" placeholder:"HOST:PORT"`
	SMTPTLS          string        `help:"auto：按端口；implicit：直接 TLS；starttls：STARTTLS。没有不加密的方式。" name:"smtp-tls" default:"auto"`
	SMTPUser         string        `help:"邮件服务器的登录名；不设置则不登录。" name:"smtp-user" placeholder:"NAME"`
	SMTPPasswordFile string        `help:"邮件服务器密码的文件。" name:"smtp-password-file" placeholder:"FILE"`
	SMTPFrom         string        `help:"发件人，如 好差评 <noreply@example.gov.cn>。" name:"smtp-from" placeholder:"ADDRESS"`
	NoticeCA         string        `help:"另外信任的证书颁发机构（PEM），用于邮件服务器和 Webhook。" name:"notice-ca" placeholder:"FILE"`
	NoticePause      time.Duration `help:"同一收件人两封汇总邮件至少相隔多久（通知可另设）。" default:"15m"`
	WebhookNetworks  []string      `help:"允许 Webhook 发往的内部网段，如 10.1.0.0/16，以逗号分隔；缺省只发往公网地址。" placeholder:"CIDR"`
}

// Ways of TLS to the mail server.
const (
	autoTLS     = "auto"
	implicitTLS = "implicit"
	startTLS    = "starttls"
)

// implicitPort is where TLS begins with the first byte (RFC 8314).
const implicitPort = 465

// Check reports everything that is wrong, joined.
func (n *Notices) Check() error {
	var faults []error
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	if n.SMTPServer != "" {
		host, port, err := net.SplitHostPort(n.SMTPServer)
		number, bad := strconv.ParseUint(port, 10, 16)
		refuse(err != nil || bad != nil || host == "" || number == 0, "smtp-server 应为 主机:端口")
		address, err := mail.ParseAddress(n.SMTPFrom)
		refuse(err != nil || address == nil, "设置 smtp-server 时须设置 smtp-from，如 好差评 <noreply@example.gov.cn>")
	}
	refuse(n.SMTPTLS != "" && n.SMTPTLS != autoTLS && n.SMTPTLS != implicitTLS && n.SMTPTLS != startTLS, "smtp-tls 应为 auto、implicit 或 starttls")
	refuse((n.SMTPUser == "") != (n.SMTPPasswordFile == ""), "smtp-user 与 smtp-password-file 须同时设置")
	refuse(n.NoticePause != 0 && (n.NoticePause < time.Minute || n.NoticePause > 24*time.Hour || n.NoticePause%time.Minute != 0),
		"notice-pause 应为 1m 到 24h 的整分钟")
	if _, err := n.Networks(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// Pause is the least time between two mails to a recipient.
func (n *Notices) Pause() time.Duration {
	if n.NoticePause == 0 {
		return 15 * time.Minute
	}
	return n.NoticePause
}

// Mail is where mail is handed over: host, port, and whether TLS begins with the first byte. Only after Check.
func (n *Notices) Mail() (host string, port int, implicit bool) {
	host, text, _ := net.SplitHostPort(n.SMTPServer)
	port, _ = strconv.Atoi(text)
	return host, port, n.SMTPTLS == implicitTLS || n.SMTPTLS != startTLS && port == implicitPort
}

// Networks are those that webhooks may go to although they are private.
func (n *Notices) Networks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	var faults []error
	for _, text := range n.WebhookNetworks {
		network, err := netip.ParsePrefix(text)
		if err != nil || network != network.Masked() {
			faults = append(faults, fmt.Errorf("webhook-networks 中 %q 应为网段，如 10.1.0.0/16", text))
			continue
		}
		all = append(all, network)
	}
	return all, errors.Join(faults...)
}
