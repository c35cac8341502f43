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
	interfaces http.Handler // the page about the public interface
	notices    *notices
	live       *setting.Service
	pair       *tlspair.Pair // nil without TLS
	erasures   *erasure.Service
	diary      *integrator.Diary
	nonces     *integrator.Nonces
	root       string          // the platform's own region
	gateway    string          // the key agreed on with the gateway in front, in mode trusted
	tracer     *tracing.Tracer // nil: nobody asked for traces
	said       atomic.Int64    // when the log told last of a review that does not open, Unix nanoseconds
	draining   atomic.Bool
	repeated   *repeated // lines of the log
	unready    spell
}

// registersAge is how old the registers in memory may be: another process may change them.
const registersAge = 10 * time.Second

// newService starts the lanes on a house. demo gives its pages a login of their own.
func newService(ctx context.Context, h *house, root string, settings *config.Server, demo bool, log *slog.Logger) (*service, error) {
	told := newMetrics()
	calm := newQuiet(log.Handler())
	log = slog.New(counted{calm, told.lines})
	s := &service{house: h, repeated: calm.lines, root: root, log: log, metrics: told, settings: settings, diary: integrator.NewDiary(h.store, time.Now), nonces: integrator.NewNonces(h.store)}
	policy, err := moderation.NewPolicy(settings.Mode())
	if err == nil {
		err = s.prepare(ctx)
	}
	if err == nil {
		err = s.takeReviews(ctx, policy)
	}
	if err == nil {
		err = s.furnish(ctx, policy, demo)
	}
	if err != nil {
		return nil, errors.Join(err, s.giveUp())
	}
	return s, nil
}

// giveUp ends what a service that can't be had has begun.
func (s *service) giveUp() (err error) {
	if s.reviews != nil {
		s.reviews.Close()
	}
	if s.sources != nil {
		err = s.sources.close()
	}
	if s.tracer != nil {
		s.endTraces()
	}
	return err
}

// prepare claims the database and opens what stands beside it.
func (s *service) prepare(ctx context.Context) error {
	environment, err := s.store.Claim(ctx, store.Environment, s.settings.Environment)
	if err != nil {
		return err
	}
	if environment != s.settings.Environment {
		return fmt.Errorf("这个数据库属于 %s 环境，而 environment 为 %s", environment, s.settings.Environment)
	}
	if s.settings.GatewayMode == config.Trusted {
		if s.gateway, err = readSecret(s.settings.GatewayKeyFile); err != nil {
			return err
		}
	}
	if err := s.openPair(); err != nil {
		return err
	}
	if s.tracer, err = openTracer(ctx, &s.settings.Watch, s.log); err != nil {
		return err
	}
	s.store.Watch(s.settings.SlowQuery, s.slowStatement)
	if s.sources, err = newSources(&s.settings.SourcesFile, s.affairs, s.store, s.log); err != nil {
		return err
	}
	s.metrics.registry.MustRegister(s.sources)
	return nil
}

// takeReviews starts the lanes, and what judges the reviews they store.
func (s *service) takeReviews(ctx context.Context, policy *moderation.Policy) (err error) {
	s.reviews, err = review.NewService(review.Needs{
		Store: s.store, Places: &review.Placement{Registry: s.registry, Root: s.root}, Sealer: s.sealer, Blinder: s.blinder,
		Now: time.Now, Lanes: s.lanes, Queue: s.settings.Queue, Batch: s.settings.Batch, Observer: &storing{metrics: s.metrics, log: s.log}, Around: s.tracer.Batches(), Policy: policy,
		Unopened: s.unopened,
	})
	if err != nil {
		return err
	}
	s.metrics.watch(s.reviews)
	if err := s.startModeration(ctx, policy, s.reviews); err != nil {
		return err
	}
	if s.cases, err = s.followUp(); err != nil {
		return err
	}
	s.integrity, err = s.inspect()
	return err
}

// furnish makes the pages, for citizens, staff and everybody, and what they ask.
func (s *service) furnish(ctx context.Context, policy *moderation.Policy, demo bool) (err error) {
	if s.pages, err = s.citizens(ctx, &s.settings.Pages, demo); err != nil {
		return err
	}
	s.staff = s.staffOf(&s.settings.Console)
	s.figures = s.figuresBy(s.settings.Formulas())
	if s.notices, err = s.newNotices(&s.settings.Notices, s.settings.Base(), s.staff, s.log, s.metrics, s.tracer); err != nil {
		return err
	}
	if err := s.startSettings(ctx, policy); err != nil {
		return err
	}
	s.erasures = erasure.NewService(s.store, s.sealer, s.blinder, func() int { return s.live.Values().Retention }, time.Now)
	if s.console, err = s.administer(ctx); err != nil { // of what was made before
		return err
	}
	s.board, err = s.publicBoard(s.root)
	return err
}

// keep does everything that goes on beside the requests, until the function it gives is called.
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
	wg.Go(func() { every(ctx, moreEvery, s.repeated.Tell) })
	return func() {
		cancel()
		wg.Wait()
		s.repeated.Tell(context.WithoutCancel(ctx))
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
