package planted_test

import (
	"testing"

	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/planted"
	"github.com/haochaping/haochaping/internal/workday"
)

// The issue: planted fraud is found at least 95 % at no more than 1 % false findings a window-day. `go run ./bench --only gaming` plays
// more seeds.
func TestFraudIsFoundAndHonestPeopleAreLeftAlone(t *testing.T) {
	for seed := uint64(1); seed <= seeds; seed++ {
		r := planted.Run(seed, integrity.Default, workday.China())
		t.Logf("seed %d: found %.4f of %v, %v; false %.4f of %d honest window-days, %v",
			seed, r.FoundShare(), r.Planted, r.Found, r.FalseShare(), r.Honest, r.FalseKinds)
		if r.FoundShare() < 0.95 {
			t.Errorf("seed %d: found %.4f, want 0.95 at least; missed %v", seed, r.FoundShare(), r.Missed)
		}
		if r.FalseShare() > 0.01 {
			t.Errorf("seed %d: %.4f false findings a window-day, want 0.01 at most: %v", seed, r.FalseShare(), r.FalseKinds)
		}
		for _, kind := range integrity.Kinds() {
			if r.Planted[kind] < 10 {
				t.Errorf("seed %d: %d window-days of %s, want ten at least", seed, r.Planted[kind], kind)
			}
		}
		if r.Honest < 5000 {
			t.Errorf("seed %d: %d honest window-days, want a province's", seed, r.Honest)
		}
	}
}
