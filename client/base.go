package client

import (
	"net/url"
	"strings"
)

// isBase says whether an address is one of a system: http or https, a host, and nothing behind its path.
func isBase(base string) bool {
	address, err := url.Parse(base)
	return err == nil && (address.Scheme == "http" || address.Scheme == "https") && address.Hostname() != "" && !strings.ContainsAny(base, "?#")
}
