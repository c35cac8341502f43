package app

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// consoleApps are what 应用接入 is made of.
func (s *service) consoleApps() *administration.AppNeeds {
	return &administration.AppNeeds{
		Apps: s.apps, Diary: s.diary, Entities: s.entities, Reviews: s.figures, Rate: s.settings.Rate,
		Checker: integrator.NewChecker(s.apps, s.gateway, s.settings.GatewayWindow, time.Now, s.store),
	}
}

// consoleRegisters are what 区划, 部门 and 事项 are made of.
func (s *service) consoleRegisters() *administration.RegisterNeeds {
	return &administration.RegisterNeeds{Service: s.registers(), Counts: reviewCounts{s}, Uploads: s.sessions}
}

func (s *service) registers() *org.Service { return org.NewService(s.store, s.registry) }

// reviewCounts counts by the service's figures.
type reviewCounts struct{ of *service }

// ReviewsUnder is how many reviews count under each of some regions or departments.
func (r reviewCounts) ReviewsUnder(ctx context.Context, kind org.Kind, codes []string) (map[string]int64, error) {
	if kind == org.OfRegion {
		return r.of.figures.ReviewsInRegions(ctx, codes)
	}
	return r.of.figures.ReviewsUnder(ctx, figures.Department, codes)
}

// ReviewsOfItems is that for items.
func (r reviewCounts) ReviewsOfItems(ctx context.Context, codes []string) (map[string]int64, error) {
	return r.of.figures.ReviewsUnder(ctx, figures.Item, codes)
}

// consoleSources are what 已办同步 is made of.
func (s *service) consoleSources() *administration.SourceNeeds {
	needs := &administration.SourceNeeds{Affairs: s.affairs, States: s.store, Uploads: s.sessions}
	for _, puller := range s.sources.pullers {
		needs.Configured = append(needs.Configured, puller.State().Source)
	}
	return needs
}

// diaryPause is how long what the diary noted of calls waits to be written.
const diaryPause = 5 * time.Second

// keepDiary writes what it notes until ctx ends.
func (s *service) keepDiary(ctx context.Context) {
	s.diary.Run(ctx, diaryPause, func(err error) { s.log.Warn("write the diary of calls", "error", err) })
}
