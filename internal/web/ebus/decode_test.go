package ebus

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
)

const guideBody = `{"appCode":"app1","evalEntityCode":"egovGuide","user":{"userId":"u1","userName":"张三",
	"contactPhone":"13800138000","passportName":"zhangsan","userType":1,"certificateType":999,"certificateNo":"1"},
	"tagList":[],"guide":{"affairCode":"C1","affairName":"身份证补领","departmentCode":"D1"},"generalStars":1,
	"remark":null,"evalTime":"19700101000000"}`

const hotlineBody = `{"appCode":"app1","evalEntityCode":"hotlineAffair","workOrderId":"W1",
	"user":{"userName":"李四","contactPhone":"13900139000"},
	"accept":{"workNo":"R1","regionCode":"440100000000","operaterName":"王芳","generalStars":5,"acceptTime":"20240229000000"},
	"deal":{"departmentCode":"D1","generalStars":2,"remark":" ","dealTime":"20240314100000","doneTime":"20240315170000"},
	"evalTime":"20240316093015"}`

// FuzzDecode: whatever comes is judged without a panic, in Chinese; what has no fault has every required field, within its
// limits, and is JSON to everybody else, too.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		affairBody, guideBody, hotlineBody, "", "{}", "[]", "null", `"x"`, "{", `{"appCode":`, "\ufeff{}", "{}{}", `{"appCode":"a","appCode":"b"}`,
		`{"\u0061ppCode":"a"}`, `{"a":"\u0000"}`, `{"a":"\\u0000"}`, `{"a":"\ud800"}`, `{"a":"\ud840\udc0b"}`, "{\"a\":\"\xff\"}",
		`{"tagList":[{"tagId":"510"},null,5,{}],"generalStars":5e0}`, `{"tagList":[{"tagId":1,"tagId":2}]}`, `{"more":[{"a":1,"a":2}]}`,
		strings.Replace(affairBody, `"generalStars":5`, `"generalStars":-0`, 1),
		strings.Replace(affairBody, `"remark":"很快"`, `"remark":"`+strings.Repeat("𠮷", 151)+`"`, 1),
		strings.Replace(affairBody, `"20240316093015"`, `" 20240316093015\u3000"`, 1),
		`{"a":` + strings.Repeat("[", 10_001), strings.Repeat(`{"a":`, 500) + strings.Repeat("}", 500),
	} {
		for which := range byte(3) {
			f.Add(which, []byte(body))
		}
	}
	// What is nearly plain, and all but one of it no JSON.
	for was, is := range map[string]string{
		`"generalStars":5`: `"generalStars":05`, `"userType":0`: `"userType":-`, `"certificateType":10`: `"certificateType":10.`,
		`"很快"`: "\"很\t快\"", `"remark":"很快"`: `"remark":nul`, `}]`: `},]`, `[{`: `[,{`, `"},`: `",},`, `","`: `";"`, `":"`: `"="`,
		`"user":{`: `"user":{,`, `{"tagId"`: ` {"tagId"`, `"}]`: `"]]`,
	} {
		if !strings.Contains(affairBody, was) {
			f.Fatalf("no %s to be replaced", was)
		}
		f.Add(byte(0), []byte(strings.Replace(affairBody, was, is, 1)))
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		m := []*message{affair, guide, hotline}[which%3]
		var r review.Review
		violations := decode(body, m.fields, &r)
		for _, v := range violations {
			if v.Field == "" || len(v.Field) > maxPath || !utf8.ValidString(v.Field) || !strings.ContainsFunc(v.Reason, isHan) {
				t.Errorf("violation %+v", v)
			}
		}
		if len(violations) > 0 {
			return
		}
		var d decoding
		var again review.Review
		d.whole.reset(body, string(body))
		if found, err := d.read(&d.whole, m.fields, &again); err != nil || found != nil || !cmp.Equal(r, again) {
			t.Errorf("read as all of JSON: %v, %v, %s", err, found, cmp.Diff(r, again))
		}
		if !json.Valid(body) || !utf8.Valid(body) {
			t.Errorf("accepted what is no JSON: %q", body)
		}
		holdRequired(t, m.fields, &r)
		if m != hotline && (r.Stars < 1 || r.Stars > 5 || r.UserType == nil || r.CertificateType == nil || len(r.Tags) > maxTags) {
			t.Errorf("accepted %+v", r)
		}
		if m == hotline && (r.AcceptStars < 1 || r.AcceptStars > 5 || r.DealStars < 1 || r.DealStars > 5) {
			t.Errorf("accepted %+v", r)
		}
		for _, id := range r.Tags {
			if id == "" {
				t.Errorf("accepted an empty tag: %q", r.Tags)
			}
		}
	})
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// holdRequired checks that what is required is there and that nothing is longer than it may be.
func holdRequired(t *testing.T, fields []field, r *review.Review) {
	for _, f := range fields {
		switch {
		case f.fields != nil:
			holdRequired(t, f.fields, r)
		case f.text != nil:
			s := *f.text(r)
			if f.required && s == "" || utf8.RuneCountInString(s) > f.max || s != strings.TrimSpace(s) || strings.ContainsRune(s, 0) {
				t.Errorf("%s: accepted %q", f.path, s)
			}
		case f.moment != nil:
			if at := *f.moment(r); at.Year() < 1970 || at.Year() > 9999 {
				t.Errorf("%s: accepted %v", f.path, at)
			}
		}
	}
}

