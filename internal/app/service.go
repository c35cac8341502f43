package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/setting"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/tlspair"
	"github.com/haochaping/haochaping/internal/tracing"
	"github.com/haochaping/haochaping/internal/web/board"
)

// service is a house that accepts reviews.
type service struct {
	*house
	log        *slog.Logger
	metrics    *metrics
	reviews    *review.Service
	sources    *sources
	figures    *figures.Service
	moderation *moderation.Service
	cases      *followup.Service
	integrity  *integrity.Service
	settings   *config.Server
	pages      http.Handler
	staff      *identity.StaffService
	console    http.Handler
	board      *board.Handler
	notices    *notices
	live       *setting.Service
	pair       *tlspair.Pair // nil without TLS
	erasures   *erasure.Service
	diary      *integrator.Diary
	nonces     *integrator.Nonces
	root       string          // the platform's own region
	gateway    string          // the key agreed on with the gateway in front, in mode trusted
	tracer     *tracing.Tracer // nil: nobody asked for traces
	draining   atomic.Bool
}

// registersAge is how old the registers in memory may be: another process may change them.
const registersAge = 10 * time.Second

// newService starts the lanes on a house. demo gives its pages a login of their own.
func newService(ctx context.Context, h *house, root string, settings *config.Server, demo bool, log *slog.Logger) (*service, error) {
	told := newMetrics()
	log = slog.New(counted{log.Handler(), told.lines})
	s := &service{house: h, root: root, log: log, metrics: told, settings: settings, diary: integrator.NewDiary(h.store, time.Now), nonces: integrator.NewNonces(h.store)}
	if environment, err := h.store.Claim(ctx, store.Environment, settings.Environment); err != nil {
		return nil, err
	} else if environment != settings.Environment {
		return nil, fmt.Errorf("这个数据库属于 %s 环境，而 environment 为 %s", environment, settings.Environment)
	}
	if settings.GatewayMode == config.Trusted {
		var err error
		if s.gateway, err = readSecret(settings.GatewayKeyFile); err != nil {
			return nil, err
		}
	}
	if err := s.openPair(); err != nil {
		return nil, err
	}
	var err error
	if s.tracer, err = openTracer(ctx, &settings.Watch, log); err != nil {
		return nil, err
	}
	h.store.Watch(settings.SlowQuery, s.slowStatement)
	if s.sources, err = newSources(&settings.SourcesFile, h.affairs, h.store, log); err != nil {
		return nil, err
	}
	s.metrics.registry.MustRegister(s.sources)
	policy, err := moderation.NewPolicy(settings.Mode())
	if err != nil {
		return nil, err
	}
	s.reviews, err = review.NewService(review.Needs{
		Store: h.store, Places: &review.Placement{Registry: h.registry, Root: root}, Sealer: h.sealer, Blinder: h.blinder,
		Now: time.Now, Lanes: h.lanes, Queue: settings.Queue, Batch: settings.Batch, Observer: s.metrics, Around: s.tracer.Batches(), Policy: policy,
	})
	if err != nil {
		return nil, err
	}
	s.metrics.watch(s.reviews)
	if err := s.startModeration(ctx, policy, s.reviews); err != nil {
		s.reviews.Close()
		return nil, err
	}
	if s.cases, err = h.followUp(); err != nil {
		s.reviews.Close()
		return nil, err
	}
	if s.integrity, err = s.inspect(); err != nil {
		s.reviews.Close()
		return nil, err
	}
	if s.pages, err = s.citizens(ctx, &settings.Pages, demo); err != nil {
		s.reviews.Close()
		return nil, err
	}
	s.staff = h.staffOf(&settings.Console)
	s.figures = h.figuresBy(settings.Formulas())
	if s.notices, err = h.newNotices(&settings.Notices, settings.Base(), s.staff, log, s.metrics, s.tracer); err != nil {
		s.reviews.Close()
		return nil, err
	}
	if err := s.startSettings(ctx, policy); err != nil {
		s.reviews.Close()
		return nil, err
	}
	s.erasures = erasure.NewService(s.store, s.sealer, s.blinder, func() int { return s.live.Values().Retention }, time.Now)
	if s.console, err = s.administer(ctx); err != nil { // of what was made before
		s.reviews.Close()
		return nil, err
	}
	if s.board, err = s.publicBoard(root); err != nil {
		s.reviews.Close()
		return nil, err
	}
	return s, nil
}

// keep does what goes on beside the requests until the function it gives is called: folding counters and reading the
// registers again, certificates when asked.
func (s *service) keep(asked <-chan os.Signal) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { figures.Keep(ctx, s.store, s.log, s.metrics.unfolded) })
	wg.Go(func() { every(ctx, registersAge, s.readRegisters) })
	wg.Go(func() { every(ctx, registersAge, s.moveRecords) })
	wg.Go(func() { every(ctx, sweepEvery, s.sweepSessions) })
	wg.Go(func() { every(ctx, settingsAge, s.readSettings) })
	wg.Go(func() { every(ctx, registersAge, s.moderate) })
	wg.Go(func() { every(ctx, sweepEvery, s.sweepStaff) })
	wg.Go(func() { every(ctx, noncesEvery, s.sweepNonces) })
	wg.Go(func() { every(ctx, casesEvery, s.followUpCases) })
	wg.Go(func() { every(ctx, inspectEvery, s.inspectDays) })
	wg.Go(func() { s.keepScans(ctx) })
	wg.Go(func() { s.keepDiary(ctx) })
	wg.Go(func() { s.sources.run(ctx) })
	wg.Go(func() { s.board.Run(ctx) })
	wg.Go(func() { s.notices.run(ctx) })
	wg.Go(func() { s.keepPair(ctx, asked) })
	wg.Go(func() { s.erasures.Keep(ctx, s.log) })
	wg.Go(func() { s.ring.Keep(ctx, s.log) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// readRegisters reads what another process may have changed.
func (s *service) readRegisters(ctx context.Context) {
	if err := s.load(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("load registers", "error", err)
	}
}

// every does something now and then until ctx ends.
func every(ctx context.Context, pause time.Duration, do func(context.Context)) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do(ctx)
		}
	}
}

// ready says why reviews can't be stored now; nil when they can.
func (s *service) ready(ctx context.Context) error {
	if s.draining.Load() {
		return errors.New("stopping")
	}
	if err := s.store.Ready(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if !s.reviews.Ready() {
		return errors.New("a lane is parked after a failed flush")
	}
	return nil
}
