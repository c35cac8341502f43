package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/sample"
)

const (
	sampleDays    = 120
	sampleCallers = 128
	// sampleBadShare is more than in life, so that a demo has something to follow up.
	sampleBadShare = 0.012
	barWidth       = 40
	// sampleAttempts is how often a sample is sent at most, samplePause how long between, unless the server asks for more: a slow disk
	// may keep silent for a while.
	sampleAttempts = 60
	samplePause    = time.Second
)

// samples sends reviews to a server through its interfaces, as a business system does, and through its pages. The same first
// number gives the same reviews on the same day.
type samples struct {
	client  *client.Client
	submit  func(ctx context.Context, r review.Review) (review.Receipt, error)
	act     func(ctx context.Context, by followup.Actor, serial string, version int, step followup.Step) (followup.Case, error)
	reviews *sample.Generator
	affairs *completed
	seed    uint64
	next    atomic.Uint64

	mu   sync.Mutex
	bads []badSample
}

func (s *service) newSamples(base string, app *integrator.App, seed uint64) *samples {
	transport := &http.Transport{MaxIdleConnsPerHost: sampleCallers, IdleConnTimeout: 10 * time.Second}
	made := func(seed uint64) *sample.Generator {
		return sample.New(seed, sample.Options{AppCode: app.Code, BadShare: sampleBadShare, Town: demoTown()})
	}
	all := &samples{
		client: client.New(base, app.PaasID, app.Secrets[0], client.WithHTTPClient(&http.Client{Transport: transport}), client.WithRetry(sampleAttempts, 10*samplePause)),
		submit: untilStored(s.reviews.Submit), act: s.cases.Act, reviews: made(2 * seed), seed: seed,
	}
	all.affairs = newCompleted(all.client, app.Code, made(2*seed+1))
	return all
}

// untilStored submits again while nothing can be stored.
func untilStored(submit func(context.Context, review.Review) (review.Receipt, error)) func(context.Context, review.Review) (review.Receipt, error) {
	return func(ctx context.Context, r review.Review) (receipt review.Receipt, err error) {
		for range sampleAttempts {
			if receipt, err = submit(ctx, r); fault.KindOf(err) != fault.Unavailable {
				break
			}
			select {
			case <-ctx.Done():
				return receipt, ctx.Err()
			case <-time.After(samplePause):
			}
		}
		return receipt, err
	}
}

// send sends review i, made at t, and what it is a review of.
func (s *samples) send(ctx context.Context, i uint64, t time.Time) error {
	_, _, message := s.reviews.At(i, t)
	var serial string
	var err error
	stars := 0
	switch m := message.(type) {
	case client.AffairEval:
		stars = m.GeneralStars
		if serial, err = s.affairWay(ctx, i, m, t); err == nil {
			err = s.affairs.behind(ctx, i, m, t)
		}
	case client.GuideEval:
		stars = m.GeneralStars
		serial, err = s.guideWay(ctx, i, m, t)
	case client.HotlineEval:
		stars = min(m.Accept.GeneralStars, m.Deal.GeneralStars)
		var receipt client.Receipt
		receipt, err = s.client.SubmitHotline(ctx, m)
		serial = receipt.AffairEvalID
	}
	if err == nil && review.Bad(stars) {
		s.bad(i, serial, t)
	}
	return err
}

// fill sends count reviews of the last days, with a progress bar.
func (s *samples) fill(ctx context.Context, c *console, count int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	now := time.Now()
	var done atomic.Int64
	var wg sync.WaitGroup
	for range sampleCallers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := s.next.Add(1) - 1
				if i >= uint64(count) { //nolint:gosec // it is not below zero
					return
				}
				if err := s.send(ctx, i, s.workingHour(i, now)); err != nil {
					cancel(fmt.Errorf("send a sample: %w", err))
					return
				}
				done.Add(1)
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		wg.Wait()
		close(finished)
	}()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for going := true; going; {
		select {
		case <-finished:
			going = false
		case <-ticker.C:
		}
		c.printf("\r%s", bar(int(done.Load()), count))
	}
	c.printf("\n")
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.next.Store(uint64(count)) //nolint:gosec // it is not below zero
	if err := s.followUp(ctx, now); err != nil {
		return err
	}
	return s.affairs.forDemoPeople(ctx, now)
}

// bar is one line of progress.
func bar(done, of int) string {
	filled := barWidth
	if of > 0 {
		filled = barWidth * done / of
	}
	return fmt.Sprintf("生成样例评价 [%s%s] %d / %d", strings.Repeat("█", filled), strings.Repeat("·", barWidth-filled), done, of)
}

// workingHour is the moment of review i in the last days, mostly between nine and six on a day of Beijing.
func (s *samples) workingHour(i uint64, now time.Time) time.Time {
	r := rand.New(rand.NewPCG(s.seed, i)) //nolint:gosec // samples, not secrets
	day := beijing.DayStart(beijing.AddDays(beijing.Day(now), -r.IntN(sampleDays)))
	seconds := r.IntN(24 * 3600)
	if r.IntN(10) > 0 {
		seconds = 9*3600 + r.IntN(9*3600)
	}
	at := day.Add(time.Duration(seconds) * time.Second)
	if at.After(now) { // earlier today
		today := max(int(now.Sub(day).Seconds()), 1)
		at = now.Add(-time.Duration(r.IntN(today)) * time.Second)
	}
	return at
}

// trickle sends a review every second or so until ctx ends.
func (s *samples) trickle(ctx context.Context, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(300+rand.IntN(1500)) * time.Millisecond): //nolint:gosec // samples, not secrets
		}
		err := s.send(ctx, s.next.Add(1)-1, time.Now())
		if err == nil {
			err = s.affairs.flush(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("send a sample", "error", err)
		}
	}
}
