//go:build race

package store_test

import (
	"flag"
	"os"
	"testing"
)

// With the race detector, and on real databases, a property takes ten times as long: an eighth of the usual hundred sequences do, others each time.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
