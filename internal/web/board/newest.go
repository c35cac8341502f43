package board

import (
	"context"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

// recentShown is how many reviews the block newest has.
const recentShown = 12

func (w *work) newest() (any, error) {
	n := Newest{Block: w.around("newest", "")}
	total, err := w.total()
	if err != nil {
		return nil, err
	}
	if total.Total() == 0 {
		n.Empty = w.nothing()
		return n, nil
	}
	found, err := w.recently()
	if err != nil {
		return nil, err
	}
	hidden := w.h.Figures.Hidden(total)
	for i := range found {
		n.Rows = append(n.Rows, w.recent(&found[i], hidden))
	}
	looked := w.state.channel != "" && int64(len(n.Rows)) < min(total.Total(), recentShown)
	switch {
	case looked && len(n.Rows) == 0:
		n.Empty = fmt.Sprintf("最近的评价（不超过%d条）中没有这个渠道的", review.MostLooked)
	case looked:
		n.Note = fmt.Sprintf("只在最近的评价（不超过%d条）中查找这个渠道的，更早的未列出。", review.MostLooked)
	case len(n.Rows) == 0:
		n.Empty = w.nothing()
	}
	return n, nil
}

// newestReviews are the newest that everybody may see.
func (w *work) newestReviews(ctx context.Context) (found []review.Public, err error) {
	points, err := w.trend()
	if err != nil {
		return nil, err
	}
	if w.state.channel != "" {
		return w.newestOfChannel(ctx, points)
	}
	// The counters tell on which days there is something: only their pieces of the index are read.
	for i := len(points) - 1; i >= 0 && len(found) < recentShown; i-- {
		if points[i].Counts.Total() <= 0 {
			continue
		}
		some, err := w.listed(ctx, points[i].Period, recentShown-len(found))
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// newestOfChannel looks for a channel's reviews once, from the last day or month on in which there is one.
func (w *work) newestOfChannel(ctx context.Context, points []figures.Point) ([]review.Public, error) {
	for i := len(points) - 1; i >= 0; i-- {
		if points[i].Counts.Total() > 0 {
			scope := w.scope
			scope.Span.To = w.daysOf(points[i].Period).To
			return w.listedIn(ctx, scope, recentShown)
		}
	}
	return nil, nil
}

// daysOf are the days of a day or month that are asked for.
func (w *work) daysOf(period int) figures.Span {
	first, last := period, period
	if unitOf(period) == "月" {
		first = period*100 + 1
		last = beijing.Day(beijing.DayStart(first).AddDate(0, 1, -1))
	}
	return figures.Span{From: max(w.scope.Span.From, first), To: min(w.scope.Span.To, last)}
}

// listed are the newest reviews of a day or month.
func (w *work) listed(ctx context.Context, period, limit int) ([]review.Public, error) {
	scope := w.scope
	scope.Span = w.daysOf(period)
	return w.listedIn(ctx, scope, limit)
}

// listedIn are the newest reviews of a scope.
func (w *work) listedIn(ctx context.Context, scope figures.Scope, limit int) ([]review.Public, error) {
	listing := review.Listing{
		EntityCode: w.state.entity, Channel: w.state.channel, Limit: limit,
		From: beijing.DayStart(scope.Span.From), To: beijing.DayStart(scope.Span.To).AddDate(0, 0, 1),
	}
	listing.RegionFrom, listing.RegionTo = org.Range(w.region)
	// A province is read as it is; below it only where there is something to find.
	if org.LevelOf(w.region) > org.LevelProvince {
		var err error
		if listing.Regions, err = w.h.Figures.PlacesWith(ctx, scope, 0); err != nil || len(listing.Regions) == 0 {
			return nil, err
		}
	}
	return w.h.Reviews.Newest(ctx, listing)
}

func (w *work) recent(r *review.Public, hidden bool) Recent {
	name := r.UserName
	if name == "" {
		name = "匿名"
	}
	one := Recent{
		Name: name, Entity: w.name(ofEntity, r.EntityCode), Item: r.ItemName, Stars: r.Stars, Word: catalog.StarName(r.Stars),
		At: clock(r.EvalTime, w.now), AtTime: r.EvalTime.In(beijing.Zone).Format(time.RFC3339),
	}
	if !hidden {
		one.Remark = r.Remark
		for _, id := range r.Tags {
			one.Tags = append(one.Tags, w.name(ofTag, id))
		}
	}
	return one
}
