package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/identity"
)

func countAttempts(t *testing.T, d *database) {
	d.migrated(t)
	pair, address := identity.Guard{Key: guardKey(1), Free: 2, Forgets: true}, identity.Guard{Key: guardKey(2), Free: 4}
	at := now
	count := func(want time.Duration, guards ...identity.Guard) {
		t.Helper()
		if wait, err := d.CountAttempt(t.Context(), guards, at); err != nil || wait != want {
			t.Fatalf("got %v, %v; want %v", wait, err, want)
		}
	}
	for range 3 {
		count(0, pair, address)
	}
	count(30*time.Second, pair, address)
	at = at.Add(10 * time.Second)
	count(20*time.Second, pair, address) // waiting is not counted, or it would never end
	at = at.Add(20 * time.Second)
	count(0, pair, address)
	count(time.Minute, address, pair) // and it grows
	count(0, address)
	count(30*time.Second, address)
	if err := d.ForgiveAttempts(t.Context(), []identity.Guard{pair, address}, at); err != nil {
		t.Fatal(err)
	}
	count(0, pair)
	at = at.Add(31 * time.Second)
	count(0, address)              // the fifth again
	count(30*time.Second, address) // one was taken back, not all
	at = at.Add(59 * time.Minute)
	count(0, address)
	count(time.Minute, address)
	at = at.Add(time.Hour)
	for range 5 {
		count(0, address) // forgotten
	}
	count(30*time.Second, address)

	known := identity.Guard{Key: guardKey(3)}
	if ok, err := d.AttemptKnown(t.Context(), known.Key, at.Add(-time.Hour)); ok || err != nil {
		t.Errorf("known before it was: %v, %v", ok, err)
	}
	if err := d.ForgiveAttempts(t.Context(), []identity.Guard{known}, at); err != nil {
		t.Fatal(err)
	}
	for since, want := range map[time.Duration]bool{-time.Hour: true, 0: false} {
		if ok, err := d.AttemptKnown(t.Context(), known.Key, at.Add(since)); ok != want || err != nil {
			t.Errorf("known since %v: %v, %v", since, ok, err)
		}
	}
}

func countAttemptsAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	guards := []identity.Guard{{Key: guardKey(2), Free: 100}, {Key: guardKey(1), Free: 4}}
	var guessing sync.WaitGroup
	var mu sync.Mutex
	let := 0
	for range 20 {
		guessing.Go(func() {
			wait, err := d.CountAttempt(t.Context(), guards, now)
			if err != nil {
				t.Errorf("count: %v", err)
			}
			if mu.Lock(); wait == 0 {
				let++
			}
			mu.Unlock()
		})
	}
	guessing.Wait()
	if let != 5 {
		t.Errorf("%d of 20 at once were let in, want 5", let)
	}
}
