package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// memoryCallers drive the program while its memory is watched, memoryBound is what it may hold, in bytes.
const (
	memoryCallers = 256
	memoryBound   = 150 << 20
)

// resident watches the memory of the program itself under load, over --minutes.
func resident(ctx context.Context, b *bench, engine string) error {
	program, err := b.program(ctx)
	if err != nil {
		return err
	}
	p := &installed{program: program, folder: b.host.folder, database: b.host.database(engine)}
	if err := p.install(ctx); err != nil {
		return err
	}
	if err := p.start(b.host); err != nil {
		return err
	}
	pid := p.command.Process.Pid
	idle, _, err := memory(pid)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: memory of the program, %d callers, %g minutes: %d MB idle\n", engine, memoryCallers, b.minutes, idle>>20)
	const parts = 10
	part := time.Duration(b.minutes * float64(time.Minute) / parts)
	requests, err := prepareReviews(p.app.PaasID, p.app.Secret)
	if err != nil {
		return err
	}
	var now, most, first int64
	for n := range parts {
		r, err := drive(ctx, p.address, load{callers: memoryCallers, requests: requests, measured: part})
		if err != nil {
			return err
		}
		if now, most, err = memory(pid); err != nil {
			return err
		}
		if n == 1 {
			first = now
		}
		fmt.Printf("  %5.1f min  %6.0f requests a second  %4d MB, at most %4d MB\n",
			(time.Duration(n+1) * part).Minutes(), r.perSecond, now>>20, most>>20)
	}
	word := "reached"
	if most > memoryBound {
		word = "over the bar"
	}
	fmt.Printf("  at most %d MB (bar %d MB: %s); the end over the second tenth: %.2f\n", most>>20, memoryBound>>20, word, float64(now)/float64(first))
	return nil
}

// program builds haochaping, once in a run.
func (b *bench) program(ctx context.Context) (string, error) {
	if b.built != "" {
		return b.built, nil
	}
	folder, err := ownFolder()
	if err != nil {
		return "", err
	}
	file := filepath.Join(b.lasting.folder, "haochaping")
	build := exec.CommandContext(ctx, "go", "build", "-o", file, "./cmd/haochaping") //nolint:gosec // our own arguments
	build.Dir = filepath.Dir(folder)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build haochaping: %w\n%s", err, out)
	}
	b.built = file
	return file, nil
}

// installed is the program as an operator runs it.
type installed struct {
	program, folder, database string
	app                       struct {
		Code   string `json:"appCode"`
		PaasID string `json:"paasid"`
		Secret string `json:"secret"`
	}
	wrap    []string // a command that starts it
	command *exec.Cmd
	address string
}

// run runs one of the program's commands to its end.
func (p *installed) run(ctx context.Context, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, p.program, arguments...) //nolint:gosec // our own arguments
	var fault bytes.Buffer
	command.Stderr = &fault
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("haochaping %s: %w\n%s", arguments[0], err, &fault)
	}
	return out, nil
}

func (p *installed) storage() []string {
	storage := []string{"--database", p.database}
	if strings.HasPrefix(p.database, "postgres") {
		storage = append(storage, "--key-file", filepath.Join(p.folder, "keys"))
	}
	return storage
}

func (p *installed) install(ctx context.Context) error {
	if len(p.storage()) > 2 {
		if _, err := p.run(ctx, "key", "new", filepath.Join(p.folder, "keys")); err != nil {
			return err
		}
	}
	out, err := p.run(ctx, append([]string{
		"app", "create", "--code", appCode, "--name", "bench",
		"--entities", "egovAffair,yssAffair,egovGuide,hotlineAffair",
	}, p.storage()...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, &p.app)
}

// start serves until t ends.
func (p *installed) start(t *host) error {
	words := slices.Concat(p.wrap, []string{p.program, "serve", "--listen", "127.0.0.1:0", "--rate", "0"}, p.storage())
	p.command = exec.Command(words[0], words[1:]...) //nolint:gosec,noctx // ended below
	output, err := p.command.StderrPipe()
	if err != nil {
		return err
	}
	if err := p.command.Start(); err != nil {
		return err
	}
	t.Cleanup(func() {
		_ = p.command.Process.Signal(syscall.SIGTERM)
		_ = p.command.Wait()
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		var line struct {
			Message string `json:"msg"`
			Address string `json:"address"`
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Message == "listening" {
			p.address = line.Address
			go func() { _, _ = io.Copy(os.Stderr, output) }()
			return nil
		}
		fmt.Fprintln(os.Stderr, lines.Text())
	}
	return fmt.Errorf("haochaping does not listen: %w", lines.Err())
}
