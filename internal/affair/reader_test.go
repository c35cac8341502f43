package affair

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"pgregory.net/rapid"
)

func TestReaderReadsWireNamesTitlesAndAliases(t *testing.T) {
	want := Affair{SerialNo: "S1", ItemCode: "I1", DoneTime: time.Date(2026, 1, 7, 16, 0, 0, 0, beijing.Zone), WorkNo: "W1"}
	for name, columns := range map[string][]string{
		"wire names":         {"affairSerialNo", "affairCode", "affairDoneTime", "workNo"},
		"in another case":    {"AFFAIRSERIALNO", "affaircode", "AffairDoneTime", "WORKNO"},
		"titles":             {"办件编号", "实施清单编码", "办结时间", "工号"},
		"aliases, decorated": {"\ufeff*办件流水号", " 事项 编码（必填）", "事项办结时间", "工作人员工号"},
	} {
		r, err := NewReader(columns)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, violations := r.Read([]string{" S1 ", "I1", "20260107160000", "W1"})
		if diff := cmp.Diff(want, got); diff != "" || violations != nil {
			t.Errorf("%s: %v, %s", name, violations, diff)
		}
	}
}

// What departments call a column in their own lists is read, not named as unknown and lost.
func TestReaderKnowsWhatListsCallTheTelephone(t *testing.T) {
	for _, title := range []string{"手机号", "手机号码", "联系电话", "申请人手机号码"} {
		if f := FieldByTitle(title); f == nil || f.Name != "contactPhone" {
			t.Errorf("%s is %v, want contactPhone", title, f)
		}
	}
}

// Other systems' lists end a code's title on 代码, and call things as the collecting standard does. A bare 区划 is no region's code: as often
// as not it holds a name, and stands beside a column of codes.
func TestReaderKnowsWhatOtherSystemsCallTheirColumns(t *testing.T) {
	for title, want := range map[string]string{
		"申办流水号": "affairSerialNo", "办件编码": "affairSerialNo", "事项实施编码": "affairCode", "实施编码": "affairCode", "部门代码": "departmentCode",
		"单位名称": "departmentName", "区划代码": "regionCode", "行政区划代码": "regionCode", "所属区划编码": "regionCode", "大厅代码": "hallCode",
		"办结日期": "affairDoneTime", "受理日期": "affairApplyTime", "申请人名称": "userName", "身份证号": "certificateNo", "申请人证件号码": "certificateNo",
	} {
		if f := FieldByTitle(title); f == nil || f.Name != want {
			t.Errorf("%s is %v, want %s", title, f, want)
		}
	}
	if f := FieldByTitle("区划"); f != nil {
		t.Errorf("区划 is %s", f.Name)
	}
}

func TestReaderTellsEveryFaultOfTheColumns(t *testing.T) {
	_, err := NewReader([]string{"办件编号", "affairSerialNo", "备注", FieldByTitle("手机号码").MaskedTitle()})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"手机号码（已遮盖）", "请在来源处改正", "同一项（办件编号）", "实施清单编码", "办结时间"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not tell of %s", err, want)
		}
	}
	r, err := NewReader([]string{"办件编号", "备注", "", "事项编码", "办结时间"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"备注"}, r.Unknown); diff != "" {
		t.Error(diff)
	}
}

