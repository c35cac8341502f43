package storetest

import (
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/keyring"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

// storyProcess is one process of several that share the database, each with registers of its own age.
type storyProcess struct {
	store    *store.Store
	registry *org.Registry
	reviews  *review.Service
	affairs  *affair.Service
	merges   int // how many the registers know of
	sealer   *privacy.Sealer
	ring     *keyring.Ring
	knows    byte // the greatest key that it read
	seals    byte
	// What it judges remarks by, and how it erases.
	moderation *moderation.Service
	words      int
	erasures   *erasure.Service
}

func newStoryProcess(t *testing.T, d *database, keys *privacy.Keys, ticking func() time.Time) *storyProcess {
	t.Helper()
	p := &storyProcess{registry: org.NewRegistry(nil, nil)}
	var err error
	p.sealer, err = privacy.NewSealer(keys, privacy.SM4)
	done(t, err)
	p.store, err = store.Open(t.Context(), store.Options{URL: d.address, Lanes: lanes, Registry: p.registry, Now: ticking})
	done(t, err)
	t.Cleanup(func() {
		if err := p.store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	places, blinder := &review.Placement{Registry: p.registry, Root: storyRoot}, privacy.NewBlinder(keys)
	policy, err := moderation.NewPolicy(moderation.Before)
	done(t, err)
	p.reviews, err = review.NewService(review.Needs{
		Store: p.store, Places: places, Sealer: p.sealer, Blinder: blinder, Now: ticking, Lanes: min(2, d.MaxLanes()), Queue: 100, Batch: 16,
		Policy: policy,
	})
	done(t, err)
	t.Cleanup(p.reviews.Close)
	p.affairs = affair.NewService(p.store, places, p.sealer, blinder, ticking)
	p.moderation = moderation.NewService(p.store, p.reviews, policy)
	p.erasures = erasure.NewService(p.store, p.sealer, blinder, func() int { return 1 }, ticking)
	return p
}

// load reads the registers again.
func (s *story) load(p *storyProcess) {
	into := store.Registers{Registry: p.registry, Entities: catalog.NewEntitySet(nil), Tags: catalog.NewTags(nil)}
	if err := p.store.Load(s.Context(), into); err != nil {
		s.Fatal(err)
	}
	s.must(p.moderation.Refresh(s.Context()))
	p.merges, p.words = len(s.count.merges), s.words
	s.keys.refresh(s, p)
}
