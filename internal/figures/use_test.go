package figures

import (
	"context"
	"testing"
)

// versioned is a store of which only the version is asked for.
type versioned struct{ Store }

func (versioned) Version(context.Context) (string, error) { return "7-0", nil }

func TestOtherFormulasCountAtOnceAndAreAnotherVersion(t *testing.T) {
	s := NewService(Needs{Store: versioned{}, Formulas: Formulas{ThreeIsGood: true}})
	c := Counts{0, 0, 50, 50, 0}
	version := func() string {
		v, err := s.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if rate, v := s.GoodRate(c), version(); rate != 100 || v != "7-0" || s.Least() != DefaultMinimum {
		t.Errorf("rate %v, version %s, least %d", rate, v, s.Least())
	}
	s.Use(Formulas{ThreeIsGood: false, Minimum: 5}, 1)
	if rate, v := s.GoodRate(c), version(); rate != 50 || v != "7-0-1" || s.Least() != 5 || s.Good(c) != 50 {
		t.Errorf("rate %v, version %s, least %d", rate, v, s.Least())
	}
	s.Use(Formulas{ThreeIsGood: true}, 2)
	if v := version(); v != "7-0-2" {
		t.Errorf("version %s", v)
	}
}
