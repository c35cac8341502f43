package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// overloadCallers are connections that send to an overloaded server, bestCallers those that find out what it can do.
const (
	overloadCallers = 2000
	bestCallers     = 256
)

// overloads are how many times the best throughput is asked for.
var overloads = []float64{1, 2, 5, 10}

// overload sends several times what the program can store, on schedule whatever the answers, and tells what is stored, over
// the best; how long the accepted waited, and how soon the others were told; and how long health and console took meanwhile.
// The server with its database has one processor and the callers another, where there are two: they must not starve it.
func overload(ctx context.Context, b *bench, engine string) (err error) {
	p, err := alone(ctx, b, engine)
	defer func() { err = errors.Join(err, pin(context.WithoutCancel(ctx), os.Getpid(), everyProcessor())) }()
	if err != nil {
		return err
	}
	crowd, factors := overloadCallers, overloads
	if b.smoke {
		crowd, factors = bestCallers, overloads[:1]
	}
	requests, err := prepareReviews(p.app.PaasID, p.app.Secret)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s: several times the best throughput, on %d connections\n", engine, crowd)
	family, err := postmaster(ctx, p.database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pin(context.WithoutCancel(ctx), family, everyProcessor())) }()
	measured := func(callers int, perSecond float64) (surge, error) {
		busy := processorTime(p.command.Process.Pid) + sum(familyTimes(family))
		s, err := flood(ctx, p.address, surgeLoad{
			load:      load{callers: callers, requests: requests, warm: b.warm(), measured: b.measured},
			perSecond: perSecond,
		})
		s.busy = processorTime(p.command.Process.Pid) + sum(familyTimes(family)) - busy
		return s, err
	}
	const noPause = 1e6                                       // a second: nobody is ever in time, so that everybody sends as soon as he has his answer
	if _, err := measured(bestCallers, noPause); err != nil { // what nobody has measured yet is warm first
		return err
	}
	surges, times := make([][]surge, len(factors)), make([]answerTimes, len(factors))
	var bests, costs []float64
	for range b.runs {
		closed, err := measured(bestCallers, noPause)
		if err != nil {
			return err
		}
		best := closed.stored
		costs = append(costs, closed.cost())
		for i, factor := range factors {
			watch := p.probe(ctx, requests)
			s, err := measured(crowd, max(factor*closed.stored, 1))
			times[i].join(watch())
			if err != nil {
				return err
			}
			surges[i] = append(surges[i], s)
			best = max(best, s.stored)
		}
		bests = append(bests, best)
	}
	fmt.Printf("  the best of each round: %.0f stored a second\n", spreadOf(bests).median)
	for i, factor := range factors {
		ratio := func(over []float64, value func(surge) float64) spread {
			all := values(surges[i], value)
			for n := range all {
				all[n] /= over[n]
			}
			return spreadOf(all)
		}
		fmt.Printf("  %3gx  stored over the best %s;  answered over the best %s;  processors for each stored, over %d callers' %s\n", factor,
			ratio(bests, func(s surge) float64 { return s.stored }), ratio(bests, func(s surge) float64 { return s.stored + s.refused }),
			bestCallers, ratio(costs, surge.cost))
		fmt.Printf("        stored, 99 %%: %s ms;  refused, 99 %%: %s ms;  broken connections: %g\n        %s\n",
			spreadOf(values(surges[i], func(s surge) float64 { return 1e3 * s.storedHigh.Seconds() })),
			spreadOf(values(surges[i], func(s surge) float64 { return 1e3 * s.refusedHigh.Seconds() })),
			spreadOf(values(surges[i], func(s surge) float64 { return float64(s.broken) })).max, times[i].String())
	}
	now, most, err := memory(p.command.Process.Pid)
	fmt.Printf("  memory: %d MB, at most %d MB\n", now>>20, most>>20)
	return err
}

func sum(times map[int]time.Duration) (all time.Duration) {
	for _, t := range times {
		all += t
	}
	return all
}

