//go:build unix

package app

import "syscall"

// openFiles is how many files this process may have open. Go has raised the limit to what the system allows already.
func openFiles() (most int, known bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return int(min(limit.Cur, 1<<30)), true
}
