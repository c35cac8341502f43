package review_test

import (
	"testing"

	"github.com/haochaping/haochaping/internal/review"
)

// FuzzReceipt: what is read as a receipt code is read so again however it is written, and a serial number has one of 32 slots.
func FuzzReceipt(f *testing.F) {
	for _, seed := range []string{"7K3M-9QXW-2PFA", "7k3m 9qxw 2pfa", "OIL000000000", "7K3M9QXW2PFAİ", "ı11111111111", "1M87TEG3D000ZAKJZXRX", "--------------------------------------------------"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if code, ok := review.NormalizeReceipt(text); ok {
			if again, ok := review.NormalizeReceipt(review.FormatReceipt(code)); !ok || again != code || len(code) != 12 {
				t.Errorf("%q is %q, which is %q, %v", text, code, again, ok)
			}
		}
		if slot, ours := review.SlotOfSerial(text); slot < 0 || slot > 31 || ours && len(text) != 20 {
			t.Errorf("%q has slot %d", text, slot)
		}
	})
}
