package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

var storyTests = []test{
	{"whatever is sent, withdrawn, doubted, decided, moved, merged, sealed again and erased, in any order: figures, remarks and what is opened are what a second count of what was sent gives", anyStory},
}

// Who is in the stories. The departments are registered, so that nothing is learnt on the way.
var (
	storyDepartments = []org.Department{
		{Code: "D1", Name: "天河区公安局", RegionCode: "440106000000"},
		{Code: "D2", Name: "深圳市公安局", RegionCode: "440300000000"},
		{Code: "D3", Name: "省公安厅", RegionCode: "440000000000"},
		{Code: "D4", Name: "新部门", RegionCode: "440103000000"},
	}
	storyRegions  = []string{"440106000000", "440106001000", "440103000000", "440300000000", "440304000000", "440199000000"}
	storyHalls    = []string{"H1", "H2", "H3"}
	storyEntities = []string{"egovAffair", "yssAffair", "hallAffair"}
	storyChannels = []string{"portal", "hall-qr"}
)

// story is what happens in one case of the property, and what a second count makes of it.
type story struct {
	*rapid.T
	d         *database
	processes []*storyProcess
	org       *org.Service
	clock     *time.Time
	count     *recounting
	sent      int
	findings  []*storyFinding
	keys      *storyKeys
	words     int  // the list that counts
	rechecked bool // by it, what waits
	asked     []*storyErasure
	swept     time.Time
}

func anyStory(t *testing.T, d *database) {
	d.migrated(t)
	clock := now
	keys := newStoryKeys(t)
	ticking := func() time.Time { return clock }
	processes := []*storyProcess{newStoryProcess(t, d, keys.first, ticking), newStoryProcess(t, d, keys.first, ticking)}
	if _, err := processes[0].moderation.NewVersion(t.Context(), "li", storyWords, ""); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		clock = clock.AddDate(0, 0, 5) // some days are closed from story to story, some are not
		s := &story{T: t, d: d, processes: processes, clock: &clock, count: &recounting{}, keys: &keys}
		s.begin()
		t.Repeat(map[string]func(*rapid.T){
			"send":     s.send,
			"complete": s.complete,
			"withdraw": s.withdraw,
			"suspect":  s.suspect,
			"judge":    s.judge,
			"pass":     s.pass,
			"erase":    s.erase,
			"forget":   s.forget,
			"moderate": s.moderate,
			"rotate":   s.rotate,
			"progress": s.progress,
			"merge":    s.merge,
			"read":     s.read,
			"move":     s.move,
			"fold":     s.fold,
			"close":    s.close,
		})
		s.end()
	})
	if report, err := audit.Verify(t.Context(), d.Store, nil, nil); err != nil || !report.Sound() {
		t.Errorf("the audit chain: %+v, %v", report, err)
	}
}

// begin empties the database.
func (s *story) begin() {
	for _, table := range []string{
		"once", "review", "followup", "case_event", "withdrawal", "finding", "finding_review", "finding_decision", "erasure", "erasure_found",
		"counter_change", "counter", "affair", "succession", "moving", "department", "receipt", "review_origin", "moderation_decision",
		"sealing_key", "sealing_node", "resealing",
	} {
		s.d.exec(s, "DELETE FROM "+table)
	}
	s.org = org.NewService(s.processes[0].store, s.processes[0].registry)
	if err := s.processes[0].store.SaveRegisters(s.Context(), org.Changes{Departments: storyDepartments}); err != nil {
		s.Fatal(err)
	}
	s.keys.begin(s)
	s.must(s.processes[0].moderation.Activate(s.Context(), 0))
	for _, p := range s.processes {
		s.load(p)
	}
	s.checkWaiting(s.processes[0])
}

func (s *story) now() time.Time { return *s.clock }

func (s *story) pick(name string, from ...string) string {
	return rapid.SampledFrom(from).Draw(s.T, name)
}

// process is one of them.
func (s *story) process() *storyProcess { return rapid.SampledFrom(s.processes).Draw(s.T, "process") }

