package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
)

// Supervised asks for a table that supervisors see of their scope: the same figures as the public's, with windows, officers, items
// and apps.
type Supervised struct {
	Name   string // one of SupervisedTables
	Scope  Scope  // its days are passed over
	Unit   Unit
	Period Period
	// Fair orders a ranking by the fair rank.
	Fair bool
	// From is how many rows are left out at the beginning, Limit how many there are at most; 0 is all.
	From, Limit int
}

// supervisedTable is a table for supervisors.
type supervisedTable struct {
	name, title, of string
	subject         Subject
	kind            supervisedKind
	by              By
}

// supervisedKind is what a table for supervisors is of.
type supervisedKind int

// Rankings of reviews, how far cases have come, and how many completed affairs were reviewed.
const (
	ofReviews supervisedKind = iota
	ofCases
	ofResponses
)

var supervisedTables = []supervisedTable{
	{"regions", "下级区划", "地区", Regions, ofReviews, ByRegion},
	{"departments", "部门", "部门", AllDepartments, ofReviews, ByDepartment},
	{"halls", "大厅", "大厅", Halls, ofReviews, ByHall},
	{"windows", "窗口", "窗口", Windows, ofReviews, ByWindow},
	{"officers", "工作人员", "工作人员", Officers, ofReviews, ByOfficer},
	{"items", "事项", "事项", Items, ofReviews, ByItem},
	{"apps", "应用", "应用", Apps, ofReviews, ByApp},
	{"caseregions", "差评整改（按地区）", "地区", Regions, ofCases, ByRegion},
	{"casedepartments", "差评整改（按部门）", "部门", AllDepartments, ofCases, ByDepartment},
	{"casehalls", "差评整改（按大厅）", "大厅", Halls, ofCases, ByHall},
	{"responseregions", "主动评价（按地区）", "地区", Regions, ofResponses, ByRegion},
	{"responsedepartments", "主动评价（按部门）", "部门", AllDepartments, ofResponses, ByDepartment},
	{"responsehalls", "主动评价（按大厅）", "大厅", Halls, ofResponses, ByHall},
	{"responsewindows", "主动评价（按窗口）", "窗口", Windows, ofResponses, ByWindow},
	{"responseofficers", "主动评价（按工作人员）", "工作人员", Officers, ofResponses, ByOfficer},
	{"responseitems", "主动评价（按事项）", "事项", Items, ofResponses, ByItem},
	{"responseapps", "主动评价（按应用或来源）", "应用或来源", Apps, ofResponses, ByApp},
}

// has says whether a table is one of a region and a unit.
func (t *supervisedTable) has(region string, u Unit) bool {
	if t.subject == Apps && org.LevelOf(region) > org.LevelProvince {
		return false // an app is of no region
	}
	return u.Has(t.subject) && (t.kind != ofCases || u.Department == "" || u.Hall == "")
}

// SupervisedSet are the tables of one kind that a supervisor has, each by its name and what its rows are.
type SupervisedSet struct {
	Title  string
	Tables []Table
}

var kindTitles = map[supervisedKind]string{ofReviews: "评价排名", ofCases: "差评整改", ofResponses: "主动评价"}

// SupervisedTables are those that a supervisor has of a region and a unit; the first is shown when nobody says.
func SupervisedTables(region string, u Unit) (sets []SupervisedSet) {
	last := supervisedKind(-1)
	for i := range supervisedTables {
		t := &supervisedTables[i]
		if !t.has(region, u) {
			continue
		}
		if t.kind != last {
			sets, last = append(sets, SupervisedSet{Title: kindTitles[t.kind]}), t.kind
		}
		set := &sets[len(sets)-1]
		title := t.of
		if t.kind == ofReviews {
			title = t.title
		}
		set.Tables = append(set.Tables, Table{Name: t.name, Title: title})
	}
	return sets
}

// SupervisedTable makes a table for supervisors, and says how many rows it has in all; fault.Missing when there is none of that
// name for the region and unit.
func (s *Service) SupervisedTable(ctx context.Context, asked Supervised) (table Table, all int, err error) {
	i := slices.IndexFunc(supervisedTables, func(t supervisedTable) bool { return t.name == asked.Name })
	if i < 0 || !supervisedTables[i].has(asked.Scope.Region, asked.Unit) {
		return Table{}, 0, fault.NewMissing("您的管理范围内没有这个统计表")
	}
	plan := &supervisedTables[i]
	scope := asked.Scope.at(asked.Period)
	switch plan.kind {
	case ofCases:
		table, err = s.casesTable(ctx, plan, scope, asked.Unit)
	case ofResponses:
		table, err = s.responsesTable(ctx, plan, scope, asked.Unit)
	default:
		table, err = s.rankingTable(ctx, plan, scope, &asked)
	}
	if err != nil {
		return Table{}, 0, fmt.Errorf("table %s for supervisors: %w", plan.name, err)
	}
	all = len(table.Rows)
	table.Rows = table.Rows[min(asked.From, all):]
	if asked.Limit > 0 {
		table.Rows = table.Rows[:min(asked.Limit, len(table.Rows))]
	}
	if plan.subject == Items {
		err = s.nameRows(ctx, &table)
	}
	return table, all, err
}

func (s *Service) rankingTable(ctx context.Context, plan *supervisedTable, scope Scope, asked *Supervised) (Table, error) {
	ranking, err := s.RankIn(ctx, plan.subject, scope, scope.at(asked.Period.Before()), asked.Unit)
	if err != nil {
		return Table{}, err
	}
	if asked.Fair {
		slices.SortStableFunc(ranking.Ranked, func(a, b Place) int { return cmp.Compare(a.FairRank, b.FairRank) })
	}
	table := Table{Name: plan.name, Title: plan.title, Columns: s.rankingColumns(plan.of)}
	table.fill(s.rowsOf(&ranking), "这段时间没有评价。")
	return table, nil
}

func (s *Service) casesTable(ctx context.Context, plan *supervisedTable, scope Scope, u Unit) (Table, error) {
	standings, own, err := s.casesIn(ctx, scope, plan.by, u)
	if err != nil {
		return Table{}, err
	}
	return caseTable(plan.name, plan.title, plan.of, scope.Region, standings, own), nil
}

// nameRows gives the items of a table their names.
func (s *Service) nameRows(ctx context.Context, table *Table) error {
	code, name := table.Column("code"), table.Column("name")
	for _, row := range table.Rows {
		places := []Place{{Code: row[code].(string)}}
		if err := s.NameItems(ctx, places); err != nil {
			return err
		}
		row[name] = cmp.Or(places[0].Name, places[0].Code)
	}
	return nil
}
