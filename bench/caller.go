package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	// maxAnswer is the longest answer a caller reads.
	maxAnswer = 16 << 10
	// signatureAge is when signatures are renewed; a server takes them for 180 s.
	signatureAge = 30 * time.Second
	// patience is how long after the end the last answers may take.
	patience = 30 * time.Second
)

// source gives requests, ready to send.
type source interface {
	// appendNext puts the next request behind buffer.
	appendNext(buffer []byte) []byte
	// sign renews the signatures.
	sign(now time.Time)
}

// load is how a server is driven: so many callers in a closed loop, each over a connection of its own.
type load struct {
	callers  int
	requests source
	// warm is how long the callers run before what is measured begins.
	warm, measured time.Duration
}

// drive sends requests and measures those that are answered in the measured time. The callers are as cheap as can be,
// since they share the machine with what they measure.
func drive(ctx context.Context, address string, l load) (reading, error) {
	start := time.Now()
	begin, end := start.Add(l.warm), start.Add(l.warm+l.measured)
	ctx, cancel := context.WithDeadline(ctx, end.Add(patience))
	defer cancel()
	keepSigned(ctx, l.requests, start)
	callers := make([]caller, l.callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { callers[i].err = callers[i].run(ctx, address, l.requests, begin, end) })
	}
	all.Wait()
	var took []time.Duration
	refused := 0
	for _, c := range callers {
		if c.err != nil {
			return reading{}, c.err // one tells
		}
		took = append(took, c.took...)
		refused += c.refused
	}
	r := readingOf(took, l.measured)
	if refused > 0 {
		r.note = fmt.Sprintf("[%d TOLD TO COME AGAIN] ", refused)
	}
	return r, nil
}

// keepSigned signs now, and again from time to time until ctx ends.
func keepSigned(ctx context.Context, requests source, now time.Time) {
	requests.sign(now)
	go func() {
		ticker := time.NewTicker(signatureAge)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				requests.sign(now)
			case <-ctx.Done():
				return
			}
		}
	}()
}

// caller is one of those that drive a server.
type caller struct {
	took    []time.Duration
	refused int // answers that say to come again
	err     error
}

// again is how long a caller waits who was told to come again.
const again = 20 * time.Millisecond

func (c *caller) run(ctx context.Context, address string, requests source, begin, end time.Time) error {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck // the answers were read
	deadline, _ := ctx.Deadline()
	if err := connection.SetDeadline(deadline); err != nil {
		return err
	}
	c.took = make([]time.Duration, 0, 1<<14)
	request, answer := make([]byte, 0, 4096), make([]byte, maxAnswer)
	for sent := time.Now(); sent.Before(end); {
		request = requests.appendNext(request[:0])
		if _, err := connection.Write(request); err != nil {
			return err
		}
		switch err := readAnswer(connection, answer); {
		case errors.Is(err, errAgain):
			c.refused++
			time.Sleep(again)
			sent = time.Now()
			continue
		case err != nil:
			return err
		}
		now := time.Now()
		if !now.Before(begin) && now.Before(end) {
			c.took = append(c.took, now.Sub(sent))
		}
		sent = now
	}
	return nil
}

// errAgain says that the server can't take a request now: 503; errOther that it said something else than was asked for.
var (
	errAgain = errors.New("refused for now")
	errOther = errors.New("refused")
)

var (
	okStatus      = []byte("HTTP/1.1 200 ")
	busyStatus    = []byte("HTTP/1.1 503 ")
	headEnd       = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	lastChunk     = []byte("\r\n0\r\n\r\n")
	refused       = []byte(`{"code":`) // with anything but 0 behind it
)

// readAnswer reads one answer and takes no other than a success.
func readAnswer(connection net.Conn, buffer []byte) error {
	for n := 0; ; {
		read, err := connection.Read(buffer[n:])
		n += read
		if err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		whole, err := complete(buffer[:n])
		if err != nil {
			return err
		}
		if whole {
			return nil
		}
		if n == len(buffer) {
			return errors.New("an answer is too long")
		}
	}
}

func complete(answer []byte) (bool, error) {
	head := bytes.Index(answer, headEnd)
	if head < 0 {
		return false, nil
	}
	body := answer[head+len(headEnd):]
	length := bytes.Index(answer[:head+2], contentLength)
	if length < 0 {
		return bytes.HasSuffix(answer, lastChunk), nil
	}
	text := answer[length+len(contentLength):]
	n, err := strconv.Atoi(string(text[:bytes.IndexByte(text, '\r')]))
	if err != nil {
		return false, fmt.Errorf("length of an answer: %w", err)
	}
	if len(body) < n {
		return false, nil
	}
	if bytes.HasPrefix(answer, busyStatus) {
		return false, errAgain
	}
	if !bytes.HasPrefix(answer, okStatus) || bytes.HasPrefix(body, refused) && body[len(refused)] != '0' {
		return false, fmt.Errorf("%w: %s", errOther, answer)
	}
	return true, nil
}
