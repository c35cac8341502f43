package store

import (
	"context"
	"database/sql"
	"sync/atomic"
)

// reviewsOfLog is after how many reviews SQLite's log is copied into the file. They change 16,000 of its pages in batches and 28,000 one by
// one: fewer than those after which SQLite copies by itself (sqlitePragmas).
const reviewsOfLog = 2048

// checkpointer copies SQLite's log into the file while reviews go on being stored. SQLite itself does it within a commit, and whoever
// waits for that commit waits for all of it.
type checkpointer struct {
	read, write *sql.DB
	written     atomic.Int64 // reviews since the last time
	due         chan struct{}
	end         context.CancelFunc
	ended       chan struct{}
}

func newCheckpointer(read, write *sql.DB) *checkpointer {
	ctx, end := context.WithCancel(context.Background())
	c := &checkpointer{read: read, write: write, due: make(chan struct{}, 1), end: end, ended: make(chan struct{})}
	go c.run(ctx)
	return c
}

func (c *checkpointer) run(ctx context.Context) {
	defer close(c.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.due:
			c.copy(ctx)
		}
	}
}

// copy takes what is there beside the writer, and then, in the writer's place, the little that came meanwhile: only a log that is copied
// whole is begun anew. What can't be copied stays in the log, and SQLite tries again within a commit.
func (c *checkpointer) copy(ctx context.Context) {
	for _, db := range []*sql.DB{c.read, c.write} {
		if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			return
		}
	}
}

// wrote says that reviews were stored.
func (c *checkpointer) wrote(reviews int) {
	if c.written.Add(int64(reviews)) < reviewsOfLog {
		return
	}
	c.written.Store(0)
	select {
	case c.due <- struct{}{}:
	default: // it will be done anyhow
	}
}

func (c *checkpointer) close() {
	c.end()
	<-c.ended
}
