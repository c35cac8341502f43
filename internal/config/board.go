package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Board says who may show the public board in frames, and how many are told at once what changes on it.
type Board struct {
	FrameOrigins []string `help:"允许嵌入效能监督页面的网站，如 https://www.example.gov.cn，以逗号分隔；缺省不允许。" placeholder:"ORIGIN"`
	Viewers      int      `help:"效能监督页面实时更新的人数上限，超过的改为定时刷新。" default:"20000" placeholder:"N"`
}

// Check reports everything that is wrong, joined.
func (b *Board) Check() error {
	var faults []error
	for _, origin := range b.FrameOrigins {
		if !isOrigin(origin) {
			faults = append(faults, fmt.Errorf("frame-origins 中 %q 应形如 https://www.example.gov.cn（不带路径；http 只用于本机）", origin))
		}
	}
	if b.Viewers < 1 || b.Viewers > 1_000_000 {
		faults = append(faults, errors.New("viewers 应为 1 到 1000000"))
	}
	return errors.Join(faults...)
}

// isOrigin says whether a text is an origin that may be named in a policy: scheme, host and port, nothing else, and without
// encryption only on this machine.
func isOrigin(text string) bool {
	origin, err := url.Parse(text)
	if err != nil || origin.Host == "" || strings.ContainsAny(text, " ;,'\"*") || origin.Scheme+"://"+origin.Host != text {
		return false
	}
	return private(origin)
}

// private says whether nobody reads along on the way to an address: it is encrypted, or this machine's own.
func private(address *url.URL) bool {
	return address.Scheme == "https" || address.Scheme == "http" && IsLocal(address.Hostname())
}

// IsLocal says whether a host is this machine itself, so that nobody else reaches it.
func IsLocal(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