// What is sent arrives, field by field; white space at both ends does not.
func TestDecodeKeepsEveryField(t *testing.T) {
	moment := func(s string) time.Time {
		at, _, real := beijing.Parse14(s)
		if !real {
			t.Fatalf("no time: %s", s)
		}
		return at
	}
	zero, one, ten, most := 0, 1, 10, 999
	for _, c := range []struct {
		m    *message
		body string
		want review.Review
	}{
		{affair, strings.Replace(affairBody, `"很快"`, `"\u3000 很快\n"`, 1), review.Review{
			Facts: review.Facts{
				AppCode: "app1", EntityCode: "egovAffair", Kind: review.Affair, Subject: "S1", ItemCode: "C1", ItemName: "身份证补领",
				DepartmentCode: "11440100007482532C", DepartmentName: "广州市公安局", Stars: 5, Tags: []string{"510"},
				UserType: &zero, CertificateType: &ten, EvalTime: moment("20240316093015"), ApplyTime: moment("20240301090000"),
				DoneTime: moment("20240315170000"),
			},
			Personal: review.Personal{
				UserID: "u1", UserName: "张三", ContactPhone: "13800138000", PassportName: "zhangsan", CertificateNo: "440100199001011234",
				OfficerName: "陈志强", Remark: "很快",
			},
		}},
		{guide, guideBody, review.Review{
			Facts: review.Facts{
				AppCode: "app1", EntityCode: "egovGuide", Kind: review.Guide, Subject: "C1", ItemCode: "C1", ItemName: "身份证补领",
				DepartmentCode: "D1", Stars: 1, UserType: &one, CertificateType: &most, EvalTime: moment("19700101000000"),
			},
			Personal: review.Personal{
				UserID: "u1", UserName: "张三", ContactPhone: "13800138000", PassportName: "zhangsan", CertificateNo: "1",
			},
		}},
		{hotline, hotlineBody, review.Review{
			Facts: review.Facts{
				AppCode: "app1", EntityCode: "hotlineAffair", Kind: review.Hotline, Subject: "W1", DepartmentCode: "D1",
				RegionCode: "440100000000", WorkNo: "R1", Stars: 2, AcceptStars: 5, DealStars: 2, EvalTime: moment("20240316093015"),
				ApplyTime: moment("20240229000000"), DealTime: moment("20240314100000"), DoneTime: moment("20240315170000"),
			},
			Personal: review.Personal{UserName: "李四", ContactPhone: "13900139000", OfficerName: "王芳"},
		}},
	} {
		var got review.Review
		if violations := decode([]byte(c.body), c.m.fields, &got); violations != nil {
			t.Fatalf("%s: %v", c.m.kind, violations)
		}
		c.m.complete(&got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.m.kind, diff)
		}
	}
}

// What callers send without escapes is read by the quick reader, which else would be quick for nobody.
func TestPlainMessagesAreReadPlainly(t *testing.T) {
	for m, body := range map[*message]string{affair: affairBody, guide: guideBody, hotline: hotlineBody} {
		var d decoding
		var told review.Review
		d.plain = plain{text: body}
		if violations, err := d.read(&d.plain, m.fields, &told); err != nil || violations != nil || told.EvalTime.IsZero() {
			t.Errorf("%s: %v, %v", m.kind, violations, err)
		}
	}
}

// What is no proper JSON has told nothing, whatever stood in it before the fault.
func TestDecodeForgetsWhatIsBroken(t *testing.T) {
	open := strings.TrimSuffix(affairBody, "}")
	for _, body := range []string{open, affairBody + "x", affairBody + "{}", open + `,"appCode":"app1"}`, open + `,"a":"\ud800"}`, open + "]"} {
		var got review.Review
		if violations := decode([]byte(body), affair.fields, &got); len(violations) != 1 {
			t.Errorf("got %v, want one violation", violations)
		}
		if diff := cmp.Diff(review.Review{}, got); diff != "" {
			t.Errorf("told\n%s", diff)
		}
	}
}

