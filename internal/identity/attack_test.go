package identity

import (
	"runtime"
	"testing"
)

// A login that is not there costs the same hash as one that is, so that the time of an answer tells nothing: seen by what it asks of the
// memory, which a loaded machine does not change.
func TestAnUnknownLoginCostsAsMuch(t *testing.T) {
	account := &Account{PasswordHash: HashPassword("correct horse lamp")}
	_ = nobodysHash() // made once
	cost := func(account *Account) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if ok, err := verify(account, "a wrong password"); ok || err != nil {
			t.Fatalf("%v, %v", ok, err)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	known, unknown := cost(account), cost(nil)
	if known < argonMemory<<10 || unknown < 0.9*known || unknown > 1.1*known {
		t.Errorf("a known login takes %.0f bytes, an unknown one %.0f, one hash %d", known, unknown, argonMemory<<10)
	}
}
