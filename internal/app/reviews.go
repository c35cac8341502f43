package app

import (
	"github.com/haochaping/haochaping/internal/review"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// reviewPages are the console's pages of reviews.
func (s *service) reviewPages() *administration.ReviewPages {
	return &administration.ReviewPages{
		Finder: review.NewFinder(s.store, s.sealer, s.store), Entities: s.entities, Tags: s.tags, Apps: s.apps.List,
	}
}

// figurePages are the console's page of figures.
func (s *service) figurePages() *administration.FigurePages {
	return &administration.FigurePages{Figures: s.figures, Entities: s.entities, Root: s.root}
}
