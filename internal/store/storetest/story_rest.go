package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

// What every person tells.
const (
	storyCertificate = "440106199001010028"
	storyRemark      = "请打我的电话"
)

// storyFinding is a finding about some reviews, and those that it holds out of the figures while it is confirmed.
type storyFinding struct {
	hall    string
	reviews []*sentReview
	holds   []*sentReview
}

// suspect finds something about reviews, of which some count, and confirms it.
func (s *story) suspect(t *rapid.T) {
	s.T = t
	good := slices.DeleteFunc(slices.Clone(s.count.reviews), func(r *sentReview) bool {
		return r.sent.Stars <= 2 || r.out == 0 && !s.count.verdict(r).counts
	})
	if len(good) == 0 {
		return
	}
	f := &storyFinding{hall: fmt.Sprintf("F%d", len(s.findings)+1), reviews: []*sentReview{s.some()}}
	for range rapid.IntRange(1, 3).Draw(s.T, "reviews") {
		if r := rapid.SampledFrom(good).Draw(s.T, "one of them"); !slices.Contains(f.reviews, r) {
			f.reviews = append(f.reviews, r)
		}
	}
	found := integrity.Finding{Kind: integrity.Device, Day: 20260612, Place: integrity.Place{Hall: f.hall}}
	for _, r := range f.reviews {
		slot, _ := review.SlotOfSerial(r.serial)
		found.Reviews = append(found.Reviews, integrity.Concerned{Serial: r.serial, Slot: slot})
	}
	if err := s.process().store.KeepFindings(s.Context(), found.Day, 1, []integrity.Finding{found}, *s.clock); err != nil {
		s.Fatal(err)
	}
	s.findings = append(s.findings, f)
	s.turn(f)
}

// judge takes back that a finding was confirmed, or confirms it again.
func (s *story) judge(t *rapid.T) {
	if s.T = t; len(s.findings) > 0 {
		s.turn(rapid.SampledFrom(s.findings).Draw(s.T, "finding"))
	}
}

func (s *story) turn(f *storyFinding) {
	p := s.process()
	found, err := p.store.Findings(s.Context(), integrity.Filter{Bounds: integrity.Bounds{Hall: f.hall}}, integrity.Page{Limit: 1})
	if err != nil || len(found) != 1 {
		s.Fatal(found, err)
	}
	ruling := integrity.Ruling{ID: found[0].ID, Version: found[0].Version, State: integrity.Open, Actor: "wang"}
	if found[0].State == integrity.Open {
		ruling.State = integrity.Confirmed
		for _, r := range f.reviews {
			ruling.Serials = append(ruling.Serials, r.serial)
			if r.out > 0 || s.count.verdict(r).counts && r.sent.Stars > 2 {
				f.holds = append(f.holds, r)
			}
		}
	}
	if err := p.store.RuleFinding(s.Context(), ruling); err != nil {
		s.Fatal(err)
	}
	for _, r := range f.holds {
		if r.out--; ruling.State == integrity.Confirmed {
			r.out += 2
		}
	}
	if ruling.State == integrity.Open {
		f.holds = nil
	}
}

// pass lets weeks go by. Every process has read the registers meanwhile.
func (s *story) pass(t *rapid.T) {
	s.T = t
	for _, p := range s.processes {
		s.load(p)
	}
	*s.clock = s.clock.Add(time.Duration(rapid.IntRange(1, 40*24).Draw(s.T, "hours")) * time.Hour)
	for _, p := range s.processes {
		s.keys.refresh(s, p) // it is alive
	}
}

// found holds a search against a look at everything.
func (s *story) found() {
	q := review.Query{Limit: 3, Stars: rapid.IntRange(0, 5).Draw(s.T, "of stars")}
	q.Validity = rapid.SampledFrom([]review.Validity{0, review.Counting, review.Withdrawn, review.Unverified}).Draw(s.T, "validity")
	var want, got []string
	for _, r := range s.count.reviews {
		is := review.Counting
		switch {
		case r.gone():
			is = review.Withdrawn
		case !s.count.verdict(r).counts:
			is = review.Unverified
		}
		if (q.Validity == 0 || q.Validity == is) && (q.Stars == 0 || q.Stars == r.sent.Stars) {
			want = append(want, r.serial)
		}
	}
	for more := true; more; more = q.After != nil {
		page, err := s.processes[0].store.SearchReviews(s.Context(), q)
		if err != nil {
			s.Fatal(err)
		}
		for i := range page.Found {
			got = append(got, page.Found[i].Serial)
		}
		q.After = page.Next
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		s.Fatalf("%+v: %s", q, diff)
	}
}

// kept holds what is kept beside the figures against what happened: one withdrawal of each review that is gone, and how many reviews
// every affair has.
func (s *story) kept() {
	gone, reviewed := 0, map[string]int64{}
	for _, r := range s.count.reviews {
		switch {
		case r.gone():
			gone++
		case r.sent.Kind == review.Affair:
			reviewed[r.sent.Subject]++
		}
	}
	if got := s.d.count(s, "withdrawal"); got != gone {
		s.Fatalf("%d withdrawals are kept of %d reviews that are gone", got, gone)
	}
	for _, row := range s.d.rows(s, "SELECT serial_no, reviewed FROM affair") {
		if want := reviewed[row["serial_no"].(string)]; row["reviewed"] != want {
			s.Fatalf("%s has %v reviews, want %d", row["serial_no"], row["reviewed"], want)
		}
	}
}

// secret looks for what persons told in every table that their reviews and affairs touch.
func (s *story) secret() {
	for _, table := range []string{
		"once", "review", "receipt", "followup", "case_event", "withdrawal", "finding", "finding_review", "finding_decision", "counter_change", "counter",
		"affair", "affair_rejected", "erasure", "erasure_found", "moderation_decision", "review_origin", "audit", "job", "item", "department",
	} {
		text := fmt.Sprintf("%s", s.d.rows(s, "SELECT * FROM "+table))
		for _, secret := range slices.Concat(storyCertificates, storyPhones, []string{storyRemark, storyQuick, storyBribe, "user-"}) {
			if strings.Contains(text, secret) {
				s.Fatalf("%s holds %s in the clear", table, secret)
			}
		}
	}
}
