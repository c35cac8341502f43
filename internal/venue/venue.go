// Package venue knows the halls where government serves, their windows and who sits there: the list that hall
// administrators send in (附件7, domain.md 7) and the codes that we give.
package venue

// Levels of halls (层级).
const (
	CityLevel    = "市直"
	CountyLevel  = "区县"
	TownLevel    = "镇街"
	VillageLevel = "村居"
)

// Levels are all levels, from above.
func Levels() []string { return []string{CityLevel, CountyLevel, TownLevel, VillageLevel} }

// Hall is a place where government serves (大厅).
type Hall struct {
	// Code is given by us and for ever: the region's first 9 digits when the hall was new, and 3 characters.
	Code string
	// RegionCode has 12 digits.
	RegionCode string
	Level      string
	// Name is unique within the region.
	Name      string
	Address   string
	Telephone string
	Hours     string
	// Retired halls are closed: they keep their codes and names, and nothing is rated there any more.
	Retired bool
}

// Window is where people are served in a hall (窗口).
type Window struct {
	// Code is given by us and for ever: the hall's code and 4 characters.
	Code     string
	HallCode string
	// Number is what stands over the window, unique within the hall.
	Number         string
	Name           string
	DepartmentCode string // may be empty
	DepartmentName string
	Retired        bool
}

// Officer is a person who serves (窗口工作人员), known by his work number within his hall.
type Officer struct {
	HallCode string
	WorkNo   string
	Name     string
	// WindowCode is where he sits; empty when that changes.
	WindowCode string
	Retired    bool
}
