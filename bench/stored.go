package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// driven is a side that is a server under load.
func (b *bench) driven(name string, c *child, callers int) side {
	return side{name: name, measure: func(ctx context.Context) (reading, error) {
		before, err := c.state(ctx)
		if err != nil {
			return reading{}, err
		}
		profiled := b.profile(ctx, c, name)
		busy := c.busy()
		r, err := drive(ctx, c.address, load{callers: callers, requests: b.requests, warm: b.warm(), measured: b.measured})
		if err := errors.Join(err, <-profiled); err != nil {
			return reading{}, err
		}
		worked := busy()
		after, err := c.state(ctx)
		if err != nil {
			return reading{}, err
		}
		settled, err := c.settle(ctx)
		if err != nil {
			return reading{}, err
		}
		_, most, err := memory(c.command.Process.Pid)
		r.work = time.Duration(float64(worked) / (r.perSecond * (b.measured + b.warm()).Seconds()))
		r.note += fmt.Sprintf("[%d us of a processor a request, %d MB]", r.work.Microseconds(), most>>20)
		if folds := after.Folds - before.Folds; folds > 0 {
			r.note += fmt.Sprintf(" %d folds of %.0f ms, %d batches waited at the end, none after %.0f ms", folds,
				1e3*(after.Folding-before.Folding).Seconds()/float64(folds), after.Waiting, 1e3*settled.Seconds())
		}
		return r, err
	}}
}

// fresh starts a server over a fresh database.
func (b *bench) fresh(ctx context.Context, engine, what string, lanes int) (*child, error) {
	address := b.host.database(engine)
	if err := durable(ctx, address); err != nil {
		return nil, err
	}
	return start(b.host, setup{what: what, database: address, lanes: lanes, batch: b.batch})
}

// wayIn is B over A: what signature, decoding, judging and sealing cost.
func wayIn(ctx context.Context, b *bench) error {
	a, err := start(b.host, setup{what: doNothing, lanes: 1, batch: b.batch})
	if err != nil {
		return err
	}
	lazy, err := start(b.host, setup{what: doLazily, lanes: 1, batch: b.batch})
	if err != nil {
		return err
	}
	whole, err := start(b.host, setup{what: storeNothing, lanes: 1, batch: b.batch})
	if err != nil {
		return err
	}
	return b.compare(ctx, &comparison{
		title: "B over A: the way in without a store over net/http, 64 callers",
		sides: []side{
			b.driven("A: body read, constant answer", a, 64),
			b.driven("A with the program's ballast", lazy, 64),
			b.driven("B: signature, decode, validate, seal; nothing stored", whole, 64),
		},
		ratios: []ratio{{
			name: "B over A", of: "B: signature, decode, validate, seal; nothing stored", over: "A: body read, constant answer",
			value: throughput, bar: 0.70, aim: 0.80,
		}, {
			name: "B over A with the program's ballast", of: "B: signature, decode, validate, seal; nothing stored",
			over: "A with the program's ballast", value: throughput,
		}},
	})
}

