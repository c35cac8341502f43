package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// The board is asked by so many readers, each as often in a second, as readers come: whether the last was served or not. What nobody
// asked for is drawn each time, and asked for as often as a machine of two processors can draw it at rest.
const (
	boardReaders = 8
	commonRate   = 25
	rareRate     = 1
	boardAnswer  = 256 << 10
	slowedBar    = 3
	// submitters drive the way in as fast as it goes.
	submitters = 64
)

func high(r reading) float64 { return r.high.Seconds() }

// boarding compares the time that the board takes while reviews come in at full rate with its time at rest, on a province's
// reviews of two years: for a state that others look at too, and for one that nobody has asked for.
func boarding(ctx context.Context, b *bench, engine string) error {
	p, err := b.provinceServed(ctx, engine)
	if err != nil {
		return err
	}
	c := &comparison{title: fmt.Sprintf("%s: the board while reviews come in at full rate over at rest, %d reviews stored", engine, b.reviews)}
	for _, asked := range []struct {
		name string
		sight
		bar float64
	}{
		{"what others look at", sight{commonState, commonRate}, slowedBar},
		{"what nobody asked for", sight{rareState, rareRate}, slowedBar},
		// What the processors that all share cost an answer that takes next to nothing.
		{"/healthz", sight{func() string { return "/healthz" }, commonRate}, 0},
	} {
		rest, busy := asked.name+", at rest", asked.name+", while reviews come in"
		c.sides = append(c.sides, side{rest, func(ctx context.Context) (reading, error) { return p.read(ctx, b, asked.sight) }},
			side{busy, func(ctx context.Context) (reading, error) { return p.readWhileBusy(ctx, b, asked.sight) }})
		c.ratios = append(c.ratios,
			ratio{name: "99 %, " + asked.name, of: busy, over: rest, value: high, bar: asked.bar, atMost: true},
			ratio{name: "median, " + asked.name, of: busy, over: rest, value: medianTime})
	}
	return b.compare(ctx, c)
}

// provinceServed is the program on a province's reviews in bulk.
func (b *bench) provinceServed(ctx context.Context, engine string) (*installed, error) {
	full, err := b.province(ctx, engine)
	if err != nil {
		return nil, err
	}
	delete(b.provinces, engine) // reviews come in
	if err := errors.Join(full.side.Close(), full.store.Close()); err != nil {
		return nil, err
	}
	program, err := b.program(ctx)
	if err != nil {
		return nil, err
	}
	p := &installed{program: program, folder: b.host.folder, database: full.address}
	if err := p.giveKeys(); err != nil {
		return nil, err
	}
	out, err := p.run(ctx, append([]string{"app", "create", "--code", appCode, "--name", "bench", "--entities", "egovAffair,yssAffair,egovGuide,hotlineAffair"}, p.storage()...)...)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &p.app); err != nil {
		return nil, err
	}
	return p, p.start(b.host)
}

// cities are those of the province.
func cities() (codes []string) {
	for _, r := range org.Guangdong() {
		if org.LevelOf(r.Code) == org.LevelCity {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// sight is what a reader asks for, and how often in a second.
type sight struct {
	path func() string
	rate int
}

// commonState is one of those that a page links to.
func commonState() string {
	states := []string{"", "?period=today", "?period=month", "?by=halls", "?region=440100000000", "?region=440300000000", "?channel=hall-qr", "?entity=egovAffair"}
	return "/ping/board" + states[rand.IntN(len(states))] //nolint:gosec // any will do
}

// rareState is a span of days, in a city or everywhere, that is hardly ever asked for twice.
func rareState() string {
	today := beijing.Day(time.Now())
	to := beijing.AddDays(today, -rand.IntN(provinceDays-100)) //nolint:gosec // any will do
	from := beijing.AddDays(to, -rand.IntN(90))                //nolint:gosec // any will do
	all := cities()
	return fmt.Sprintf("/ping/board?period=%d-%d&region=%s", from, to, all[rand.IntN(len(all))]) //nolint:gosec // any will do
}

// read asks the board as readers come.
func (p *installed) read(ctx context.Context, b *bench, of sight) (reading, error) {
	begin := time.Now().Add(b.warm())
	end := begin.Add(b.measured)
	took, faults := make([][]time.Duration, boardReaders), make([]error, boardReaders)
	var all sync.WaitGroup
	for i := range boardReaders {
		all.Go(func() { took[i], faults[i] = p.reader(ctx, i, of, begin, end) })
	}
	all.Wait()
	var together []time.Duration
	for _, t := range took {
		together = append(together, t...)
	}
	return readingOf(together, b.measured), errors.Join(faults...)
}

// reader is one of them. A request that has to wait for the one before is late, and its time counts from when it was due.
func (p *installed) reader(ctx context.Context, number int, of sight, begin, end time.Time) (took []time.Duration, err error) {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	defer connection.Close() //nolint:errcheck // the answers were read
	if err := connection.SetDeadline(end.Add(patience)); err != nil {
		return nil, err
	}
	pause := time.Second / time.Duration(of.rate)
	answer := make([]byte, boardAnswer)
	for due := time.Now().Add(pause * time.Duration(number) / boardReaders); due.Before(end); due = due.Add(pause) {
		time.Sleep(time.Until(due))
		request := "GET " + of.path() + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n"
		if _, err := connection.Write([]byte(request)); err != nil {
			return nil, err
		}
		if err := readAnswer(connection, answer); err != nil {
			return nil, fmt.Errorf("%s: %w", strings.TrimSpace(strings.SplitN(request, "\r\n", 2)[0]), err)
		}
		if !due.Before(begin) {
			took = append(took, time.Since(due))
		}
	}
	return took, nil
}

// readWhileBusy asks the board while callers submit reviews as fast as they are answered.
func (p *installed) readWhileBusy(ctx context.Context, b *bench, of sight) (reading, error) {
	d, err := startDriver(ctx, orders{p.address, p.app.PaasID, p.app.Secret, submitters, b.warm() + b.measured})
	if err != nil {
		return reading{}, err
	}
	var perSecond float64
	driven := make(chan error, 1)
	go func() {
		var err error
		perSecond, err = d.run()
		driven <- err
	}()
	r, err := p.read(ctx, b, of)
	if err := errors.Join(err, <-driven); err != nil {
		return reading{}, err
	}
	r.note = fmt.Sprintf("beside %.0f reviews a second", perSecond)
	return r, nil
}
