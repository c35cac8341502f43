package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/haochaping/haochaping/internal/config"
)

// healthCommand is the prober of containers: there is neither shell nor curl in them.
type healthCommand struct {
	Listen  string `help:"服务的监听地址。" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	TLSCert string `help:"服务启用 TLS 时的证书。" placeholder:"FILE" name:"tls-cert"`
	Ready   bool   `help:"问能否保存评价（/readyz），而不只是进程是否应答（/healthz）。"`
}

// proberPatience is how long an answer may take.
const proberPatience = 4 * time.Second

// Run asks the server on this machine how it is. Exit status 1 when it is not well.
func (h *healthCommand) Run(c *console) error {
	address, err := h.address()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c, proberPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		// It is this very machine that is asked, by a name that no certificate has.
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}, //nolint:gosec // see above
	}}
	response, err := client.Do(request)
	if h.TLSCert != "" && errors.Is(err, http.ErrSchemeMismatch) {
		return errors.New("服务没有启用 HTTPS，请去掉 --tls-cert（HAOCHAPING_TLS_CERT）")
	}
	if err != nil {
		return fmt.Errorf("服务没有应答：%w", err)
	}
	defer response.Body.Close()                                          //nolint:errcheck // the status tells
	if h.TLSCert == "" && response.StatusCode == http.StatusBadRequest { // so Go's servers answer who speaks HTTP to HTTPS, and ours nobody else
		return errors.New("服务应答 400：服务启用了 HTTPS，请加上 --tls-cert（HAOCHAPING_TLS_CERT），与 serve 的相同")
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("服务应答 %d，请看它的日志", response.StatusCode)
	}
	c.printf("正常\n")
	return nil
}

// address is where the server is asked: itself, where it listens on every address.
func (h *healthCommand) address() (string, error) {
	if err := config.CheckListen(h.Listen); err != nil {
		return "", err
	}
	host, port, _ := net.SplitHostPort(h.Listen) // it was split before
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme, path := "http", "/healthz"
	if h.TLSCert != "" {
		scheme = "https"
	}
	if h.Ready {
		path = "/readyz"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + path, nil
}
