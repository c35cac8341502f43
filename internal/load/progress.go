package load

import (
	"context"
	"fmt"
	"time"
)

// progress runs work and, while it lasts, writes a line every second.
func (r *run) progress(ctx context.Context, name string, work func(context.Context), line func() string) {
	if r.opts.Progress == nil {
		work(ctx)
		return
	}
	start := time.Now()
	write := func() {
		_, _ = fmt.Fprintf(r.opts.Progress, "%s %3.0f 秒  %s\n", name, time.Since(start).Seconds(), line())
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			write()
		case <-done:
			write()
			return
		}
	}
}
