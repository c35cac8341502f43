package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The specification's field tables, 3.4.2.4, 3.4.3.4 and 3.4.4.4, row by row: 参数名, 必填, 类型. Behind the type stands
// what contract.md 4 reads into it: the bounds of an Integer, and that a String is a time.
var specified = map[string]string{
	pathAffair: `
		appCode                     是  String(10)
		evalEntityCode              是  String(14)
		department                  是  Object
		department.departmentCode   是  String(32)
		department.departmentName   是  String(100)
		affair                      是  Object
		affair.affairSerialNo       是  String(50)
		affair.affairCode           是  String(32)
		affair.affairName           是  String(100)
		affair.affairDealOfficer    是  String(50)
		affair.affairApplyTime      是  String(14)  yyyyMMddHHmmss
		affair.affairDoneTime       是  String(14)  yyyyMMddHHmmss
		user                        是  Object
		user.userId                 是  String(32)
		user.userName               是  String(50)
		user.contactPhone           是  String(50)
		user.passportName           是  String(30)
		user.userType               是  Integer     0..1
		user.certificateType        是  Integer     0..999
		user.certificateNo          是  String(50)
		tagList                     是  Array
		tagList[0].tagId            是  String(32)
		generalStars                是  Integer     1..5
		remark                      否  String(150)
		evalTime                    是  String(14)  yyyyMMddHHmmss`,
	pathGuide: `
		appCode                     是  String(10)
		evalEntityCode              是  String(14)
		user                        是  Object
		user.userId                 是  String(32)
		user.userName               是  String(50)
		user.contactPhone           是  String(50)
		user.passportName           是  String(30)
		user.userType               是  Integer     0..1
		user.certificateType        是  Integer     0..999
		user.certificateNo          是  String(50)
		tagList                     是  Array
		tagList[0].tagId            是  String(32)
		guide                       是  Object
		guide.affairCode            是  String(32)
		guide.affairName            是  String(100)
		guide.departmentCode        是  String(50)
		generalStars                是  Integer     1..5
		remark                      否  String(150)
		evalTime                    是  String(30)  yyyyMMddHHmmss`,
	pathHotline: `
		appCode                     是  String(10)
		evalEntityCode              是  String(14)
		workOrderId                 是  String(32)
		user                        是  Object
		user.userName               是  String(50)
		user.contactPhone           是  String(50)
		user.userType               否  Integer     0..1
		accept                      是  Object
		accept.workNo               是  String(32)
		accept.regionCode           是  String(32)
		accept.operaterName         是  String(50)
		accept.generalStars         是  Integer     1..5
		accept.remark               否  String(100)
		accept.acceptTime           是  String(14)  yyyyMMddHHmmss
		deal                        是  Object
		deal.departmentCode         是  String(32)
		deal.generalStars           是  Integer     1..5
		deal.remark                 否  String(100)
		deal.dealTime               是  String(14)  yyyyMMddHHmmss
		deal.doneTime               是  String(14)  yyyyMMddHHmmss
		evalTime                    是  String(14)  yyyyMMddHHmmss`,
}

// row is one field of a table.
type row struct {
	path      string
	required  bool
	kind      string // String, Integer, Object, Array, or time
	max       int    // characters of a String
	low, high int    // of an Integer
}

var rowForm = regexp.MustCompile(`^\s*(\S+)\s+(是|否)\s+(String|Integer|Object|Array)(?:\((\d+)\))?(?:\s+(\S+))?$`)

// rowsOf reads a table.
func rowsOf(t *testing.T, table string) []row {
	t.Helper()
	var rows []row
	for line := range strings.Lines(strings.TrimSpace(table)) {
		cells := rowForm.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if cells == nil {
			t.Fatalf("not a row: %q", line)
		}
		r := row{path: cells[1], required: cells[2] == "是", kind: cells[3]}
		r.max, _ = strconv.Atoi(cells[4])
		switch {
		case r.kind == "Integer":
			if _, err := fmt.Sscanf(cells[5], "%d..%d", &r.low, &r.high); err != nil {
				t.Fatalf("not a row: %q", line)
			}
		case cells[5] != "":
			r.kind = "time"
		}
		rows = append(rows, r)
	}
	return rows
}

// Every field of every interface, for each value that could be wrong or nearly so: code, path and reason of each fault are
// those of the specification and of contract.md 4, and what is acceptable is stored and counted.
func TestFieldsAreThoseOfTheSpecification(t *testing.T) {
	onContract(t, func(t *testing.T, c *caller) {
		accepted := 0
		for _, path := range []string{pathAffair, pathGuide, pathHotline} {
			t.Run(strings.Split(path, "/")[3], func(t *testing.T) {
				rows := rowsOf(t, specified[path])
				for _, r := range rows {
					for _, fc := range casesOf(path, r, rows, c.app) {
						m := messageOf(path, c.app).with(r.path, fc.value)
						if r.path == "generalStars" {
							m = m.with("tagList", tags()) // those of the message are for five stars
						}
						a := c.submit(t, path, m)
						fc.hold(t, r, a)
						if a.code() == succeeded {
							accepted++
						}
					}
				}
			})
		}
		if got := c.counted(t); got != accepted {
			t.Errorf("%d messages were accepted, %d are counted", accepted, got)
		}
		if out := c.house.run(t, "recount"); out.status != 0 {
			t.Errorf("recount: %s%s", out.out, out.err)
		}
	})
}

// hold holds an answer against what was wanted.
func (fc *fieldCase) hold(t *testing.T, r row, a *answer) {
	t.Helper()
	if len(fc.faults) == 0 {
		if a.code() != succeeded || len(a.serial()) == 0 || len(a.serial()) > 20 {
			t.Errorf("%s %s: got %s, want code 0", r.path, fc.name, a.text)
		}
		return
	}
	if a.code() != invalid {
		t.Errorf("%s %s: got %s, want code 2", r.path, fc.name, a.text)
		return
	}
	got := a.Errors
	for i, want := range fc.faults {
		// A reason may go on with the server's time.
		if i < len(got) && strings.HasPrefix(got[i].Reason, want.Reason) {
			got[i].Reason = want.Reason
		}
	}
	if diff := cmp.Diff(fc.faults, got); diff != "" {
		t.Errorf("%s %s: errors (-want +got)\n%s", r.path, fc.name, diff)
	}
	if want := "参数不合法：" + r.path + " "; len(fc.faults) == 1 && !strings.HasPrefix(a.Message, want) {
		t.Errorf("%s %s: message %q does not begin with %q", r.path, fc.name, a.Message, want)
	}
}
