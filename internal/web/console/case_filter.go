package console

import (
	"cmp"
	"net/http"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

// Values of filters that are no state, login or code.
const (
	endedCases   = "ended"
	mineFilter   = "me"
	nobodyFilter = followup.Unassigned
	yesFilter    = "yes"
)

// maxChoices is how many units may be chosen from; where there are more, their code or name is typed.
const maxChoices = 60

func (h *Handler) caseFilters(r *http.Request) Filters {
	var states []Choice
	for _, state := range followup.States {
		states = append(states, Choice{string(state), state.Word()})
	}
	states = append(states, Choice{endedCases, "全部已结束"})
	var urgencies []Choice
	for _, u := range []followup.Urgency{followup.PastDue, followup.DueSoon, followup.InTime} {
		urgencies = append(urgencies, Choice{string(u), u.Word()})
	}
	filters := []Filter{
		{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: states, None: "未办结"},
		{Name: "urgency", Label: "紧急程度", Kind: ChoiceFilter, Choices: urgencies},
		{Name: "supervised", Label: "督办", Kind: ChoiceFilter, Choices: []Choice{{yesFilter, "督办中"}}},
		{Name: "of", Label: "归谁处理", Kind: ChoiceFilter, Choices: []Choice{{mineFilter, "我的"}, {nobodyFilter, "还没有指派"}}},
		{Name: "assignee", Label: "处理人账号或姓名", Most: 50},
	}
	filters = append(filters, h.unitFilters(staff(r))...)
	return readFilters(r, append(filters, Filter{Name: "serial", Label: "流水号", Most: 20})...)
}

// unitFilters are those by region, department and hall, each where the scope leaves a choice.
func (h *Handler) unitFilters(of *identity.Staff) (filters []Filter) {
	scope := of.Scope
	add := func(name, label string, choices []Choice, most int) {
		f := Filter{Name: name, Label: label, Kind: ChoiceFilter, Choices: choices}
		if len(choices) > maxChoices {
			f = Filter{Name: name, Label: label + "名称或编码", Most: most, Suggest: choices}
		}
		if len(choices) > 1 {
			filters = append(filters, f)
		}
	}
	var regions []Choice
	if scope.Department == "" && scope.Hall == "" {
		children := h.Registry.Children(cmp.Or(scope.Region, org.AllRegions))
		for len(children) == 1 { // a province of its own: its cities
			children = h.Registry.Children(children[0].Code)
		}
		for _, region := range children {
			if !region.Pending {
				regions = append(regions, Choice{region.Code, region.Name})
			}
		}
	}
	add("region", "区划", regions, 12)
	if scope.Department == "" {
		add("department", "部门", h.departmentsFor(of), 50)
	}
	if scope.Hall == "" {
		add("hall", "大厅", h.hallsFor(of), 20)
	}
	return filters
}

func (h *Handler) caseFilter(r *http.Request, f Filters) (followup.Filter, error) {
	assignee, err := h.loginOf(r.Context(), staff(r), f.Get("assignee"))
	if err != nil {
		return followup.Filter{}, err
	}
	filter := followup.Filter{
		Urgency: followup.Urgency(f.Get("urgency")), Supervised: f.Get("supervised") == yesFilter, Assignee: assignee, Serial: f.Get("serial"),
		Within: followup.Scope{Region: f.Get("region"), Department: f.Get("department"), Hall: f.Get("hall")},
	}
	if state := f.Get("state"); state == endedCases {
		filter.Ended = true
	} else {
		filter.State = followup.State(state)
	}
	chosen := map[string]string{mineFilter: staff(r).Login, nobodyFilter: followup.Unassigned}[f.Get("of")]
	if chosen != "" && assignee != "" && chosen != assignee {
		return followup.Filter{}, errTwoAssignees
	}
	if chosen != "" {
		filter.Assignee = chosen
	}
	return filter, nil
}

// errTwoAssignees says that filters ask for cases of two people at once, of which there are none.
var errTwoAssignees = fault.NewInvalidPage("“归谁处理”和“处理人账号或姓名”说的不是同一个人，没有同时符合的工单。请去掉其中一个条件")

// findCases lists cases; a serial number that no open case has is looked for among the ended ones, too, unless a state was chosen.
func (h *Handler) findCases(r *http.Request, filter followup.Filter, after *followup.Position, limit int) ([]followup.Case, error) {
	found, err := h.Cases.List(r.Context(), actor(r), filter, after, nil, limit)
	if err != nil || len(found) > 0 || filter.Serial == "" || filter.State != "" || filter.Ended {
		return found, err
	}
	filter.Ended = true
	return h.Cases.List(r.Context(), actor(r), filter, after, nil, limit)
}
