package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/store"
)

// backingUp makes a backup of a province's reviews, verifies and restores it, and recounts what was restored, each by the program
// itself, beside a raw copy of the same bytes: what was written down, copied to another file and made durable.
func backingUp(ctx context.Context, b *bench, engine string) error {
	s, err := b.province(ctx, engine)
	if err != nil {
		return err
	}
	// A review holds its key, too, which lies anywhere among the others.
	key := map[string]string{sqlite: "randomblob(16)", postgres: "decode(md5(serial), 'hex')"}[engine]
	if _, err := s.side.ExecContext(ctx, "INSERT INTO once (slot, once_key, identity, serial) SELECT slot, "+key+", identity, serial FROM review"); err != nil {
		return err
	}
	program, err := b.program(ctx)
	if err != nil {
		return err
	}
	p := &installed{program: program, folder: b.host.folder, database: s.address}
	if err := p.giveKeys(); err != nil {
		return err
	}
	raw, plain, err := rawCopy(ctx, s.store, b.host.folder)
	if err != nil {
		return err
	}
	file := filepath.Join(b.host.folder, "bench"+backup.Extension)
	fmt.Printf("\n%s: %s, %d MB as written down; a raw copy of that takes %.1f s\n", engine, s.bulk, plain>>20, raw.Seconds())
	steps := []struct {
		name      string
		arguments []string
	}{
		{"backup", []string{"backup", "--to", file}},
		{"backup verify", []string{"backup", "verify", file}},
		{"restore", []string{"restore", "--from", file}},
		{"recount", []string{"recount"}}, // of what was restored: it fails where a counter is wrong
	}
	for _, step := range steps {
		if step.name == "restore" {
			p.database = b.host.database(engine)
			if err := p.giveKeys(); err != nil {
				return err
			}
		}
		took, most, err := p.timed(ctx, append(step.arguments, p.storage()...))
		if err != nil {
			return err
		}
		fmt.Printf("  %-14s %8.1f s, %.1f of a raw copy, at most %d MB resident\n", step.name, took.Seconds(), took.Seconds()/raw.Seconds(), most>>20)
		if step.name == "backup" {
			info, err := os.Stat(file)
			if err != nil {
				return err
			}
			fmt.Printf("  %-14s %8d MB, %.2f of what was written down\n", "size", info.Size()>>20, float64(info.Size())/float64(plain))
		}
	}
	return os.Remove(file)
}

// giveKeys puts the keys that everything in bulk is sealed with where the program looks for them.
func (p *installed) giveKeys() error {
	text, err := json.Marshal(keys())
	if err != nil {
		return err
	}
	file := filepath.Join(p.folder, "keys")
	if store.IsEmbedded(p.database) {
		file = store.EmbeddedFile(p.database) + ".key"
	}
	return os.WriteFile(file, text, 0o600)
}

// timed runs a command of the program, and gives how long it took and the most memory that it held, in bytes.
func (p *installed) timed(ctx context.Context, arguments []string) (took time.Duration, most int64, err error) {
	command := exec.CommandContext(ctx, p.program, arguments...) //nolint:gosec // our own arguments
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for looks := time.NewTicker(10 * time.Millisecond); ; {
		select {
		case err := <-ended:
			looks.Stop()
			if err != nil {
				return 0, 0, fmt.Errorf("haochaping %s: %w\n%s", arguments[0], err, &said)
			}
			return time.Since(began), most, nil
		case <-looks.C:
			if _, now, err := memory(command.Process.Pid); err == nil { // it may have ended just now
				most = max(most, now)
			}
		}
	}
}

// rawCopy writes the database down as it is, and copies that to another file.
func rawCopy(ctx context.Context, s *store.Store, folder string) (took time.Duration, size int64, err error) {
	from, err := os.Create(filepath.Join(folder, "written")) //nolint:gosec // our own folder
	if err != nil {
		return 0, 0, err
	}
	to, err := os.Create(filepath.Join(folder, "copied")) //nolint:gosec // our own folder
	if err != nil {
		return 0, 0, errors.Join(err, from.Close())
	}
	err = s.Dump(ctx, func(backup.Content) (io.Writer, error) { return from, nil })
	if err == nil {
		_, err = from.Seek(0, io.SeekStart)
	}
	began := time.Now()
	if err == nil {
		size, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 1<<20))
	}
	err = errors.Join(err, to.Sync())
	took = time.Since(began)
	return took, size, errors.Join(err, from.Close(), to.Close(), os.Remove(from.Name()), os.Remove(to.Name()))
}
