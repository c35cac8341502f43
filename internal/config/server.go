package config

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Gateway modes (contract.md 3).
const (
	Verify  = "verify"  // we check the caller's own signature
	Trusted = "trusted" // a gateway in front has checked the caller and signs to us
)

// Server says how requests are answered.
type Server struct {
	Pages
	SourcesFile
	Figures
	Board
	Notices
	Console
	Moderation
	Retention
	Watch
	Listen  string `help:"监听地址。" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	TLSCert string `help:"TLS 证书（PEM，含证书链）；与 --tls-key 同时设置即启用 HTTPS。" placeholder:"FILE" name:"tls-cert"`
	TLSKey  string `help:"TLS 私钥（PEM）。" placeholder:"FILE" name:"tls-key"`
	// HSTS is for how long; see Strict.
	HSTS        time.Duration `help:"来访过的浏览器多久之内只用 HTTPS（Strict-Transport-Security）；启用 TLS 或 base-url 为 https 时才发送，0 为不发。" name:"hsts" default:"8760h"`
	AutoMigrate bool          `help:"启动时升级 PostgreSQL 的表结构（嵌入式数据库总是自动升级）。"`

	GatewayMode    string        `help:"verify：自行验签；trusted：前置网关已验签，并以 --gateway-key-file 中的密钥对我方签名。" default:"verify"`
	GatewayKeyFile string        `help:"trusted 模式下与网关约定的密钥文件。" placeholder:"FILE"`
	GatewayWindow  time.Duration `help:"时间戳与服务器时间最多相差多少。" default:"180s"`

	Rate  float64 `help:"每个应用每秒最多调用几次，超过则 429；0 为不限。" default:"1000" placeholder:"N"`
	Queue int     `help:"每条写入通道最多排队几条评价，超过则 503。" default:"4096" placeholder:"N"`
	Batch int     `help:"一次提交最多几条评价。" default:"512" placeholder:"N"`

	// Connections bounds them, as far as the system's limit on open files allows.
	Connections int `help:"最多同时保持几个连接：再有新的，先断开空闲最久的，没有空闲的则请新来的稍后再试；0 为文件句柄上限所许，从不超过它。" default:"8192" placeholder:"N"`

	LogLevel string `help:"日志级别：debug、info、warn、error。" default:"info"`
}

// maxHSTS is two years.
const maxHSTS = 2 * 365 * 24 * time.Hour

// Strict is for how long browsers are to come by HTTPS alone: they must have come by it, to us or to a proxy in front that ends TLS, of
// which the public address tells. 0 says nothing of it.
func (s *Server) Strict() time.Duration {
	if s.TLSCert == "" && !strings.HasPrefix(s.BaseURL, "https://") {
		return 0
	}
	return s.HSTS
}

// CheckListen says what is wrong with an address to listen on.
func CheckListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	_, bad := net.DefaultResolver.LookupPort(context.Background(), "tcp", port) // a number, or a name of the machine's own list
	if err != nil || bad != nil {
		return errors.New("listen 应为 主机:端口，端口为 0 到 65535")
	}
	return nil
}

// Check reports everything that is wrong, joined.
func (s *Server) Check() error {
	var faults []error
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	if err := CheckListen(s.Listen); err != nil {
		faults = append(faults, err)
	}
	refuse((s.TLSCert == "") != (s.TLSKey == ""), "tls-cert 与 tls-key 须同时设置")
	refuse(s.HSTS < 0 || s.HSTS > maxHSTS, "hsts 应为 0 到 %s", written(maxHSTS))
	refuse(s.GatewayMode != Verify && s.GatewayMode != Trusted, "gateway-mode 应为 verify 或 trusted")
	refuse(s.GatewayMode == Trusted && s.GatewayKeyFile == "", "gateway-mode 为 trusted 时须设置 gateway-key-file")
	refuse(s.GatewayWindow < time.Second || s.GatewayWindow > time.Hour, "gateway-window 应为 1s 到 1h")
	refuse(!(s.Rate >= 0 && s.Rate <= 1e6), "rate 应为 0 到 1000000")
	refuse(s.Queue < 1 || s.Queue > 1<<20, "queue 应为 1 到 %d", 1<<20)
	refuse(s.Batch < 1 || s.Batch > 4096, "batch 应为 1 到 4096")
	refuse(s.Connections != 0 && (s.Connections < 64 || s.Connections > 1<<20), "connections 应为 0，或 64 到 %d", 1<<20)
	_, known := levels[s.LogLevel]
	refuse(!known, "log-level 应为 debug、info、warn 或 error")
	return errors.Join(append(faults, s.Figures.Check(), s.Board.Check(), s.Notices.Check(), s.Console.Check(), s.Moderation.Check(), s.Retention.Check(), s.Watch.Check())...)
}
