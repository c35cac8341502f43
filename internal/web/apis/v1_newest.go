package apis

import (
	"context"
	"fmt"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/review"
)

// published is a review as everybody may see it: no place, a masked name, the remark as moderation lets it pass.
type published struct {
	Time       string    `json:"time"` // 2026-11-24 14:05:09
	User       string    `json:"user"` // masked
	EntityCode string    `json:"entityCode"`
	EntityName string    `json:"entityName"`
	Item       string    `json:"item"`
	Stars      int       `json:"stars"`
	StarName   string    `json:"starName"`
	Tags       []evalTag `json:"tags"`
	Remark     string    `json:"remark"` // empty when it is not public, or nothing was said
}

// newest is the newest reviews of a scope.
type newest struct {
	Region  place       `json:"region"`
	Period  span        `json:"period"`
	Entity  string      `json:"entity"`
	Channel string      `json:"channel"`
	Rows    []published `json:"rows"`
	Total   int64       `json:"total"` // that there are, whatever the limit
	Note    string      `json:"note"`
}

// newestReviews is the route of the newest reviews; neither tags nor remarks are shown where reviews are too few.
func (h *Handler) newestReviews() *v1Route {
	return &v1Route{
		parameters: []string{"region", "period", "entity", "channel", "stars", "limit"}, most: mostNewest, standard: defaultNewest,
		data: func(ctx context.Context, q *v1Query) (any, error) {
			listing, total, err := h.Figures.Listing(ctx, q.scope, review.Listing{Stars: q.stars, Limit: q.limit})
			if err != nil {
				return nil, err
			}
			data := newest{Region: h.place(q.scope.Region), Period: spanOf(q.period), Entity: q.scope.Entity, Channel: q.scope.Channel, Rows: []published{}, Total: total.Total()}
			if q.stars > 0 {
				data.Total = total[q.stars-1]
			}
			if data.Total == 0 {
				data.Note = "这段时间没有评价。"
				return data, nil
			}
			hidden := h.Figures.Hidden(total)
			if hidden {
				data.Note = "评价太少，为保护评价人不显示标签和评价内容。"
			}
			found, err := h.Reviews.Newest(ctx, listing)
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				row := published{
					Time: beijing.FormatSecond(f.EvalTime), User: f.UserName, EntityCode: f.EntityCode, EntityName: h.Entities.Name(f.EntityCode),
					Item: f.ItemName, Stars: f.Stars, StarName: catalog.StarName(f.Stars), Tags: []evalTag{},
				}
				if !hidden {
					row.Tags, row.Remark = h.eval(&f).TagList, f.Remark
				}
				data.Rows = append(data.Rows, row)
			}
			if q.scope.Channel != "" && int64(len(found)) < min(data.Total, int64(q.limit)) {
				data.Note += fmt.Sprintf("只在最近的评价（不超过%d条）中查找这个渠道的，更早的未列出。", review.MostLooked)
			}
			return data, nil
		},
	}
}
