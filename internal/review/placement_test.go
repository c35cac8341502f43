package review

import (
	"testing"

	"github.com/haochaping/haochaping/internal/org"
)

func TestPlace(t *testing.T) {
	const root = "440000000000"
	placement := &Placement{Root: root, Registry: org.NewRegistry(org.Guangdong(), []org.Department{
		{Code: "placed", RegionCode: "440300000000"},
		{Code: "11440106007482532N", RegionCode: "440103000000"},
		{Code: "nowhere"},
	})}
	for _, c := range []struct {
		name, region, department, item, want string
	}{
		{"the region that was sent", "440106001002", "placed", "", "440106001002"},
		{"in short", "4401", "placed", "", "440100000000"},
		{"one that is not registered", "440199", "placed", "", "440199000000"},
		{"else the department's", "", "placed", "11440106007482532N442012001000", "440300000000"},
		{"what was sent is no region", "X1", "placed", "", "440300000000"},
		{"the register comes before the credit code", "", "11440106007482532N", "", "440103000000"},
		{"else the department's credit code", "", "11440100007482532N", "11440300007482532N", "440100000000"},
		{"else the item's credit code", "", "unknown", "11440300007482532N44201200100012", "440300000000"},
		{"a department that is placed nowhere", "", "nowhere", "11440300007482532N", "440300000000"},
		{"a credit code of a region that is not registered", "", "11440199007482532N", "11990000007482532N", root},
		{"else the platform's", "", "", "", root},
	} {
		got := placement.Place(&Facts{RegionCode: c.region, DepartmentCode: c.department, ItemCode: c.item})
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// What arrives as a region and is no region's code counts where an administrator says that it means, before the department's region.
func TestPlaceOfWhatIsNoRegionsCode(t *testing.T) {
	registry := org.NewRegistry(nil, nil)
	registry.Replace(append(org.Guangdong(), org.Region{Code: "天河", Pending: true}), []org.Department{{Code: "placed", RegionCode: "440300000000"}},
		org.Succession{Kind: org.OfRegion, Former: "天河", Code: "440106000000"})
	placement := &Placement{Root: "440000000000", Registry: registry}
	for sent, want := range map[string]string{"天河": "440106000000", "天": "440300000000"} {
		if got := placement.Place(&Facts{RegionCode: sent, DepartmentCode: "placed"}); got != want {
			t.Errorf("%s: got %s, want %s", sent, got, want)
		}
	}
}
