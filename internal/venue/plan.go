package venue

import (
	"slices"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

type (
	hallKey   struct{ region, name string }
	windowKey struct{ hall, number string }
)

// planning compares a list with what is stored.
type planning struct {
	*Plan
	list      *list
	halls     map[string]Hall // by code
	hallsBy   map[hallKey]string
	windows   map[string]Window
	windowsBy map[windowKey]string
	officers  map[badge]Officer
	last      numbers
	codes     map[*entry]string // of the list's halls and windows
	claimed   map[string]*entry // codes of what is stored and in the list
	bound     Bound
}

func plan(l *list, halls []Hall, windows []Window, officers []Officer, successions *org.Successions, bound Bound) *Plan {
	p := &planning{
		Plan: &Plan{Faults: l.faults}, list: l, halls: map[string]Hall{}, hallsBy: map[hallKey]string{},
		windows: map[string]Window{}, windowsBy: map[windowKey]string{}, officers: map[badge]Officer{}, last: numbers{},
		codes: map[*entry]string{}, claimed: map[string]*entry{}, bound: bound,
	}
	if len(p.Faults) > 0 {
		return p.Plan
	}
	for _, h := range halls {
		p.last.learn(h.Code, hallDigits)
	}
	halls, _ = current(halls, successions)
	for _, h := range halls {
		p.halls[h.Code], p.hallsBy[hallKey{h.RegionCode, h.Name}] = h, h.Code
	}
	for _, w := range windows {
		p.windows[w.Code], p.windowsBy[windowKey{w.HallCode, w.Number}] = w, w.Code
		p.last.learn(w.Code, windowDigits)
	}
	for _, o := range officers {
		p.officers[badge{o.HallCode, o.WorkNo}] = o
	}
	p.claimHalls()
	p.planHalls()
	p.claimWindows()
	p.planWindows()
	p.planOfficers()
	p.miss(halls, windows, officers)
	if len(p.Faults) > 0 {
		slices.SortStableFunc(p.Faults, compareFaults)
		return &Plan{Faults: p.Faults}
	}
	return p.Plan
}

func (p *planning) wrong(e *entry, f field, reason string) {
	p.Faults = append(p.Faults, Fault{
		Cell: sheet.CellName(p.list.at[f], e.row), Reason: columns[f].name + " " + reason, row: e.row, column: p.list.at[f],
	})
}

// claim takes note that an entry is what is stored under a code.
func (p *planning) claim(e *entry, f field, code string) bool {
	if other := p.claimed[code]; other != nil {
		p.wrong(e, f, "已用于第 "+count(other.row)+" 行，一个编码只能用于一处")
		return false
	}
	p.claimed[code], p.codes[e] = e, code
	return true
}

// claimHalls finds which of the list's halls are stored: by their codes where they tell them, which may give them
// another name, else by region and name.
func (p *planning) claimHalls() {
	for _, e := range p.list.halls {
		code := e.values[hallCode]
		if code == "" {
			continue
		}
		if _, known := p.halls[code]; !known {
			p.wrong(e, hallCode, "没有编码为“"+code+"”的大厅；新大厅请留空，编码由系统分配")
			continue
		}
		p.claim(e, hallCode, code)
	}
	for _, e := range p.list.halls {
		if e.values[hallCode] != "" {
			continue
		}
		if code, known := p.hallsBy[hallKey{e.region(), e.values[hallName]}]; known && p.claimed[code] == nil {
			p.claim(e, hallName, code)
		}
	}
}

func (p *planning) planHalls() {
	for _, e := range p.list.halls {
		code, known := p.codes[e]
		if !known && e.values[hallCode] != "" {
			continue // a fault already
		}
		was := p.halls[code]
		if e.region() != was.RegionCode && !p.bound.covers(e.region(), "", "") || known && !p.bound.covers(was.RegionCode, "", code) {
			p.wrong(e, hallName, "“"+e.values[hallName]+"”不在您的管理范围内，请删除这个大厅的各行")
			continue
		}
		if !known {
			p.addHall(e)
			continue
		}
		is := Hall{
			Code: code, RegionCode: e.region(), Level: e.values[level], Name: e.values[hallName],
			Address: e.values[address], Telephone: e.values[telephone], Hours: e.values[hours],
		}
		if is == was {
			p.Same.Halls++
			continue
		}
		p.Changed.Halls++
		p.changed(e, was.Name, map[field][2]string{
			region: {was.RegionCode, is.RegionCode}, level: {was.Level, is.Level}, hallName: {was.Name, is.Name},
			address: {was.Address, is.Address}, telephone: {was.Telephone, is.Telephone}, hours: {was.Hours, is.Hours},
		})
		p.reopened(e, hallName, was.Name, was.Retired)
		if is.RegionCode == was.RegionCode && is.Name == was.Name {
			p.edits.ChangedHalls = append(p.edits.ChangedHalls, is)
			continue
		}
		p.moves.ChangedHalls = append(p.moves.ChangedHalls, is)
		if holder, taken := p.hallsBy[hallKey{is.RegionCode, is.Name}]; taken && p.claimed[holder] == nil {
			p.wrong(e, hallName, "已是同一区划内另一大厅（编码 "+holder+"）的名称，而那个大厅不在表中")
		}
	}
}

func (p *planning) addHall(e *entry) {
	code, ok := p.last.next(e.region()[:regionDigits], hallDigits)
	if !ok {
		p.wrong(e, region, "的大厅编码已用完，请与系统管理员联系")
		return
	}
	p.codes[e] = code
	p.New.Halls++
	p.adds.NewHalls = append(p.adds.NewHalls, Hall{
		Code: code, RegionCode: e.region(), Level: e.values[level], Name: e.values[hallName],
		Address: e.values[address], Telephone: e.values[telephone], Hours: e.values[hours],
	})
}

// claimWindows does for windows what claimHalls does for halls.
func (p *planning) claimWindows() {
	for _, e := range p.list.windows {
		code := e.values[windowCode]
		if code == "" || p.codes[e.hall] == "" {
			continue
		}
		was, known := p.windows[code]
		switch {
		case !known:
			p.wrong(e, windowCode, "没有编码为“"+code+"”的窗口；新窗口请留空，编码由系统分配")
		case was.HallCode != p.codes[e.hall]:
			p.wrong(e, windowCode, "“"+code+"”是大厅 "+was.HallCode+" 的窗口；窗口不能换到另一大厅，请留空作为新窗口")
		default:
			p.claim(e, windowCode, code)
		}
	}
	for _, e := range p.list.windows {
		if e.values[windowCode] != "" {
			continue
		}
		if code, known := p.windowsBy[windowKey{p.codes[e.hall], e.values[windowNumber]}]; known && p.claimed[code] == nil {
			p.claim(e, windowNumber, code)
		}
	}
}

func (p *planning) planWindows() {
	for _, e := range p.list.windows {
		hall := p.codes[e.hall]
		code, known := p.codes[e]
		if !known {
			if e.values[windowCode] == "" && hall != "" {
				p.addWindow(e, hall)
			}
			continue
		}
		was := p.windows[code]
		is := Window{
			Code: code, HallCode: hall, Number: e.values[windowNumber], Name: e.values[windowName],
			DepartmentCode: e.values[departmentCode], DepartmentName: e.values[departmentName],
		}
		if p.list.at[departmentCode] < 0 {
			is.DepartmentCode = was.DepartmentCode // the list does not speak of it
		}
		if is == was {
			p.Same.Windows++
			continue
		}
		p.Changed.Windows++
		p.changed(e, e.hall.values[hallName]+" "+was.Number+" 号窗口", map[field][2]string{
			windowNumber: {was.Number, is.Number}, windowName: {was.Name, is.Name},
			departmentCode: {was.DepartmentCode, is.DepartmentCode}, departmentName: {was.DepartmentName, is.DepartmentName},
		})
		p.reopened(e, windowNumber, e.hall.values[hallName]+" "+was.Number+" 号窗口", was.Retired)
		if is.Number == was.Number {
			p.edits.ChangedWindows = append(p.edits.ChangedWindows, is)
			continue
		}
		p.moves.ChangedWindows = append(p.moves.ChangedWindows, is)
		if holder, taken := p.windowsBy[windowKey{hall, is.Number}]; taken && p.claimed[holder] == nil {
			p.wrong(e, windowNumber, "已是同一大厅内另一窗口（编码 "+holder+"）的号码，而那个窗口不在表中")
		}
	}
}

func (p *planning) addWindow(e *entry, hall string) {
	code, ok := p.last.next(hall, windowDigits)
	if !ok {
		p.wrong(e, windowNumber, "的编码已用完，请与系统管理员联系")
		return
	}
	p.codes[e] = code
	p.New.Windows++
	p.adds.NewWindows = append(p.adds.NewWindows, Window{
		Code: code, HallCode: hall, Number: e.values[windowNumber], Name: e.values[windowName],
		DepartmentCode: e.values[departmentCode], DepartmentName: e.values[departmentName],
	})
}

func (p *planning) planOfficers() {
	for _, e := range p.list.officers {
		is := Officer{HallCode: p.codes[e.hall], WorkNo: e.values[workNo], Name: e.values[officerName]}
		if e.window != nil {
			is.WindowCode = p.codes[e.window]
		}
		was, known := p.officers[badge{is.HallCode, is.WorkNo}]
		switch {
		case !known:
			p.New.Officers++
			p.adds.Officers = append(p.adds.Officers, is)
		case is == was:
			p.Same.Officers++
		default:
			p.Changed.Officers++
			p.edits.Officers = append(p.edits.Officers, is)
			p.changed(e, e.hall.values[hallName]+" 工号 "+was.WorkNo, map[field][2]string{
				officerName: {was.Name, is.Name}, windowNumber: {p.windows[was.WindowCode].Number, numberOf(e.window)},
			})
			p.reopened(e, workNo, e.hall.values[hallName]+" 工号 "+was.WorkNo, was.Retired)
		}
	}
}

func numberOf(window *entry) string {
	if window == nil {
		return ""
	}
	return window.values[windowNumber]
}

// changed notes the cells that differ from what is stored, in order of columns.
func (p *planning) changed(e *entry, of string, values map[field][2]string) {
	for f := range fields {
		if v, ok := values[f]; ok && v[0] != v[1] {
			cell := ""
			if p.list.at[f] >= 0 {
				cell = sheet.CellName(p.list.at[f], e.row)
			}
			p.Changes = append(p.Changes, Change{Cell: cell, Of: of, Column: columns[f].name, From: v[0], To: v[1]})
		}
	}
}

// reopened notes that what was retired and is in the list opens again.
func (p *planning) reopened(e *entry, f field, of string, retired bool) {
	if retired {
		p.Changes = append(p.Changes, Change{
			Cell: sheet.CellName(p.list.at[f], e.row), Of: of, Column: "状态", From: "已停用", To: "使用中",
		})
	}
}

// miss counts what is stored and not in the list.
func (p *planning) miss(halls []Hall, windows []Window, officers []Officer) {
	named := map[badge]bool{}
	for _, e := range p.list.officers {
		named[badge{p.codes[e.hall], e.values[workNo]}] = true
	}
	for _, h := range halls {
		if p.claimed[h.Code] == nil && !h.Retired && p.bound.covers(h.RegionCode, "", h.Code) {
			p.Missing.Halls++
		}
	}
	for _, w := range windows {
		if p.claimed[w.HallCode] != nil && p.claimed[w.Code] == nil && !w.Retired {
			p.Missing.Windows++
		}
	}
	for _, o := range officers {
		if p.claimed[o.HallCode] != nil && !named[badge{o.HallCode, o.WorkNo}] && !o.Retired {
			p.Missing.Officers++
		}
	}
}
