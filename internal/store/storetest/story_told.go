package storetest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

// What persons tell: by what they are found, and remarks, of which the public sees more or less.
var (
	storyPhones       = []string{"13900000001", "13900000002"}
	storyCertificates = []string{storyCertificate, "44010619900101001X"}
	storyRemarks      = []string{"", storyRemark, storyQuick, storyBribe, "电话13900000001"}
)

const (
	storyQuick = "办得很快"
	storyBribe = "他们受贿" // a word of the list that is built in
	// storyWords is another list.
	storyWords = "很快\n"
)

// judged is what the rules say of a remark by a list of words.
func judged(remark string, words int) moderation.State {
	switch {
	case words == 0 && remark == storyBribe, words == 1 && remark == storyQuick:
		return moderation.Waiting
	case strings.HasPrefix(remark, "电话"):
		return moderation.Masked
	default:
		return moderation.Published
	}
}

// remark is what is left of one.
func (r *sentReview) remark() string {
	if r.erased {
		return ""
	}
	return r.sent.Remark
}

// shown is what the public sees of it.
func (r *sentReview) shown() string {
	switch {
	case r.public == moderation.Published:
		return r.remark()
	case r.public == moderation.Masked && r.mask != "":
		return strings.Replace(r.remark(), r.mask, strings.Repeat("*", len([]rune(r.mask))), 1)
	default:
		return ""
	}
}

// moderate decides about remarks, makes another list of words count, or judges once more.
func (s *story) moderate(t *rapid.T) {
	s.T = t
	steps := map[string]func(*storyProcess){"decide": s.decide, "words": s.useWords, "check": s.checkWaiting, "again": s.judgeAgain}
	for range rapid.IntRange(1, 4).Draw(s.T, "steps of moderation") {
		p := s.process()
		steps[s.pick("step", "decide", "decide", "words", "check", "again")](p)
	}
}

// decide decides about a remark, sometimes as nobody may.
func (s *story) decide(p *storyProcess) {
	r := s.some()
	if r == nil {
		return
	}
	choice := moderation.Choice{State: rapid.SampledFrom([]moderation.State{moderation.Published, moderation.Masked, moderation.Withheld}).Draw(s.T, "decision")}
	tells, mask := strings.HasPrefix(r.remark(), "电话"), ""
	if choice.State == moderation.Masked {
		if mask = "办"; tells && rapid.Bool().Draw(s.T, "the number") {
			mask = storyPhones[0]
		}
		choice.Phrases = []string{mask}
	}
	seen := r.decisions
	if rapid.IntRange(0, 3).Draw(s.T, "outdated") == 0 {
		seen++
	}
	want := fault.Kind(0)
	switch {
	case r.gone():
		want = fault.Missing
	case tells && choice.State == moderation.Published, tells && mask == "办", mask != "" && !strings.Contains(r.remark(), mask):
		want = fault.Invalid
	case seen != r.decisions:
		want = fault.Conflict
	}
	err := p.moderation.Decide(s.Context(), moderation.Actor{Login: "li"}, r.serial, seen, choice, "已核对")
	if want == 0 {
		s.must(err)
		r.public, r.mask = choice.State, mask
		r.decisions++
	} else if fault.KindOf(err) != want {
		s.Fatalf("%v of %s, which is gone: %v, erased: %v: got %v, want a fault of kind %v", choice, r.sent.Remark, r.gone(), r.erased, err, want)
	}
}

// useWords makes another list of words count. Other processes don't know of it before they look.
func (s *story) useWords(p *storyProcess) {
	words := 1 - s.words
	s.must(p.moderation.Activate(s.Context(), words))
	if p.words = words; s.words != words {
		s.words, s.rechecked = words, false
	}
}

// checkWaiting judges what waits by the list that counts, once.
func (s *story) checkWaiting(p *storyProcess) {
	for more := true; more; {
		var err error
		more, err = p.moderation.CheckSome(s.Context())
		s.must(err)
	}
	if s.rechecked || p.words != s.words {
		return
	}
	s.rechecked = true
	for _, r := range s.count.reviews {
		if r.public == moderation.Waiting && r.decisions == 0 {
			r.public, r.mask = judged(r.remark(), s.words), ""
		}
	}
}

