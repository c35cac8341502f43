package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/moderation"
	"pgregory.net/rapid"
)

// storyErasure is what a person asked for, and what was found then.
type storyErasure struct {
	id      string
	at      time.Time
	reviews []*sentReview
	affairs []string
}

// erase erases what is older than a month, once a day, and what is asked for and confirmed.
func (s *story) erase(t *rapid.T) {
	s.T = t
	s.work()
}

func (s *story) work() {
	for n, going := 0, true; going; n++ {
		var err error
		going, err = s.processes[n%2].erasures.Step(s.Context())
		s.must(err)
		if n > 1000 {
			s.Fatal("erasing does not come to an end")
		}
	}
	s.asked = slices.DeleteFunc(s.asked, func(a *storyErasure) bool { return s.clock.Sub(a.at) > erasure.Unconfirmed })
	if s.clock.Sub(s.swept) < 24*time.Hour {
		return
	}
	s.swept = *s.clock
	before := s.clock.AddDate(0, -1, 0)
	for _, r := range s.count.reviews {
		open := r.sent.Stars <= 2 && !r.withdrawn && s.count.verdict(r).counts
		if r.at.Before(before) && !open {
			r.erase()
		}
	}
	for _, a := range s.count.affairs {
		a.erased = a.erased || a.DoneTime.Before(before)
	}
}

func (r *sentReview) erase() {
	if !r.erased {
		r.erased, r.public, r.mask = true, moderation.Published, ""
	}
}

// forget asks for the erasure of a person, or confirms or drops what was asked for.
func (s *story) forget(t *rapid.T) {
	s.T = t
	s.work()
	p := s.process()
	if len(s.asked) == 0 || rapid.Bool().Draw(s.T, "ask") {
		s.ask(p)
		return
	}
	n := rapid.IntRange(0, len(s.asked)-1).Draw(s.T, "request")
	a := s.asked[n]
	r, err := p.erasures.Get(s.Context(), a.id)
	s.must(err)
	s.asked = slices.Delete(s.asked, n, n+1)
	if rapid.IntRange(0, 3).Draw(s.T, "drop") == 0 {
		s.must(p.erasures.Drop(s.Context(), a.id, r.Version))
		return
	}
	s.must(p.erasures.Confirm(s.Context(), a.id, r.Version))
	s.work()
	for _, r := range a.reviews {
		r.erase()
	}
	for _, serialNo := range a.affairs {
		s.count.affairs[serialNo].erased = true
	}
}

func (s *story) ask(p *storyProcess) {
	kind, number := erasure.Phone, s.pick("number", append(storyPhones, storyCertificates...)...)
	if slices.Contains(storyCertificates, number) {
		kind = erasure.Certificate
	}
	id, err := p.erasures.Ask(s.Context(), "sheng", kind, number, "本人申请第1号")
	s.must(err)
	a := &storyErasure{id: id, at: *s.clock}
	want := erasure.Request{State: erasure.Found}
	for _, r := range s.count.reviews {
		if !r.erased && (r.sent.ContactPhone == number || r.sent.CertificateNo == number || strings.Contains(r.sent.Remark, number)) {
			a.reviews = append(a.reviews, r)
			want.Cases += s.d.count(s, "followup WHERE serial = '"+r.serial+"'")
		}
	}
	for serialNo, sent := range s.count.affairs {
		if !sent.erased && (sent.ContactPhone == number || sent.CertificateNo == number) {
			a.affairs = append(a.affairs, serialNo)
		}
	}
	want.Reviews, want.Affairs = len(a.reviews), len(a.affairs)
	s.work()
	r, err := p.erasures.Get(s.Context(), id)
	s.must(err)
	if diff := cmp.Diff(want, erasure.Request{State: r.State, Reviews: r.Reviews, Affairs: r.Affairs, Rejected: r.Rejected, Cases: r.Cases, Unread: r.Unread}); diff != "" {
		s.Fatalf("found of %s: %s", number, diff)
	}
	s.asked = append(s.asked, a)
}
