package storetest

import (
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

const storyRoot = "440000000000"

// recounting counts what was sent a second time, in the plainest way and with code of its own: it keeps what was sent, does
// to it what happened since, one after the other, and looks at all of it for every figure.
type recounting struct {
	reviews []*sentReview
	affairs map[string]*sentAffair
	merges  []merger
}

type merger struct {
	kind         org.Kind
	former, code string
}

type sentReview struct {
	sent      review.Review
	serial    string
	own       spot // as it tells itself
	withdrawn bool
	out       int // by how many confirmed findings
	progress  followup.Progress
	at        time.Time // when it came in
	erased    bool
	public    moderation.State
	mask      string // a piece that the public does not see
	decisions int
}

func (r *sentReview) gone() bool { return r.withdrawn || r.out > 0 }

type sentAffair struct {
	affair.Affair
	own    spot
	erased bool
}

// spot is by what it is counted that may be merged.
type spot struct{ region, department, hall, entity, item string }

// merged is what a code becomes by a merger: regions with all below.
func (m merger) merged(kind org.Kind, code string) string {
	if m.kind != kind {
		return code
	}
	if code == m.former {
		return m.code
	}
	if digits := digitsOf(m.former); kind == org.OfRegion && strings.HasPrefix(code, digits) {
		return m.code[:len(digits)] + code[len(digits):]
	}
	return code
}

func (p *spot) merge(m merger) {
	p.region, p.department = m.merged(org.OfRegion, p.region), m.merged(org.OfDepartment, p.department)
	p.hall, p.entity = m.merged(org.OfHall, p.hall), m.merged(org.OfEntity, p.entity)
	p.item = m.merged(org.OfItem, p.item)
}

// merge does it to everything that was sent before.
func (c *recounting) merge(kind org.Kind, former, code string) {
	m := merger{kind, former, code}
	c.merges = append(c.merges, m)
	for _, r := range c.reviews {
		c.settle(&r.own)
	}
	for _, a := range c.affairs {
		c.settle(&a.own)
	}
}

// settle is where something counts after all mergers. With the region above it, it may have come to a code that was given up before.
func (c *recounting) settle(p *spot) {
	for was := (spot{}); *p != was; {
		was = *p
		for _, m := range c.merges {
			p.merge(m)
		}
	}
}

// arrive is where something counts that arrives at a process which knows of so many mergers, and then of all.
func (c *recounting) arrive(region string, p spot, known int) spot {
	if p.region = region; region == "" {
		p.region = storyRoot
		department := p.department
		for _, m := range c.merges[:known] {
			department = m.merged(org.OfDepartment, department)
		}
		for _, d := range storyDepartments {
			if d.Code == department {
				p.region = d.RegionCode
			}
		}
	}
	c.settle(&p)
	return p
}

func (c *recounting) review(r review.Review, serial string, known int) {
	own := c.arrive(r.RegionCode, spot{department: r.DepartmentCode, hall: r.HallCode, entity: r.EntityCode, item: r.ItemCode}, known)
	c.reviews = append(c.reviews, &sentReview{sent: r, serial: serial, own: own})
}

func (c *recounting) affair(a affair.Affair, known int) {
	if c.affairs == nil {
		c.affairs = map[string]*sentAffair{}
	}
	c.affairs[a.SerialNo] = &sentAffair{Affair: a, own: c.arrive(a.RegionCode, spot{department: a.DepartmentCode, hall: a.HallCode, item: a.ItemCode}, known)}
}

// verdict is a review as it counts, with what its affair tells beside.
type verdict struct {
	spot
	counts  bool
	officer string
}

func (c *recounting) verdict(r *sentReview) verdict {
	v := verdict{spot: r.own, counts: !r.gone() && !r.sent.Unverified}
	workNo := r.sent.WorkNo
	if a := c.affairs[r.sent.Subject]; a != nil && r.sent.Kind == review.Affair {
		v.counts = !r.gone()
		if v.department == "" {
			v.department = a.own.department
		}
		if r.sent.RegionCode == "" && (a.RegionCode != "" || r.own.department == "" && a.own.department != "") {
			v.region = a.own.region
		}
		if v.item == "" {
			v.item = a.own.item
		}
		if v.hall == "" {
			v.hall = a.own.hall
		}
		if workNo == "" && v.hall == a.own.hall {
			workNo = a.WorkNo
		}
	}
	if v.officer = workNo; v.hall != "" && workNo != "" {
		v.officer = v.hall + "-" + workNo
	}
	return v
}

// hasCase says whether the progress of a case is noted.
func (c *recounting) hasCase(r *sentReview) bool { return c.verdict(r).counts && r.sent.Stars <= 2 }

// storyFigures are all figures of a scope.
type storyFigures struct {
	Total                              figures.Counts
	Regions, Departments, Entities     map[string]figures.Counts
	Halls, Officers, Items, Apps       map[string]figures.Counts // of everywhere only
	Praised, Complained                map[string]int64
	Cases                              figures.Cases
	CasesOfRegions, CasesOfDepartments map[string]figures.Cases
	Completed, Reviewed                int64
	Responses                          map[string][2]int64
}

func newStoryFigures() storyFigures {
	counts := func() map[string]figures.Counts { return map[string]figures.Counts{} }
	return storyFigures{
		Regions: counts(), Departments: counts(), Entities: counts(), Halls: counts(), Officers: counts(), Items: counts(), Apps: counts(),
		Praised: map[string]int64{}, Complained: map[string]int64{}, CasesOfRegions: map[string]figures.Cases{},
		CasesOfDepartments: map[string]figures.Cases{}, Responses: map[string][2]int64{},
	}
}

func dayOf(at time.Time) int {
	at = at.UTC().Add(8 * time.Hour)
	return at.Year()*10000 + int(at.Month())*100 + at.Day()
}

// figures counts everything; the tags of 3 stars are praise where those are good.
func (c *recounting) figures(scope figures.Scope, registry *org.Registry, threeIsGood bool) storyFigures {
	f := newStoryFigures()
	regionOf := func(department string) string {
		d, _ := registry.Department(department)
		return d.RegionCode
	}
	in := func(day int) bool { return day >= scope.Span.From && day <= scope.Span.To }
	for _, r := range c.reviews {
		v := c.verdict(r)
		if !v.counts || !in(dayOf(r.sent.EvalTime)) || scope.Entity != "" && scope.Entity != v.entity || scope.Channel != "" && scope.Channel != r.sent.Channel {
			continue
		}
		stars, ofOfficer, ofDepartment := r.sent.Stars, r.sent.Stars, r.sent.Stars
		if r.sent.AcceptStars > 0 {
			ofOfficer = r.sent.AcceptStars
		}
		if r.sent.DealStars > 0 {
			ofDepartment = r.sent.DealStars
		}
		add := func(to map[string]figures.Counts, code string, stars int) {
			if code != "" {
				counts := to[code]
				counts[stars-1]++
				to[code] = counts
			}
		}
		var one figures.Cases
		if stars <= 2 {
			one = casesOf(r.progress)
		}
		if isBelow(regionOf(v.department), scope.Region) && v.department != "" {
			add(f.Departments, v.department, ofDepartment)
			addCases(f.CasesOfDepartments, v.department, one)
		}
		if scope.Region == "0" {
			add(f.Halls, v.hall, stars)
			add(f.Officers, v.officer, ofOfficer)
			add(f.Items, v.item, stars)
			add(f.Apps, r.sent.AppCode, stars)
		}
		if !isBelow(v.region, scope.Region) {
			continue
		}
		f.Total[stars-1]++
		add(f.Entities, v.entity, stars)
		if child := childOf(v.region, scope.Region); child != "" {
			add(f.Regions, child, stars)
			addCases(f.CasesOfRegions, child, one)
		}
		of := map[string]figures.Cases{"": f.Cases}
		addCases(of, "", one)
		f.Cases = of[""]
		for _, tag := range r.sent.Tags {
			switch {
			case stars <= 2:
				f.Complained[tag]++
			case stars > 3 || threeIsGood:
				f.Praised[tag]++
			}
		}
	}
	c.responses(&f, scope, regionOf)
	return f
}

func (c *recounting) responses(f *storyFigures, scope figures.Scope, regionOf func(string) string) {
	reviewed := map[string]int64{}
	for _, r := range c.reviews {
		if r.sent.Kind == review.Affair && !r.gone() {
			reviewed[r.sent.Subject] = 1
		}
	}
	for serialNo, a := range c.affairs {
		if day := dayOf(a.DoneTime); day < scope.Span.From || day > scope.Span.To {
			continue
		}
		if isBelow(a.own.region, scope.Region) {
			f.Completed++
			f.Reviewed += reviewed[serialNo]
		}
		if a.own.department != "" && isBelow(regionOf(a.own.department), scope.Region) {
			was := f.Responses[a.own.department]
			f.Responses[a.own.department] = [2]int64{was[0] + 1, was[1] + reviewed[serialNo]}
		}
	}
}

func casesOf(p followup.Progress) figures.Cases {
	is := func(yes bool) int64 {
		if yes {
			return 1
		}
		return 0
	}
	return figures.Cases{
		Opened: 1, Rectified: is(p.Rectified), InTime: is(p.Rectified && p.InTime), CalledBack: is(p.CalledBack),
		Satisfied: is(p.CalledBack && p.Satisfied),
	}
}

func addCases(to map[string]figures.Cases, code string, one figures.Cases) {
	if one == (figures.Cases{}) {
		return
	}
	was := to[code]
	to[code] = figures.Cases{
		Opened: was.Opened + one.Opened, Rectified: was.Rectified + one.Rectified, InTime: was.InTime + one.InTime,
		CalledBack: was.CalledBack + one.CalledBack, Satisfied: was.Satisfied + one.Satisfied,
	}
}

// digitsOf are the digits of a region that say where it lies: 2, 4, 6, 9 or 12.
func digitsOf(region string) string {
	if region == "0" {
		return ""
	}
	for _, length := range []int{2, 4, 6, 9} {
		if strings.Trim(region[length:], "0") == "" {
			return region[:length]
		}
	}
	return region
}

func isBelow(code, region string) bool { return strings.HasPrefix(code, digitsOf(region)) }

// childOf is the region right below a region in which a code lies; empty when it lies in the region itself.
func childOf(code, region string) string {
	next := map[int]int{0: 2, 2: 4, 4: 6, 6: 9, 9: 12}[len(digitsOf(region))]
	if next == 0 || len(digitsOf(code)) < next {
		return ""
	}
	return code[:next] + strings.Repeat("0", 12-next)
}
