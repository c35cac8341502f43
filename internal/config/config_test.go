package config

import (
	"strings"
	"testing"
	"time"
)

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	storage := Storage{Database: "mysql://x", Seal: "des", RootRegion: "44", Lanes: 33}
	server := Server{
		Listen: "8080", TLSCert: "a", GatewayMode: "open", GatewayWindow: 0, Rate: -1, Queue: 0, Batch: 5000, Connections: 63, LogLevel: "loud",
		Figures: Figures{Minimum: -1},
	}
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"storage", storage.Check(), []string{"database", "seal", "root-region", "lanes"}},
		{"server", server.Check(), []string{"listen", "tls-cert", "gateway-mode", "gateway-window", "rate", "queue", "batch", "connections", "log-level", "minimum"}},
	} {
		for _, want := range c.want {
			if c.err == nil || !strings.Contains(c.err.Error(), want+" ") {
				t.Errorf("%s: %v does not name %s", c.name, c.err, want)
			}
		}
	}
}

func TestSettingsThatAreRight(t *testing.T) {
	for _, database := range []string{"sqlite:a.db", "postgres://u@h/d", "postgresql://u@h/d"} {
		s := Storage{Database: database, Seal: "aes", RootRegion: "440000000000"}
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", database, err)
		}
	}
	s := Server{Listen: ":8080", GatewayMode: Trusted, GatewayKeyFile: "f", GatewayWindow: time.Minute, Queue: 1, Batch: 1, LogLevel: "warn", Figures: Figures{Minimum: 1}, Board: Board{Viewers: 1}}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	s.GatewayKeyFile = ""
	if s.Check() == nil {
		t.Error("mode trusted without a key passes")
	}
}

func TestTheKeyFileLiesBesideTheDatabase(t *testing.T) {
	s := Storage{Database: "sqlite:dir/a.db"}
	if got, want := s.EmbeddedKeyFile(), "dir/a.db.key"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.KeyFile = "elsewhere"
	if got := s.EmbeddedKeyFile(); got != "elsewhere" {
		t.Errorf("got %s, want the one that was named", got)
	}
}

func TestConsoleLoginAtAProvider(t *testing.T) {
	c := Console{StaffOIDCIssuer: "https://login.example.gov.cn"}
	if err := c.Check(); err == nil || !strings.Contains(err.Error(), "staff-oidc-client-id") {
		t.Errorf("an issuer without a client id: %v", err)
	}
	c.StaffOIDCClientID = "console"
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestWhatCouldNotWorkIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		check interface{ Check() error }
		want  string
	}{
		"a port that is none":           {&Server{Listen: "127.0.0.1:99999"}, "listen 应为 主机:端口"},
		"a port by a name of nobody":    {&Server{Listen: "127.0.0.1:nope"}, "listen 应为 主机:端口"},
		"a header that can't be":        {&Pages{BaseURL: "https://a.example", Environment: Testing, ProxyHeader: "X Real"}, "proxy-header 应为请求头的名称"},
		"an issuer that is no address":  {&Pages{BaseURL: "https://a.example", Environment: Testing, OIDCIssuer: "login", OIDCClientID: "a"}, "oidc-issuer 应形如 https://"},
		"an issuer without encryption":  {&Pages{BaseURL: "https://a.example", Environment: Testing, OIDCIssuer: "http://login.example", OIDCClientID: "a"}, "oidc-issuer 应形如 https://"},
		"staff's issuer is no address":  {&Console{StaffOIDCIssuer: "login", StaffOIDCClientID: "a"}, "staff-oidc-issuer 应形如 https://"},
		"an issuer of this machine":     {&Pages{BaseURL: "https://a.example", Environment: Testing, OIDCIssuer: "http://127.0.0.1:9", OIDCClientID: "a"}, ""},
		"an issuer with a path":         {&Console{StaffOIDCIssuer: "https://login.example/realms/a", StaffOIDCClientID: "a"}, ""},
		"a header as proxies write one": {&Pages{BaseURL: "https://a.example", Environment: Testing, ProxyHeader: "X-Real-IP"}, ""},
	} {
		if err := c.check.Check(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestTimesAreWrittenAsPeopleWriteThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", time.Minute: "1m", 90 * time.Second: "1m30s", 2 * time.Hour: "2h", 150 * time.Minute: "2h30m", 24*time.Hour + time.Second: "24h0m1s", 10 * time.Minute: "10m",
	} {
		if got := written(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

// Names of machines are the same in any case, as in the load generator's own rule.
func TestThisMachineIsKnownByItsNames(t *testing.T) {
	for host, want := range map[string]bool{"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "localhost.example": false, "10.0.0.1": false, "": false} {
		if got := IsLocal(host); got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
}
