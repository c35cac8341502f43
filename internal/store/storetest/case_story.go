package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/workday"
	"pgregory.net/rapid"
)

var caseStoryTests = []test{
	{"whatever people, reviewers and time do to cases, in any order: they are what a naive reading of the rules gives, and so are the figures", anyCaseStory},
}

// plainCase is a case by a naive reading of domain.md 3: one function for each thing that can happen.
type plainCase struct {
	serial                             string
	state                              string
	version, rounds, appeals           int
	appealedBy                         string
	rectified, inTime, called, content bool
	late, supervised                   bool
	due, closed                        time.Time
	assignee                           string
	gone                               bool // out of the figures
}

// Who is above whom. "unit" is the handler of the department.
var standing = map[string]int{"unit": 1, "county": 2, "city": 3}

// caseStory is one case of the property.
type caseStory struct {
	*rapid.T
	*office
	cases []*plainCase
	good  int
}

func anyCaseStory(t *testing.T, d *database) {
	o := d.migrated(t).office(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, table := range []string{
			"once", "review", "followup", "withdrawal", "counter_change", "counter", "case_event", "case_file", "job",
		} {
			d.exec(t, "DELETE FROM "+table)
		}
		o.now = now
		s := &caseStory{T: t, office: o}
		s.begin()
		t.Repeat(map[string]func(*rapid.T){
			"staff":    s.staff,
			"reviewer": s.reviewer,
			"go on":    s.goOn,
			"go on, 2": s.goOn,
			"assign":   s.assign,
			"wait":     s.wait,
			"keep":     s.keepAll,
			"fold":     s.fold,
		})
		s.end()
	})
}

func (s *caseStory) begin() {
	var batch []review.Record
	for n := range 3 {
		r := s.d.affair(n, stars(1+n), func(r *review.Record) { r.WorkNo = "007" })
		batch = append(batch, r)
		if r.Stars > 2 {
			s.good++
			continue
		}
		s.cases = append(s.cases, &plainCase{serial: r.Serial, state: "pending", due: workday.China().Add(now, 3)})
	}
	s.d.accept(s, batch...)
}

func (s *caseStory) some() *plainCase { return rapid.SampledFrom(s.cases).Draw(s.T, "which") }

// staff lets a member of staff try something with a version that is right or not.
func (s *caseStory) staff(t *rapid.T) {
	s.T = t
	c := s.some()
	who := rapid.SampledFrom([]string{"unit", "county", "city", "elsewhere", "rated"}).Draw(t, "who")
	move := rapid.SampledFrom([]followup.Move{
		followup.Rectify, followup.Explain, followup.AppealMove, followup.FeedBack, followup.Contact, followup.HeardGood, followup.HeardBad,
		followup.Supervise, followup.Accept, followup.Refuse,
	}).Draw(t, "move")
	stale := rapid.IntRange(0, 9).Draw(t, "stale") == 0
	s.tries(c, who, move, stale)
}

// tries lets a member of staff try something, with another version than that of the case when it is stale.
func (s *caseStory) tries(c *plainCase, who string, move followup.Move, stale bool) {
	by := map[string]followup.Actor{"unit": handler, "county": countyAdmin, "city": cityAdmin, "elsewhere": elsewhere, "rated": ratedOfficer}[who]
	step := followup.Step{Move: move, Words: "说明", Reached: rapid.Bool().Draw(s.T, "reached")}
	if move == followup.AppealMove {
		step.Claim, step.Evidence = followup.Malicious, []followup.File{evidence()}
	}
	version := c.version
	if stale {
		version += 7
	}
	want := fault.Missing
	if standing[who] > 0 {
		want = fault.Conflict
		if !stale && s.may(c, who, move) {
			want = -1
			s.happens(c, who, move, step.Reached)
		}
	}
	_, err := s.Act(s.Context(), by, c.serial, version, step)
	s.same(c, err, want, string(move)+" by "+who)
}

