package figures

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Recounting compares the counters that records give with those that are kept, one after another, in memory that grows with
// neither: the facts of all records are added first, then the changes that wait, then come the counters in the order of keys.
type Recounting struct {
	records, waiting *pile
	each             func(key Key, records, counters Counts) error
	began            bool
	key              []byte // of the counter that came last
	scratch          []byte
	counts           Counts // of all rows of it
}

// NewRecounting begins one. each is told every counter that records give or that is kept, in the order of keys, and both values;
// what waits is counted as kept.
func NewRecounting(kept Kept, each func(key Key, records, counters Counts) error) *Recounting {
	return &Recounting{records: newPile(kept), waiting: newPile(kept), each: each}
}

// Add adds a record's fact.
func (r *Recounting) Add(f *Fact) error {
	r.records.facts.Add(f)
	return r.records.settle(pileInMemory)
}

// AddCompletion adds a completed affair.
func (r *Recounting) AddCompletion(c *Completion, reviewed bool) error {
	r.records.facts.AddCompletion(c, reviewed)
	return r.records.settle(pileInMemory)
}

// AddCases adds a case.
func (r *Recounting) AddCases(c *Case, counts Counts) error {
	r.records.facts.AddCases(c, counts)
	return r.records.settle(pileInMemory)
}

// AddWaiting adds an encoded change that is not folded yet.
func (r *Recounting) AddWaiting(change []byte) error {
	if err := r.waiting.facts.AddChange(change); err != nil {
		return err
	}
	return r.waiting.settle(pileInMemory)
}

var errOrder = errors.New("counters are not read in the order of their keys")

// Counter tells one row of the counters; several of one key follow one another.
func (r *Recounting) Counter(key Key, counts Counts) error {
	if err := r.begin(); err != nil {
		return err
	}
	r.scratch = appendKey(r.scratch[:0], key)
	switch order := bytes.Compare(r.scratch, r.key); {
	case len(r.key) > 0 && order == 0:
		r.counts.Add(counts)
		return nil
	case order < 0:
		return errOrder
	}
	if err := r.compareUpTo(r.scratch); err != nil {
		return err
	}
	r.key, r.counts = append(r.key[:0], r.scratch...), counts
	return nil
}

// End compares what is left after the last counter.
func (r *Recounting) End() error {
	if err := r.begin(); err != nil {
		return err
	}
	return r.compareUpTo(nil)
}

// Close gives back what was put aside.
func (r *Recounting) Close() error { return errors.Join(r.records.close(), r.waiting.close()) }

// begin is when all facts are added.
func (r *Recounting) begin() error {
	if r.began {
		return nil
	}
	r.began = true
	return errors.Join(r.records.read(), r.waiting.read())
}

// compareUpTo tells all keys below limit, all that are left when it is nil.
func (r *Recounting) compareUpTo(limit []byte) error {
	for {
		var least []byte
		for _, key := range [][]byte{r.records.key(), r.waiting.key(), r.key} {
			if len(key) > 0 && (least == nil || bytes.Compare(key, least) < 0) {
				least = key
			}
		}
		if least == nil || limit != nil && bytes.Compare(least, limit) >= 0 {
			return nil
		}
		least = bytes.Clone(least)
		var counters Counts
		if bytes.Equal(least, r.key) {
			counters, r.key, r.counts = r.counts, r.key[:0], Counts{}
		}
		records, err := r.records.next(least)
		if err != nil {
			return err
		}
		waiting, err := r.waiting.next(least)
		if err != nil {
			return err
		}
		counters.Add(waiting)
		if err := r.each(keyOf(least), records, counters); err != nil {
			return err
		}
	}
}

// Recount compares the counters with a recount of the records. differs is told, in the order of keys, what must be added to a
// counter to make it right. counted is how many counters the records give.
func Recount(ctx context.Context, store Store, differs func(key Key, by Counts) error) (counted int, err error) {
	err = store.Recount(ctx, func(key Key, records, counters Counts) error {
		if records != (Counts{}) {
			counted++
		}
		by := records
		for i := range by {
			by[i] -= counters[i]
		}
		if by == (Counts{}) {
			return nil
		}
		return differs(key, by)
	})
	if err != nil {
		return 0, fmt.Errorf("recount: %w", err)
	}
	return counted, nil
}
