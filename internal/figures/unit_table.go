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

// supervisedTable is a table for supervisors: a ranking, or how far cases have come.
type supervisedTable struct {
	name, title, of string
	subject         Subject
	cases           bool
	by              By
}

var supervisedTables = []supervisedTable{
	{"regions", "下级区划", "地区", Regions, false, ByRegion},
	{"departments", "部门", "部门", AllDepartments, false, ByDepartment},
	{"halls", "大厅", "大厅", Halls, false, ByHall},
	{"windows", "窗口", "窗口", Windows, false, 0},
	{"officers", "工作人员", "工作人员", Officers, false, 0},
	{"items", "事项", "事项", Items, false, 0},
	{"apps", "应用", "应用", Apps, false, 0},
	{"caseregions", "差评整改（按地区）", "地区", Regions, true, ByRegion},
	{"casedepartments", "差评整改（按部门）", "部门", AllDepartments, true, ByDepartment},
	{"casehalls", "差评整改（按大厅）", "大厅", Halls, true, ByHall},
}

// has says whether a table is one of a region and a unit.
func (t *supervisedTable) has(region string, u Unit) bool {
	if t.subject == Apps && org.LevelOf(region) > org.LevelProvince {
		return false // an app is of no region
	}
	return u.Has(t.subject) && (!t.cases || u.Department == "" || u.Hall == "")
}

// SupervisedTables are the names and titles of the tables that a supervisor has of a region and a unit; the first is shown when
// nobody says.
func SupervisedTables(region string, u Unit) (tables []Table) {
	for i := range supervisedTables {
		if t := &supervisedTables[i]; t.has(region, u) {
			tables = append(tables, Table{Name: t.name, Title: t.title})
		}
	}
	return tables
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
	if plan.cases {
		table, err = s.casesTable(ctx, plan, scope, asked.Unit)
	} else {
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
	if plan.subject == Items && !plan.cases {
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
