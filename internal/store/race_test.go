//go:build race

package store_test

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// With the race detector, and on real databases, a property takes ten times as long: an eighth of the usual hundred sequences do, others each time.
func TestMain(m *testing.M) {
	// Most of a test's time it waits for a disk: more than one a processor go on at a time.
	for name, value := range map[string]string{"rapid.checks": "12", "test.parallel": strconv.Itoa(runtime.NumCPU() + 2)} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
