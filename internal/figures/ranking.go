package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/org"
)

// Subject is who is ranked.
type Subject int

// Who is ranked within a scope. Windows, Officers, Items and Apps are for supervisors: a single person appears nowhere in public.
const (
	Regions        Subject = iota // the regions one level below
	Departments                   // those of the region itself
	AllDepartments                // those of the region and of all below it
	Halls                         // those in the region
	Windows                       // of the halls in the region
	Officers                      // of the halls in the region; above a city also those of no hall
	Items                         // by the department whose code an item's code begins with
	Apps                          // everywhere and in a province: an app is of no region
)

// Place is one of those who are ranked.
type Place struct {
	Code, Name string
	Counts     Counts
	// Rank is by score, then good rate, then count; FairRank is by Fair. All are compared as they are shown, with two decimals, and
	// equal is equal: 1, 2, 2, 4.
	Rank, FairRank int
	// Fair is the lower bound of the good rate's 95 % Wilson interval, per cent, two decimals.
	Fair float64
	// Before is the rank in the period before; 0 when it had none.
	Before int
}

// Ranking is an order by official rank. Who has fewer reviews than the minimum stands apart, without a rank.
type Ranking struct {
	Ranked, TooFew []Place
	// Apart says in Chinese how many reviews of the region count in none of the regions below it; empty when all do, and for
	// other subjects.
	Apart string
}

// Rank ranks the subjects of a scope, and says which rank they had in the scope before; one without days is no scope.
func (s *Service) Rank(ctx context.Context, subject Subject, scope, before Scope) (Ranking, error) {
	return s.RankIn(ctx, subject, scope, before, Unit{})
}

// RankIn is Rank of those within a unit.
func (s *Service) RankIn(ctx context.Context, subject Subject, scope, before Scope, u Unit) (Ranking, error) {
	now, own, err := s.standingsIn(ctx, subject, scope, u)
	if err != nil {
		return Ranking{}, err
	}
	f := s.Formulas()
	ranking := f.rank(now)
	ranking.Apart = apartNote(scope.Region, len(ranking.Ranked)+len(ranking.TooFew), own, "条评价")
	if before.Span == (Span{}) {
		return ranking, nil
	}
	earlier, _, err := s.standingsIn(ctx, subject, before, u)
	if err != nil {
		return Ranking{}, err
	}
	had := map[string]int{}
	for _, place := range f.rank(earlier).Ranked {
		had[place.Code] = place.Rank
	}
	for _, places := range [][]Place{ranking.Ranked, ranking.TooFew} {
		for i := range places {
			places[i].Before = had[places[i].Code]
		}
	}
	return ranking, nil
}

// ranked is a place with what it is ranked by.
type ranked struct {
	Place
	merit merit
}

// rank orders standings. Who has no review is left out.
func (f Formulas) rank(standings []Standing) Ranking {
	var enough, tooFew []*ranked // places are large: what is sorted are pointers
	places := make([]ranked, len(standings))
	for i, standing := range standings {
		place := &places[i]
		place.merit = f.merit(standing.Counts)
		if place.merit.total <= 0 {
			continue
		}
		place.Place = Place{Code: standing.Code, Name: standing.Name, Counts: standing.Counts, Fair: rounded(f.Fair(standing.Counts))}
		if place.merit.total < f.Least() {
			tooFew = append(tooFew, place)
		} else {
			enough = append(enough, place)
		}
	}
	official := func(a, b *ranked) int { return b.merit.compare(a.merit) }
	number(enough, func(a, b *ranked) int { return cmp.Compare(b.Fair, a.Fair) }, func(p *ranked) *int { return &p.FairRank })
	number(enough, official, func(p *ranked) *int { return &p.Rank })
	order(tooFew, official)
	return Ranking{Ranked: inOrder(enough), TooFew: inOrder(tooFew)}
}

