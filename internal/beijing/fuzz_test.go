package beijing_test

import (
	"testing"

	"github.com/haochaping/haochaping/internal/beijing"
)

// FuzzParse14: what is read is written again as it was; nothing else is taken for a time.
func FuzzParse14(f *testing.F) {
	for _, seed := range []string{"20260108093012", "19700101000000", "99991231235959", "20260229000000", "20240229235960", "２０２６０１０８０９３０１２", "+2026010809301", "", "00000000000000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, digits, real := beijing.Parse14(text)
		switch {
		case real && (!digits || beijing.Format14(at) != text):
			t.Errorf("%q is read as %v", text, at)
		case !real && !at.IsZero():
			t.Errorf("%q is no time and gives %v", text, at)
		}
	})
}
