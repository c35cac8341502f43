package venue

import (
	"errors"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
)

// Who has one department may save its windows, in whatever hall, and no other's; who has one hall only what is there.
func TestAWindowIsSavedWithinOnesBound(t *testing.T) {
	department := func(_, department, _ string) bool { return department == "D1" }
	hall := func(_, _, hall string) bool { return hall == "440100000001" }
	for _, tt := range []struct {
		name, code string
		is         Window
		bound      Bound
		want       fault.Kind // 0 is saved
	}{
		{"a new one of his department", "", Window{HallCode: "440100000001", DepartmentCode: "D1"}, department, 0},
		{"a new one of another department", "", Window{HallCode: "440100000001", DepartmentCode: "D2"}, department, fault.Invalid},
		{"a new one of none", "", Window{HallCode: "440100000001"}, department, fault.Missing},
		{"his own", "4401000000010001", Window{DepartmentCode: "D1"}, department, 0},
		{"his own, given to another", "4401000000010001", Window{DepartmentCode: "D2"}, department, fault.Invalid},
		{"another's", "4401000000010002", Window{DepartmentCode: "D2"}, department, fault.Missing},
		{"another's, taken", "4401000000010002", Window{DepartmentCode: "D1"}, department, fault.Missing},
		{"a new one of his hall", "", Window{HallCode: "440100000001", DepartmentCode: "D2"}, hall, 0},
		{"one of his hall", "4401000000010002", Window{DepartmentCode: "D1"}, hall, 0},
		{"a new one of another hall", "", Window{HallCode: "440104001001"}, hall, fault.Missing},
		{"a new one of another hall, of a department", "", Window{HallCode: "440104001001", DepartmentCode: "D1"}, hall, fault.Invalid},
		{"one of another hall", "4401040010010001", Window{DepartmentCode: "D1"}, hall, fault.Missing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse()
			h.imports(t, table(center+"|公安局|D1|1|出入境", center+"|税务局|D2|2|办税", street+"|公安局|D1|A1|综合受理"))
			was, known := h.directory.Window(tt.code)
			if tt.code != "" && !known {
				t.Fatal("there is no such window")
			}
			before := len(h.windows)
			tt.is.Number, tt.is.Name, tt.is.DepartmentName = "9", "新窗口", "某局"
			code, err := h.SaveWindow(t.Context(), tt.code, Mark(was), tt.is, tt.bound)
			is, _ := h.directory.Window(code)
			switch {
			case tt.want == 0 && (err != nil || is.Number != "9" || is.DepartmentCode != tt.is.DepartmentCode):
				t.Errorf("saved %+v, %v", is, err)
			case tt.want != 0 && (fault.KindOf(err) != tt.want || len(h.windows) != before):
				t.Errorf("got %v, want a fault of kind %v", err, tt.want)
			}
			var wrong *fault.Error
			if errors.As(err, &wrong) && wrong.Kind == fault.Invalid && (len(wrong.Violations) != 1 || wrong.Violations[0].Field != "department") {
				t.Errorf("it is not the department that is at fault: %+v", wrong.Violations)
			}
		})
	}
}
