package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/haochaping/haochaping/internal/moderation"
)

// halfGone is a store that can be read once, with remarks that all tell a telephone.
type halfGone struct {
	moderation.Store
	reads int
}

var errGone = errors.New("the database is gone")

func (s *halfGone) Public(_ context.Context, _ string, limit int) ([]moderation.Row, error) {
	if s.reads++; s.reads > 1 {
		return nil, errGone
	}
	rows := make([]moderation.Row, limit)
	for i := range rows {
		rows[i].Serial, rows[i].Publication.State = fmt.Sprint(i), moderation.Published
	}
	return rows, nil
}

func (*halfGone) Settle(context.Context, []moderation.Settled) error { return nil }

type telephones struct{}

func (telephones) Said([]byte, string) (string, *moderation.Persons, error) {
	return "请打13800138000", nil, nil
}

// What was masked before the database went away is known, and so can be noted and told.
func TestWhatWasMaskedIsKnownWhenTheRestIsNotComeTo(t *testing.T) {
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		t.Fatal(err)
	}
	r := &remarksCheckCommand{Apply: true}
	all, err := r.judge(&console{Context: t.Context(), out: &bytes.Buffer{}}, moderation.NewService(&halfGone{}, telephones{}, policy))
	if !errors.Is(err, errGone) || all.Masked == 0 || all.Masked != all.Remarks {
		t.Errorf("got %+v, %v", all, err)
	}
}
