package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// child is a server in a process of its own.
type child struct {
	address string
	command *exec.Cmd
	input   io.Closer
	family  int // whose children serve the database
}

// start starts a server, which ends with t.
func start(t *host, s setup) (*child, error) {
	program, err := os.Executable()
	if s.program != "" {
		program = s.program
	}
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, s.arguments()...) //nolint:gosec,noctx // ourselves, or whom a person named; ended by its standard input
	command.Stderr = os.Stderr
	c := &child{command: command}
	if c.input, err = command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(c.stop)
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("start server %s: %w", s.what, err)
	}
	c.address = strings.TrimSpace(line)
	c.family, err = postmaster(context.Background(), s.database)
	return c, err
}

// busy begins to measure how long the server and its database run on processors; what it gives tells.
func (c *child) busy() func() time.Duration {
	own, before := processorTime(c.command.Process.Pid), familyTimes(c.family)
	return func() time.Duration {
		sum := processorTime(c.command.Process.Pid) - own
		for pid, time := range familyTimes(c.family) {
			sum += time - before[pid]
		}
		return sum
	}
}

func (c *child) stop() {
	_ = c.input.Close()
	_ = c.command.Wait()
}

// state asks the server.
func (c *child) state(ctx context.Context) (state, error) {
	var told state
	err := c.get(ctx, "/bench/state", func(body io.Reader) error { return json.NewDecoder(body).Decode(&told) })
	return told, err
}

func (c *child) get(ctx context.Context, path string, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return read(response.Body)
}

// settle waits until all facts are folded, so that nothing is left to do beside the next measurement.
func (c *child) settle(ctx context.Context) (took time.Duration, err error) {
	from := time.Now()
	for {
		told, err := c.state(ctx)
		if err != nil || told.Waiting == 0 {
			return time.Since(from), err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return time.Since(from), ctx.Err()
		}
	}
}

// profile writes the server's CPU profile of so many seconds into a file.
func (c *child) profile(ctx context.Context, file string, seconds int) error {
	return c.get(ctx, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds), func(body io.Reader) error {
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		return os.WriteFile(file, text, 0o600)
	})
}
