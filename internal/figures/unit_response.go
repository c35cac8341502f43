package figures

import (
	"context"
	"slices"
)

// covered are those for which coverage is counted.
var covered = []By{ByRegion, ByDepartment, ByHall}

// responsesTable is how many of the completed affairs within a scope and a unit were reviewed.
func (s *Service) responsesTable(ctx context.Context, plan *supervisedTable, scope Scope, u Unit) (Table, error) {
	coverage := slices.Contains(covered, plan.by)
	t := Table{Name: plan.name, Title: plan.title, Columns: supervisedResponses(plan.of, coverage)}
	if scope.Entity != "" || scope.Channel != "" {
		t.Note = notByFilters
		return t, nil
	}
	responses, own, err := s.responsesIn(ctx, plan, scope, u)
	if err != nil {
		return Table{}, err
	}
	f := filled{apart: apartNote(scope.Region, len(responses), own, "件办结")}
	for i := range responses {
		r := &responses[i]
		row := []any{r.Code, r.Name, r.Completed, r.Reviewed, r.Rate(), r.UnreviewedRate()}
		if coverage {
			row = append(row, r.Items, r.ReviewedItems, rateOf(r.ReviewedItems, r.Items))
		}
		f.rows = append(f.rows, row)
	}
	t.fill(f, "这段时间没有办结的办件。")
	return t, nil
}

// supervisedResponses are the columns of completed affairs for supervisors, who see 未评率, too; of those for which none is counted
// without coverage.
func supervisedResponses(of string, coverage bool) []Column {
	all := responseFigures()
	few := append([]Column{{"code", of + "编码", "", ""}, {"name", of, "", ""}}, all[:3]...)
	few = append(few, Column{"unreviewedRate", "未评率", "没有评价的办结件数 ÷ 办结件数 × 100", "%"})
	if coverage {
		return append(few, all[3:]...)
	}
	return few
}

// responsesIn are the responses within a scope and a unit, best first; own is as in responsesBy.
func (s *Service) responsesIn(ctx context.Context, plan *supervisedTable, scope Scope, u Unit) (responses []Response, own int64, err error) {
	if responses, own, err = s.responsesBy(ctx, scope, plan.by); err != nil {
		return nil, 0, err
	}
	responses = slices.DeleteFunc(responses, func(r Response) bool {
		return !s.holds(u, plan.subject, r.Code) || !s.within(plan.subject, r.Code, scope.Region)
	})
	for i := range responses {
		responses[i].Name = s.nameOf(plan.subject, responses[i].Code)
	}
	return responses, own, nil
}

// UnitResponse is how many of the completed affairs of a scope, of a unit in it when there is one, were reviewed. It is not known for
// a department in a hall, nor under a filter by evaluation object or channel.
func (s *Service) UnitResponse(ctx context.Context, scope Scope, u Unit) (response Response, known bool, err error) {
	plan := supervisedTable{subject: Halls, by: ByHall}
	switch {
	case scope.Entity != "" || scope.Channel != "" || u.Hall != "" && u.Department != "":
		return Response{}, false, nil
	case u.None():
		response, err = s.Response(ctx, scope)
		return response, true, err
	case u.Department != "":
		plan = supervisedTable{subject: AllDepartments, by: ByDepartment}
	}
	responses, _, err := s.responsesIn(ctx, &plan, scope, u)
	if err != nil || len(responses) == 0 {
		return Response{}, true, err
	}
	return responses[0], true, nil
}
