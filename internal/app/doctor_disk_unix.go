//go:build unix

package app

import (
	"fmt"
	"syscall"
)

// freeSpace is how many bytes a process without privileges may still write where a folder is.
func freeSpace(folder string) (free int64, known bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, false, fmt.Errorf("目录 %s：%w", folder, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), true, nil //nolint:gosec,unconvert // the types differ among systems
}
