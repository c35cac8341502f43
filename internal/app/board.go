package app

import (
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/web/board"
	"github.com/haochaping/haochaping/internal/web/openapi"
	"github.com/prometheus/client_golang/prometheus"
)

// publicBoard makes the board's handler, which begins at the root region.
func (s *service) publicBoard(root string) (*board.Handler, error) {
	_, viewers := s.places()
	handler, err := board.NewHandler(board.Needs{
		Figures: s.figures, Reviews: s.reviews, Registry: s.registry, Halls: s.halls, Entities: s.entities, Tags: s.tags,
		Root: root, BaseURL: s.settings.Base(), FrameOrigins: s.settings.FrameOrigins, Viewers: viewers,
		Test: s.settings.Environment == config.Testing, Now: time.Now, Log: s.log, Observe: s.metrics.observe("board"),
	})
	if err != nil {
		return nil, err
	}
	if s.interfaces, err = openapi.Page(openapi.Needs{
		Definitions: s.figures.Definitions, Entities: s.entities, Registry: s.registry, Root: root, BaseURL: s.settings.Base(),
		Test: s.settings.Environment == config.Testing, Log: s.log,
	}); err != nil {
		return nil, err
	}
	s.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "haochaping_board_viewers", Help: "Viewers of the public board who are told what changes.",
	}, func() float64 {
		viewers, _ := handler.Count()
		return float64(viewers)
	}))
	return handler, nil
}
