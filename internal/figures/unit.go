package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Unit narrows what supervisors see of a region to a department, a hall, or a department's windows in a hall. Empty is all of it.
type Unit struct{ Department, Hall string }

// None says that it narrows nothing.
func (u Unit) None() bool { return u == Unit{} }

// Has says whether a subject is counted within a unit at all: halls know no departments, and a department no halls.
func (u Unit) Has(subject Subject) bool {
	switch subject {
	case Windows, Officers:
		return true
	case Departments, AllDepartments, Items:
		return u.Hall == ""
	case Halls:
		return u.Department == ""
	default:
		return u.None()
	}
}

// holds says whether a subject is one of a unit.
func (s *Service) holds(u Unit, subject Subject, code string) bool {
	if u.None() {
		return true
	}
	switch subject {
	case Departments, AllDepartments:
		return code == u.Department
	case Items: // an item's code begins with its department's
		return strings.HasPrefix(code, u.Department)
	case Halls:
		return code == u.Hall
	case Windows:
		window, known := s.halls.Window(code)
		return known && u.window(window.HallCode, window.DepartmentCode)
	case Officers:
		hall, workNo, _ := strings.Cut(code, "-")
		officer, known := s.halls.Officer(hall, workNo)
		if !known {
			return u.window(hall, "")
		}
		window, _ := s.halls.Window(officer.WindowCode)
		return u.window(officer.HallCode, window.DepartmentCode)
	default:
		return false
	}
}

// window says whether a window of a hall and a department is in it.
func (u Unit) window(hall, department string) bool {
	return (u.Hall == "" || u.Hall == hall) && (u.Department == "" || u.Department == department)
}

// codes bounds the codes of a subject within a unit, so that little is read.
func (s *Service) codes(u Unit, subject Subject) (from, to string) {
	switch code := cmp.Or(u.Hall, u.Department); {
	case u.None() || !u.Has(subject):
		return "", endOfCodes
	case subject == Windows && u.Hall != "":
		windows := s.halls.WindowsOf(u.Hall)
		for _, w := range windows {
			if from == "" || w.Code < from {
				from = w.Code
			}
			to = max(to, w.Code)
		}
		return from, to + endOfCode
	case subject == Officers && u.Hall != "":
		return u.Hall + "-", u.Hall + "-" + endOfCodes
	case subject == Items:
		return code, code + endOfCodes
	case subject == Windows || subject == Officers:
		return "", endOfCodes
	default:
		return code, code + endOfCode
	}
}

// UnitTotal are the counts of a scope, of a unit in it when there is one.
func (s *Service) UnitTotal(ctx context.Context, scope Scope, u Unit) (total Counts, err error) {
	subject := Halls
	switch {
	case u.None():
		return s.Total(ctx, scope)
	case u.Hall != "" && u.Department != "":
		subject = Windows
	case u.Department != "":
		subject = AllDepartments
	}
	standings, _, err := s.standingsIn(ctx, subject, scope, u)
	for i := range standings {
		total.Add(standings[i].Counts)
	}
	return total, err
}

// UnitCases are the cases of a scope, of a unit in it when there is one. Cases of a department in a hall are not counted: known is
// false.
func (s *Service) UnitCases(ctx context.Context, scope Scope, u Unit) (cases Cases, known bool, err error) {
	switch {
	case u.None():
		cases, err = s.Cases(ctx, scope)
		return cases, true, err
	case u.Hall != "" && u.Department != "":
		return Cases{}, false, nil
	}
	by := ByHall
	if u.Department != "" {
		by = ByDepartment
	}
	standings, err := s.CasesIn(ctx, scope, by, u)
	if err != nil || len(standings) == 0 {
		return Cases{}, true, err
	}
	return standings[0].Cases, true, nil
}

// CasesIn is CasesBy within a unit; of halls those of the region only.
func (s *Service) CasesIn(ctx context.Context, scope Scope, by By, u Unit) ([]CaseStanding, error) {
	standings, _, err := s.casesIn(ctx, scope, by, u)
	return standings, err
}

// casesIn is CasesIn; own is as in casesBy.
func (s *Service) casesIn(ctx context.Context, scope Scope, by By, u Unit) (standings []CaseStanding, own int64, err error) {
	if standings, own, err = s.casesBy(ctx, scope, by); err != nil {
		return nil, 0, err
	}
	subject := map[By]Subject{ByRegion: Regions, ByDepartment: AllDepartments, ByHall: Halls}[by]
	return slices.DeleteFunc(standings, func(c CaseStanding) bool {
		return !s.holds(u, subject, c.Code) || subject == Halls && !s.within(Halls, c.Code, scope.Region)
	}), own, nil
}

// standingsIn are the counts of all subjects within a scope and a unit; own is how many reviews of the scope's region count in none of
// the regions below it, 0 for other subjects.
func (s *Service) standingsIn(ctx context.Context, subject Subject, scope Scope, u Unit) (standings []Standing, own int64, err error) {
	if !u.Has(subject) {
		return nil, 0, nil
	}
	query := s.query(scope, subject.dimension())
	query.From, query.To = s.codes(u, subject)
	if subject == Regions {
		query.Dimensions, query.From, query.To = s.below(scope, Region)
	}
	rows, err := s.store.Sum(ctx, query)
	if err != nil {
		return nil, 0, fmt.Errorf("sum what is ranked: %w", err)
	}
	if subject == Regions {
		rows, own = apart(rows, scope.Region, Counts.Total)
	}
	standings = make([]Standing, 0, len(rows))
	for _, row := range rows {
		if s.within(subject, row.Code, scope.Region) && s.holds(u, subject, row.Code) {
			standings = append(standings, Standing{row.Code, s.nameOf(subject, row.Code), row.Counts})
		}
	}
	return standings, own, nil
}
