package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/klauspost/compress/zstd"
)

// window is how far back the compressor looks, in bytes: it bounds the memory of both sides.
const window = 1 << 20

// unfinished is added to the name of a backup that is being written.
const unfinished = ".part"

// Made is a backup that was made.
type Made struct {
	Head
	Bytes, Plain int64 // of the file, and of the database as it was written
	Checksum     string
}

// Making says how a backup is made; everything is required.
type Making struct {
	Source    Source
	Keys      *privacy.Keys
	Algorithm privacy.Algorithm
	Now       func() time.Time
}

// Make writes a backup to a file that must not be there. A file of that name is whole: it is written under another name, made
// durable, and renamed last of all. Memory is bounded, whatever the size of the database.
func Make(ctx context.Context, file string, m *Making) (*Made, error) {
	if _, err := os.Lstat(file); err == nil {
		return nil, fmt.Errorf("文件 %s %w", file, ErrExists)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("make a backup: %w", err)
	}
	part := file + unfinished
	to, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("make a backup: %w", err)
	}
	if err := keep(to, part); err != nil {
		return nil, errors.Join(fmt.Errorf("文件 %s：%w", part, ErrUnderWay), to.Close())
	}
	made, err := write(ctx, to, m)
	if err = errors.Join(err, to.Sync()); err != nil {
		return nil, errors.Join(fmt.Errorf("make a backup: %w", err), os.Remove(part), to.Close())
	}
	if err := errors.Join(os.Rename(part, file), SyncFolder(file), to.Close()); err != nil {
		return nil, fmt.Errorf("make a backup: %w", err)
	}
	return made, nil
}

// keep locks the file, and sees that it is still the one of this name: a process that ended meanwhile has renamed its own.
func keep(file *os.File, name string) error {
	if err := Lock(file); err != nil {
		return err
	}
	ours, err := file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(name); err != nil || !os.SameFile(ours, there) {
		return ErrUnderWay
	}
	return nil
}

func write(ctx context.Context, file *os.File, m *Making) (*Made, error) {
	if err := file.Truncate(0); err != nil { // what a process that was killed left
		return nil, err
	}
	w := &writer{m: m, buffer: bufio.NewWriterSize(file, window/4), sum: sha256.New()}
	if err := m.Source.Dump(ctx, w.begin); err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	return w.end()
}

// writer is a backup under way: what the source writes is compressed, sealed, summed and written.
type writer struct {
	m          *Making
	buffer     *bufio.Writer
	sum        hash.Hash
	head       Head
	written    int64
	sealing    io.WriteCloser
	compressor *zstd.Encoder
	plain      int64
}

func (w *writer) begin(content Content) (io.Writer, error) {
	w.head = Head{Content: content, At: w.m.Now().UTC().Truncate(time.Microsecond), Index: fingerprint(w.m.Keys), Seal: w.m.Keys.NewStream(w.m.Algorithm)}
	head, err := w.head.encode()
	if err != nil {
		return nil, err
	}
	summed := writing(func(p []byte) (int, error) {
		w.sum.Write(p)
		w.written += int64(len(p))
		return w.buffer.Write(p)
	})
	if _, err := summed.Write(head); err != nil {
		return nil, err
	}
	if w.sealing, err = w.m.Keys.SealStream(summed, w.head.Seal, head); err != nil {
		return nil, err
	}
	w.compressor, err = zstd.NewWriter(w.sealing, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	return writing(func(p []byte) (int, error) {
		w.plain += int64(len(p))
		return w.compressor.Write(p)
	}), err
}

// abandon ends the compressor's work; what was written is of no use.
func (w *writer) abandon() error {
	if w.compressor == nil {
		return nil
	}
	w.compressor.Reset(io.Discard)
	return w.compressor.Close()
}

func (w *writer) end() (*Made, error) {
	if w.compressor == nil {
		return nil, errors.New("the database wrote nothing")
	}
	if err := errors.Join(w.compressor.Close(), w.sealing.Close()); err != nil {
		return nil, err
	}
	sum := w.sum.Sum(nil)
	if _, err := w.buffer.Write(sum); err != nil {
		return nil, err
	}
	return &Made{Head: w.head, Bytes: w.written + int64(len(sum)), Plain: w.plain, Checksum: fmt.Sprintf("%x", sum)}, w.buffer.Flush()
}

// writing is a function that writes.
type writing func(p []byte) (int, error)

func (w writing) Write(p []byte) (int, error) { return w(p) }

// SyncFolder makes the name of a file durable.
func SyncFolder(file string) error {
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("make the name of %s durable: %w", file, err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
