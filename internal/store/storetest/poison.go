package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var poisonTests = []test{
	{"a batch with a record that the database refuses stores nothing of it", poisonedBatch},
	{"a batch whose time is over stores nothing of it", batchTooLate},
	{"a poisonous review fails alone", poisonFailsAlone},
	{"a text that an engine refuses fails alone", refusedText},
}

// spoiling takes away what a column must have, of every review that says so: a record that every engine refuses.
type spoiling struct{ *store.Store }

const poison = "poison"

func (s spoiling) Accept(ctx context.Context, lane int, batch []review.Record) ([]review.Outcome, error) {
	for i := range batch {
		if batch[i].ItemName == poison {
			batch[i].Sealed = nil
		}
	}
	return s.Store.Accept(ctx, lane, batch)
}

func poisonedBatch(t *testing.T, d *database) {
	d.migrated(t)
	batch := d.affairs(0, 10)
	batch[7].Sealed = nil
	_, err := d.Accept(t.Context(), 0, batch)
	if kind := fault.KindOf(err); err == nil || kind != fault.Internal {
		t.Errorf("got %v of kind %d, want a fault of the record", err, kind)
	}
	for _, table := range []string{"once", "review", "followup", "counter_change", "department", "item"} {
		if got := d.count(t, table); got != 0 {
			t.Errorf("%s has %d rows, want none", table, got)
		}
	}
	d.accept(t, d.affairs(0, 7)...)
	if got := d.rows(t, "SELECT code FROM department"); len(got) != 1 {
		t.Errorf("got departments %v: what a refused batch would have registered must be registered later", got)
	}
}

func batchTooLate(t *testing.T, d *database) {
	d.migrated(t)
	d.accept(t, d.affairs(0, 1)...) // statements are prepared
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Accept(ctx, 0, d.affairs(1, 10))
	if kind := fault.KindOf(err); err == nil || kind != fault.Unavailable {
		t.Errorf("got %v of kind %d, want to be told to come again", err, kind)
	}
	for _, table := range []string{"once", "review", "counter_change"} {
		if got := d.count(t, table); got != 1 {
			t.Errorf("%s has %d rows, want one of before", table, got)
		}
	}
	d.accept(t, d.affairs(1, 10)...)
}

// submitAll submits reviews at once and tells what became of each.
func submitAll(t *testing.T, service *review.Service, reviews []review.Review) ([]review.Receipt, []error) {
	receipts, errs := make([]review.Receipt, len(reviews)), make([]error, len(reviews))
	atOnce(len(reviews), func(i int) { receipts[i], errs[i] = submit(t, service, reviews[i]) })
	return receipts, errs
}

func poisonFailsAlone(t *testing.T, d *database) {
	d.migrated(t)
	service := d.service(t, spoiling{d.Store}, privacy.NewKeys())
	guilty := func(i int) bool { return i%25 == 7 }
	var reviews []review.Review
	for i := range 100 {
		reviews = append(reviews, submission(i, func(r *review.Review) {
			if guilty(i) {
				r.ItemName, r.DepartmentCode = poison, fmt.Sprintf("poison-%d", i)
			}
		}))
	}
	receipts, errs := submitAll(t, service, reviews)
	for i := range reviews {
		switch {
		case guilty(i) && (errs[i] == nil || fault.KindOf(errs[i]) != fault.Internal):
			t.Errorf("poisonous review %d: got %v, want it refused for good", i, errs[i])
		case !guilty(i) && (errs[i] != nil || receipts[i].Known):
			t.Errorf("review %d beside a poisonous one: got %v, %v", i, receipts[i], errs[i])
		}
	}
	if got := d.count(t, "review"); got != 96 {
		t.Errorf("%d reviews are stored, want 96", got)
	}
	if got := d.count(t, "department"); got != 1 {
		t.Errorf("%d departments are registered, want 1: none of a refused review", got)
	}
	if !service.Ready() {
		t.Error("a poisonous review has parked a lane")
	}
	d.agrees(t)
}

func refusedText(t *testing.T, d *database) {
	d.migrated(t)
	service := d.service(t, d.Store, privacy.NewKeys())
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // noise that can't be compressed, not a secret
	signs := []rune("0123456789abcdefghijklmnopqrstuvwxyz一二三四五六七八九十")
	var long strings.Builder // longer than an entry of an index may be
	for range 20_000 {
		long.WriteString(string(signs[random.IntN(len(signs))]))
	}
	texts := []string{"a\x00b", "\xff\xfe", "\xed\xa0\x80", long.String()}
	var reviews []review.Review
	for i := range 60 {
		reviews = append(reviews, submission(i, func(r *review.Review) {
			if i < len(texts) {
				r.DepartmentCode = texts[i]
			}
		}))
	}
	receipts, errs := submitAll(t, service, reviews)
	stored := 0
	for i := range reviews {
		if errs[i] == nil {
			stored++
		}
		if i >= len(texts) && errs[i] != nil {
			t.Errorf("review %d: got %v, %v", i, receipts[i], errs[i])
		}
		// SQLite takes what PostgreSQL refuses.
		if i < len(texts) && (errs[i] == nil) != store.IsEmbedded(d.address) || fault.KindOf(errs[i]) != fault.Internal {
			t.Errorf("text %d: got %v", i, errs[i])
		}
	}
	if got := d.count(t, "review"); got != stored {
		t.Errorf("%d reviews are stored and %d are acknowledged", got, stored)
	}
	d.agrees(t)
}
