package venue

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

// field is a column of the list of halls (附件7, domain.md 7).
type field int

const (
	region field = iota
	level
	hallName
	address
	telephone
	hours
	departmentName
	departmentCode
	windowNumber
	windowName
	workNo
	officerName
	hallCode
	windowCode
	fields
)

// column is what a field is called and what may stand in it. A cell that must not be empty is so for what it describes:
// a hall's for a hall, a window's for a window.
type column struct {
	name     string
	also     []string // what else people call it
	required bool
	most     int // characters
	plain    bool
	check    func(text string) (reason string)
	wide     float64
	hint     string
	choices  []string
}

var columns = [fields]column{
	region: {
		name: "区划", also: []string{"所属区划", "行政区划", "区划编码"}, required: true, most: 60, plain: true, wide: 22,
		hint: "必填。大厅所属区划：12 位编码，或名称如 广州市/越秀区/北京街道。见“区划”表",
	},
	level: {
		name: "层级", also: []string{"级别", "大厅层级"}, required: true, most: 4, check: checkLevel, wide: 8,
		hint: "必填。市直、区县、镇街、村居 之一", choices: Levels(),
	},
	hallName: {
		name: "大厅名称", also: []string{"大厅", "服务大厅名称"}, required: true, most: 50, wide: 30,
		hint: "必填。如 广州市政务服务中心。同一区划内不能重名；下面各行留空表示同一大厅",
	},
	address: {
		name: "地址", also: []string{"大厅地址", "详细地址"}, required: true, most: 100, wide: 34,
		hint: "必填。如 广州市天河区珠江新城华利路61号",
	},
	telephone: {
		name: "电话", also: []string{"联系电话", "咨询电话"}, required: true, most: 50, plain: true, check: checkTelephone, wide: 18,
		hint: "必填。固定电话要带区号，如 020-12345678；几个号码用顿号分开",
	},
	hours: {
		name: "开放时间", also: []string{"办公时间", "服务时间", "工作时间"}, required: true, most: 100, check: checkHours, wide: 34,
		hint: "必填。如 周一至周五 9:00—12:00，13:00—17:00",
	},
	departmentName: {
		name: "部门名称", also: []string{"部门", "进驻部门"}, required: true, most: 50, wide: 22,
		hint: "有窗口时必填。窗口所属部门的全称",
	},
	departmentCode: {
		name: "部门编码", most: 32, plain: true, check: checkCode, wide: 22,
		hint: "选填。数广政务运营平台部门编码",
	},
	windowNumber: {
		name: "窗口号", also: []string{"窗口编号"}, required: true, most: 10, plain: true, check: checkNumber, wide: 9,
		hint: "有窗口时必填。窗口上方标的号码，如 3 或 A12；同一大厅内不能重复",
	},
	windowName: {
		name: "窗口名称", also: []string{"窗口"}, required: true, most: 30, wide: 18,
		hint: "有窗口时必填。如 综合受理",
	},
	workNo: {
		name: "工号", also: []string{"工作人员工号", "人员工号"}, required: true, most: 10, plain: true, check: checkWorkNo, wide: 12,
		hint: "选填。窗口服务人员工号，不能含“-”；一个窗口有几人时，每人一行",
	},
	officerName: {
		name: "姓名", also: []string{"工作人员姓名", "工作人员"}, required: true, most: 50, wide: 12,
		hint: "有工号时必填",
	},
	hallCode: {
		name: "大厅编码", most: 20, plain: true, check: checkCode, wide: 16,
		hint: "由系统分配，新大厅留空",
	},
	windowCode: {
		name: "窗口编码", most: 20, plain: true, check: checkCode, wide: 20,
		hint: "由系统分配，新窗口留空",
	},
}

// addressColumn is in what we give out and ignored when it comes back; remarks are people's own.
const addressColumn = "评价地址"

var ignored = []string{addressColumn, "序号", "备注"}

// fieldOf finds the field that a head names.
func fieldOf(head string) (field, bool) {
	for f := range fields {
		if c := &columns[f]; c.name == head || slices.Contains(c.also, head) {
			return f, true
		}
	}
	return 0, false
}

// read gives a cell its form, and says what is wrong with what stands in it.
func (c *column) read(cell string) (text, reason string) {
	text, reason = sheet.Text(cell, c.most, c.plain)
	if text == "" || reason != "" || c.check == nil {
		return text, reason
	}
	return text, c.check(text)
}

func count(n int) string { return strconv.Itoa(n) }

func checkLevel(text string) string {
	if slices.Contains(Levels(), text) {
		return ""
	}
	return "应为 市直、区县、镇街、村居 之一，现为“" + text + "”"
}

var (
	telephoneForm = regexp.MustCompile(`^(\+?86[- ]?)?(` +
		`\(?0[1-9]\d{1,2}\)?[- ]?\d{3,4}[- ]?\d{4}` + // with its area code
		`|1[3-9]\d{9}` + // mobile
		`|[48]00[- ]?\d{3}[- ]?\d{4}` +
		`|(0[1-9]\d{1,2}-?)?(1\d{4}|12\d{4,6}|9\d{4,5})` + // service numbers, such as 12345
		`)([-转]\d{1,6})?$`)
	numberForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	codeForm   = regexp.MustCompile(`^[0-9A-Za-z]+$`)
)

func checkTelephone(text string) string {
	if spoiled := org.Spoiled(text); spoiled != "" {
		return spoiled
	}
	numbers := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("、,;/､", r) })
	for _, n := range numbers {
		if !telephoneForm.MatchString(strings.TrimSpace(n)) {
			return "“" + strings.TrimSpace(n) + "”不是电话号码，固定电话要带区号，如 020-12345678；几个号码用顿号分开"
		}
	}
	if len(numbers) == 0 {
		return "应为电话号码，如 020-12345678"
	}
	return ""
}

func checkHours(text string) string {
	if numberForm.MatchString(text) || !strings.ContainsFunc(text, unicode.IsDigit) && !strings.Contains(text, "全天") {
		return "应写明星期和时间，如 周一至周五 9:00—12:00，13:00—17:00，现为“" + text + "”"
	}
	return ""
}

func checkCode(text string) string {
	if codeForm.MatchString(text) {
		return ""
	}
	return cmp.Or(org.Spoiled(text), "只能有字母和数字，现为“"+text+"”")
}

func checkNumber(text string) string {
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return "中间不能有空格，现为“" + text + "”"
	}
	return ""
}

// checkWorkNo: the parts of a dynamic code are joined by "-" (3.4.1.4).
func checkWorkNo(text string) string {
	if strings.Contains(text, "-") {
		return "不能含“-”，现为“" + text + "”"
	}
	return checkNumber(text)
}

// sheetColumns are how columns look in what we give out. Whoever lists no officers leaves their columns empty.
func sheetColumns(of []field) []sheet.Column {
	shown := make([]sheet.Column, len(of))
	for i, f := range of {
		c := &columns[f]
		shown[i] = sheet.Column{
			Name: c.name, Width: c.wide, Required: c.required && !slices.Contains(officerFields, f), Hint: c.hint, Choices: c.choices,
		}
	}
	return shown
}
