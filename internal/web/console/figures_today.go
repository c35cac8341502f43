package console

import (
	"context"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/view"
)

// today are today's figures of a person's scope, for 首页; nil where there are none.
func (h *Handler) today(ctx context.Context, of *identity.Staff) ([]figure, error) {
	if h.Figures == nil || !of.May(identity.SeeFigures) {
		return nil, nil
	}
	region, day := h.figuresRegion(of.Scope), beijing.Day(h.Now())
	f := h.Figures.Figures
	scope := figures.Scope{Region: region, Span: figures.Span{From: day, To: day}}
	counts, err := f.UnitTotal(ctx, scope, figures.Unit{Department: of.Department, Hall: of.Hall})
	if err != nil {
		return nil, err
	}
	score, good := "—", "—"
	if counts.Total() > 0 {
		score, good = view.Decimal(f.Score(counts)), view.Decimal(f.GoodRate(counts))
	}
	return []figure{
		{"今天的评价", view.Whole(counts.Total()), "条"}, {"平均分", score, "分"}, {"好评率", good, "%"}, {"差评", view.Whole(f.Bad(counts)), "条"},
	}, nil
}