func TestReaderTellsEveryViolation(t *testing.T) {
	r, err := NewReader([]string{
		"affairSerialNo", "affairCode", "affairDoneTime", "affairName", "userType", "certificateType", "regionCode", "workNo", "userName",
		"userId", "contactPhone", "certificateNo",
	})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("长", 101)
	for _, c := range []struct {
		name   string
		cells  []string
		fields string
	}{
		{"all is well", []string{"S1", "I1", "20260107", long[:300], "1", "999", "440106", "W1", "张三"}, ""},
		{"optional ones are empty", []string{"S1", "I1", "20260107"}, ""},
		{"nothing", nil, "affairSerialNo affairCode affairDoneTime"},
		{
			"blanks are nothing",
			[]string{" ", "\t", "　", long, "2", "1000", "广州", "W\n1", "张\x00三"},
			"affairSerialNo affairCode affairDoneTime affairName userType certificateType regionCode workNo userName",
		},
		{"what persons are found by holds no control character", []string{"S1", "I1", "20260107", "", "", "", "", "", "张\n三", "u\n1", "138\t00", "44\x0101"}, "userId contactPhone certificateNo"},
		{"not UTF-8", []string{"S\xff1", "I1", "20260107"}, "affairSerialNo"},
		{"too long", []string{strings.Repeat("S", 51), strings.Repeat("编", 33), "20260107"}, "affairSerialNo affairCode"},
		{"at the limit", []string{strings.Repeat("S", 50), strings.Repeat("编", 32), "20260107"}, ""},
		{"no number", []string{"S1", "I1", "20260107", "", "个人", "-1"}, "userType certificateType"},
		{"no date", []string{"S1", "I1", "20260230"}, "affairDoneTime"},
	} {
		a, violations := r.Read(c.cells)
		var fields []string
		for _, v := range violations {
			fields = append(fields, v.Field)
			if v.Reason == "" {
				t.Errorf("%s: %s has no reason", c.name, v.Field)
			}
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: got %q, want %q", c.name, got, c.fields)
		}
		if len(c.cells) > 0 && c.cells[0] == "S1" && a.SerialNo != "S1" {
			t.Errorf("%s: the serial number is lost", c.name)
		}
	}
}

// People type full-width digits: times, numbers and regions are read for what they mean, as in lists of halls.
func TestFullWidthDigits(t *testing.T) {
	r, err := NewReader([]string{"affairSerialNo", "affairCode", "affairDoneTime", "userType", "certificateType", "regionCode"})
	if err != nil {
		t.Fatal(err)
	}
	kind, certificate := 1, 10
	want := Affair{
		SerialNo: "Ｓ１", ItemCode: "I1", RegionCode: "440106", UserType: &kind, CertificateType: &certificate, // a code is kept as it was sent
		DoneTime: time.Date(2026, 1, 7, 16, 0, 0, 0, beijing.Zone),
	}
	got, violations := r.Read([]string{"Ｓ１", "I1", "２０２６－０１－０７　１６：００：００", "１", "１０", "４４０１０６"})
	if diff := cmp.Diff(want, got); diff != "" || violations != nil {
		t.Errorf("%v, %s", violations, diff)
	}
}

// A number that means something is told what it means.
func TestUserTypeIsToldWhatItMeans(t *testing.T) {
	r, err := NewReader([]string{"affairSerialNo", "affairCode", "affairDoneTime", "userType"})
	if err != nil {
		t.Fatal(err)
	}
	for _, sent := range []string{"2", "个人", "-1", "1.0"} {
		_, got := r.Read([]string{"S1", "I1", "20260107", sent})
		if diff := cmp.Diff([]fault.Violation{{Field: "userType", Reason: "应为整数 0（个人）或 1（法人）"}}, got); diff != "" {
			t.Errorf("%s: %s", sent, diff)
		}
	}
}

func TestFieldsAreReadAsTheyAreWritten(t *testing.T) {
	var columns []string
	for _, f := range Fields() {
		columns = append(columns, f.Title)
		if FieldByTitle(f.Name).Name != f.Name {
			t.Errorf("%s is found as another field", f.Name)
		}
	}
	r, err := NewReader(columns)
	if err != nil {
		t.Fatal(err)
	}
	kind, certificate := 1, 10
	want := Affair{
		SerialNo: "S1", ItemCode: "I1", ItemName: "事项", DepartmentCode: "D1", DepartmentName: "部门", RegionCode: "440106",
		HallCode: "H1", WindowCode: "N1", WorkNo: "W1", Result: "办结", UserType: &kind, CertificateType: &certificate,
		ApplyTime: time.Date(2026, 1, 5, 9, 30, 0, 0, beijing.Zone), DoneTime: time.Date(2026, 1, 7, 16, 0, 0, 0, beijing.Zone),
		Personal: Personal{UserID: "u", UserName: "张三", ContactPhone: "138", CertificateNo: "4401", OfficerName: "陈"},
	}
	var cells []string
	for _, f := range Fields() {
		if cells = append(cells, f.Value(&want)); cells[len(cells)-1] == "" {
			t.Errorf("%s is not written", f.Name)
		}
	}
	got, violations := r.Read(cells)
	if diff := cmp.Diff(want, got); diff != "" || violations != nil {
		t.Errorf("%v, %s", violations, diff)
	}
	if diff := cmp.Diff(make([]string, len(columns)), values(&Affair{})); diff != "" {
		t.Errorf("of nothing: %s", diff)
	}
}