// alone is the program on a processor of its own, with its database.
func alone(ctx context.Context, b *bench, engine string) (*installed, error) {
	program, err := b.program(ctx)
	if err != nil {
		return nil, err
	}
	p := &installed{program: program, folder: b.host.folder, database: b.host.database(engine)}
	if err := p.install(ctx); err != nil {
		return nil, err
	}
	if runtime.NumCPU() > 1 {
		p.wrap = []string{"taskset", "-c", "0"}
	}
	if err := p.start(b.host); err != nil {
		return nil, err
	}
	if p.wrap == nil {
		return p, nil
	}
	family, err := postmaster(ctx, p.database)
	if err != nil {
		return nil, err
	}
	return p, errors.Join(pin(ctx, family, "0"), pin(ctx, os.Getpid(), "1"))
}

// everyProcessor names all of them, as taskset reads it.
func everyProcessor() string { return fmt.Sprintf("0-%d", runtime.NumCPU()-1) }

// pin lets a process, with all its threads and children, run on these processors alone.
func pin(ctx context.Context, pid int, processors string) error {
	if pid == 0 {
		return nil
	}
	pids := []int{pid}
	for child := range familyTimes(pid) {
		if pid != os.Getpid() { // our own children have their own places
			pids = append(pids, child)
		}
	}
	for _, pid := range pids {
		out, err := exec.CommandContext(ctx, "taskset", "-a", "-p", "-c", processors, strconv.Itoa(pid)).CombinedOutput() //nolint:gosec // numbers
		if err != nil {
			return fmt.Errorf("taskset: %w: %s", err, out)
		}
	}
	return nil
}

// probed are what must stay usable: health, a page of the console, and that a caller who comes anew is told where he stands.
var probed = []string{"/healthz", "/readyz", "/console/login", newcomer}

const newcomer = "a newcomer's review"

// answerTimes are how long pages took, and how often one was not answered well.
type answerTimes struct {
	took [4][]time.Duration
	bad  [4]int
}

// probe asks for every page of probed several times a second until the function that it gives is called.
func (p *installed) probe(ctx context.Context, requests *requests) func() answerTimes {
	ctx, cancel := context.WithCancel(ctx)
	var times answerTimes
	var all sync.WaitGroup
	for i, path := range probed {
		all.Go(func() {
			client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}} // a prober comes anew each time
			for ctx.Err() == nil {
				from := time.Now()
				var well bool
				if path == newcomer {
					well = p.comeOnce(ctx, requests)
				} else {
					well = fetch(ctx, client, "http://"+p.address+path)
				}
				if ctx.Err() != nil {
					return
				}
				times.took[i] = append(times.took[i], time.Since(from))
				if !well {
					times.bad[i]++
				}
				select {
				case <-time.After(100 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	return func() answerTimes {
		cancel()
		all.Wait()
		return times
	}
}

// comeOnce sends one review on a new connection: it must be stored, or told to come again.
func (p *installed) comeOnce(ctx context.Context, requests *requests) bool {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return false
	}
	defer connection.Close() //nolint:errcheck // the answer was read
	if _, err := connection.Write(requests.appendNext(nil)); err != nil {
		return false
	}
	err = readAnswer(connection, make([]byte, maxAnswer))
	return err == nil || errors.Is(err, errAgain)
}

func fetch(ctx context.Context, client *http.Client, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

func (t *answerTimes) join(other answerTimes) {
	for i := range probed {
		t.took[i] = append(t.took[i], other.took[i]...)
		t.bad[i] += other.bad[i]
	}
}

// String gives each page's median and slowest answer.
func (t *answerTimes) String() string {
	var texts []string
	for i, path := range probed {
		took := slices.SortedFunc(slices.Values(t.took[i]), cmp.Compare[time.Duration])
		text := fmt.Sprintf("%s %d ms, at most %d ms", path, quantile(took, 0.5).Milliseconds(), quantile(took, 1).Milliseconds())
		if t.bad[i] > 0 {
			text += fmt.Sprintf(" (%d of %d NOT ANSWERED)", t.bad[i], len(took))
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
