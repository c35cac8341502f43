package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/web/apis"
)

// fewer is how many times fewer reviews the smaller stock has.
const fewer = 10

// growth asks every query of the public interface (domain.md 5) of a small and a large stock: it must not get slower
// with the number of reviews.
func growth(ctx context.Context, b *bench, engine string) error {
	small, err := b.stock(ctx, b.host, engine, someMonths(), b.reviews/fewer)
	if err != nil {
		return err
	}
	large, err := b.stock(ctx, b.host, engine, someMonths(), b.reviews)
	if err != nil {
		return err
	}
	few, err := small.apis()
	if err != nil {
		return err
	}
	many, err := large.apis()
	if err != nil {
		return err
	}
	c := &comparison{title: fmt.Sprintf("%s: every public query, %s over %s", engine, large.bulk, small.bulk), brief: true}
	for _, q := range publicQueries() {
		less, more := q+" of few", q+" of many"
		c.sides = append(c.sides, side{less, asked(few, q)}, side{more, asked(many, q)})
		c.ratios = append(c.ratios, ratio{name: q, of: more, over: less, value: medianTime})
	}
	return b.compare(ctx, c)
}

// apis serves the public figures of a stock.
func (s *stock) apis() (http.Handler, error) {
	reviews, err := s.house.service(s.store, 1, 1)
	if err != nil {
		return nil, err
	}
	h := s.house
	return apis.NewHandler(apis.Needs{
		Figures: figures.NewService(figures.Needs{
			Store: s.store, Formulas: figures.Formulas{ThreeIsGood: true}, Registry: h.registry, Entities: h.entities, Tags: h.tags, Now: time.Now,
		}),
		Reviews: reviews, Registry: h.registry, Entities: h.entities, Tags: h.tags, Now: time.Now, Log: h.log,
	}), nil
}

// ninetyDays stands for the period in a query.
const ninetyDays = "90days"

// publicQueries are all paths with what makes them dear: everywhere, a city, a county; few stars, deep pages, what there are three of.
func publicQueries() []string {
	return []string{
		"statistics?type=1&regionCode=440000000000&" + ninetyDays,
		"statistics?type=1&regionCode=440100000000&" + ninetyDays,
		"statistics?type=2&pageSize=100&" + ninetyDays,
		"statistics?type=1&regionCode=440000000000",
		"entity/eval/count?regionCode=440100000000&" + ninetyDays,
		"tag/positions?type=1&" + ninetyDays,
		"tag/positions?type=2&regionCode=440100000000&" + ninetyDays,
		"evals/stars?" + ninetyDays,
		"evals",
		"evals?" + ninetyDays,
		"evals?pageNo=1000",
		"evals?generalStars=1",
		"evals?generalStars=3&evalEntityCode=hotlineAffair",
		"evals?generalStars=1&evalEntityCode=hotlineAffair",
		"evals?regionCode=440000000000",
		"evals?regionCode=440100000000",
		"evals?regionCode=440100000000&generalStars=1",
		"evals?regionCode=440103000000&evalEntityCode=hotlineAffair&generalStars=2",
		"evals?evalEntityCode=hallAffair",
		"evals?evalEntityCode=hallAffair&generalStars=4",
	}
}

func asked(handler http.Handler, query string) func(ctx context.Context) (reading, error) {
	today := beijing.Day(time.Now())
	query = strings.Replace(query, ninetyDays, fmt.Sprintf("startTime=%d000000&endTime=%d235959",
		beijing.AddDays(today, -rankedDays), beijing.AddDays(today, -1)), 1)
	return func(ctx context.Context) (reading, error) {
		return timed(ctx, rankingTimes, func(ctx context.Context) error {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, apis.Prefix+query, http.NoBody))
			if answer.Code != http.StatusOK || answer.Body.Len() < len(`{"code":0`) || answer.Body.String()[:len(`{"code":0`)] != `{"code":0` {
				return fmt.Errorf("%s: %d %s", query, answer.Code, answer.Body)
			}
			return nil
		})
	}
}
