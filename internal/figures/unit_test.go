package figures

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/venue"
)

func TestSupervisedTablesAreThoseThatAreCountedForAUnit(t *testing.T) {
	for _, c := range []struct {
		name, region string
		unit         Unit
		want         string
	}{
		{"everywhere", "0", Unit{}, "regions departments halls windows officers items apps; caseregions casedepartments casehalls; responseregions responsedepartments responsehalls responsewindows responseofficers responseitems responseapps"},
		{"a province", "440000000000", Unit{}, "regions departments halls windows officers items apps; caseregions casedepartments casehalls; responseregions responsedepartments responsehalls responsewindows responseofficers responseitems responseapps"},
		{"a city", "440100000000", Unit{}, "regions departments halls windows officers items; caseregions casedepartments casehalls; responseregions responsedepartments responsehalls responsewindows responseofficers responseitems"},
		{"a department", "0", Unit{Department: "D"}, "departments windows officers items; casedepartments; responsedepartments responsewindows responseofficers responseitems"},
		{"a hall", "0", Unit{Hall: "H"}, "halls windows officers; casehalls; responsehalls responsewindows responseofficers"},
		{"a department in a hall", "0", Unit{Department: "D", Hall: "H"}, "windows officers; responsewindows responseofficers"},
	} {
		var kinds []string
		for _, set := range SupervisedTables(c.region, c.unit) {
			var names []string
			for _, table := range set.Tables {
				names = append(names, table.Name)
			}
			kinds = append(kinds, strings.Join(names, " "))
		}
		if got := strings.Join(kinds, "; "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhatAUnitHolds(t *testing.T) {
	halls := venue.NewDirectory()
	halls.Replace([]venue.Hall{{Code: "H1"}, {Code: "H2"}}, []venue.Window{
		{Code: "H1W1", HallCode: "H1", DepartmentCode: "D1"}, {Code: "H1W2", HallCode: "H1", DepartmentCode: "D2"}, {Code: "H2W1", HallCode: "H2", DepartmentCode: "D1"},
	}, []venue.Officer{{HallCode: "H1", WorkNo: "7", WindowCode: "H1W1"}, {HallCode: "H1", WorkNo: "8", WindowCode: "H1W2"}, {HallCode: "H2", WorkNo: "7"}})
	s := NewService(Needs{Halls: halls})
	for _, c := range []struct {
		unit          Unit
		subject       Subject
		holds, misses string
	}{
		{Unit{Department: "D1"}, AllDepartments, "D1", "D2 D11"},
		{Unit{Department: "D1"}, Items, "D1 D1-item", "D2-item"},
		{Unit{Department: "D1"}, Windows, "H1W1 H2W1", "H1W2 H9W9"},
		{Unit{Department: "D1"}, Officers, "H1-7", "H1-8 H2-7 H9-7 007"},
		{Unit{Hall: "H1"}, Halls, "H1", "H2 H11"},
		{Unit{Hall: "H1"}, Windows, "H1W1 H1W2", "H2W1 H1W9"},
		{Unit{Hall: "H1"}, Officers, "H1-7 H1-8 H1-99", "H2-7 007"},
		{Unit{Hall: "H1", Department: "D1"}, Windows, "H1W1", "H1W2 H2W1"},
		{Unit{Hall: "H1", Department: "D1"}, Officers, "H1-7", "H1-8 H2-7 H1-99"},
		{Unit{}, Apps, "app", ""},
		{Unit{Hall: "H1"}, Apps, "", "app"},
		{Unit{Department: "D1"}, Regions, "", "440100000000"},
	} {
		from, to := s.codes(c.unit, c.subject)
		for _, code := range strings.Fields(c.holds) {
			if !s.holds(c.unit, c.subject, code) || code < from || code >= to {
				t.Errorf("%+v does not hold %s", c.unit, code)
			}
		}
		for _, code := range strings.Fields(c.misses) {
			if s.holds(c.unit, c.subject, code) {
				t.Errorf("%+v holds %s", c.unit, code)
			}
		}
	}
}
