package app

import (
	"context"

	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// startModeration makes the service of moderation and reads the word list that counts, before anything is judged by it.
func (s *service) startModeration(ctx context.Context, policy *moderation.Policy, reviews *review.Service) error {
	s.moderation = moderation.NewService(s.store, reviews, policy)
	return s.moderation.Refresh(ctx)
}

// consoleModeration is what the console's pages of moderation are made of.
func (s *service) consoleModeration() *administration.ModerationNeeds {
	return &administration.ModerationNeeds{Moderation: s.moderation, Entities: s.entities, Mode: s.mode}
}

// moderate reads the word list again when another one counts, and checks what was not checked by it, or never.
func (s *service) moderate(ctx context.Context) {
	err := s.moderation.Refresh(ctx)
	for more := true; err == nil && more && ctx.Err() == nil; {
		more, err = s.moderation.CheckSome(ctx)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("moderation", "error", err)
	}
}