// send sends a review of any kind, or one that was sent before.
func (s *story) send(t *rapid.T) {
	s.T = t
	p := s.process()
	if n := len(s.count.reviews); n > 0 && rapid.IntRange(0, 5).Draw(s.T, "again") == 0 {
		was := s.count.reviews[rapid.IntRange(0, n-1).Draw(s.T, "which")]
		if receipt, err := p.reviews.Submit(s.Context(), was.sent); err != nil || !receipt.Known || receipt.Serial != was.serial {
			s.Fatalf("the same again: got %+v, %v; want the serial number %s", receipt, err, was.serial)
		}
		return
	}
	s.sent++
	r := review.Review{WantsReceipt: true, Origin: review.Origin{Device: "device"}, Personal: review.Personal{
		UserID: fmt.Sprintf("user-%d", s.sent), Remark: s.pick("remark", storyRemarks...), CertificateNo: s.pick("certificate", storyCertificates...),
		ContactPhone: s.pick("phone", append(storyPhones, "")...),
	}}
	r.Kind = rapid.SampledFrom([]review.Kind{review.Affair, review.Affair, review.Guide, review.Hotline, review.Window}).Draw(s.T, "kind")
	r.AppCode, r.EntityCode, r.Channel = "app1", s.pick("entity", storyEntities...), s.pick("channel", storyChannels...)
	r.DepartmentCode, r.RegionCode = s.pick("department", "", "D1", "D2", "D3", "D4"), s.pick("region", append(storyRegions, "", "")...)
	r.Stars = rapid.IntRange(1, 5).Draw(s.T, "stars")
	r.Tags = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"510", "207", "108"}), 0, 2, rapid.ID).Draw(s.T, "tags")
	r.EvalTime = s.clock.Add(-time.Duration(rapid.IntRange(0, 40*24).Draw(s.T, "hours ago")) * time.Hour)
	r.HallCode, r.WorkNo = s.pick("hall", append(storyHalls, "")...), s.pick("officer", "", "W1")
	switch r.Kind {
	case review.Affair:
		r.Subject, r.ItemCode = storyAffair(rapid.IntRange(0, 3).Draw(s.T, "affair")), s.pick("item", "", "I1")
		r.Unverified = rapid.Bool().Draw(s.T, "unverified")
	case review.Guide:
		r.Subject, r.ItemCode = "I2", "I2"
	case review.Hotline:
		r.Subject = fmt.Sprintf("order-%d", s.sent)
		r.AcceptStars, r.DealStars = rapid.IntRange(r.Stars, 5).Draw(s.T, "accept"), r.Stars
	default:
		r.Subject, r.WindowCode = "N1", "N1"
	}
	receipt, err := p.reviews.Submit(s.Context(), r)
	if err != nil {
		s.Fatal(err)
	}
	s.count.review(r, receipt.Serial, p.merges)
	sent := s.count.reviews[len(s.count.reviews)-1]
	sent.at, sent.public = *s.clock, judged(r.Remark, p.words)
	if sent.public == moderation.Masked {
		sent.mask = storyPhones[0]
	}
}

func storyAffair(n int) string { return fmt.Sprintf("affair-%d", n) }

// complete tells of a completed affair, or changes one.
func (s *story) complete(t *rapid.T) {
	s.T = t
	p := s.process()
	a := affair.Affair{
		SerialNo: storyAffair(rapid.IntRange(0, 3).Draw(s.T, "affair")), ItemCode: s.pick("item", "I1", "I2"), AppCode: "app1",
		DepartmentCode: s.pick("department", "", "D1", "D2", "D4"), RegionCode: s.pick("region", append(storyRegions, "", "")...),
		HallCode: s.pick("hall", append(storyHalls, "")...), WorkNo: s.pick("officer", "", "W1", "W2"),
		DoneTime: s.clock.Add(-time.Duration(rapid.IntRange(0, 40*24).Draw(s.T, "hours ago")) * time.Hour),
		Personal: affair.Personal{CertificateNo: s.pick("certificate", append(storyCertificates, "")...), ContactPhone: s.pick("phone", append(storyPhones, "")...)},
	}
	verdicts, err := p.affairs.Take(s.Context(), affair.Batch{Source: "app:app1", Rows: []affair.Row{{Affair: a}}})
	if err != nil {
		s.Fatal(err)
	}
	if verdicts[0].State != affair.Same {
		s.count.affair(a, p.merges)
	}
}

