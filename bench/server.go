package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof" //nolint:gosec // on 127.0.0.1, for the time of a measurement
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/app"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/web/ebus"
)

// serveWord as the first argument makes this program one of the servers that are compared. It is a process of its own, so
// that each is measured with its own memory, and ends when its standard input does.
const serveWord = "serve"

// What a server does with a review.
const (
	doNothing    = "constant" // reads the body, answers a constant; Go's own garbage collection
	doLazily     = "ballast"  // the same, with the program's ballast
	storeNothing = "unstored" // the whole way in up to what the store would keep
	storeGroups  = "stored"   // the program's own way
	storeEach    = "each"     // a transaction for each review
	storeBare    = "bare"     // a bare row and a commit in place of the review
)

// setup says what a server is.
type setup struct {
	what     string
	database string
	lanes    int
	batch    int
	program  string // another build of this program; empty is this one
}

func (s *setup) arguments() []string {
	return []string{
		serveWord, "-what", s.what, "-database", s.database,
		"-lanes", fmt.Sprint(s.lanes), "-batch", fmt.Sprint(s.batch),
	}
}

// state is what a server tells of itself.
type state struct {
	Folds   int64         `json:"folds"`   // transactions that folded facts into counters
	Folding time.Duration `json:"folding"` // their time
	Waiting int           `json:"waiting"` // batches of facts not folded yet
}

func serve(arguments []string) error {
	var s setup
	flags := flag.NewFlagSet(serveWord, flag.ContinueOnError)
	flags.StringVar(&s.what, "what", "", "")
	flags.StringVar(&s.database, "database", "", "")
	flags.IntVar(&s.lanes, "lanes", 1, "")
	flags.IntVar(&s.batch, "batch", 512, "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if s.what != doNothing {
		defer runtime.KeepAlive(app.Ballast())
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	handler, tell, err := s.handler(ctx)
	if err != nil {
		return err
	}
	http.Handle("/bench/state", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told, err := tell(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(told) // the reader sees what is missing
	}))
	http.Handle(ebus.Prefix, handler)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	// With the program's own limits on slow callers, since they cost something, too.
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until whoever started us closes it or is gone
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler makes the server's handler, and what tells its state.
func (s *setup) handler(ctx context.Context) (http.Handler, func(context.Context) (state, error), error) {
	nothing := func(context.Context) (state, error) { return state{}, nil }
	if s.what == doNothing || s.what == doLazily {
		return constant(), nothing, nil
	}
	h, err := newHouse()
	if err != nil {
		return nil, nil, err
	}
	switch s.what {
	case storeNothing:
		h.policy = nil // what may be public of a remark is judged for the store
		reviews, err := h.service(unstored{}, s.lanes, s.batch)
		if err != nil {
			return nil, nil, err
		}
		return h.handler(unkept{reviews}), nothing, nil
	case storeBare:
		bare, err := newBare(ctx, s.database)
		if err != nil {
			return nil, nil, err
		}
		reviews, err := h.service(&bareStore{insert: bare.insert}, 1, 1)
		if err != nil {
			return nil, nil, err
		}
		return h.handler(reviews), nothing, nil
	case storeEach:
		reviews, err := newEach(ctx, h, s.database)
		if err != nil {
			return nil, nil, err
		}
		return h.handler(reviews), nothing, nil
	case storeGroups:
		db, err := openStore(ctx, h, s.database, s.lanes)
		if err != nil {
			return nil, nil, err
		}
		reviews, err := h.service(db, min(s.lanes, db.MaxLanes()), s.batch)
		if err != nil {
			return nil, nil, err
		}
		folding := &watched{Store: db}
		go figures.Keep(ctx, folding, h.log, nil)
		side, err := openSide(s.database)
		if err != nil {
			return nil, nil, err
		}
		return h.handler(reviews), func(ctx context.Context) (state, error) {
			told := state{Folds: folding.folds.Load(), Folding: time.Duration(folding.time.Load())}
			err := side.QueryRowContext(ctx, "SELECT count(*) FROM counter_change").Scan(&told.Waiting)
			return told, err
		}, nil
	default:
		return nil, nil, fmt.Errorf("no server does %q", s.what)
	}
}

// openStore opens a database with its schema and registers.
func openStore(ctx context.Context, h *house, address string, lanes int) (*store.Store, error) {
	db, err := store.Open(ctx, store.Options{URL: address, Lanes: lanes, Registry: h.registry, Now: time.Now})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	return db, db.Load(ctx, store.Registers{Registry: h.registry, Entities: h.entities, Tags: h.tags})
}

// watched measures the folding of facts.
type watched struct {
	figures.Store
	folds, time atomic.Int64
}

// Fold folds and counts.
func (w *watched) Fold(ctx context.Context) (int, error) {
	from := time.Now()
	waiting, err := w.Store.Fold(ctx)
	w.folds.Add(1)
	w.time.Add(int64(time.Since(from)))
	return waiting, err
}
