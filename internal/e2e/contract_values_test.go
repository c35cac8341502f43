package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// fieldCase is one value of a field and the faults it has; none is an acceptable value.
type fieldCase struct {
	name   string
	value  any
	faults []violation
}

// blank is white space of several kinds: what a form sends that nobody filled in.
const blank = " \t\u00a0\u3000"

// number is a number in JSON as it is written.
func number(text string) json.RawMessage { return json.RawMessage(text) }

// casesOf are the values to try for a row of a table.
func casesOf(path string, r row, all []row, a app) []fieldCase {
	var cases []fieldCase
	add := func(name string, value any, reason string) {
		one := fieldCase{name: name, value: value}
		if reason != "" {
			one.faults = []violation{{r.path, reason}}
		}
		cases = append(cases, one)
	}
	missing := ""
	if r.required {
		missing = "不能为空"
	}
	add("absent", absent{}, missing)
	add("null", nil, missing)
	switch r.kind {
	case "String":
		textCases(add, path, r, a, missing)
	case "time":
		timeCases(add, r, missing)
	case "Integer":
		integerCases(add, r)
	case "Array":
		for name, value := range map[string]any{"an object": tree{}, "a string": "510", "a number": 510, "true": true} {
			add(name, value, "应为数组")
		}
		add("empty", []any{}, "")
	case "Object":
		for name, value := range map[string]any{"an array": []any{}, "a string": "x", "a number": 1, "true": true} {
			add(name, value, "应为对象")
		}
		cases = append(cases, fieldCase{"empty", tree{}, childrenOf(r, all)})
	}
	return cases
}

// childrenOf are the faults of an empty object.
func childrenOf(object row, all []row) []violation {
	var faults []violation
	for _, r := range all {
		if r.required && strings.HasPrefix(r.path, object.path+".") {
			faults = append(faults, violation{r.path, "不能为空"})
		}
	}
	return faults
}

type adding func(name string, value any, reason string)

func textCases(add adding, path string, r row, a app, missing string) {
	add("empty", "", missing)
	add("blank", blank, missing)
	for name, value := range map[string]any{
		"a number": 5, "a fraction": 5.5, "true": true, "an object": tree{}, "an array": []any{"x"},
	} {
		add(name, value, "应为字符串")
	}
	longest := textOf(r.max)
	reason := ""
	switch r.path {
	case "appCode":
		longest = a.Code // another's is code 3
	case "evalEntityCode":
		reason = "应为 " + map[string]string{
			pathAffair: "egovAffair 或 yssAffair", pathGuide: "egovGuide", pathHotline: "hotlineAffair",
		}[path]
	case "tagList[0].tagId":
		reason = "应为 5 星的有效标签，可用 GET /ping/ebus/tags 查询"
	}
	add("longest", longest, reason)
	if reason == "" && r.path != "appCode" {
		longest = textOf(r.max) // another subject
	}
	add("longest amid white space", blank+longest+blank, reason)
	add("longest + 1", textOf(r.max+1), fmt.Sprintf("最多 %d 个字符，现有 %d 个", r.max, r.max+1))
}

// textOf is a new text of n characters, most of which have several bytes: common and rare Chinese (extension B), an
// accent, an emoji.
func textOf(n int) string {
	filler := []rune("字𠮷é😀")
	text := []rune(nextSubject())
	for i := len(text); i < n; i++ {
		text = append(text, filler[i%len(filler)])
	}
	return string(text)
}

func timeCases(add adding, r row, missing string) {
	const form, real = "应为 yyyyMMddHHmmss 格式的 14 位数字", "应为 1970 年以来真实的日期和时间"
	add("empty", "", missing)
	add("blank", blank, missing)
	for name, value := range map[string]any{
		"a number": 20250301090000, "true": true, "an object": tree{}, "an array": []any{"20250301090000"},
	} {
		add(name, value, "应为 yyyyMMddHHmmss 格式的字符串")
	}
	for _, one := range []struct{ value, reason string }{
		{"20250301090000", ""},
		{" 20250301090000\u3000", ""},
		{"2025030109000", form},
		{"202503010900000", form},
		{"2025030109000x", form},
		{"２０２６０３０１０９００００", form}, // full-width digits
		{"2025-03-01 09", form},
		{"+2025030109000", form},
		{strings.Repeat("2", 30), form}, // 3.4.3.4: String(30) is a misprint
		{"20240229000000", ""},
		{"20230229000000", real},
		{"20000229000000", ""},
		{"21000229000000", real},
		{"20250431000000", real},
		{"20250001000000", real},
		{"20251301000000", real},
		{"20250300000000", real},
		{"20250332000000", real},
		{"19700101000000", ""},
		{"19691231235959", real},
		{"00000000000000", real},
		{"20250301235959", ""},
		{"20250301240000", real},
		{"20250301096000", real},
		{"20250301090060", real},
	} {
		add(one.value, one.value, one.reason)
	}
	ahead := ""
	if r.path == "evalTime" {
		ahead = "不得晚于服务器时间"
	}
	add("four minutes ahead", at(time.Now().Add(4*time.Minute)), "")
	add("six minutes ahead", at(time.Now().Add(6*time.Minute)), ahead)
	add("a year ahead", at(time.Now().AddDate(1, 0, 0)), ahead)
	add("the last second of 9999", "99991231235959", ahead)
}

func integerCases(add adding, r row) {
	reason := fmt.Sprintf("应为 %d 到 %d 的整数", r.low, r.high)
	if r.path == "user.userType" {
		reason = "应为整数 0（个人）或 1（法人）"
	}
	for name, value := range map[string]any{
		"a string": "1", "empty": "", "blank": blank, "true": true, "an object": tree{}, "an array": []any{1},
		"a fraction": 1.5, "a whole fraction": number("1.0"), "an exponent": number("1e0"), "a capital exponent": number("1E0"),
		"zero with a fraction": number("0.0"), "-1": -1, "100000": 100000, "2^32": number("4294967296"),
		"2^64 + 1": number("18446744073709551617"), "a hundred digits": number("1" + strings.Repeat("0", 99)),
	} {
		add(name, value, reason)
	}
	for n := r.low - 1; n <= r.high+1; n++ {
		if r.high-r.low > 10 && n > r.low && n < r.high-1 {
			continue
		}
		if n < r.low || n > r.high {
			add(fmt.Sprint(n), n, reason)
		} else {
			add(fmt.Sprint(n), n, "")
		}
	}
}
