// Command bench measures how fast the program is, by comparing two things in one run: it prints ratios with minimum, median
// and maximum over runs by turns, and never fails for being slow. It uses a PostgreSQL cluster of its own, with full
// durability on both engines, counters and sealing on.
//
//	go run ./bench [--runs 5] [--seconds 3] [--only NAME,NAME] [--smoke]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is a run of the program.
type bench struct {
	host     *host // of one comparison
	lasting  *host // of the run
	requests *requests
	runs     int
	measured time.Duration
	lanes    int
	batch    int
	reviews  int
	affairs  int
	minutes  float64
	smoke    bool
	profiles string
	against  string
	engine   string // the only one to measure on; both without

	provinces map[string]*stock // by engine
	built     string            // the program, once it is
}

// short is how long each side is measured in a smoke run.
const short = 200 * time.Millisecond

// warm is how long callers run before what is measured begins.
func (b *bench) warm() time.Duration { return b.measured / 5 }

// profile writes a server's CPU profile while it is measured, when that is wanted.
func (b *bench) profile(ctx context.Context, c *child, name string) <-chan error {
	done := make(chan error, 1)
	if b.profiles == "" {
		done <- nil
		return done
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ,;:/", r) {
			return '-'
		}
		return r
	}, name)
	go func() {
		done <- c.profile(ctx, filepath.Join(b.profiles, name+".pprof"), int(max(1, b.measured.Seconds())))
	}()
	return done
}

// When a comparison is made that is not named.
const (
	always   = iota
	notSmoke // it has something to build first
	never    // it needs something more
)

// comparisons by name, in the order they are made.
var comparisons = []struct {
	name, about string
	unnamed     int
	make        func(ctx context.Context, b *bench) error
}{
	{"wayin", "B over A: the handler without a store over net/http", always, wayIn},
	{"postgres", "PostgreSQL: group commit over a transaction for each review, and over pgbench", always, onBoth(storing, postgres)},
	{"sqlite", "SQLite: group commit over a transaction for each review", always, onBoth(storing, sqlite)},
	{"pocketbase", "SQLite: group commit over PocketBase, which is built first", notSmoke, overPocketBase},
	{"lone", "a lone caller over a bare insert, both engines", always, onBoth(lone, postgres, sqlite)},
	{"lanes", "PostgreSQL: 1, 2 and 4 lanes", always, lanes},
	{"figures", "figures from counters over GROUP BY, both engines (--reviews)", always, onBoth(rankings, postgres, sqlite)},
	{"board", "every query of the board over GROUP BY, a province of two years, both engines (--reviews)", always, onBoth(boardQueries, postgres, sqlite)},
	{"lists", "the console's lists of reviews over an index look-up, both engines (--reviews)", always, onBoth(lists, postgres, sqlite)},
	{"growth", "every public query on ten times as many reviews, both engines (--reviews)", always, onBoth(growth, postgres, sqlite)},
	{"memory", "memory of the program under load, both engines (--minutes)", always, onBoth(resident, sqlite, postgres)},
	{"overload", "what is stored at several times the best throughput, over the best, both engines", always, onBoth(overload, sqlite, postgres)},
	{"soak", "what the program holds while it works at half of its best, both engines (--minutes, --reviews)", always, onBoth(soak, sqlite, postgres)},
	{"affairs", "PostgreSQL: import of completed affairs from a csv over COPY, and its memory (--affairs)", always, importing},
	{"viewers", "memory for each viewer of the board, and how soon all are told of a review", always, viewing},
	{"backup", "backup, verify, restore and recount beside a raw copy of the same bytes, both engines (--reviews)", always, onBoth(backingUp, sqlite, postgres)},
	{"ingestboard", "the board while reviews come in at full rate over at rest, both engines (--reviews)", always, onBoth(boarding, postgres, sqlite)},
	{"gaming", "fraud planted among a province's reviews: what is found, and who is done wrong (a seed for each of --runs)", always, gaming},
	{"builds", "this build over another one (--against), before and after a change", never, builds},
}

