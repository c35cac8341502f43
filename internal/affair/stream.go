package affair

import (
	"context"
	"iter"
)

// inFlight is how many batches of a stream are stored side by side: while one waits for the disk the next one is under way.
const inFlight = 2

// Stream takes batches as Take does, much faster than one after the other: the next one is sealed and keyed while others are
// stored side by side. Batches that share a serial number, and those with a cursor, wait for those before them. judged is told
// the verdicts of each batch that is stored, in order; its error ends the stream, as does the batches' own. After an error some
// later batches may be stored too.
func (s *Service) Stream(ctx context.Context, batches iter.Seq2[Batch, error], judged func(Batch, []Verdict) error) error {
	ctx, cancel := context.WithCancel(ctx)
	ready, prepared := s.prepareAll(ctx, batches)
	var flights []*flight
	land := func() error {
		first := flights[0]
		flights = flights[1:]
		<-first.landed
		if first.err != nil {
			return first.err
		}
		return judged(first.batch, first.verdicts)
	}
	err := func() error {
		for next := range ready {
			if next.err != nil {
				return next.err
			}
			for len(flights) > 0 && next.waitsFor(flights) {
				if err := land(); err != nil {
					return err
				}
			}
			flights = append(flights, s.fly(ctx, next.prepared))
		}
		for len(flights) > 0 {
			if err := land(); err != nil {
				return err
			}
		}
		return ctx.Err()
	}()
	cancel()
	for _, f := range flights {
		<-f.landed
	}
	<-prepared // the batches are not ours: nobody may read them after we return
	return err
}

// step is a batch that was made ready, or why it was not.
type step struct {
	*prepared
	err error
}

// prepareAll makes batches ready one ahead of who takes them; the second channel is closed when no batch is read any more.
func (s *Service) prepareAll(ctx context.Context, batches iter.Seq2[Batch, error]) (<-chan step, <-chan struct{}) {
	ready, done := make(chan step, 1), make(chan struct{})
	go func() {
		defer close(done)
		defer close(ready)
		for batch, err := range batches {
			next := step{err: err}
			if err == nil {
				next.prepared, next.err = s.prepare(&batch, true)
			}
			select {
			case ready <- next:
			case <-ctx.Done():
				return
			}
			if next.err != nil {
				return
			}
		}
	}()
	return ready, done
}

// flight is a batch that is being stored.
type flight struct {
	*prepared
	serials  map[string]struct{}
	verdicts []Verdict
	err      error
	landed   chan struct{}
}

func (s *Service) fly(ctx context.Context, p *prepared) *flight {
	f := &flight{prepared: p, serials: make(map[string]struct{}, len(p.taking.Records)), landed: make(chan struct{})}
	for i := range p.taking.Records {
		f.serials[p.taking.Records[i].SerialNo] = struct{}{}
	}
	go func() {
		defer close(f.landed)
		f.verdicts, f.err = s.take(ctx, p)
	}()
	return f
}

// waitsFor says whether a batch can't be stored beside those in flight.
func (p *prepared) waitsFor(flights []*flight) bool {
	if len(flights) == inFlight || p.batch.Cursor != nil || flights[0].batch.Cursor != nil {
		return true
	}
	for _, f := range flights {
		for i := range p.taking.Records {
			if _, meets := f.serials[p.taking.Records[i].SerialNo]; meets {
				return true
			}
		}
	}
	return false
}
