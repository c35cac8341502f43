package org

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/haochaping/haochaping/internal/sheet"
)

// Change is something that would change of what is stored.
type Change struct {
	Code, Name string // whose, as it is called now
	What       string // Chinese
	From, To   string
}

// Plan is what an import would do. Nothing can be applied of a plan with faults.
type Plan struct {
	// Faults are all that is wrong, by row and column.
	Faults []Fault
	// New would be added, Changed changed, Same are as they are stored already. Missing are stored and not in the list; they are
	// left as they are. Items that are missing are not counted.
	New, Changed, Same, Missing int
	Changes                     []Change
	// Successions are the codes that would be given up, Along the regions below them that go along.
	Successions []Succession
	Along       []Region

	changes Changes
	places  map[string]string // where departments or items are or would be
	// departmentOf are the departments of items, seats where those departments are.
	departmentOf, seats map[string]string
}

// Len is how much would be stored.
func (p *Plan) Len() int {
	return len(p.changes.Regions) + len(p.changes.Departments) + len(p.changes.Items) + len(p.changes.Successions)
}

// planning compares a list with what is stored.
type planning struct {
	*Plan
	list   *list
	stored Registers
	known  *Successions
	next   *Successions
	rows   map[string]*line // by code
	former map[string]*line // by former code
}

func newPlanning(l *list, stored Registers) *planning {
	return &planning{
		Plan: &Plan{Faults: l.faults, changes: Changes{Since: stored.Successions}}, list: l, stored: stored,
		known: NewSuccessions(stored.Successions), rows: map[string]*line{}, former: map[string]*line{},
	}
}

// plan says what a list would do.
func plan(l *list, stored Registers) *Plan {
	p := newPlanning(l, stored)
	if len(p.Faults) == 0 {
		p.claim()
	}
	if len(p.Faults) == 0 {
		p.succeed()
	}
	if len(p.Faults) == 0 {
		switch l.kind {
		case OfRegion:
			p.regions()
		case OfItem:
			p.items()
		default:
			p.departments()
		}
	}
	if len(p.Faults) > 0 {
		slices.SortStableFunc(p.Faults, compareFaults)
		return &Plan{Faults: p.Faults}
	}
	return p.Plan
}

// wrong is a fault of a field of a row, or of what was asked for where there is no list.
func (p *planning) wrong(row int, f field, reason string) {
	found := Fault{Reason: reason, row: row, column: p.list.at[f]}
	if found.column >= 0 {
		found.Cell, found.Reason = sheet.CellName(found.column, row), p.list.headings[f].names[0]+" "+reason
	}
	p.Faults = append(p.Faults, found)
}

// claim finds who gives up which code: each once, and none that stays.
func (p *planning) claim() {
	for _, one := range p.list.lines {
		p.rows[one.code] = one
		if now := p.known.Code(p.list.kind, one.code); now != one.code {
			p.wrong(one.row, codeField, "“"+one.code+"”已并入“"+now+"”，不能再作为现编码")
		}
	}
	for _, one := range p.list.lines {
		for _, former := range one.former {
			p.claimFormer(one, former)
		}
	}
}

func (p *planning) claimFormer(one *line, former string) {
	other := p.former[former]
	now := p.known.Code(p.list.kind, former)
	_, given := p.known.codes[p.list.kind][former]
	switch {
	case former == one.code:
		p.wrong(one.row, formerField, "“"+former+"”就是现编码，不能并入自己")
	case p.rows[former] != nil:
		p.wrong(one.row, formerField, "“"+former+"”在第 "+strconv.Itoa(p.rows[former].row)+" 行是现编码，不能同时是原编码")
	case other != nil && other.code != one.code:
		p.wrong(one.row, formerField, "“"+former+"”已在第 "+strconv.Itoa(other.row)+" 行并入“"+other.code+"”，一个编码只能并入一处")
	case given && now != one.code:
		p.wrong(one.row, formerField, "“"+former+"”先前已并入“"+now+"”，其记录已计入“"+now+"”；请改为 "+now+" 的原编码，或删除")
	case !given && now != former:
		p.wrong(one.row, formerField, "“"+former+"”已随上级区划并入，现为“"+now+"”，请改写为 "+now)
	case p.list.kind == OfRegion && IsRegion(former) && LevelOf(former) != LevelOf(one.code):
		p.wrong(one.row, formerField, "“"+former+"”与现编码不是同一级区划，不能并入")
	default:
		p.former[former] = one
		if !given && other == nil {
			p.Successions = append(p.Successions, Succession{p.list.kind, former, one.code})
		}
	}
}

// succeed makes the list of successions without chains: who became part of one that now becomes part of another goes along.
func (p *planning) succeed() {
	kind := p.list.kind
	p.changes.Successions = slices.Clone(p.Successions)
	all := slices.Concat(p.stored.Successions, p.Successions)
	next := NewSuccessions(all)
	for _, was := range p.stored.Successions {
		if was.Kind != kind {
			continue
		}
		if code := next.Code(kind, was.Code); code != was.Code {
			p.changes.Successions = append(p.changes.Successions, Succession{kind, was.Former, code})
		}
	}
	p.next = NewSuccessions(slices.Concat(p.stored.Successions, p.changes.Successions))
	for former, code := range p.next.codes[kind] {
		if former == code || p.next.Code(kind, code) != code {
			one := p.former[former]
			if one == nil {
				one = p.list.lines[0]
			}
			p.wrong(one.row, formerField, "“"+former+"”并入“"+code+"”，而“"+code+"”或它的上级也被并入别处，请写最终的现编码")
		}
	}
}