func values(a *Affair) (cells []string) {
	for _, f := range Fields() {
		cells = append(cells, f.Value(a))
	}
	return cells
}

func TestMoments(t *testing.T) {
	at := time.Date(2026, 1, 7, 9, 5, 3, 0, beijing.Zone)
	minute, day := at.Truncate(time.Minute), time.Date(2026, 1, 7, 0, 0, 0, 0, beijing.Zone)
	for _, c := range []struct {
		in   string
		want time.Time // zero: refused
	}{
		{"20260107090503", at},
		{"20260107", day},
		{"2026-01-07", day},
		{"2026/1/7", day},
		{"2026.01.07", day},
		{"2026-01-07 09:05:03", at},
		{"2026-01-07  09:05:03", at},
		{"2026-01-07 09:05:03.0", at},
		{"2026-01-07 09:05:03.250", at.Add(250 * time.Millisecond)},
		{"2026-01-07T09:05:03", at},
		{"2026-01-07T01:05:03Z", at},
		{"2026-01-07T09:05:03+08:00", at},
		{"2026-01-07 01:05:03.000000+00", at},
		{"2026-01-06T20:05:03-0500", at},
		{"2026/1/7 9:05", minute},
		{"2026/1/7 9:5:3", at},
		{"1970-01-01 00:00:00", time.Date(1970, 1, 1, 0, 0, 0, 0, beijing.Zone)},
		{in: ""},
		{in: "1969-12-31"},
		{in: "19691231"},
		{in: "2026-02-30"},
		{in: "20260230"},
		{in: "2026-13-01"},
		{in: "2026-01-07 24:00:00"},
		{in: "2026-01-07 09:60"},
		{in: "2026-01/07"},
		{in: "2026-01-07 "},
		{in: "2026-01-07 09"},
		{in: "2026-01-07 09:05:03."},
		{in: "2026-01-07 09:05:03 CST"},
		{in: "2026-01-07 09:05:03+8"},
		{in: "07/01/2026"},
		{in: "46029.378"},
		{in: "昨天"},
		{in: "2026-01-07 09:05:03+99:00"},
	} {
		got, reason := parseMoment(c.in)
		if !got.Equal(c.want) || (reason == "") != !c.want.IsZero() {
			t.Errorf("%q: got %v, %q, want %v", c.in, got, reason, c.want)
		}
	}
}

func TestMomentsOfEveryFormAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0).In(beijing.Zone)
		for _, layout := range []string{
			"20060102150405", time.DateTime, "2006/1/2 15:4:5", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05.000000",
		} {
			if got, reason := parseMoment(at.Format(layout)); !got.Equal(at) {
				t.Fatalf("%s: got %v, %s", at.Format(layout), got, reason)
			}
		}
		if got, reason := parseMoment(at.UTC().Format(time.RFC3339)); !got.Equal(at) {
			t.Fatalf("in UTC: got %v, %s", got, reason)
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{"S1|I1|20260107|1|440106", "|||", "\xff|\x00|2026-01-07T09:05:03+08:00|999|广州"} {
		f.Add(seed)
	}
	r, err := NewReader([]string{"affairSerialNo", "affairCode", "affairDoneTime", "certificateType", "regionCode"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, row string) {
		a, violations := r.Read(strings.Split(row, "|"))
		if len(violations) > 0 {
			return
		}
		if a.SerialNo == "" || a.ItemCode == "" || a.DoneTime.IsZero() || len(a.SerialNo) > 200 || HasControl(a.SerialNo) {
			t.Errorf("%q was taken as %+v", row, a)
		}
		again, violations := r.Read([]string{a.SerialNo, a.ItemCode, a.DoneTime.Format(time.RFC3339Nano), formatNumber(a.CertificateType), a.RegionCode})
		if len(violations) > 0 || !again.DoneTime.Equal(a.DoneTime) {
			t.Errorf("%+v is read again as %+v, %v", a, again, violations)
		}
	})
}
