package org

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Touch is something that a plan changes, and where it is.
type Touch struct {
	Kind Kind
	Code string
	// Region is where it lies or would lie; a region's is itself.
	Region string
	// Department is that of an item.
	Department string
}

// Touches are all that a plan changes, each at every place where it is or would be, for who may change only a part.
func (p *Plan) Touches() []Touch {
	var touches []Touch
	for _, r := range p.changes.Regions {
		touches = append(touches, Touch{Kind: OfRegion, Code: r.Code, Region: r.Code})
	}
	for _, d := range p.changes.Departments {
		touches = append(touches, Touch{Kind: OfDepartment, Code: d.Code, Region: d.RegionCode})
		if was := p.places[d.Code]; was != "" && was != d.RegionCode {
			touches = append(touches, Touch{Kind: OfDepartment, Code: d.Code, Region: was})
		}
	}
	for _, i := range p.changes.Items {
		touches = append(touches, Touch{OfItem, i.Code, p.seats[i.DepartmentCode], i.DepartmentCode})
		if was := p.departmentOf[i.Code]; was != i.DepartmentCode {
			touches = append(touches, Touch{OfItem, i.Code, p.places[i.Code], was})
		}
	}
	for _, one := range p.Successions {
		for _, code := range []string{one.Former, one.Code} {
			region := code
			if one.Kind != OfRegion {
				region = p.places[code]
			}
			touches = append(touches, Touch{one.Kind, code, region, p.departmentOf[code]})
		}
	}
	return touches
}

// Sign is equal for plans that do the same, so that somebody applies what he looked at.
func (p *Plan) Sign() string {
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%#v %#v %#v %#v", p.changes.Regions, p.changes.Departments, p.changes.Items, p.changes.Successions) // a hash takes everything
	return hex.EncodeToString(hash.Sum(nil)[:12])
}
