package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// How many look at the board: over HTTP/1.1 each with a connection of his own, over HTTP/2 many on one.
const (
	manyViewers     = 10_000
	streamingShare  = 200 // of one connection over HTTP/2
	streamingAll    = 2_000
	someSmoke       = 200
	viewersArriving = 32 // at a time
)

// viewing shows what viewers of the board cost who are told what changes: memory for each while nothing does, and how long it
// takes until all of them are told.
func viewing(ctx context.Context, b *bench) error {
	program, err := b.program(ctx)
	if err != nil {
		return err
	}
	p := &installed{program: program, folder: b.host.folder, database: b.host.database(sqlite)}
	if err := p.install(ctx); err != nil {
		return err
	}
	if err := p.start(b.host); err != nil {
		return err
	}
	requests, err := prepareReviews(p.app.PaasID, p.app.Secret)
	if err != nil {
		return err
	}
	if _, err := drive(ctx, p.address, load{callers: 16, requests: requests, measured: b.measured}); err != nil {
		return err
	}
	fmt.Printf("\nviewers of the board who are told what changes\n")
	lines, streams, rest := manyViewers, streamingAll, settling
	if b.smoke {
		lines, streams, rest = someSmoke, someSmoke, short
	}
	err = p.watch(ctx, "HTTP/1.1", lines, rest, requests, func(ctx context.Context, n int) (*audience, error) { return p.lines(ctx, n) })
	if err != nil {
		return err
	}
	if err := p.nobodyWatches(ctx); err != nil {
		return err
	}
	return p.watch(ctx, "HTTP/2", streams, rest, requests, func(ctx context.Context, n int) (*audience, error) { return p.streams(ctx, n) })
}

// nobodyWatches waits until the program has seen that all viewers are gone, as it does when it says something to them: until then
// they count towards its limit.
func (p *installed) nobodyWatches(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for watching := int64(1); ; {
		if err := p.metrics(ctx, map[string]*int64{"haochaping_board_viewers": &watching}); err != nil {
			return err
		}
		if watching == 0 {
			return nil
		}
		if err := settled(ctx, short); err != nil {
			return fmt.Errorf("%d viewers who left are still counted: %w", watching, err)
		}
	}
}

// audience are viewers whose streams have begun.
type audience struct {
	bodies []io.Reader
	leave  []io.Closer
}

func (p *installed) watch(ctx context.Context, what string, n int, rest time.Duration, requests *requests, arrive func(context.Context, int) (*audience, error)) error {
	if err := settled(ctx, rest); err != nil {
		return err
	}
	before, _, err := memory(p.command.Process.Pid)
	if err != nil {
		return err
	}
	from := time.Now()
	all, err := arrive(ctx, n)
	if all != nil {
		defer func() {
			for _, l := range all.leave {
				if l != nil { // he did arrive
					_ = l.Close()
				}
			}
		}()
	}
	if err != nil {
		return err
	}
	arrived := time.Since(from)
	if err := settled(ctx, rest); err != nil {
		return err
	}
	after, _, err := memory(p.command.Process.Pid)
	if err != nil {
		return err
	}
	busy := processorTime(p.command.Process.Pid)
	if err := settled(ctx, rest); err != nil {
		return err
	}
	idle := processorTime(p.command.Process.Pid) - busy
	from = time.Now()
	if err := p.sendOne(ctx, requests); err != nil {
		return err
	}
	if err := all.told(); err != nil {
		return err
	}
	told := time.Since(from)
	fmt.Printf("  %-9s %6d viewers arrive in %.1f s: %.2f kB each (%d MB, then %d MB); while nothing changes %.1f %% of a processor; "+
		"after a review all are told within %.2f s\n", what, n, arrived.Seconds(), float64(after-before)/1024/float64(n), before>>20, after>>20,
		100*idle.Seconds()/rest.Seconds(), told.Seconds())
	return nil
}

// settling is how long the program is let alone.
const settling = 5 * time.Second

func settled(ctx context.Context, rest time.Duration) error {
	select {
	case <-time.After(rest):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendOne sends a review.
func (p *installed) sendOne(ctx context.Context, requests *requests) error {
	requests.sign(time.Now())
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck // the answer was read
	if _, err := connection.Write(requests.appendNext(nil)); err != nil {
		return err
	}
	return readAnswer(connection, make([]byte, maxAnswer))
}

// lines are viewers over HTTP/1.1; no goroutine waits for them here either.
func (p *installed) lines(ctx context.Context, n int) (*audience, error) {
	all := &audience{bodies: make([]io.Reader, n), leave: make([]io.Closer, n)}
	return all, arriving(n, func(i int) error {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", p.address)
		if err != nil {
			return err
		}
		all.leave[i], all.bodies[i] = connection, connection
		if err := connection.SetDeadline(time.Now().Add(5 * patience)); err != nil {
			return err
		}
		if _, err := io.WriteString(connection, "GET /ping/board/live HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			return err
		}
		return until(connection, "\nevent: change", "503")
	})
}

// streams are viewers over HTTP/2 without TLS, many on each connection.
func (p *installed) streams(ctx context.Context, n int) (*audience, error) {
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	all := &audience{bodies: make([]io.Reader, n), leave: make([]io.Closer, n)}
	clients := make([]*http.Client, (n+streamingShare-1)/streamingShare)
	for i := range clients {
		clients[i] = &http.Client{Transport: &http.Transport{Protocols: protocols}}
	}
	return all, arriving(n, func(i int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/ping/board/live", http.NoBody)
		if err != nil {
			return err
		}
		r.Header.Set("Accept-Encoding", "identity")
		response, err := clients[i/streamingShare].Do(r) //nolint:bodyclose // the viewer closes it when he leaves
		if err != nil {
			return err
		}
		all.bodies[i], all.leave[i] = response.Body, response.Body
		if response.StatusCode != http.StatusOK || response.ProtoMajor != 2 {
			return fmt.Errorf("%s %s", response.Proto, response.Status)
		}
		return until(response.Body, "\nevent: change", "")
	})
}

// arriving lets viewers arrive, some at a time.
func arriving(n int, one func(i int) error) error {
	var all sync.WaitGroup
	faults := make([]error, viewersArriving)
	for worker := range viewersArriving {
		all.Go(func() {
			for i := worker; i < n && faults[worker] == nil; i += viewersArriving {
				faults[worker] = one(i)
			}
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// told reads, one after the other, what every viewer was sent, up to the next change.
func (a *audience) told() error {
	for _, body := range a.bodies {
		if err := until(body, "event: change", ""); err != nil {
			return err
		}
	}
	return nil
}

// until reads up to the end of the event that a text begins; never is a text that may not come before.
func until(from io.Reader, text, never string) error {
	reader := bufio.NewReaderSize(from, 4096)
	found := false
	for {
		line, err := reader.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = reader.ReadSlice('\n')
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded), err != nil:
			return fmt.Errorf("read the stream: %w", err)
		case never != "" && bytes.Contains(line, []byte("HTTP/1.1 "+never)):
			return fmt.Errorf("refused: %s", bytes.TrimSpace(line))
		case bytes.HasPrefix(line, bytes.TrimPrefix([]byte(text), []byte("\n"))):
			found = true
		case found && len(line) == 1 && reader.Buffered() == 0: // the empty line that ends the event
			return nil
		}
	}
}
