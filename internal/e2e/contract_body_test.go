package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a body may be, and that all that is wrong with it is told (contract.md 4).
func TestBody(t *testing.T) {
	partsOnContract(t,
		part{"is one JSON object", oneJSONObject},
		part{"keys stand once", keysStandOnce},
		part{"every fault is told", everyFaultIsTold},
		part{"has a limit", bodyHasALimit},
	)
}

// What is no proper JSON object is refused as such, and nothing of it is stored (contract.md 4).
func oneJSONObject(t *testing.T, c *caller) {
	valid := func() string { return affairOf(c.app).text() }
	// inside puts members before the others of a valid message.
	inside := func(members string) string { return "{" + members + "," + valid()[1:] }
	for _, one := range []struct {
		name, body string
		reason     string // what the fault of the body begins with; empty: code 0
	}{
		{"nothing", "", "应为一个 JSON 对象"},
		{"white space", " \r\n\t", "应为一个 JSON 对象"},
		{"null", "null", "应为一个 JSON 对象"},
		{"an array", "[" + valid() + "]", "应为一个 JSON 对象"},
		{"a string", `"x"`, "应为一个 JSON 对象"},
		{"a number", "5", "应为一个 JSON 对象"},
		{"true", "true", "应为一个 JSON 对象"},
		{"no JSON", "appCode=gzga01", "不是合法的 JSON"},
		{"XML", "<xml/>", "不是合法的 JSON"},
		{"half an object", valid()[:100], "不是完整的 JSON 对象"},
		{"an opening brace", "{", "不是完整的 JSON 对象"},
		{"half a string", `{"appCode":"gz`, "不是完整的 JSON 对象"},
		{"a byte order mark", "\ufeff" + valid(), "开头有字节顺序标记"},
		{"white space around", "\r\n\t " + valid() + " \n", ""},
		{"text behind", valid() + "x", "应只有一个 JSON 对象"},
		{"a comma behind", valid() + ",", "应只有一个 JSON 对象"},
		{"a brace behind", valid() + "}", "应只有一个 JSON 对象"},
		{"two objects", valid() + valid(), "应只有一个 JSON 对象"},
		{"two objects on two lines", valid() + "\n{}", "应只有一个 JSON 对象"},
		{"a comma too much", strings.TrimSuffix(valid(), "}") + ",}", "不是合法的 JSON"},
		{"a comma too little", inside(`"a":1 "b":2`), "不是合法的 JSON"},
		{"a comment", inside(`/* x */ "a":1`), "不是合法的 JSON"},
		{"single quotes", inside(`'a':1`), "不是合法的 JSON"},
		{"a name without quotes", inside(`a:1`), "不是合法的 JSON"},
		{"NaN", inside(`"a":NaN`), "不是合法的 JSON"},
		{"a number with a leading zero", inside(`"a":05`), "不是合法的 JSON"},
		{"a number with a plus", inside(`"a":+5`), "不是合法的 JSON"},
		{"a line break in a string", inside("\"a\":\"x\ny\""), "不是合法的 JSON"},
		{"an unknown escape", inside(`"a":"\x"`), "不是合法的 JSON"},
		{"GBK", inside("\"a\":\"\xb9\xe3\xb6\xab\""), "应为 UTF-8 编码"},
		{"a surrogate in UTF-8", inside("\"a\":\"\xed\xa0\x80\""), "应为 UTF-8 编码"},
		{"half a character", strings.TrimSuffix(valid(), "}") + "\xe5\xad", "应为 UTF-8 编码"},
		{"U+0000 in a field", strings.Replace(valid(), "很快", `很\u0000快`, 1), "不能含有字符 U+0000"},
		{"U+0000 in an unknown field", inside(`"a":["\u0000"]`), "不能含有字符 U+0000"},
		{"U+0000 in a name", inside(`"\u0000":1`), "不能含有字符 U+0000"},
		{"U+0000 behind an escaped backslash", inside(`"a":"\\\u0000"`), "不能含有字符 U+0000"},
		{"a backslash and the text u0000", inside(`"a":"\\u0000"`), ""},
		{"U+0000 itself", inside("\"a\":\"\x00\""), "不是合法的 JSON"},
		{"U+0000 behind the object", valid() + "\x00", "应只有一个 JSON 对象"},
		{"a lone high surrogate", strings.Replace(valid(), "很快", `\ud840`, 1), "不是合法的 JSON"},
		{"a lone low surrogate", inside(`"a":"\udc0b"`), "不是合法的 JSON"},
		{"surrogates the wrong way round", inside(`"a":"\udc0b\ud840"`), "不是合法的 JSON"},
		{"a pair of surrogates", strings.Replace(valid(), "很快", `\ud840\udc0b`, 1), ""},
		{"an escaped name", strings.Replace(valid(), `"appCode"`, `"\u0061pp\u0043ode"`, 1), ""},
		{"32 levels in an unknown field", inside(`"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31)), ""},
	} {
		a := c.call(t, request{path: pathAffair, body: one.body})
		switch {
		case one.reason == "":
			if a.code() != succeeded {
				t.Errorf("%s: got %s, want code 0", one.name, a.text)
			}
		case a.code() != invalid || a.fields() != "body" || !strings.HasPrefix(a.Errors[0].Reason, one.reason):
			t.Errorf("%s: got %s, want code 2, body, %s", one.name, a.text, one.reason)
		}
	}
	for name, body := range map[string]string{
		"33 levels":                    inside(`"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32)),
		"60,000 levels that never end": `{"a":` + strings.Repeat("[", 60_000),
	} {
		if a := c.call(t, request{path: pathAffair, body: body}); a.code() != invalid || a.fields() != "a" || a.Errors[0].Reason != "层数太多，整个请求最多 32 层" {
			t.Errorf("%s: got %s, want code 2, a, too many levels", name, a.text)
		}
	}
	if got := c.counted(t); got != 5 {
		t.Errorf("%d reviews are counted, want the 5 acceptable ones", got)
	}
}

// The same key twice in an object is refused wherever it stands, and named by its path.
func keysStandOnce(t *testing.T, c *caller) {
	for _, one := range []struct{ name, old, new, field string }{
		{"a field", `"appCode":`, `"appCode":"other","appCode":`, "appCode"},
		{"the same value twice", `"generalStars":5`, `"generalStars":5,"generalStars":5`, "generalStars"},
		{"a field of an object", `"affairCode":`, `"affairCode":"x","affairCode":`, "affair.affairCode"},
		{"a whole object", `"user":`, `"user":{},"user":`, "user"},
		{"a tag's", `"tagId":"510"`, `"tagId":"510","tagId":"511"`, "tagList[0].tagId"},
		{"escaped once", `"appCode":`, `"\u0061ppCode":"other","appCode":`, "appCode"},
		{"an unknown field", `"appCode":`, `"more":1,"more":2,"appCode":`, "more"},
		{"in an unknown object", `"appCode":`, `"more":{"a":{"b":1,"b":2}},"appCode":`, "more.a.b"},
		{"in an unknown array", `"appCode":`, `"more":[1,{"a":1,"a":2}],"appCode":`, "more[1].a"},
		{"in an object of the wrong type", `"generalStars":5`, `"generalStars":{"a":1,"a":2}`, "generalStars.a"},
	} {
		a := c.call(t, request{path: pathAffair, body: strings.Replace(affairOf(c.app).text(), one.old, one.new, 1)})
		if a.code() != invalid || a.fields() != one.field {
			t.Errorf("%s: got %s, want code 2, %s", one.name, a.text, one.field)
		}
	}
	// Names that differ are not the same, even if only in case, and nothing is unknown about one in another object.
	body := strings.Replace(affairOf(c.app).text(), `"appCode":`, `"AppCode":1,"APPCODE":2,"more":{"appCode":3},"appCode":`, 1)
	if a := c.call(t, request{path: pathAffair, body: body}); a.code() != succeeded {
		t.Errorf("other names: got %s, want code 0", a.text)
	}
}

// Several faults at once are all told, and fields that the specification does not know are ignored.
func everyFaultIsTold(t *testing.T, c *caller) {
	m := affairOf(c.app).with("evalEntityCode", "egovGuide").with("department.departmentCode", absent{}).
		with("affair.affairName", strings.Repeat("长", 101)).with("affair.affairDoneTime", "20230229000000").
		with("user", nil).with("tagList", append(tags("510", "999", ""), nil)).with("remark", 5).with("evalTime", "2025")
	a := c.submit(t, pathAffair, m)
	got := map[string]string{}
	for _, v := range a.Errors {
		got[v.Field] = v.Reason
	}
	want := map[string]string{
		"evalEntityCode":            "应为 egovAffair 或 yssAffair",
		"department.departmentCode": "不能为空",
		"affair.affairName":         "最多 100 个字符，现有 101 个",
		"affair.affairDoneTime":     "应为 1970 年以来真实的日期和时间",
		"user":                      "不能为空",
		"tagList[1].tagId":          "应为 5 星的有效标签，可用 GET /ping/ebus/tags 查询",
		"tagList[2].tagId":          "不能为空",
		"tagList[3]":                "应为对象",
		"remark":                    "应为字符串",
		"evalTime":                  "应为 yyyyMMddHHmmss 格式的 14 位数字",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(a.Errors) != len(want) {
		t.Errorf("%d errors (-want +got)\n%s", len(a.Errors), diff)
	}
	if !strings.Contains(a.Message, "共 10 处") {
		t.Errorf("message %q does not say how many", a.Message)
	}

	m = affairOf(c.app).with("version", 3).with("affair.more", tree{"appCode": nil, "generalStars": 9}).
		with("user.generalStars", "x").with("tagList[0].tagName", []any{1, nil, "x"}).with("department.user", false)
	c.mustSubmit(t, pathAffair, m)
	for _, path := range []string{pathAffair, pathGuide, pathHotline} {
		a := c.call(t, request{path: path, body: "{}"})
		var want []string
		for _, r := range rowsOf(t, specified[path]) {
			if r.required && !strings.Contains(r.path, ".") {
				want = append(want, r.path)
			}
		}
		if a.fields() != strings.Join(want, " ") {
			t.Errorf("%s without a field: got %q, want %q", path, a.fields(), want)
		}
	}
}

// A body has at most 64 KiB, told by its length or not.
func bodyHasALimit(t *testing.T, c *caller) {
	const limit = 64 << 10
	sized := func(n int) string {
		text := affairOf(c.app).text()
		return text[:len(text)-1] + fmt.Sprintf(`,"more":%q}`, strings.Repeat("x", n-len(text)-len(`,"more":""`)))
	}
	for _, chunked := range []bool{false, true} {
		for _, one := range []struct{ size, status, code int }{
			{limit - 1, http.StatusOK, succeeded},
			{limit, http.StatusOK, succeeded},
			{limit + 1, http.StatusRequestEntityTooLarge, failed},
			{4 * limit, http.StatusRequestEntityTooLarge, failed},
		} {
			body := sized(one.size)
			if len(body) != one.size {
				t.Fatalf("a body of %d bytes has %d", one.size, len(body))
			}
			a := c.call(t, request{path: pathAffair, body: body, chunked: chunked})
			if a.status != one.status || a.code() != one.code {
				t.Errorf("%d bytes, chunked %v: got %d %s, want %d", one.size, chunked, a.status, a.text, one.status)
			}
		}
	}
	if got := c.counted(t); got != 4 {
		t.Errorf("%d reviews are counted, want 4", got)
	}
}
