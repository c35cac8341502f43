package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/integrator"
)

var nonceTests = []test{
	{"a nonce of an app is new once, for every process", claimNonces},
	{"processes that claim the same nonces at once share them out", claimNoncesAtOnce},
	{"nonces are forgotten when their calls are too old, and no other", sweepNonces},
}

func nonce(app, text string) integrator.Nonce {
	return integrator.Nonce{App: app, Text: text, Until: now.Add(time.Minute)}
}

func claimNonces(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	for i, one := range []struct {
		by     integrator.NonceStore
		claims []integrator.Nonce
		want   []bool
	}{
		{d, []integrator.Nonce{nonce("b", "2"), nonce("a", "1"), nonce("", "1")}, []bool{true, true, true}},
		{other, []integrator.Nonce{nonce("a", "1"), nonce("b", "1"), nonce("a", "~"), nonce("b", "2")}, []bool{false, true, true, false}},
		{d, []integrator.Nonce{nonce("a", "~")}, []bool{false}},
	} {
		got, err := one.by.ClaimNonces(t.Context(), one.claims)
		if err != nil || !slices.Equal(got, one.want) {
			t.Errorf("claim %d: got %v, %v, want %v", i, got, err, one.want)
		}
	}
	for key, want := range map[[2]string]bool{{"a", "1"}: true, {"", "1"}: true, {"a", "2"}: false, {"A", "1"}: false} {
		if got, err := other.NonceUsed(t.Context(), key[0], key[1]); err != nil || got != want {
			t.Errorf("used %v: got %v, %v, want %v", key, got, err, want)
		}
	}
}

func claimNoncesAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	const rounds, size = 20, 40
	var claimed atomic.Int64
	var wg sync.WaitGroup
	for i, s := range []integrator.NonceStore{d, other, d, other} {
		wg.Go(func() {
			for round := range rounds {
				claims := make([]integrator.Nonce, size)
				for k := range claims {
					claims[k] = nonce("a", fmt.Sprint(round*size+k))
				}
				if i%2 == 0 {
					slices.Reverse(claims)
				}
				fresh, err := s.ClaimNonces(t.Context(), claims)
				if err != nil {
					t.Error(err)
				}
				for _, one := range fresh {
					if one {
						claimed.Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	if got := claimed.Load(); got != rounds*size || d.count(t, "nonce") != rounds*size {
		t.Errorf("%d nonces were new %d times, %d are kept", rounds*size, got, d.count(t, "nonce"))
	}
}

func sweepNonces(t *testing.T, d *database) {
	d.migrated(t)
	old, young := nonce("a", "old"), nonce("a", "young")
	old.Until, young.Until = now.Add(-time.Microsecond), now
	if _, err := d.ClaimNonces(t.Context(), []integrator.Nonce{old, young}); err != nil {
		t.Fatal(err)
	}
	if done, err := d.SweepNonces(t.Context()); err != nil || !done {
		t.Errorf("swept: %v, %v", done, err)
	}
	for text, want := range map[string]bool{"old": false, "young": true} {
		if used, err := d.NonceUsed(t.Context(), "a", text); err != nil || used != want {
			t.Errorf("%s: remembered %v, %v, want %v", text, used, err, want)
		}
	}
}
