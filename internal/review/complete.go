package review

import "time"

// Completed is what a completed affair tells about its reviews.
type Completed struct {
	DepartmentCode string
	DepartmentName string
	ItemCode       string
	ItemName       string
	HallCode       string
	WindowCode     string
	WorkNo         string
	// Region is where the affair counts, RegionTold whether its region was told rather than found out.
	Region     string
	RegionTold bool
	DoneTime   time.Time
}

// Filled says what of a record was filled in from its affair. Its numbers are stored: they never change.
type Filled int

// AffairKnown is set for every review whose affair is known, the others for what was missing.
const (
	AffairKnown Filled = 1 << iota
	filledDepartment
	filledRegion
	filledHall
	filledWindow
	filledItem
	filledItemName
	filledOfficer
	filledDepartmentName
)

// lateness is how much later than the review an affair may be done without a doubt: clocks differ.
const lateness = 5 * time.Minute

// Complete fills in what a review of a completed affair does not tell itself, and flags what contradicts; nothing that was
// told is overwritten. The affair vouches for the review, so that it counts. A record that was completed before is first
// as it came: the outcome depends on the review and the affair alone.
func (r *Record) Complete(a *Completed) {
	if r.Filled != 0 {
		r.uncomplete()
	}
	r.Filled, r.Unverified = AffairKnown, false
	fill := func(what Filled, own *string, from string) bool {
		if *own != "" || from == "" {
			return false
		}
		*own = from
		r.Filled |= what
		return true
	}
	if a.DepartmentCode != "" && r.DepartmentCode != "" && a.DepartmentCode != r.DepartmentCode {
		r.Flags |= OtherDepartment
	}
	if a.DoneTime.After(r.EvalTime.Add(lateness)) {
		r.Flags |= DoneAfterReview
	}
	department := fill(filledDepartment, &r.DepartmentCode, a.DepartmentCode)
	if r.DepartmentCode == a.DepartmentCode {
		fill(filledDepartmentName, &r.DepartmentName, a.DepartmentName)
	}
	if r.RegionCode == "" && (a.RegionTold || department) && a.Region != r.Region {
		r.OwnRegion, r.Region = r.Region, a.Region
		r.Filled |= filledRegion
	}
	fill(filledItem, &r.ItemCode, a.ItemCode)
	if r.ItemCode == a.ItemCode {
		fill(filledItemName, &r.ItemName, a.ItemName)
	}
	fill(filledHall, &r.HallCode, a.HallCode)
	if r.HallCode == a.HallCode { // windows and officers are numbered within their hall
		fill(filledWindow, &r.WindowCode, a.WindowCode)
		fill(filledOfficer, &r.WorkNo, a.WorkNo)
	}
}

// uncomplete takes back what Complete filled in and flagged.
func (r *Record) uncomplete() {
	for _, filled := range []struct {
		what   Filled
		column *string
	}{
		{filledDepartment, &r.DepartmentCode},
		{filledDepartmentName, &r.DepartmentName},
		{filledHall, &r.HallCode},
		{filledWindow, &r.WindowCode},
		{filledItem, &r.ItemCode},
		{filledItemName, &r.ItemName},
		{filledOfficer, &r.WorkNo},
	} {
		if r.Filled&filled.what != 0 {
			*filled.column = ""
		}
	}
	if r.Filled&filledRegion != 0 {
		r.Region, r.OwnRegion = r.OwnRegion, ""
	}
	r.Filled = 0
	r.Flags &^= OtherDepartment | DoneAfterReview
}
