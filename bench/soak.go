package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/store"
)

// soakCallers send at half of what the program can do, on schedule.
const (
	soakCallers = 128
	soakParts   = 10
	// hangingUp is how long the program has to notice that the callers of a part are gone.
	hangingUp = 500 * time.Millisecond
)

// soak lets the program work at half of its best for --minutes, and shows what it holds: memory, goroutines, open files, and the
// database's size for each review. All of it should stay as it is. It begins on a province's reviews of two years, as a system that has run
// for long: on an empty database page caches fill for as long as one looks.
func soak(ctx context.Context, b *bench, engine string) error {
	p, err := b.provinceServed(ctx, engine)
	if err != nil {
		return err
	}
	requests, err := prepareReviews(p.app.PaasID, p.app.Secret)
	if err != nil {
		return err
	}
	best, err := drive(ctx, p.address, load{callers: soakCallers, requests: requests, warm: b.warm(), measured: b.measured})
	if err != nil {
		return err
	}
	half := max(best.perSecond/2, 1)
	fmt.Printf("\n%s: half of the best (%.0f a second) for %g minutes, on %d reviews\n", engine, half, b.minutes, b.reviews)
	before, err := p.holds(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("   at first  %s\n", before)
	first, last, stored, parts := before, before, 0, soakParts
	if b.smoke {
		parts = 1
	}
	for n := range parts {
		s, err := flood(ctx, p.address, surgeLoad{
			load:      load{callers: soakCallers, requests: requests, measured: time.Duration(b.minutes * float64(time.Minute) / float64(parts))},
			perSecond: half,
		})
		if err != nil {
			return err
		}
		stored += s.all
		time.Sleep(hangingUp)
		if last, err = p.holds(ctx); err != nil {
			return err
		}
		if n == 0 {
			first = last
		}
		fmt.Printf("  %5.1f min  %s, %4.0f bytes a review; %.0f stored and %.0f refused a second, 99 %% within %d ms\n",
			b.minutes*float64(n+1)/float64(parts), last, float64(last.disk-before.disk)/float64(stored), s.stored, s.refused, s.storedHigh.Milliseconds())
	}
	fmt.Printf("  %d reviews; the end over the first tenth: memory %.2f, goroutines %.2f, open files %.2f\n", stored,
		float64(last.memory)/float64(first.memory), float64(last.goroutines)/float64(first.goroutines), float64(last.files)/float64(first.files))
	return nil
}

// held is what a program holds.
type held struct{ memory, goroutines, files, disk int64 }

// String is for people.
func (h held) String() string {
	return fmt.Sprintf("%4d MB, %4d goroutines, %4d open files, %5d MB of disk", h.memory>>20, h.goroutines, h.files, h.disk>>20)
}

// holds asks the program what it holds, and its database how large it is.
func (p *installed) holds(ctx context.Context) (h held, err error) {
	named := map[string]*int64{"process_resident_memory_bytes": &h.memory, "go_goroutines": &h.goroutines, "process_open_fds": &h.files}
	if err := p.metrics(ctx, named); err != nil {
		return held{}, err
	}
	h.disk, err = diskOf(ctx, p.database)
	return h, err
}

// metrics asks the program for some of its metrics.
func (p *installed) metrics(ctx context.Context, named map[string]*int64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/metrics", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if into := named[name]; into != nil {
			number, _ := strconv.ParseFloat(value, 64) // what is no number shows as nothing
			*into = int64(number)
		}
	}
	return lines.Err()
}

// diskOf is how large a database is, with the log of an embedded one.
func diskOf(ctx context.Context, address string) (size int64, err error) {
	if store.IsEmbedded(address) {
		for _, end := range []string{"", "-wal"} {
			if info, err := os.Stat(store.EmbeddedFile(address) + end); err == nil {
				size += info.Size()
			}
		}
		return size, nil
	}
	db, err := openSide(address)
	if err != nil {
		return 0, err
	}
	defer db.Close() //nolint:errcheck // only asked
	err = db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	return size, err
}