func (p *planning) departments() {
	stored := map[string]Department{}
	p.places = map[string]string{}
	for _, d := range p.stored.Departments {
		if p.known.Code(OfDepartment, d.Code) == d.Code {
			stored[d.Code], p.places[d.Code] = d, d.RegionCode
		}
	}
	for _, one := range p.list.lines {
		is := Department{Code: one.code, Name: one.name, RegionCode: one.region}
		was, known := stored[one.code]
		p.compare(one.code, was.Name, known, known && is == was, [][3]string{
			{"名称", was.Name, is.Name}, {"所属区划", was.RegionCode, is.RegionCode}, {"状态", stateOf(was.Pending), stateOf(false)},
		})
		if !known || is != was {
			p.changes.Departments = append(p.changes.Departments, is)
			if known {
				p.changes.Before.Departments = append(p.changes.Before.Departments, was)
			}
		}
		if !known {
			p.places[one.code] = one.region
		}
	}
	for code, d := range stored {
		if p.rows[code] == nil && p.former[code] == nil && !d.Pending {
			p.Missing++
		}
	}
}

func (p *planning) regions() {
	stored := map[string]Region{}
	for _, r := range p.stored.Regions {
		if p.known.Code(OfRegion, r.Code) == r.Code {
			stored[r.Code] = r
		}
	}
	for _, one := range p.list.lines {
		is := Region{Code: one.code, Name: one.name}
		was, known := stored[one.code]
		if !known || was.Pending {
			p.belongs(one, stored)
		}
		p.compare(one.code, was.Name, known, known && is == was, [][3]string{
			{"名称", was.Name, is.Name}, {"状态", stateOf(was.Pending), stateOf(false)},
		})
		if !known || is != was {
			p.changes.Regions = append(p.changes.Regions, is)
			if known {
				p.changes.Before.Regions = append(p.changes.Before.Regions, was)
			}
		}
	}
	p.below(stored)
	for code, r := range stored {
		if p.rows[code] == nil && !r.Pending && p.next.Code(OfRegion, code) == code {
			p.Missing++
		}
	}
}

// belongs faults a new region that lies in none: a town whose county is missing would be ranked among counties.
func (p *planning) belongs(one *line, stored map[string]Region) {
	places := Ancestors(one.code)
	above := places[len(places)-2].Code
	if _, known := stored[above]; known || above == AllRegions || p.rows[above] != nil {
		return
	}
	instead := "，或在表中也写上"
	if p.list.form {
		instead = ""
	}
	p.wrong(one.row, codeField, "上一级区划“"+above+"”还没有登记，请先登记它"+instead)
}

// below finds the regions below those that are given up. They go along by their digits, so nothing else may stand there.
func (p *planning) below(stored map[string]Region) {
	names := map[string]string{}
	for code, r := range stored {
		if p.next.Code(OfRegion, code) == code {
			names[code] = r.Name
		}
	}
	for code, one := range p.rows {
		names[code] = one.name
	}
	for _, code := range slices.Sorted(maps.Keys(stored)) {
		r := stored[code]
		to := p.next.Code(OfRegion, code)
		if to == code || p.former[code] != nil {
			continue
		}
		name, taken := names[to]
		if taken && cmp.Or(name, to) != r.Name {
			above, instead := p.above(code), "请为它单独写一行"
			if p.list.form {
				instead = "请先把它并入别的区划"
			}
			p.wrong(above.row, formerField, "下级区划 "+code+" "+r.Name+" 随同并入后为 "+to+"，与那里的“"+cmp.Or(name, to)+"”相混；"+instead)
			continue
		}
		if !taken {
			names[to] = r.Name
			p.Along = append(p.Along, Region{Code: to, Name: r.Name, Pending: r.Pending})
		}
	}
	p.changes.Regions = append(p.changes.Regions, p.Along...)
}

// above is the row that gives up the region above.
func (p *planning) above(code string) *line {
	places := Ancestors(code)
	for n := len(places) - 1; n > 0; n-- {
		if one := p.former[places[n].Code]; one != nil {
			return one
		}
	}
	return p.list.lines[0]
}

// compare counts one of the list, and notes what would change.
func (p *planning) compare(code, name string, known, same bool, values [][3]string) {
	switch {
	case !known:
		p.New++
		return
	case same:
		p.Same++
		return
	}
	p.Changed++
	for _, v := range values {
		if v[1] != v[2] {
			p.Changes = append(p.Changes, Change{Code: code, Name: cmp.Or(name, code), What: v[0], From: v[1], To: v[2]})
		}
	}
}

func stateOf(pending bool) string {
	if pending {
		return "待确认"
	}
	return "已确认"
}
