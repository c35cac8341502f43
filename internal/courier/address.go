// Package courier carries messages out of the house: mail by SMTP over TLS, and webhooks over HTTP that lead nowhere they
// should not.
package courier

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errForbidden is an address that nothing is sent to.
var errForbidden = errors.New("address is not a public one")

// special are the ranges that are no public addresses, besides those that netip knows (IANA's special-purpose registries):
// among them every way to write an IPv4 address in an IPv6 one.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
	"2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// gate says which addresses a webhook may be sent to.
type gate struct {
	// own are networks of one's own that are allowed although they are private.
	own []netip.Prefix
	// ownOnly is for plain http: over the open net it would be read by everybody.
	ownOnly bool
}

func (g *gate) admits(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range g.own {
		if network.Contains(address) {
			return true
		}
	}
	return !g.ownOnly && public(address)
}

func public(address netip.Addr) bool {
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast() {
		return false
	}
	for _, network := range special {
		if network.Contains(address) {
			return false
		}
	}
	return true
}

// control is a dialer's Control: it sees the address that is dialled, after the name was resolved, so that a name can't say one
// thing when it is asked for and another when it is used.
func (g *gate) control(_, address string, _ syscall.RawConn) error {
	dialled, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: unreadable", errForbidden)
	}
	if !g.admits(dialled.Addr()) {
		return errForbidden
	}
	return nil
}