// some is a review that was sent; nil when there is none.
func (s *story) some() *sentReview {
	if len(s.count.reviews) == 0 {
		return nil
	}
	return s.count.reviews[rapid.IntRange(0, len(s.count.reviews)-1).Draw(s.T, "which")]
}

func (s *story) withdraw(t *rapid.T) {
	s.T = t
	r := s.some()
	if r == nil || !s.count.verdict(r).counts {
		return
	}
	if err := withdraw(s.Context(), s.process().store, r.serial, *s.clock); err != nil {
		s.Fatal(err)
	}
	r.withdrawn = true
}

func (s *story) progress(t *rapid.T) {
	s.T = t
	r := s.some()
	if r == nil || !s.count.hasCase(r) {
		return
	}
	var p followup.Progress
	for _, is := range []*bool{&p.Rectified, &p.InTime, &p.CalledBack, &p.Satisfied} {
		*is = rapid.Bool().Draw(s.T, "is")
	}
	if err := noteProgress(s.Context(), s.process().store, r.serial, p); err != nil {
		s.Fatal(err)
	}
	r.progress = p
}

// merge gives a code up for another.
func (s *story) merge(t *rapid.T) {
	s.T = t
	kinds := map[org.Kind][]string{
		org.OfDepartment: {"D1", "D2", "D3", "D4"}, org.OfHall: storyHalls, org.OfEntity: storyEntities, org.OfItem: {"I1", "I2", "I3"},
		org.OfRegion: append([]string{"440100000000", "440103001000", "440304001000"}, storyRegions...),
	}
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(kinds))).Draw(s.T, "kind")
	former, code := s.pick("former", kinds[kind]...), s.pick("code", kinds[kind]...)
	if kind == org.OfRegion && org.LevelOf(former) != org.LevelOf(code) {
		return
	}
	plan, err := s.org.PlanMerge(s.Context(), kind, former, code)
	if err != nil {
		s.Fatal(err)
	}
	if len(plan.Faults) > 0 || plan.Len() == 0 {
		return
	}
	if err := s.org.Apply(s.Context(), plan); err != nil {
		s.Fatal(err)
	}
	s.count.merge(kind, former, code)
	s.load(s.processes[0])
}

// read lets a process read the registers again.
func (s *story) read(t *rapid.T) {
	s.T = t
	s.load(s.process())
}

