package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/haochaping/haochaping/internal/backup"
)

// vacantFile is a file that is not there yet. The backup is written beside it and renamed when it is whole.
type vacantFile struct {
	options *Options
	file    string
}

// logs are what SQLite keeps beside a file. A log that a former database left would be played into the restored one.
var logs = []string{"-wal", "-shm", "-journal"}

func (v *vacantFile) vacant(context.Context) error {
	for _, ending := range append([]string{""}, logs...) {
		info, err := os.Stat(v.file + ending)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("look for the database: %w", err)
		case info.Size() > 0:
			return notEmpty("文件 " + v.file + ending + " 已经存在，请移走或换一个文件名")
		}
	}
	return nil
}

func (v *vacantFile) close() error { return nil }

func (v *vacantFile) fill(ctx context.Context, _ backup.Content, from io.Reader, finish func(*Store) error) error {
	name := v.file + restoringName
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := backup.Lock(file); err != nil {
		return errors.Join(errors.New("另一个进程正在恢复这个数据库"), file.Close())
	}
	err = errors.Join(removeLogs(name), file.Truncate(0))
	if err == nil {
		err = fillFile(file, contextReader{ctx, from})
	}
	if err = errors.Join(err, file.Sync()); err != nil {
		// It is known to be worth nothing, and the database is as empty as before.
		return errors.Join(fmt.Errorf("restore: %w", err), os.Remove(name), file.Close())
	}
	err = v.finish(ctx, name, finish)
	if err == nil {
		err = errors.Join(v.vacant(ctx), removeLogs(name), file.Sync())
	}
	if err == nil {
		err = errors.Join(os.Rename(name, v.file), backup.SyncFolder(v.file))
	}
	return errors.Join(err, file.Close())
}

func (v *vacantFile) finish(ctx context.Context, name string, finish func(*Store) error) error {
	o := *v.options
	o.URL = "sqlite:" + name
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	err = finish(s)
	if err == nil { // what it wrote moves from the log into the file
		_, err = s.engine.writer().ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return errors.Join(err, s.Close())
}

func removeLogs(file string) error {
	for _, ending := range logs {
		if err := os.Remove(file + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restore: %w", err)
		}
	}
	return nil
}

// contextReader reads until ctx ends.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}