func onBoth(measure func(context.Context, *bench, string) error, engines ...string) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error {
		for _, engine := range engines {
			if b.engine != "" && engine != b.engine {
				continue
			}
			if err := measure(ctx, b, engine); err != nil {
				return err
			}
		}
		return nil
	}
}

func (b *bench) compare(ctx context.Context, c *comparison) error {
	return c.run(ctx, os.Stdout, b.runs)
}

func main() {
	log.SetFlags(0)
	children := map[string]func() error{
		serveWord: func() error { return serve(os.Args[2:]) },
		driveWord: func() error { return beDriver(context.Background()) },
	}
	if len(os.Args) > 1 && children[os.Args[1]] != nil {
		if err := children[os.Args[1]](); err != nil {
			log.Fatal(err)
		}
		return
	}
	b := &bench{provinces: map[string]*stock{}}
	flag.IntVar(&b.runs, "runs", 5, "how often each side is measured")
	seconds := flag.Float64("seconds", 3, "how long each side is measured")
	only := flag.String("only", "", "comparisons to make, separated by commas")
	flag.StringVar(&b.engine, "engine", "", "measure on this engine alone, where a comparison is made on both: "+postgres+" or "+sqlite)
	flag.IntVar(&b.lanes, "lanes", 1, "lanes on PostgreSQL")
	flag.IntVar(&b.batch, "batch", 512, "the most reviews in one transaction")
	flag.IntVar(&b.reviews, "reviews", 200_000, "stored reviews for figures")
	flag.IntVar(&b.affairs, "affairs", 1_000_000, "completed affairs to import")
	flag.Float64Var(&b.minutes, "minutes", 1, "how long memory is watched, and soaking lasts")
	flag.StringVar(&b.profiles, "profiles", "", "folder for CPU profiles of the servers")
	flag.StringVar(&b.against, "against", "", "another build of this program (go build -o FILE ./bench)")
	flag.BoolVar(&b.smoke, "smoke", false, "make every comparison once, as short as can be: shows that they work, measures nothing")
	flag.Usage = usage
	flag.Parse()
	b.measured = time.Duration(*seconds * float64(time.Second))
	if b.smoke {
		b.runs, b.measured, b.reviews, b.affairs, b.minutes = 1, short, 5_000, 5_000, 0.02
	}
	if b.engine != "" && b.engine != postgres && b.engine != sqlite {
		log.Fatalf("no such engine: %s, but %s or %s", b.engine, postgres, sqlite)
	}
	if err := run(b, *only); err != nil {
		log.Fatal(err)
	}
}

func usage() {
	out := flag.CommandLine.Output()
	_, _ = fmt.Fprintln(out, "usage: go run ./bench [flags]")
	flag.PrintDefaults()
	_, _ = fmt.Fprintln(out, "comparisons:")
	for _, c := range comparisons {
		_, _ = fmt.Fprintf(out, "  %-12s%s\n", c.name, c.about)
	}
}

func run(b *bench, only string) (err error) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if b.requests, err = prepareReviews(appCode, appSecret); err != nil {
		return err
	}
	if b.lasting, err = newHost(); err != nil {
		return err
	}
	defer b.lasting.close()
	var names []string
	if only != "" {
		names = strings.Split(only, ",")
	}
	for _, c := range comparisons {
		chosen := slices.Contains(names, c.name)
		if !chosen && (only != "" || c.unnamed == never || c.unnamed == notSmoke && b.smoke) {
			continue
		}
		names = slices.DeleteFunc(names, func(name string) bool { return name == c.name })
		if b.host, err = newHost(); err != nil {
			return err
		}
		if b.smoke { // nothing is measured: one cluster does for all
			b.host.cluster = b.lasting.postgres()
		}
		err := c.make(ctx, b)
		b.host.close()
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("no such comparison: %s", strings.Join(names, ", "))
	}
	return nil
}
