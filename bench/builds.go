package main

import (
	"context"
	"errors"
	"fmt"
)

// builds compares this build of the program with another one: what a change of the code did.
func builds(ctx context.Context, b *bench) error {
	if b.against == "" {
		return errors.New("say against which build: --against FILE")
	}
	if b.engine != sqlite {
		if err := b.season(ctx, b.host.database(postgres)); err != nil {
			return err
		}
	}
	c := &comparison{title: "this build over " + b.against}
	for _, way := range []struct {
		name, what, engine string
		callers            []int
	}{
		{"way in", storeNothing, "", []int{64}},
		{postgres, storeGroups, postgres, []int{1, 64, 256}},
		{sqlite, storeGroups, sqlite, []int{1, 64, 256}},
	} {
		if b.engine != "" && way.engine != b.engine {
			continue
		}
		before, err := b.build(b.against, way.what, way.engine)
		if err != nil {
			return err
		}
		after, err := b.build("", way.what, way.engine)
		if err != nil {
			return err
		}
		for _, callers := range way.callers {
			name := fmt.Sprintf("%s, %d callers", way.name, callers)
			c.sides = append(c.sides, b.driven(name+", before", before, callers), b.driven(name+", after", after, callers))
			c.ratios = append(c.ratios,
				ratio{name: name, of: name + ", after", over: name + ", before", value: throughput},
				ratio{name: name + ", processor time", of: name + ", after", over: name + ", before", value: cost})
		}
	}
	return b.compare(ctx, c)
}

// build starts a server of another build over a fresh database.
func (b *bench) build(program, what, engine string) (*child, error) {
	s := setup{what: what, lanes: b.lanes, batch: b.batch, program: program}
	if engine != postgres {
		s.lanes = 1
	}
	if engine != "" {
		s.database = b.host.database(engine)
	}
	return start(b.host, s)
}
