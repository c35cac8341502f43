//go:build unix

package board

import (
	"errors"
	"net"
	"syscall"
)

// writeNow writes all of b without waiting; whole is false when the system does not take all of it.
func writeNow(connection *net.TCPConn, b []byte) (whole, possible bool) {
	raw, err := connection.SyscallConn()
	if err != nil {
		return false, true
	}
	n := 0
	failed := raw.Write(func(fd uintptr) bool {
		for {
			n, err = syscall.Write(int(fd), b)
			if !errors.Is(err, syscall.EINTR) {
				return true
			}
		}
	})
	return failed == nil && err == nil && n == len(b), true
}
