package main

import (
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sample"
	"github.com/haochaping/haochaping/internal/venue"
)

// setting is where reviews in bulk take place, and over how many days up to yesterday.
type setting struct {
	days    int
	items   []sample.Item
	offices map[string]sample.Department
	takers  []sample.Officer
	halls   []venue.Hall // without a region a review counts where its department is
}

// windowsOfHall is how many windows each hall has.
const windowsOfHall = 20

// someMonths are 120 days of the sample's departments, at 5,000 windows.
func someMonths() *setting {
	s := &setting{days: bulkDays, items: sample.Items(), takers: sample.Operators(), offices: map[string]sample.Department{}}
	for _, d := range sample.Departments() {
		s.offices[d.Code] = d
	}
	for n := range 250 {
		s.halls = append(s.halls, venue.Hall{Code: fmt.Sprintf("H%05d", n)})
	}
	return s
}

// A province over two years: 500 departments, 1,000 halls with 20,000 windows, in 21 cities.
const (
	provinceDays        = 730
	provinceDepartments = 500
	provinceHalls       = 1000
	itemsOfDepartment   = 5
)

func province() *setting {
	s := &setting{days: provinceDays, takers: sample.Operators(), offices: map[string]sample.Department{}}
	byLevel := map[org.Level][]string{}
	for _, r := range org.Guangdong() {
		level := org.LevelOf(r.Code)
		byLevel[level] = append(byLevel[level], r.Code)
	}
	for n := range provinceDepartments {
		levels := byLevel[org.LevelCounty]
		switch {
		case n < 30:
			levels = byLevel[org.LevelProvince]
		case n < 200:
			levels = byLevel[org.LevelCity]
		}
		region := levels[n%len(levels)]
		// A credit code: the region where the body is registered stands in its characters 3 to 8.
		code := fmt.Sprintf("11%s%010d", region[:6], n)
		s.offices[code] = sample.Department{Code: code, Name: fmt.Sprintf("第%d部门", n+1), RegionCode: region}
		for item := range itemsOfDepartment {
			s.items = append(s.items, sample.Item{
				Code: fmt.Sprintf("%s2%012d", code, item), Name: fmt.Sprintf("第%d事项", item+1), DepartmentCode: code,
			})
		}
	}
	towns := append(byLevel[org.LevelCounty], byLevel[org.LevelTown]...)
	for n := range provinceHalls {
		region := towns[n*len(towns)/provinceHalls]
		s.halls = append(s.halls, venue.Hall{Code: fmt.Sprintf("%s%05d", region[:9], n), Name: fmt.Sprintf("第%d大厅", n+1), RegionCode: region})
	}
	return s
}

// departments are the setting's, as the registry has them.
func (s *setting) departments() (all []org.Department) {
	for _, d := range s.offices {
		all = append(all, org.Department{Code: strings.Clone(d.Code), Name: d.Name, RegionCode: d.RegionCode})
	}
	return all
}

// directory knows the setting's halls.
func (s *setting) directory() *venue.Directory {
	d := venue.NewDirectory()
	d.Replace(s.halls, nil, nil)
	return d
}
