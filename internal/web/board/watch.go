package board

import (
	"context"
	"fmt"
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

// watcher knows the newest stamp, for everybody by one cheap query a second.
type watcher struct {
	version func(ctx context.Context) (string, error)
	now     func() time.Time
	latest  atomic.Pointer[string]
}

// look asks for the version.
func (w *watcher) look(ctx context.Context) error {
	version, err := w.version(ctx)
	if err != nil {
		return fmt.Errorf("look whether figures changed: %w", err)
	}
	if known := w.latest.Load(); known == nil || *known != version {
		w.latest.Store(&version)
	}
	return nil
}

// stamp is the newest one. Before the first look it asks.
func (w *watcher) stamp(ctx context.Context) (stamp, error) {
	if w.latest.Load() == nil {
		if err := w.look(ctx); err != nil {
			return stamp{}, err
		}
	}
	return stamp{*w.latest.Load(), w.now().In(beijing.Zone).Format("2006010215")}, nil
}