// move moves a piece of what is to be moved.
func (s *story) move(t *rapid.T) {
	s.T = t
	if _, err := s.process().store.MoveRecords(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func (s *story) fold(t *rapid.T) {
	s.T = t
	if _, err := s.process().store.Fold(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func (s *story) close(t *rapid.T) {
	s.T = t
	for range rapid.IntRange(1, 20).Draw(s.T, "days") {
		if _, err := s.process().store.CloseDay(s.Context()); err != nil {
			s.Fatal(err)
		}
	}
}

// end lets every process read the registers and moves what is left, as the keeper does in time, and then asks for figures.
func (s *story) end() {
	s.d.agrees(s)
	s.found()
	s.kept()
	s.secret()
	p := s.process()
	s.told(p.sealer) // with the keys that it read, whoever sealed
	s.public(p)
	s.sound(p)
	s.keys.end(s)
	for _, wait := range []time.Duration{0, time.Minute, 15 * time.Minute} {
		*s.clock = s.clock.Add(wait)
		for _, p := range s.processes {
			s.load(p)
			if err := org.NewService(p.store, p.registry).MoveRecords(s.Context(), func(int, int) {}); err != nil {
				s.Fatal(err)
			}
		}
	}
	s.d.agrees(s)
	p = s.processes[1]
	threeIsGood := rapid.Bool().Draw(s.T, "3 stars are good")
	service := figures.NewService(figures.Needs{
		Store: p.store, Formulas: figures.Formulas{ThreeIsGood: threeIsGood}, Registry: p.registry,
		Entities: catalog.NewEntitySet(append(catalog.Specified(), catalog.Added()...)), Tags: catalog.NewTags(nil),
		Now: func() time.Time { return *s.clock },
	})
	for _, region := range []string{"0", storyRoot, "440100000000", "440106000000", "440199000000", "440300000000"} {
		scope := figures.Scope{
			Region: region, Entity: s.pick("of entity", append(storyEntities, "", "")...), Channel: s.pick("of channel", append(storyChannels, "", "")...),
			Span: s.span(),
		}
		if diff := cmp.Diff(s.count.figures(scope, p.registry, threeIsGood), asked(s, service, scope)); diff != "" {
			s.Fatalf("%+v: %s", scope, diff)
		}
	}
}

// span draws days: all, some, or the months that they are in.
func (s *story) span() figures.Span {
	first := s.clock.AddDate(0, 0, -rapid.IntRange(0, 60).Draw(s.T, "from days ago"))
	last := first.AddDate(0, 0, rapid.IntRange(0, 60).Draw(s.T, "days"))
	return figures.Span{From: dayOf(first), To: dayOf(last)}
}

// asked are the figures of a scope as the service gives them.
func asked(s *story, service *figures.Service, scope figures.Scope) storyFigures {
	ctx := s.Context()
	got := newStoryFigures()
	must := func(err error) {
		if err != nil {
			s.Fatal(err, fault.KindOf(err))
		}
	}
	standings := func(into map[string]figures.Counts, standings []figures.Standing, err error) {
		must(err)
		for _, one := range standings {
			if one.Counts.Total() != 0 {
				into[one.Code] = one.Counts
			}
		}
	}
	ranking := func(into map[string]figures.Counts, subject figures.Subject) {
		r, err := service.Rank(ctx, subject, scope, figures.Scope{})
		must(err)
		for _, place := range slices.Concat(r.Ranked, r.TooFew) {
			into[place.Code] = place.Counts
		}
	}
	var err error
	got.Total, err = service.Total(ctx, scope)
	must(err)
	regions, err := service.Regions(ctx, scope)
	standings(got.Regions, regions, err)
	departments, err := service.Departments(ctx, scope)
	standings(got.Departments, departments, err)
	entities, err := service.Entities(ctx, scope)
	standings(got.Entities, entities, err)
	if scope.Region == "0" {
		ranking(got.Halls, figures.Halls)
		ranking(got.Officers, figures.Officers)
		ranking(got.Items, figures.Items)
		ranking(got.Apps, figures.Apps)
	}
	for praised, into := range map[bool]map[string]int64{true: got.Praised, false: got.Complained} {
		tags, err := service.Tags(ctx, scope, praised)
		must(err)
		for _, tag := range tags {
			into[tag.ID] = tag.Count
		}
	}
	got.Cases, err = service.Cases(ctx, scope)
	must(err)
	for by, into := range map[figures.By]map[string]figures.Cases{
		figures.ByRegion: got.CasesOfRegions, figures.ByDepartment: got.CasesOfDepartments,
	} {
		cases, err := service.CasesBy(ctx, scope, by)
		must(err)
		for _, one := range cases {
			into[one.Code] = one.Cases
		}
	}
	response, err := service.Response(ctx, scope)
	must(err)
	got.Completed, got.Reviewed = response.Completed, response.Reviewed
	responses, err := service.Responses(ctx, scope, figures.ByDepartment)
	must(err)
	for _, one := range responses {
		got.Responses[one.Code] = [2]int64{one.Completed, one.Reviewed}
	}
	return got
}
