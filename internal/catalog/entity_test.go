package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An evaluation object that was merged into another one counts as that one, and is listed no more; who still sends it is understood.
func TestAnEvaluationObjectThatWasMerged(t *testing.T) {
	s := NewEntitySet(Specified())
	if s.Replace(Specified(), map[string]string{"yssAffair": "egovAffair"}); s.Code("yssAffair") != "egovAffair" || s.Code("egovGuide") != "egovGuide" {
		t.Errorf("yssAffair counts as %s, egovGuide as %s", s.Code("yssAffair"), s.Code("egovGuide"))
	}
	var current []string
	for _, e := range s.Current() {
		current = append(current, e.Code)
	}
	if diff := cmp.Diff([]string{"egovAffair", "egovGuide", "hotlineAffair"}, current); diff != "" {
		t.Errorf("current: %s", diff)
	}
	if len(s.All()) != 4 || !s.Known("yssAffair") || s.Name("yssAffair") != "粤省事已办事项" {
		t.Errorf("all: %v", s.All())
	}
}
