package sample_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/sample"
)

var (
	creditCode = regexp.MustCompile(`^11(44\d\d00)[0-9A-Z]{10}$`)
	itemCode   = regexp.MustCompile(`^[0-9A-Z]{18}3\d{12}$`)
	regionCode = regexp.MustCompile(`^44\d{2}(\d{2})0{6}$`)
)

func TestDepartments(t *testing.T) {
	departments := sample.Departments()
	if len(departments) != 200 {
		t.Fatalf("got %d departments, want 200", len(departments))
	}
	codes, names, regions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, d := range departments {
		parts := creditCode.FindStringSubmatch(d.Code)
		if parts == nil || parts[1]+"000000" != d.RegionCode {
			t.Errorf("%s: got code %s in region %s", d.Name, d.Code, d.RegionCode)
		}
		if !rightCredit(d.Code) {
			t.Errorf("%s: the check character of %s is wrong", d.Name, d.Code)
		}
		codes[d.Code], names[d.Name], regions[d.RegionCode] = true, true, true
	}
	if len(codes) != 200 || len(names) != 200 || len(regions) != 21 {
		t.Errorf("got %d codes, %d names, %d cities, want 200, 200, 21", len(codes), len(names), len(regions))
	}
	for _, name := range []string{"广州市公安局", "深圳市市场监督管理局"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// rightCredit checks a code by GB 32100-2015: the weighted sum of all 18 characters is a multiple of 31.
func rightCredit(code string) bool {
	sum := 0
	for i, w := range []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1} {
		value := strings.IndexByte("0123456789ABCDEFGHJKLMNPQRTUWXY", code[i])
		if value < 0 {
			return false
		}
		sum += w * value
	}
	return sum%31 == 0
}

func TestItems(t *testing.T) {
	departments := map[string]bool{}
	for _, d := range sample.Departments() {
		departments[d.Code] = true
	}
	seen := map[string]bool{}
	for _, item := range sample.Items() {
		if !itemCode.MatchString(item.Code) || !departments[item.DepartmentCode] || item.Code[:18] != item.DepartmentCode {
			t.Errorf("got item %+v", item)
		}
		if item.Name == "" || seen[item.Code] {
			t.Errorf("item %+v has no name or comes twice", item)
		}
		seen[item.Code] = true
	}
}

func TestOfficersAndOperators(t *testing.T) {
	officers, operators := sample.Officers(), sample.Operators()
	if len(officers) != 1000 {
		t.Errorf("got %d officers, want 1000", len(officers))
	}
	counties := 0
	seen := map[string]bool{}
	for _, o := range append(officers, operators...) {
		if len(o.WorkNo) > 10 || strings.Contains(o.WorkNo, "-") || o.Name == "" || seen[o.WorkNo] {
			t.Errorf("got officer %+v", o)
		}
		seen[o.WorkNo] = true
		parts := regionCode.FindStringSubmatch(o.RegionCode)
		if parts == nil {
			t.Errorf("got region %s of %s", o.RegionCode, o.Name)
		} else if parts[1] != "00" {
			counties++
		}
	}
	if counties == 0 || counties >= len(operators) {
		t.Errorf("got %d of %d operators in counties, want some of them", counties, len(operators))
	}
}

func TestMasterDataCantBeChanged(t *testing.T) {
	sample.Departments()[0].Name = "另一个"
	if got := sample.Departments()[0].Name; got == "另一个" {
		t.Errorf("got %s from another caller", got)
	}
}
