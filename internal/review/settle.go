package review

import "github.com/haochaping/haochaping/internal/org"

// Settle puts codes that count now in the place of those that were given up. The region stays as it was sent.
func (f *Facts) Settle(s *org.Successions) {
	f.DepartmentCode = s.Code(org.OfDepartment, f.DepartmentCode)
	f.HallCode = s.Code(org.OfHall, f.HallCode)
	f.EntityCode = s.Code(org.OfEntity, f.EntityCode)
	f.ItemCode = s.Code(org.OfItem, f.ItemCode)
}

// Settle does the same for a record, and for where it counts. What was filled in from its affair is taken back: Complete
// fills it in again.
func (r *Record) Settle(s *org.Successions) {
	if r.Filled != 0 {
		r.uncomplete()
	}
	r.Facts.Settle(s)
	r.Region = s.Code(org.OfRegion, r.Region)
}

// Settle does the same for what an affair tells.
func (c *Completed) Settle(s *org.Successions) {
	c.DepartmentCode = s.Code(org.OfDepartment, c.DepartmentCode)
	c.HallCode = s.Code(org.OfHall, c.HallCode)
	c.ItemCode = s.Code(org.OfItem, c.ItemCode)
	c.Region = s.Code(org.OfRegion, c.Region)
}
