//go:build !unix

package app

// freeSpace is not known here.
func freeSpace(string) (free int64, known bool, err error) { return 0, false, nil }
