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
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/sample"
)

const (
	sampleDays    = 120
	sampleCallers = 128
	// sampleBadShare is more than in life, so that a demo has something to follow up.
	sampleBadShare = 0.02
	barWidth       = 40
)

// samples sends reviews to a server through its interfaces, as a business system does.
type samples struct {
	client  *client.Client
	reviews *sample.Generator
	affairs *completed
}

func newSamples(base string, app *integrator.App) *samples {
	transport := &http.Transport{MaxIdleConnsPerHost: sampleCallers, IdleConnTimeout: 10 * time.Second}
	s := &samples{
		client:  client.New(base, app.PaasID, app.Secrets[0], client.WithHTTPClient(&http.Client{Transport: transport})),
		reviews: sample.New(rand.Uint64(), sample.Options{AppCode: app.Code, BadShare: sampleBadShare}), //nolint:gosec // samples, not secrets
	}
	s.affairs = newCompleted(s.client, app.Code, s.reviews)
	return s
}

// send sends one review made at t, and what it is a review of.
func (s *samples) send(ctx context.Context, t time.Time) error {
	_, _, message := s.reviews.Next(t)
	var err error
	switch m := message.(type) {
	case client.AffairEval:
		if _, err = s.client.SubmitAffair(ctx, m); err == nil {
			err = s.affairs.behind(ctx, m, t)
		}
	case client.GuideEval:
		_, err = s.client.SubmitGuide(ctx, m)
	case client.HotlineEval:
		_, err = s.client.SubmitHotline(ctx, m)
	}
	return err
}

// fill sends count reviews of the last days, with a progress bar.
func (s *samples) fill(ctx context.Context, c *console, count int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	now := time.Now()
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range sampleCallers {
		wg.Go(func() {
			for next.Add(1) <= int64(count) && ctx.Err() == nil {
				if err := s.send(ctx, workingHour(now)); err != nil {
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

// workingHour is a random moment of the last days, mostly between nine and six on a day of Beijing.
func workingHour(now time.Time) time.Time {
	day := beijing.DayStart(beijing.AddDays(beijing.Day(now), -rand.IntN(sampleDays))) //nolint:gosec // samples, not secrets
	seconds := rand.IntN(24 * 3600)                                                    //nolint:gosec // samples, not secrets
	if rand.IntN(10) > 0 {                                                             //nolint:gosec // samples, not secrets
		seconds = 9*3600 + rand.IntN(9*3600) //nolint:gosec // samples, not secrets
	}
	at := day.Add(time.Duration(seconds) * time.Second)
	if at.After(now) {
		at = now.Add(-time.Duration(rand.IntN(3600)) * time.Second) //nolint:gosec // samples, not secrets
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
		err := s.send(ctx, time.Now())
		if err == nil {
			err = s.affairs.flush(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("send a sample", "error", err)
		}
	}
}