// goOn makes a move that can be made, and of those rather one that lets the case go far.
func (s *caseStory) goOn(t *rapid.T) {
	s.T = t
	c := s.some()
	if c.state == "awaiting" && rapid.IntRange(0, 3).Draw(t, "the reviewer") > 0 {
		s.answers(c, followup.Complain)
		return
	}
	who := rapid.SampledFrom([]string{"unit", "county"}).Draw(t, "who")
	for _, move := range []followup.Move{followup.FeedBack, followup.Rectify, followup.Refuse, followup.HeardBad} {
		if s.may(c, who, move) {
			s.tries(c, who, move, false)
			return
		}
	}
	if c.state == "rectifying" && who == "unit" { // not his any more
		s.tries(c, who, followup.FeedBack, false)
	}
}

// may says whether somebody who sees a case may do something with it now.
func (s *caseStory) may(c *plainCase, who string, move followup.Move) bool {
	in := func(states ...string) bool { return slices.Contains(states, c.state) }
	unitHasIt := c.rounds <= 2 || standing[who] > 1
	switch move {
	case followup.Rectify, followup.Explain:
		return in("pending") && unitHasIt
	case followup.AppealMove:
		return in("pending") && unitHasIt && c.appeals == 0 && c.rounds == 0
	case followup.FeedBack:
		return in("rectifying", "explained") && unitHasIt
	case followup.Contact, followup.AssignMove:
		return in("pending", "rectifying", "explained", "awaiting") && unitHasIt
	case followup.HeardGood, followup.HeardBad:
		return in("awaiting") && unitHasIt
	case followup.Supervise:
		return in("pending", "rectifying", "explained") && standing[who] > 1 && !c.supervised
	case followup.Accept, followup.Refuse:
		return in("appealed") && standing[who] > standing[c.appealedBy]
	}
	return false
}

// happens is what follows.
func (s *caseStory) happens(c *plainCase, who string, move followup.Move, reached bool) {
	c.version++
	add := func(days int) time.Time { return workday.China().Add(s.now, days) }
	switch move {
	case followup.Rectify:
		c.state, c.due = "rectifying", add(10)
	case followup.Explain:
		c.state, c.due = "explained", add(10)
	case followup.AppealMove:
		c.state, c.due, c.appeals, c.appealedBy = "appealed", add(3), 1, who
	case followup.FeedBack:
		if s.now.After(c.due) {
			c.late = true
		}
		c.state, c.rectified, c.inTime, c.supervised = "awaiting", true, !c.late, c.rounds > 2
		c.due = beijing.DayStart(beijing.Day(s.now)).AddDate(0, 0, 8).Add(-time.Second)
	case followup.Contact:
		c.called = c.called || reached
	case followup.HeardGood, followup.Satisfied:
		c.called, c.content = true, true
		s.ends(c, "closed")
	case followup.HeardBad, followup.Complain, followup.Reopen:
		c.called, c.content = true, false
		if c.rounds > 2 {
			s.ends(c, "closed")
			return
		}
		c.rounds++
		c.state, c.due, c.rectified, c.inTime, c.supervised = "rectifying", add(10), false, false, c.rounds > 2
	case followup.Supervise:
		c.supervised = true
	case followup.Accept:
		s.ends(c, "dismissed")
		c.gone = true
	case followup.Refuse:
		c.state, c.due = "pending", add(3)
	}
}

func (s *caseStory) ends(c *plainCase, state string) {
	c.state, c.due, c.closed, c.supervised = state, s.now, s.now, false
}

// reviewer lets the one who wrote the review say something.
func (s *caseStory) reviewer(t *rapid.T) {
	s.T = t
	c := s.some()
	move := rapid.SampledFrom([]followup.Move{followup.Satisfied, followup.Complain, followup.Complain, followup.Reopen}).Draw(t, "says")
	s.answers(c, move)
}

func (s *caseStory) answers(c *plainCase, move followup.Move) {
	want := fault.Conflict
	if move != followup.Reopen && c.state == "awaiting" ||
		move == followup.Reopen && c.state == "closed" && c.rounds <= 2 && s.now.Before(c.closed.AddDate(0, 0, 30)) {
		want = -1
	}
	version := c.version
	if want == -1 {
		s.happens(c, "", move, false)
	}
	s.same(c, s.Answer(s.Context(), c.serial, version, move, "不满意"), want, "the reviewer: "+string(move))
}

