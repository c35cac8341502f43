package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// patience is how a migration waits for tables that somebody reads for long, as a backup or an export does. Whoever comes behind it
// waits, too, reviews with him: it waits for a moment, lets them pass, and comes again.
type patience struct {
	wait, pause time.Duration
	attempts    int
	// turn is how many seconds it waits for another process that migrates; 0 is 1.
	turn uint64
}

// patient is what commands have: two minutes in all, in which nobody else waits longer than callers do for a commit.
var patient = patience{wait: 3 * time.Second, pause: 5 * time.Second, attempts: 15, turn: 300}

// up brings the schema up to date. What was done stays: the next attempt goes on behind it.
func (p patience) up(ctx context.Context, provider *goose.Provider) error {
	for attempt := 1; ; attempt++ {
		_, err := provider.Up(ctx)
		var answer *pgconn.PgError
		if !errors.As(err, &answer) || answer.Code != lockNotAvailable {
			return err
		}
		if attempt == p.attempts {
			return fmt.Errorf("有别的操作一直在读写要升级的表（如备份、导出、recount）：请等它结束，再运行 haochaping migrate: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.pause):
		}
	}
}

// lockNotAvailable is PostgreSQL's word for a lock_timeout that is over.
const lockNotAvailable = "55P03"

// migrating is goose's lock on PostgreSQL. Whose connection has it may take as long as a large database needs for a step, but waits
// for no table longer than wait.
type migrating struct {
	lock.SessionLocker
	patience
}

// newMigrating makes it. Several processes may start with --auto-migrate at once: one migrates, the others wait.
func newMigrating(p patience) (*migrating, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, max(1, p.turn)))
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	return &migrating{locker, p}, nil
}

// notOurTurn is all that tells that another process has goose's lock.
const notOurTurn = "failed to acquire lock"

// SessionLock is goose's.
func (m *migrating) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf("SET statement_timeout = 0; SET lock_timeout = %d", m.wait.Milliseconds()))
	if err == nil {
		err = m.SessionLocker.SessionLock(ctx, conn)
	}
	if err != nil && strings.HasSuffix(err.Error(), notOurTurn) {
		err = fmt.Errorf("另一个进程正在升级表结构，等了 %d 秒还没有结束：请等它结束，再运行 haochaping migrate", m.turn)
	}
	if err != nil {
		return errors.Join(err, m.hurry(ctx, conn))
	}
	return nil
}

// SessionUnlock is goose's.
func (m *migrating) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	return errors.Join(m.hurry(ctx, conn), m.SessionLocker.SessionUnlock(ctx, conn))
}

// hurry gives the connection back its limits, for whoever has it next.
func (m *migrating) hurry(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(context.WithoutCancel(ctx), "RESET statement_timeout; RESET lock_timeout")
	return err
}