// What stands before the object and can't be seen, and a body that was compressed, are called what they are.
func TestBodiesThatBeginWithSomethingElse(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(affairBody)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"\ufeff" + affairBody: "开头有字节顺序标记（BOM），请去掉",
		packed.String():       "不能压缩，请发送原文",
		"\xff\xfe{\x00}\x00":  "应为 UTF-8 编码",
	} {
		var told review.Review
		_, affairs := decodeAffairs([]byte(body), newSentAffairs().columns)
		for _, got := range [][]fault.Violation{decode([]byte(body), affair.fields, &told), affairs} {
			if diff := cmp.Diff([]fault.Violation{{Field: "body", Reason: want}}, got); diff != "" {
				t.Errorf("%.10q: %s", body, diff)
			}
		}
	}
}

// What nests without end is told by the field that does, and nothing of it is taken. What nobody asks for may nest a little.
func TestWhatNestsTooDeep(t *testing.T) {
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for name, c := range map[string]struct{ review, affairs, field, affairsField string }{
		"in a field that nobody asks for": {strings.TrimSuffix(affairBody, "}") + `,"more":` + deep(32) + "}", `{"more":` + deep(32) + "}", "more", "more"},
		"in objects": {
			strings.TrimSuffix(affairBody, "}") + `,"more":` + strings.Repeat(`{"a":`, 32) + "1" + strings.Repeat("}", 32) + "}",
			`{"affairs":[{"more":` + deep(30) + "}]}", "more", "affairs[0].more",
		},
		"in a field":    {strings.Replace(affairBody, `"generalStars":5`, `"generalStars":`+deep(20_000), 1), `{"affairs":[{"affairCode":` + deep(20_000) + "}]}", "generalStars", "affairs[0].affairCode"},
		"in an element": {`{"tagList":[{}, ` + deep(31) + "]}", `{"affairs":[{}, ` + deep(31) + "]}", "tagList[1]", "affairs[1]"},
	} {
		var told review.Review
		_, affairs := decodeAffairs([]byte(c.affairs), newSentAffairs().columns)
		for field, got := range map[string][]fault.Violation{"review " + c.field: decode([]byte(c.review), affair.fields, &told), "affairs " + c.affairsField: affairs} {
			_, path, _ := strings.Cut(field, " ")
			if diff := cmp.Diff([]fault.Violation{{Field: path, Reason: "层数太多，整个请求最多 32 层"}}, got); diff != "" {
				t.Errorf("%s, %s: %s", name, field, diff)
			}
		}
		if diff := cmp.Diff(review.Review{}, told); diff != "" {
			t.Errorf("%s: told\n%s", name, diff)
		}
	}
	var told review.Review
	if got := decode([]byte(strings.TrimSuffix(affairBody, "}")+`,"more":`+deep(31)+"}"), affair.fields, &told); got != nil {
		t.Errorf("32 levels in all: %v", got)
	}
}

// A code that holds a control character can't be what it is meant to be: no affair bears it (see 5.5 of the guide), no dynamic code does.
// Texts may, for people write lines.
func TestCodesHoldNoControlCharacters(t *testing.T) {
	for m, sent := range map[*message]struct{ body, paths string }{
		affair: {affairBody, "department.departmentCode affair.affairSerialNo affair.affairCode user.userId user.contactPhone user.certificateNo"},
		guide:  {strings.Replace(guideBody, `"certificateNo":"1"`, `"certificateNo":"12"`, 1), "user.userId user.contactPhone user.certificateNo guide.affairCode guide.departmentCode"},
		hotline: {
			strings.Replace(hotlineBody, `"remark":" "`, `"remark":"慢"`, 1), "workOrderId user.contactPhone accept.workNo accept.regionCode deal.departmentCode",
		},
	} {
		for _, control := range []string{`\n`, `\u0001`, "\x7f"} {
			body := regexp.MustCompile(`:"([^"])([^"]*)"`).ReplaceAllString(sent.body, `:"$1`+control+`$2"`)
			var told review.Review
			var paths []string
			for _, v := range decode([]byte(body), m.fields, &told) {
				if v.Reason == "不能有控制字符" {
					paths = append(paths, v.Field)
				}
			}
			if got := strings.Join(paths, " "); got != sent.paths {
				t.Errorf("%s, %q: got %s, want %s", m.kind, control, got, sent.paths)
			}
		}
	}
}
