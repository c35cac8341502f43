package board

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

// watchPause is how often figures are asked whether they changed, and how often viewers are told, at most.
const watchPause = time.Second

// stamp is what everything on the board depends on beside its state and the names of registers.
type stamp struct {
	version string // of the figures
	hour    string // yyyymmddhh in Asia/Shanghai: the day turns though nothing was counted
}

// sightingsKept is how many versions the watcher remembers: those of longer than grace.
const sightingsKept = 4

// sighting is when a version of the figures was first seen.
type sighting struct {
	version string
	at      time.Time
}

// watcher knows the newest stamp, for everybody by one cheap query a second.
type watcher struct {
	version func(ctx context.Context) (string, error)
	now     func() time.Time
	seen    atomic.Pointer[[]sighting] // the newest last
}

// look asks for the version.
func (w *watcher) look(ctx context.Context) error {
	version, err := w.version(ctx)
	if err != nil {
		return fmt.Errorf("look whether figures changed: %w", err)
	}
	for {
		before := w.seen.Load()
		var seen []sighting
		if before != nil {
			if seen = *before; seen[len(seen)-1].version == version {
				return nil
			}
		}
		seen = append(slices.Clone(seen[max(0, len(seen)-sightingsKept+1):]), sighting{version, w.now()})
		if w.seen.CompareAndSwap(before, &seen) {
			return nil
		}
	}
}

// stamp is the newest one. Before the first look it asks.
func (w *watcher) stamp(ctx context.Context) (stamp, error) {
	if w.seen.Load() == nil {
		if err := w.look(ctx); err != nil {
			return stamp{}, err
		}
	}
	seen := *w.seen.Load()
	return stamp{seen[len(seen)-1].version, w.now().In(beijing.Zone).Format("2006010215")}, nil
}

// fresh says whether figures of a version are the newest, or were until less than so long ago.
func (w *watcher) fresh(version string, within time.Duration) bool {
	seen := *w.seen.Load()
	at := slices.IndexFunc(seen, func(s sighting) bool { return s.version == version })
	return at >= 0 && (at == len(seen)-1 || w.now().Sub(seen[at+1].at) < within)
}