// storing compares the group commit with a transaction for each review, and with the handler without a store.
func storing(ctx context.Context, b *bench, engine string) error {
	if err := b.season(ctx, b.host.database(engine)); err != nil {
		return err
	}
	lanes := b.lanes
	if engine == sqlite {
		lanes = 1
	}
	group, err := b.fresh(ctx, engine, storeGroups, lanes)
	if err != nil {
		return err
	}
	one, err := b.fresh(ctx, engine, storeEach, 1)
	if err != nil {
		return err
	}
	none, err := start(b.host, setup{what: storeNothing, lanes: 1, batch: b.batch})
	if err != nil {
		return err
	}
	c := &comparison{
		title: fmt.Sprintf("%s: group commit (%d lanes) over a transaction for each review", engine, lanes),
		sides: []side{
			b.driven("group commit, 64 callers", group, 64),
			b.driven("group commit, 256 callers", group, 256),
			b.driven("a transaction for each review, 64 callers", one, 64),
			b.driven("nothing stored, 64 callers", none, 64),
			b.driven("nothing stored, 256 callers", none, 256),
		},
	}
	over := ratio{
		name: "group commit over a transaction for each, 64", of: "group commit, 64 callers",
		over: "a transaction for each review, 64 callers", value: throughput,
	}
	if engine == postgres {
		over.bar, over.aim = 5, 7
		bare, err := newPgbench(ctx, b.host)
		if err != nil {
			return err
		}
		c.sides = append(c.sides, side{"pgbench, a bare row, 64 clients", func(ctx context.Context) (reading, error) {
			return bare.measure(ctx, 64, b.measured)
		}})
		c.ratios = append(c.ratios, ratio{
			name: "group commit, 256, over pgbench's bare row", of: "group commit, 256 callers",
			over: "pgbench, a bare row, 64 clients", value: throughput, bar: 1, aim: 1.5,
		})
	}
	// On a machine that does other things besides, what a review costs says more than how many there are in a second.
	byWork := over
	byWork.name, byWork.of, byWork.over = "a transaction for each over group commit, work", over.over, over.of
	byWork.value, byWork.bar, byWork.aim = cost, 0, 0
	c.ratios = append(c.ratios, over, byWork,
		ratio{
			name: "stored over not stored, 64", of: "group commit, 64 callers", over: "nothing stored, 64 callers", value: throughput,
		},
		ratio{
			name: "stored over not stored, 256", of: "group commit, 256 callers", over: "nothing stored, 256 callers", value: throughput,
		})
	return b.compare(ctx, c)
}

// lanes compares 1, 2 and 4 lanes on PostgreSQL.
func lanes(ctx context.Context, b *bench) error {
	c := &comparison{title: "PostgreSQL: lanes"}
	for _, callers := range []int{64, 256} {
		name := func(n int) string { return fmt.Sprintf("%d lanes, %d callers", n, callers) }
		for _, n := range []int{2, 4} {
			c.ratios = append(c.ratios, ratio{name: name(n) + " over 1", of: name(n), over: name(1), value: throughput})
		}
	}
	for _, n := range []int{1, 2, 4} {
		server, err := b.fresh(ctx, postgres, storeGroups, n)
		if err != nil {
			return err
		}
		for _, callers := range []int{64, 256} {
			c.sides = append(c.sides, b.driven(fmt.Sprintf("%d lanes, %d callers", n, callers), server, callers))
		}
	}
	return b.compare(ctx, c)
}

// lone compares one caller's time with a bare insert and commit.
func lone(ctx context.Context, b *bench, engine string) error {
	if err := b.season(ctx, b.host.database(engine)); err != nil {
		return err
	}
	server, err := b.fresh(ctx, engine, storeGroups, 1)
	if err != nil {
		return err
	}
	bare, err := newBare(ctx, b.host.database(engine))
	if err != nil {
		return err
	}
	b.host.Cleanup(bare.close)
	alike, err := b.fresh(ctx, engine, storeBare, 1)
	if err != nil {
		return err
	}
	return b.compare(ctx, &comparison{
		title: engine + ": a lone caller over a bare insert and commit",
		sides: []side{
			b.driven("a lone caller's review", server, 1),
			b.driven("a bare insert and commit behind the same way in", alike, 1),
			{"a bare insert and commit, without any way in", bare.measure(b.measured)},
		},
		ratios: []ratio{
			{
				name: "a lone caller's median over a bare insert behind the same way in", of: "a lone caller's review",
				over: "a bare insert and commit behind the same way in", value: medianTime, bar: 1.3, aim: 1.1, atMost: true,
			},
			{
				name: "the same over a bare insert without HTTP, signature and sealing", of: "a lone caller's review",
				over: "a bare insert and commit, without any way in", value: medianTime, atMost: true,
			},
		},
	})
}
