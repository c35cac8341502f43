package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var slowTests = []test{
	{"slow statements are told by name, without arguments", slowStatements},
}

// slowStatements takes every statement for slow, then none.
func slowStatements(t *testing.T, d *database) {
	d.migrated(t)
	var mu sync.Mutex
	var told []store.Slow
	d.Watch(time.Nanosecond, func(s store.Slow) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, s)
	})
	seen := func(do func(ctx context.Context) error) (names []string) {
		t.Helper()
		mu.Lock()
		told = nil
		mu.Unlock()
		if err := do(t.Context()); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, s := range told {
			if !strings.Contains(s.Place, ".go:") || strings.HasPrefix(s.Place, "slow") || s.Took <= 0 {
				t.Errorf("told %+v, want a place in the store and a time", s)
			}
			names = append(names, s.Statement)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	reviews := 0
	accept := func(ctx context.Context) error {
		reviews++
		_, err := d.Accept(ctx, 0, []review.Record{d.affair(reviews)})
		return err
	}
	list := func(ctx context.Context) error {
		_, err := d.Deliveries(ctx, notice.DeliveryQuery{Limit: 1})
		return err
	}
	claim := func(ctx context.Context) error { // a transaction
		_, err := d.ClaimJob(ctx, []string{"none"}, time.Minute)
		return err
	}
	for want, do := range map[string]func(context.Context) error{"Accept": accept, "Deliveries": list, "ClaimJob": claim} {
		if got := seen(do); !slices.Equal(got, []string{want}) {
			t.Errorf("told %q, want %s alone", got, want)
		}
	}
	if err := errors.Join(accept(t.Context()), list(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []time.Duration{time.Hour, 0} {
		d.Watch(limit, func(s store.Slow) { t.Errorf("told %+v at a limit of %v", s, limit) })
		if err := errors.Join(accept(t.Context()), list(t.Context()), claim(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}
