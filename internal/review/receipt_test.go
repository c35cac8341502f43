package review

import (
	"strings"
	"testing"
)

// A receipt code is read as people type it, with a Chinese keyboard, too.
func TestNormalizeReceipt(t *testing.T) {
	const code = "7K3M9QXW2P01"
	for _, text := range []string{
		code, "7K3M-9QXW-2P01", "7k3m 9qxw 2p01", " 7K3M-9QXW-2POI ", "7k3m-9qxw-2pol", "７Ｋ３Ｍ－９ＱＸＷ－２Ｐ０１", "７ｋ３ｍ　９ｑｘｗ　２ｐｏｌ",
		"7K3M—9QXW—2P01", "7K3M–9QXW–2P01\n", "7K3M\u00a09QXW\u00a02P01",
	} {
		if got, ok := NormalizeReceipt(text); !ok || got != code {
			t.Errorf("%q: got %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "7K3M9QXW2P0", "7K3M9QXW2P011", "7K3M9QXW2PU1", "7K3M.9QXW.2P01", "七K3M9QXW2P01", "7K3M9QXW2P0\xff", strings.Repeat("-", 1000) + code} {
		if got, ok := NormalizeReceipt(text); ok {
			t.Errorf("%q is no code, got %q", text, got)
		}
	}
}
