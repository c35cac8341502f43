//go:build !unix

package board

import "net"

// writeNow is not possible here: a write waits, with a limit.
func writeNow(*net.TCPConn, []byte) (whole, possible bool) { return false, false }