// judgeAgain judges what is public: what a person let pass stays.
func (s *story) judgeAgain(p *storyProcess) {
	found, _, err := p.moderation.JudgeAgain(s.Context(), "", true)
	s.must(err)
	want := moderation.Again{}
	for _, r := range s.count.reviews {
		if r.gone() || r.remark() == "" || r.public != moderation.Published && r.public != moderation.Masked {
			continue
		}
		want.Remarks++
		if r.decisions == 0 && judged(r.remark(), p.words) == moderation.Waiting {
			r.public, r.mask = moderation.Waiting, ""
			want.Held++
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		s.Fatalf("judged once more: %s", diff)
	}
}

// told opens everything: what persons told is there, or gone where it was erased, and the public sees of it what it may.
func (s *story) told(sealer *privacy.Sealer) {
	rows := map[string]map[string]any{}
	for _, row := range s.d.rows(s, "SELECT serial, sealed, person_index FROM review") {
		rows[row["serial"].(string)] = row
	}
	left := 0
	for _, r := range s.count.reviews {
		sealed, _ := rows[r.serial]["sealed"].([]byte)
		person, _ := rows[r.serial]["person_index"].([]byte)
		got, err := review.Unseal(sealer, sealed, r.serial)
		want := r.sent.Personal
		if r.erased {
			want = review.Personal{}
		} else {
			left++
		}
		if err != nil || got != want || bytes.Equal(person, make([]byte, 16)) != r.erased {
			s.Fatalf("%s, erased: %v, tells %+v, %v; want %+v", r.serial, r.erased, got, err, want)
		}
	}
	for _, table := range []string{"receipt", "review_origin"} {
		if n := s.d.count(s, table); n != left {
			s.Fatalf("%d rows of %s, want one of each of %d reviews that are not erased", n, table, left)
		}
	}
	for _, row := range s.d.rows(s, "SELECT serial_no, sealed, certificate_index FROM affair") {
		sent, want := s.count.affairs[row["serial_no"].(string)], affair.Personal{}
		if !sent.erased {
			want = sent.Personal
		}
		sealed, _ := row["sealed"].([]byte)
		index, _ := row["certificate_index"].([]byte)
		if got, err := affair.Unseal(sealer, sealed, sent.SerialNo); err != nil || got != want || (len(index) == 0) != (want.CertificateNo == "") {
			s.Fatalf("%s, erased: %v, tells %+v, %v; want %+v", sent.SerialNo, sent.erased, got, err, want)
		}
	}
}

// public holds what everybody sees of remarks, and the queues of those who decide, against what was sent and decided.
func (s *story) public(p *storyProcess) {
	want, got := map[string]string{}, map[string]string{}
	queued, queues := map[string]moderation.State{}, map[string]moderation.State{}
	for _, r := range s.count.reviews {
		if s.count.verdict(r).counts {
			want[r.serial] = r.shown()
		}
		if !r.gone() && r.public != moderation.Published {
			queued[r.serial] = r.public
		}
	}
	list, err := p.reviews.Newest(s.Context(), review.Listing{From: s.clock.AddDate(-2, 0, 0), To: s.clock.AddDate(0, 0, 1), Limit: 200})
	s.must(err)
	for _, r := range list {
		got[r.Serial] = r.Remark
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Fatalf("the public sees: %s", diff)
	}
	for _, state := range []moderation.State{moderation.Waiting, moderation.Masked, moderation.Withheld} {
		items, err := p.moderation.Waiting(s.Context(), moderation.Filter{State: state}, moderation.Page{Limit: 200})
		s.must(err)
		for _, item := range items {
			if queues[item.Serial] = state; item.Unreadable {
				s.Fatalf("%s does not open", item.Serial)
			}
		}
	}
	if diff := cmp.Diff(queued, queues); diff != "" {
		s.Fatalf("in the queues: %s", diff)
	}
}

// sound looks at what a doctor looks at.
func (s *story) sound(p *storyProcess) {
	if faults, err := p.store.Damage(s.Context()); err != nil || len(faults) > 0 {
		s.Fatalf("the file is damaged: %v, %v", faults, err)
	}
	s.must(p.ring.Look(s.Context()))
	sealed, err := p.store.SealedReviews(s.Context())
	s.must(err)
	for serial, text := range sealed {
		if _, err := review.Unseal(p.sealer, text, serial); err != nil {
			s.Fatal(fmt.Errorf("the doctor can't open a review: %w", err))
		}
	}
}
