package org_test

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
)

// FuzzRegion: a code is twelve digits within its own range, below all of its ancestors and none of its neighbours, or is no code.
func FuzzRegion(f *testing.F) {
	for _, seed := range []string{"44", "4401", "440104001001", " 4401 ", "00", "0", "４４", "44010400100Z", "1144010000748253", "441900003000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if code, ok := org.RegionOfCreditCode(text); ok && len(code) != 12 {
			t.Errorf("the region of %q is %q", text, code)
		}
		_, _, _ = org.LevelOf(text), org.Ancestors(text), strings.TrimSpace(text)
		code, ok := org.NormalizeRegion(text)
		if !ok {
			return
		}
		if again, ok := org.NormalizeRegion(code); !ok || again != code || len(code) != 12 {
			t.Fatalf("%q is %q, which is %q, %v", text, code, again, ok)
		}
		places := org.Ancestors(code)
		if last := places[len(places)-1]; last.Code != code || last.Level != org.LevelOf(code) {
			t.Errorf("%s lies in %v", code, places)
		}
		for _, place := range places {
			if from, to := org.Range(place.Code); code < from || code >= to {
				t.Errorf("%s is not from %s to %s, the range of %s", code, from, to, place.Code)
			}
		}
	})
}
