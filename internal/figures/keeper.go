package figures

import (
	"context"
	"log/slog"
	"time"
)

// foldPause is how long facts may wait before they are folded; figures are right all the same.
const foldPause = 2 * time.Second

// Keep folds facts into counters and closes days that are over until ctx ends. A fault is logged and tried again: nothing
// depends on it but how much a figure costs. waiting, when not nil, is told how many changes wait.
func Keep(ctx context.Context, store Store, log *slog.Logger, waiting func(int)) {
	ticker := time.NewTicker(foldPause)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		left, err := foldAll(ctx, store)
		if err == nil {
			err = closeDays(ctx, store)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			log.Warn("fold counters", "error", err)
		}
		failing = err != nil
		if waiting != nil && err == nil {
			waiting(left)
		}
	}
}

// foldRest is how many changes may wait for the next time: many at once fold into few counters.
const foldRest = 64

// foldAll folds until little is left.
func foldAll(ctx context.Context, store Store) (left int, err error) {
	for {
		left, err = store.Fold(ctx)
		if err != nil || left < foldRest || ctx.Err() != nil {
			return left, err
		}
	}
}

// closing is how long days are closed in one go: many are after a long pause, and folding waits meanwhile.
const closing = time.Second

// closeDays closes days that are over.
func closeDays(ctx context.Context, store Store) error {
	for start := time.Now(); time.Since(start) < closing; {
		closed, err := store.CloseDay(ctx)
		if err != nil || !closed || ctx.Err() != nil {
			return err
		}
	}
	return nil
}
