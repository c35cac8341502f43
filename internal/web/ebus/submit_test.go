package ebus

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
)

// shelf is a review service that keeps what it was given by its subject. It counts who asks.
type shelf struct {
	kept  map[string]string
	asked int
	fail  error
}

func (s *shelf) Submit(_ context.Context, r review.Review) (review.Receipt, error) {
	s.kept[r.Subject] = "1KEDKKG8X000A3F8K2QD"
	return review.Receipt{Serial: s.kept[r.Subject]}, nil
}

func (s *shelf) Stored(_ context.Context, r review.Review) (review.Receipt, bool, error) {
	s.asked++
	serial, found := s.kept[r.Subject]
	return review.Receipt{Serial: serial, Known: true}, found, s.fail
}

// What is stored is answered as its first time, whatever is registered now (contract.md 6). Only who is refused for that makes the
// store be asked.
func TestAStoredSubmissionIsAnsweredWhateverIsRegisteredNow(t *testing.T) {
	const first = "1KEDKKG8X000A3F8K2QD"
	reviews := &shelf{kept: map[string]string{}}
	app := testApp()
	app.Entities = []string{"egovAffair", "yssAffair"}
	h := newHouse(nil, func(n *Needs) {
		n.Reviews = reviews
		n.Verifier.Apps = apps{"paas-1": app}
	})
	for _, body := range []string{affairBody, strings.Replace(affairBody, "S1", "S2", 1)} {
		if _, e := h.post(t, "/ping/ebus/affair/eval", strings.Replace(body, "egovAffair", "yssAffair", 1), nil); e.Code != 0 {
			t.Fatalf("got %+v", e)
		}
	}
	if reviews.asked != 0 {
		t.Errorf("asked %d times for what is all right", reviews.asked)
	}
	retired := slices.Clone(catalog.National())
	for i := range retired {
		retired[i].Retired = retired[i].ID == "510"
	}
	for _, change := range []struct {
		name, field string
		make        func()
	}{
		{"a tag is retired", "tagList[0].tagId", func() { h.Tags = catalog.NewTags(retired) }},
		{"the app has lost the evaluation object", "evalEntityCode", func() {
			h.Tags = catalog.NewTags(catalog.National())
			h.Verifier.Apps = apps{"paas-1": &integrator.App{Code: app.Code, PaasID: app.PaasID, Entities: []string{"egovAffair"}, Secrets: app.Secrets}}
		}},
		{"the clock is set back", "evalTime", func() {
			h.Verifier.Apps = apps{"paas-1": app}
			h.now = h.now.Add(-24 * time.Hour)
		}},
	} {
		change.make()
		for _, one := range []struct {
			name, from, to string
			code, asked    int
		}{
			{"the same again", "", "", 0, 1},
			{"another affair", "S1", "S3", 2, 1},
			{"what is not well-formed", `"generalStars":5`, `"generalStars":6`, 2, 0},
			{"another interface's evaluation object", "yssAffair", "egovGuide", 2, 0},
		} {
			reviews.asked = 0
			body := strings.Replace(affairBody, "egovAffair", "yssAffair", 1)
			_, e := h.post(t, "/ping/ebus/affair/eval", strings.Replace(body, one.from, one.to, 1), nil)
			data, _ := e.Data.(map[string]any)
			if e.Code != one.code || one.code == 0 && data["affairEvalId"] != first || reviews.asked != one.asked {
				t.Errorf("%s, %s: got %+v, asked %d times; want code %d, asked %d times", change.name, one.name, e, reviews.asked, one.code, one.asked)
			}
			if one.name == "another affair" && (len(e.Errors) != 1 || e.Errors[0].Field != change.field) {
				t.Errorf("%s: got %+v, want a fault of %s", change.name, e, change.field)
			}
		}
	}
	reviews.fail = fault.NewUnavailable("暂时无法查询，请稍后再试", time.Second, errors.New("away"))
	if w, e := h.post(t, "/ping/ebus/affair/eval", strings.Replace(affairBody, "egovAffair", "yssAffair", 1), nil); w.Code != 503 || e.Code != -1 {
		t.Errorf("the store can't be asked: got %d, %+v; want to come again", w.Code, e)
	}
}
