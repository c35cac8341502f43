package app

import (
	"sync"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sample"
)

// demoTown are the departments of Guangdong's cities, of the province, and of the counties, as the demo knows them.
var demoTown = sync.OnceValue(func() *sample.Town {
	var cities, others []sample.Place
	for _, region := range org.Guangdong() {
		place := sample.Place{Code: region.Code, Name: region.Name}
		switch org.LevelOf(region.Code) {
		case org.LevelCity:
			cities = append(cities, place)
		case org.LevelProvince, org.LevelCounty:
			others = append(others, place)
		}
	}
	return sample.NewTown(append(cities, others...))
})

// demoWindows are the windows of the departments: one each, in the hall of its region.
var demoWindows = sync.OnceValue(func() map[string]string {
	windows, halls := map[string]string{}, map[string]int{}
	for _, d := range demoTown().Departments() {
		hall := demoHallCode(d.RegionCode)
		halls[hall]++
		windows[d.Code] = windowCode(hall, halls[hall])
	}
	return windows
})

// demoOfficers are the work numbers of officers, by department and name.
var demoOfficers = sync.OnceValue(func() map[[2]string]string {
	numbers := map[[2]string]string{}
	for _, o := range demoTown().Officers() {
		numbers[[2]string{o.DepartmentCode, o.Name}] = o.WorkNo
	}
	return numbers
})
