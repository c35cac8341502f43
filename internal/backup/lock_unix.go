//go:build unix

package backup

import (
	"os"
	"syscall"
)

// Lock keeps a file for this process until it is closed or the process ends, however that comes. It fails at once when another
// process has it.
func Lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