func (s *caseStory) assign(t *rapid.T) {
	s.T = t
	c := s.some()
	to := rapid.SampledFrom([]followup.Actor{{}, handler, countyAdmin, elsewhere, ratedOfficer}).Draw(t, "to")
	results, err := s.Assign(t.Context(), handler, to, []followup.Pick{{Serial: c.serial, Version: c.version}})
	if err != nil {
		t.Fatal(err)
	}
	may := s.may(c, "unit", followup.AssignMove) && to.Login != elsewhere.Login && to.Login != ratedOfficer.Login
	if may != (results[0].Fault == "") {
		t.Fatalf("assign to %q: got %v, want %v", to.Login, results, may)
	}
	if may {
		c.version++
		c.assignee = to.Login
	}
	s.same(c, nil, -1, "assign")
}

func (s *caseStory) wait(t *rapid.T) {
	s.T = t
	s.now = s.now.Add(time.Duration(rapid.IntRange(1, 24*12).Draw(t, "hours")) * time.Hour)
}

// keepAll lets time do its work.
func (s *caseStory) keepAll(t *rapid.T) {
	s.T = t
	s.keep(t)
	for _, c := range s.cases {
		switch {
		case !s.now.After(c.due):
		case c.state == "awaiting":
			c.version++
			s.ends(c, "closed")
		case c.state != "closed" && c.state != "dismissed" && !c.supervised:
			c.version++
			c.supervised = true
		}
		s.same(c, nil, -1, "keep")
	}
	s.keep(t)
}

func (s *caseStory) fold(t *rapid.T) {
	s.T = t
	s.d.foldAll(t)
}

// same wants the outcome of a try, and the case as it should be.
func (s *caseStory) same(c *plainCase, err error, want fault.Kind, what string) {
	s.Helper()
	if (err == nil) != (want == -1) || err != nil && fault.KindOf(err) != want {
		s.Fatalf("%s of a case that is %s: got %v, want %d", what, c.state, err, want)
	}
	got := s.find(s, c.serial)
	has := plainCase{
		serial: got.Serial, state: string(got.State), version: got.Version, rounds: got.Rounds, appeals: got.Appeals, rectified: got.Progress.Rectified,
		inTime: got.Progress.InTime, called: got.Progress.CalledBack, content: got.Progress.Satisfied, late: got.Late, supervised: got.Supervised,
		assignee: got.Assignee,
	}
	should := *c
	should.appealedBy, should.due, should.closed, should.gone = "", time.Time{}, time.Time{}, false
	if diff := cmp.Diff(should, has, cmp.AllowUnexported(plainCase{})); diff != "" {
		s.Fatalf("%s (-want +got): %s", what, diff)
	}
	if !c.gone && !got.Due.IsZero() && !got.Due.Equal(c.due) {
		s.Fatalf("%s: due at %v, want %v", what, got.Due, c.due)
	}
}

// end counts everything once more.
func (s *caseStory) end() {
	var want figures.Cases
	reviews := s.good
	for _, c := range s.cases {
		if c.gone {
			continue
		}
		reviews++
		want.Opened++
		for n, is := range map[*int64]bool{&want.Rectified: c.rectified, &want.InTime: c.inTime, &want.CalledBack: c.called, &want.Satisfied: c.content} {
			if is {
				*n++
			}
		}
		s.same(c, nil, -1, "at the end")
		events, err := s.d.CaseEvents(s.Context(), c.serial)
		if err != nil || len(events) != c.version {
			s.Fatalf("%d events of a case of version %d, %v", len(events), c.version, err)
		}
		state := followup.Pending
		for _, e := range events {
			if e.From != state {
				s.Fatalf("an event leads from %s, the one before to %s", e.From, state)
			}
			state = e.To
		}
	}
	if got := s.d.cases(s, lately); got != want {
		s.Fatalf("cases: got %+v, want %+v", got, want)
	}
	if got := s.d.total(s, everywhere("")); got != int64(reviews) {
		s.Fatalf("%d reviews are counted, want %d", got, reviews)
	}
	s.d.agrees(s)
}
