package figures

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// Response is how many of the completed affairs of a place were reviewed, by the day on which they were done.
type Response struct {
	Code      string
	Name      string
	Completed int64
	Reviewed  int64 // with at least one review
	// Items are the items with a completed affair in the months that the span touches, ReviewedItems those of them with a
	// reviewed one; both are counted for regions, departments and halls only.
	Items         int64
	ReviewedItems int64
}

// Rate is 主动评价率 in per cent, two decimals; 0 when nothing was completed.
func (r Response) Rate() float64 { return percent(r.Reviewed, r.Completed) }

// UnreviewedRate is 未评率 in per cent, two decimals; 0 when nothing was completed.
func (r Response) UnreviewedRate() float64 { return percent(r.Completed-r.Reviewed, r.Completed) }

// Coverage is 覆盖率 in per cent, two decimals; 0 when there is no item.
func (r Response) Coverage() float64 { return percent(r.ReviewedItems, r.Items) }

// percent is n over of in per cent, two decimals; 0 of nothing.
func percent(n, of int64) float64 { return float64(hundredths(100*n, of)) / 100 }

// rounded has two decimals.
func rounded(x float64) float64 { return math.Round(100*x) / 100 }

// By says by what responses are told apart.
type By int

// Responses are by the regions one level below the scope's, by departments, and so on.
const (
	ByRegion By = iota
	ByDepartment
	ByItem
	ByHall
	ByWindow
	ByOfficer // hall-workNo, or workNo where no hall is told
	ByApp     // the app through which an affair came, or the name of its source
)

// Responses are the responses of all regions below the scope's, or of all departments of its region, or of all others
// whatever the region; best first. Those without a completed affair are left out.
func (s *Service) Responses(ctx context.Context, scope Scope, by By) ([]Response, error) {
	responses, _, err := s.responsesBy(ctx, scope, by)
	return responses, err
}

// responsesBy is Responses; own is how many affairs of the scope's region were completed in none of the regions below it, 0 unless by
// regions.
func (s *Service) responsesBy(ctx context.Context, scope Scope, by By) (responses []Response, own int64, err error) {
	counted, paired := []Dimension{by.dimension()}, by.pairs()
	from, to := "", endOfCodes
	name := func(code string) string { return code }
	switch by {
	case ByRegion:
		paired = itemOfRegions(s.childLevel(scope.Region))
		counted, from, to = s.below(scope, AffairRegion)
		name = s.registry.RegionName
	case ByDepartment:
		name = func(code string) string {
			department, _ := s.registry.Department(code)
			return cmp.Or(department.Name, code)
		}
	}
	rows, err := s.completed(ctx, scope.Span, counted, from, to)
	if err != nil {
		return nil, 0, err
	}
	if by == ByRegion {
		rows, own = apart(rows, scope.Region, first)
	}
	if responses, err = s.responses(ctx, scope.Span, rows, paired, from, to); err != nil {
		return nil, 0, err
	}
	if by == ByDepartment && scope.Region != org.AllRegions {
		from, to := org.Range(scope.Region)
		responses = slices.DeleteFunc(responses, func(r Response) bool {
			department, _ := s.registry.Department(r.Code)
			return department.RegionCode < from || department.RegionCode >= to
		})
	}
	for i := range responses {
		responses[i].Name = name(responses[i].Code)
	}
	slices.SortFunc(responses, func(a, b Response) int {
		return cmp.Or(cmp.Compare(b.Rate(), a.Rate()), cmp.Compare(b.Completed, a.Completed), strings.Compare(a.Code, b.Code))
	})
	return responses, own, nil
}

// Response is the response of the scope's region with all below it.
func (s *Service) Response(ctx context.Context, scope Scope) (Response, error) {
	from, _ := org.Range(scope.Region)
	code, level := cmp.Or(from, org.AllRegions), org.LevelOf(scope.Region)
	to := code + pairSeparator + endOfCodes
	rows, err := s.completed(ctx, scope.Span, []Dimension{AffairRegion(level)}, code, to)
	if err != nil {
		return Response{}, err
	}
	found, err := s.responses(ctx, scope.Span, rows, itemOfRegions(level), code, to)
	if err != nil || len(found) == 0 {
		return Response{Code: code, Name: s.registry.RegionName(code)}, err
	}
	found[0].Name = s.registry.RegionName(code)
	return found[0], nil
}

func (by By) dimension() Dimension {
	return map[By]Dimension{
		ByDepartment: AffairDepartment, ByItem: AffairItem, ByHall: AffairHall, ByWindow: AffairWindow, ByOfficer: AffairOfficer, ByApp: AffairApp,
	}[by]
}

func (by By) pairs() Dimension {
	return map[By]Dimension{ByDepartment: itemOfDepartment, ByHall: itemOfHall}[by]
}

// completed reads counters of completed affairs.
func (s *Service) completed(ctx context.Context, span Span, counted []Dimension, from, to string) ([]Row, error) {
	rows, err := s.store.Sum(ctx, Query{Dimensions: counted, From: from, To: to, Periods: s.periods(span)})
	if err != nil {
		return nil, fmt.Errorf("sum completed affairs: %w", err)
	}
	return rows, nil
}

// responses are those of places with these counters; it reads the counters of their pairs when there are any.
func (s *Service) responses(ctx context.Context, span Span, rows []Row, paired Dimension, from, to string) ([]Response, error) {
	var responses []Response
	for _, row := range rows {
		if row.Counts[0] > 0 {
			responses = append(responses, Response{Code: row.Code, Completed: row.Counts[0], Reviewed: row.Counts[1]})
		}
	}
	if paired == 0 || len(responses) == 0 {
		return responses, nil
	}
	pairs, err := s.store.Sum(ctx, Query{Dimensions: []Dimension{paired}, From: from, To: to, Periods: span.months(s.now())})
	if err != nil {
		return nil, fmt.Errorf("sum items of completed affairs: %w", err)
	}
	places := make(map[string]*Response, len(responses))
	for i := range responses {
		places[responses[i].Code] = &responses[i]
	}
	for _, pair := range pairs {
		place, _, _ := strings.Cut(pair.Code, pairSeparator)
		r := places[place]
		if r == nil || pair.Counts[0] <= 0 {
			continue
		}
		r.Items++
		if pair.Counts[1] > 0 {
			r.ReviewedItems++
		}
	}
	return responses, nil
}

// months are the months that the span touches.
func (s Span) months(now time.Time) (months []int) {
	from, to := max(s.From, firstDay), min(s.To, beijing.Day(now.Add(ahead)))
	for day := from / 100 * 100; day <= to; {
		months = append(months, day/100)
		day = beijing.AddDays(endOfMonth(day+1), 1) / 100 * 100
	}
	return months
}
