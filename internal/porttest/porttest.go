// Package porttest gives tests a port for a server of another program, which must be told its port before it listens.
package porttest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports below those that Linux gives to callers (32768 and up): a port of theirs that is free now may be a caller's own
// before the server listens, and every time that the server is started again.
const first, count = 20000, 12000

// Free is an address on loopback that nobody listens on, and its port.
func Free() (address string, port int, err error) {
	for range 100 {
		port = first + rand.IntN(count) //nolint:gosec // no secret
		address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		var listener net.Listener
		if listener, err = net.Listen("tcp", address); err == nil { //nolint:noctx // closed at once
			return address, port, listener.Close()
		}
	}
	return "", 0, errors.Join(errors.New("no port is free"), err)
}
