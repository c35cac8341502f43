package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/org"
)

// Cases of bad reviews are counted by dimensions of their own, by the day of the review's evaluation, whenever the case
// moved on: Counts[0] is how many were opened, and how many of those were Counts[1] rectified, Counts[2] in time, Counts[3]
// called back, Counts[4] satisfied. Regions are counted at every level, as reviews are.
const (
	caseRegion     Dimension = 1 // + org.Level
	CaseDepartment Dimension = 7
	CaseHall       Dimension = 8
)

// CaseRegion is the dimension of cases by regions of one level.
func CaseRegion(level org.Level) Dimension { return caseRegion + Dimension(level) } //nolint:gosec // at most 5

// ofCases says whether a dimension counts cases.
func (d Dimension) ofCases() bool { return d >= caseRegion && d <= CaseHall }

// Case is what a case is counted by: what its review is counted by.
type Case struct {
	Region, Department, Hall, Entity, Channel string
	Day                                       int
}

// CaseMoves are what is to be added to the counters of cases, added up.
type CaseMoves map[Case]Counts

// Add adds counts.
func (m CaseMoves) Add(of Case, counts Counts) {
	counts.Add(m[of])
	if counts == (Counts{}) {
		delete(m, of)
		return
	}
	m[of] = counts
}

// Minus takes counts away.
func (m CaseMoves) Minus(of Case, counts Counts) {
	m.Add(of, counts.Negative())
}

// AddCases adds cases.
func (m Merged) AddCases(c *Case, counts Counts) {
	c.each(everyDimension, func(key Key) {
		key.Period = c.Day
		m.add(key, counts)
	})
}

// each gives the counters of the wanted dimensions that a case adds to, without a period.
func (c *Case) each(wanted func(Dimension) bool, do func(key Key)) {
	count := func(dimension Dimension, code string) {
		if code != "" && wanted(dimension) {
			do(Key{Dimension: dimension, Code: code, Entity: c.Entity, Channel: c.Channel})
		}
	}
	for _, place := range org.Ancestors(c.Region) {
		count(CaseRegion(place.Level), place.Code)
	}
	count(CaseDepartment, c.Department)
	count(CaseHall, c.Hall)
}

// cases counts cases.
func (c *Counting) cases(of *Case, counts Counts) {
	if c.excludes(of.Entity, of.Channel) || !c.asks(of.Day, UnknownHour) {
		return
	}
	of.each(c.wanted, func(key Key) {
		for i, n := range counts {
			if n != 0 {
				c.count(key, of.Day, UnknownHour, i+1, int(n))
			}
		}
	})
}

// Cases are how far the cases of bad reviews have come (domain.md 4).
type Cases struct {
	Opened     int64 // bad reviews that count
	Rectified  int64
	InTime     int64 // rectified within the limit
	CalledBack int64
	Satisfied  int64 // of those called back
}

func casesOf(c Counts) Cases { return Cases{c[0], c[1], c[2], c[3], c[4]} }

// RectifiedRate is 差评整改率 in per cent, two decimals; 0 when there is no case.
func (c Cases) RectifiedRate() float64 { return percent(c.Rectified, c.Opened) }

// InTimeRate is 按期整改率 in per cent, two decimals; 0 when there is no case.
func (c Cases) InTimeRate() float64 { return percent(c.InTime, c.Opened) }

// CalledBackRate is 回访率 in per cent, two decimals; 0 when there is no case.
func (c Cases) CalledBackRate() float64 { return percent(c.CalledBack, c.Opened) }

// SatisfiedRate is 回访满意率 in per cent, two decimals; 0 when nobody was called back.
func (c Cases) SatisfiedRate() float64 { return percent(c.Satisfied, c.CalledBack) }

// Cases are the cases of the scope's bad reviews, by the day of their evaluation.
func (s *Service) Cases(ctx context.Context, scope Scope) (Cases, error) {
	from, _ := org.Range(scope.Region)
	code := cmp.Or(from, org.AllRegions)
	rows, err := s.cases(ctx, scope, []Dimension{CaseRegion(org.LevelOf(scope.Region))}, code, code+endOfCode)
	if err != nil || len(rows) == 0 {
		return Cases{}, err
	}
	return casesOf(rows[0].Counts), nil
}

// CaseStanding is how far the cases of one region, department or hall have come.
type CaseStanding struct {
	Code, Name string
	Cases      Cases
}

// CasesBy are the cases of the regions one level below the scope's (ByRegion), of the departments of its region and below
// (ByDepartment), or of all halls (ByHall), by code; those without a case are left out.
func (s *Service) CasesBy(ctx context.Context, scope Scope, by By) ([]CaseStanding, error) {
	standings, _, err := s.casesBy(ctx, scope, by)
	return standings, err
}

// casesBy is CasesBy; own is how many cases of the scope's region are of none of the regions below it, 0 unless by regions.
func (s *Service) casesBy(ctx context.Context, scope Scope, by By) (standings []CaseStanding, own int64, err error) {
	counted, from, to := []Dimension{CaseDepartment}, "", endOfCodes
	name := func(code string) string {
		department, _ := s.registry.Department(code)
		return cmp.Or(department.Name, code)
	}
	switch by {
	case ByRegion:
		counted, from, to = s.below(scope, CaseRegion)
		name = s.registry.RegionName
	case ByDepartment:
	case ByHall:
		counted[0] = CaseHall
		name = func(code string) string {
			hall, _ := s.halls.Hall(code)
			return cmp.Or(hall.Name, code)
		}
	default:
		return nil, 0, fmt.Errorf("cases are not counted by %d", by)
	}
	rows, err := s.cases(ctx, scope, counted, from, to)
	if err != nil {
		return nil, 0, err
	}
	if by == ByRegion {
		rows, own = apart(rows, scope.Region, first)
	}
	within := func(string) bool { return true }
	if from, to := org.Range(scope.Region); by == ByDepartment && scope.Region != org.AllRegions {
		within = func(code string) bool {
			department, _ := s.registry.Department(code)
			return from <= department.RegionCode && department.RegionCode < to
		}
	}
	for _, row := range rows {
		if row.Counts[0] > 0 && within(row.Code) {
			standings = append(standings, CaseStanding{row.Code, name(row.Code), casesOf(row.Counts)})
		}
	}
	slices.SortFunc(standings, func(a, b CaseStanding) int { return strings.Compare(a.Code, b.Code) })
	return standings, own, nil
}

func (s *Service) cases(ctx context.Context, scope Scope, counted []Dimension, from, to string) ([]Row, error) {
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: counted, From: from, To: to, Entity: scope.Entity, Channel: scope.Channel, Periods: s.periods(scope.Span),
	})
	if err != nil {
		return nil, fmt.Errorf("sum cases: %w", err)
	}
	return rows, nil
}
