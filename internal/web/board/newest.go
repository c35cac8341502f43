package board

import (
	"context"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
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
func (w *work) newestReviews(ctx context.Context) ([]review.Public, error) {
	listing, _, err := w.h.Figures.Listing(ctx, w.scope, review.Listing{Limit: recentShown})
	if err != nil {
		return nil, err
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
