package console

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

// scopeInputs are the fields of a scope: a region of the tree, and of its own departments and halls one each. They are chosen from
// above: the button at the region lists what is in it. What stands already is always among the choices.
func (h *Handler) scopeInputs(of *identity.Staff, now identity.Scope) []Input {
	free, groups := h.regionTree(of, now.Region)
	at := cmp.Or(now.Region, of.Region, of.Seat)
	name := "省级"
	if at != "" {
		name = h.Registry.RegionName(at) + "本级"
	}
	departments, moreDepartments := h.departmentsAt(of, at, now.Department)
	halls, moreHalls := h.hallsAt(of, at, now.Hall)
	return []Input{
		{
			Name: "region", Label: "管理的区划", Kind: SelectInput, Value: now.Region, Choices: append([]Choice{{"", "不按区划限定"}}, free...), Groups: groups,
			Hint: "管到它和它下面的各级", List: "列出这个区划的部门和大厅",
		},
		{
			Name: "department", Label: "管理的部门", Kind: SelectInput, Value: now.Department, Choices: append([]Choice{{"", "不按部门限定"}}, departments...),
			Hint: "列出的是" + name + "的部门" + moreDepartments + "；别处的，先在上面选区划再列出",
		},
		{
			Name: "hall", Label: "管理的大厅", Kind: SelectInput, Value: now.Hall, Choices: append([]Choice{{"", "不按大厅限定"}}, halls...),
			Hint: "列出的是" + name + "的大厅" + moreHalls,
		},
	}
}

// listed is a scope whose department and hall are those of its region: others were chosen before the region was.
func (h *Handler) listed(s identity.Scope) identity.Scope {
	if d, _ := h.Registry.Department(s.Department); s.Region != "" && d.RegionCode != s.Region {
		s.Department = ""
	}
	if hall, _ := h.Halls.Hall(s.Hall); s.Region != "" && hall.RegionCode != s.Region {
		s.Hall = ""
	}
	return s
}

// regionTree are the regions within somebody's scope: the highest ones free, those below a city under its name.
func (h *Handler) regionTree(of *identity.Staff, chosen string) (free []Choice, groups []ChoiceGroup) {
	whole := map[org.Level]string{org.LevelProvince: "（全省）", org.LevelCity: "（全市）"}
	say := func(code string) Choice { return Choice{code, h.Registry.RegionName(code) + whole[org.LevelOf(code)]} }
	below := func(code string) (choices []Choice) {
		for _, region := range h.Registry.Children(code) {
			if !region.Pending {
				choices = append(choices, say(region.Code))
			}
		}
		return choices
	}
	top := cmp.Or(of.Region, org.AllRegions)
	if top != org.AllRegions {
		free = append(free, say(top))
	}
	for _, one := range below(top) {
		switch org.LevelOf(one.Value) {
		case org.LevelProvince:
			free = append(free, one)
			for _, city := range below(one.Value) {
				groups = append(groups, h.cityGroup(city, below))
			}
		case org.LevelCity:
			groups = append(groups, h.cityGroup(one, below))
		default:
			free = append(free, one)
		}
	}
	in := func(choices []Choice) bool {
		return slices.ContainsFunc(choices, func(c Choice) bool { return c.Value == chosen })
	}
	if chosen != "" && !in(free) && !slices.ContainsFunc(groups, func(g ChoiceGroup) bool { return in(g.Choices) }) {
		free = append(free, Choice{chosen, h.Registry.RegionName(chosen)})
	}
	return free, groups
}

// cityGroup is a city with its counties; one without has its towns.
func (h *Handler) cityGroup(city Choice, below func(string) []Choice) ChoiceGroup {
	return ChoiceGroup{h.Registry.RegionName(city.Value), append([]Choice{city}, below(city.Value)...)}
}

// isAt says whether a region is the one that is looked at; with none those of the province are.
func isAt(region, at string) bool {
	return region == at || at == "" && org.LevelOf(region) <= org.LevelProvince
}

// departmentsAt are the departments of a region itself within somebody's scope, and how many are left out, in words.
func (h *Handler) departmentsAt(of *identity.Staff, at, chosen string) ([]Choice, string) {
	var choices []Choice
	for _, d := range h.Registry.Departments() {
		place := identity.Place{Region: d.RegionCode, Department: d.Code, Hall: of.Hall}
		if d.Code == chosen || !d.Pending && isAt(d.RegionCode, at) && of.Covers(place) {
			choices = append(choices, Choice{d.Code, cmp.Or(d.Name, d.Code)})
		}
	}
	return bounded(choices, chosen)
}

// hallsAt is that for halls.
func (h *Handler) hallsAt(of *identity.Staff, at, chosen string) ([]Choice, string) {
	var choices []Choice
	for _, hall := range h.Halls.Halls() {
		place := identity.Place{Region: hall.RegionCode, Department: of.Department, Hall: hall.Code}
		if hall.Code == chosen || isAt(hall.RegionCode, at) && of.Covers(place) {
			choices = append(choices, Choice{hall.Code, hall.Name})
		}
	}
	return bounded(choices, chosen)
}

// bounded are the first choices, and the one that is chosen.
func bounded(choices []Choice, chosen string) ([]Choice, string) {
	left := len(choices) - maxSuggested
	if left <= 0 {
		if chosen != "" && !slices.ContainsFunc(choices, func(c Choice) bool { return c.Value == chosen }) {
			choices = append(choices, Choice{chosen, chosen}) // one that is not there: its fault is shown at it
		}
		return choices, ""
	}
	kept := choices[:maxSuggested:maxSuggested]
	for _, c := range choices[maxSuggested:] {
		if c.Value == chosen {
			kept = append(kept, c)
		}
	}
	return kept, "（太多，只列出前" + strconv.Itoa(maxSuggested) + "个）"
}