// order sorts places, equal ones by code.
func order(places []*ranked, compare func(a, b *ranked) int) {
	slices.SortFunc(places, func(a, b *ranked) int {
		if order := compare(a, b); order != 0 {
			return order
		}
		return strings.Compare(a.Code, b.Code)
	})
}

// number sorts places and gives each its rank, equal ones the same.
func number(places []*ranked, compare func(a, b *ranked) int, rank func(*ranked) *int) {
	order(places, compare)
	for i, place := range places {
		*rank(place) = i + 1
		if i > 0 && compare(places[i-1], place) == 0 {
			*rank(place) = *rank(places[i-1])
		}
	}
}

func inOrder(places []*ranked) []Place {
	if len(places) == 0 {
		return nil
	}
	sorted := make([]Place, len(places))
	for i, place := range places {
		sorted[i] = place.Place
	}
	return sorted
}

// standings are the counts of all subjects within a scope.
func (s *Service) standings(ctx context.Context, subject Subject, scope Scope) ([]Standing, error) {
	standings, _, err := s.standingsIn(ctx, subject, scope, Unit{})
	return standings, err
}

func (subject Subject) dimension() Dimension {
	return map[Subject]Dimension{
		Departments: Department, AllDepartments: Department, Halls: Hall, Windows: Window, Officers: Officer, Items: Item, Apps: App,
	}[subject]
}

// within says whether a subject is one of a region.
func (s *Service) within(subject Subject, code, region string) bool {
	if subject == Regions || region == org.AllRegions {
		return true
	}
	from, to := org.Range(region)
	place, known := s.placeOf(subject, code)
	if subject == Departments {
		return known && place == region
	}
	if !known {
		return org.LevelOf(region) <= org.LevelProvince && (subject == Officers || subject == Items || subject == Apps)
	}
	return from <= place && place < to
}

// placeOf is the region that a subject is of.
func (s *Service) placeOf(subject Subject, code string) (region string, known bool) {
	switch subject {
	case Departments, AllDepartments:
		department, known := s.registry.Department(code)
		return department.RegionCode, known && department.RegionCode != ""
	case Windows:
		if window, known := s.halls.Window(code); known {
			return s.placeOf(Halls, window.HallCode)
		}
		return s.placeOf(Halls, code)
	case Officers:
		hall, _, told := strings.Cut(code, "-")
		if !told {
			return "", false
		}
		return s.placeOf(Halls, hall)
	case Halls:
		if hall, known := s.halls.Hall(code); known {
			return hall.RegionCode, true
		}
		return org.NormalizeRegion(code[:min(len(code), hallRegion)])
	case Items:
		return org.RegionOfCreditCode(code)
	}
	return "", false
}

// hallRegion is how many characters of a hall's code are those of its region (see venue.Hall).
const hallRegion = 9

// nameOf is how people call a subject; its code where nobody named it. Items are named by NameItems.
func (s *Service) nameOf(subject Subject, code string) string {
	switch subject {
	case Regions:
		return s.registry.RegionName(code)
	case Departments, AllDepartments:
		department, _ := s.registry.Department(code)
		return cmp.Or(department.Name, code)
	case Halls:
		hall, _ := s.halls.Hall(code)
		return cmp.Or(hall.Name, code)
	case Windows:
		if window, known := s.halls.Window(code); known {
			return s.nameOf(Halls, window.HallCode) + window.Number + "号窗口"
		}
	case Officers:
		hall, workNo, _ := strings.Cut(code, "-")
		officer, _ := s.halls.Officer(hall, workNo)
		return cmp.Or(officer.Name, code)
	}
	return code
}

// NameItems gives items their names, one by one: it is for those that are shown.
func (s *Service) NameItems(ctx context.Context, items []Place) error {
	if s.items == nil {
		return nil
	}
	for i := range items {
		name, err := s.items.ItemName(ctx, items[i].Code)
		if err != nil {
			return fmt.Errorf("name items: %w", err)
		}
		items[i].Name = cmp.Or(name, items[i].Code)
	}
	return nil
}
