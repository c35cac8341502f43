package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/setting"
	"github.com/haochaping/haochaping/internal/workday"
)

// inspectEvery is how often it is looked whether a day is to be examined; mostly there is none.
const inspectEvery = 5 * time.Minute

// inspect makes what examines reviews that people may not have given of their own.
func (h *house) inspect() (*integrity.Service, error) {
	return integrity.NewService(integrity.Needs{
		Store: h.store, Opener: review.Tracer{Sealer: h.sealer}, Blinder: h.blinder, Calendar: workday.China(), Now: time.Now,
	})
}

// inspectDays examines days that are over.
func (s *service) inspectDays(ctx context.Context) {
	if err := s.integrity.Keep(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("examine reviews", "error", err)
	}
}

type inspectCommand struct{ config.Storage }

// Run examines now what the service would examine within minutes, and says how many findings wait for a person.
func (i *inspectCommand) Run(c *console) (err error) {
	if err := i.Check(); err != nil {
		return err
	}
	h, err := openPresent(c, &i.Storage, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	inspector, err := h.inspect()
	if err != nil {
		return err
	}
	_, err = setting.NewService(c, h.store, setting.Values{Integrity: integrity.Default}, func(v setting.Values, _ int) { inspector.Use(v.Integrity) })
	if err != nil {
		return err
	}
	if err := inspector.Keep(c); err != nil {
		return err
	}
	const most = 100_000
	n, err := inspector.Count(c, integrity.Filter{State: integrity.Open}, most)
	if err != nil {
		return fmt.Errorf("count findings: %w", err)
	}
	c.printf("待判断的异常线索：%d 条\n", n)
	return nil
}
