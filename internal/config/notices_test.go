package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/config"
)

func TestNotices(t *testing.T) {
	whole := config.Notices{
		SMTPServer: "mail.example.gov.cn:587", SMTPTLS: "auto", SMTPUser: "u", SMTPPasswordFile: "f", SMTPFrom: "好差评 <noreply@example.gov.cn>",
		NoticePause: 15 * time.Minute, WebhookNetworks: []string{"10.1.0.0/16", "fd00::/8"},
	}
	for _, c := range []struct {
		name   string
		change func(*config.Notices)
		want   []string
	}{
		{"whole", func(*config.Notices) {}, nil},
		{"nothing", func(n *config.Notices) { *n = config.Notices{} }, nil},
		{"no login", func(n *config.Notices) { n.SMTPUser, n.SMTPPasswordFile = "", "" }, nil},
		{"no port", func(n *config.Notices) { n.SMTPServer = "mail.example.gov.cn" }, []string{"smtp-server"}},
		{"port 0", func(n *config.Notices) { n.SMTPServer = "mail.example.gov.cn:0" }, []string{"smtp-server"}},
		{"no sender", func(n *config.Notices) { n.SMTPFrom = "" }, []string{"smtp-from"}},
		{"in the clear", func(n *config.Notices) { n.SMTPTLS = "none" }, []string{"smtp-tls"}},
		{"no password", func(n *config.Notices) { n.SMTPPasswordFile = "" }, []string{"smtp-password-file"}},
		{"seconds", func(n *config.Notices) { n.NoticePause = 90 * time.Second }, []string{"notice-pause"}},
		{"an address is no network", func(n *config.Notices) { n.WebhookNetworks = []string{"10.1.0.0/16", "10.1.2.3/16", "all"} }, []string{`"10.1.2.3/16"`, `"all"`}},
	} {
		n := whole
		c.change(&n)
		err := n.Check()
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: got %v", c.name, err)
		}
		for _, want := range c.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s named", c.name, err, want)
			}
		}
	}
}

func TestWhereMailIsHandedOver(t *testing.T) {
	for _, c := range []struct {
		server, tls string
		implicit    bool
	}{
		{"m:465", "auto", true}, {"m:465", "", true}, {"m:587", "auto", false}, {"m:587", "implicit", true}, {"m:465", "starttls", false},
	} {
		n := config.Notices{SMTPServer: c.server, SMTPTLS: c.tls}
		if host, _, implicit := n.Mail(); host != "m" || implicit != c.implicit {
			t.Errorf("%s, %s: got %s, %v", c.server, c.tls, host, implicit)
		}
	}
}
