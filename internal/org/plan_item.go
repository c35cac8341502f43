package org

// items compares a list of items with those that are stored, and says where each is or would be.
func (p *planning) items() {
	stored := map[string]Item{}
	p.places, p.departmentOf = map[string]string{}, map[string]string{}
	p.seats = map[string]string{}
	for _, d := range p.stored.Departments {
		p.seats[d.Code] = p.known.Code(OfRegion, d.RegionCode)
	}
	place := func(item, department string) { p.places[item], p.departmentOf[item] = p.seats[department], department }
	for _, i := range p.stored.Items {
		stored[i.Code] = i
		place(i.Code, i.DepartmentCode)
	}
	for _, one := range p.list.lines {
		is := Item{Code: one.code, Name: one.name, DepartmentCode: one.department}
		was, known := stored[one.code]
		p.compare(one.code, was.Name, known, known && is == was, [][3]string{
			{"名称", was.Name, is.Name}, {"部门", was.DepartmentCode, is.DepartmentCode}, {"状态", stateOf(was.Pending), stateOf(false)},
		})
		if !known || is != was {
			p.changes.Items = append(p.changes.Items, is)
			if known {
				p.changes.Before.Items = append(p.changes.Before.Items, was)
			}
		}
		if !known {
			place(one.code, one.department)
		}
	}
}
