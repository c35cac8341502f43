package venue

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

func TestEveryFaultNamesItsCell(t *testing.T) {
	long := func(n int) string { return strings.Repeat("长", n) }
	for _, tt := range []struct {
		name string
		rows []sheet.Row
		want []string // beginnings, in order
	}{
		{"no row", table(), []string{"表中没有一个大厅"}},
		{"no head", []sheet.Row{{Number: 1, Cells: []string{"姓名"}}}, []string{"找不到表头"}},
		{"nothing at all", nil, []string{"找不到表头"}},
		{
			"an unknown head", under([]string{"区划", "层级", "大厅名称", "地址", "电话", "开放时间", "传真"}, center),
			[]string{"G1 没有“传真”这一列"},
		},
		{
			"a head twice", under([]string{"区划", "层级", "大厅名称", "地址", "联系电话", "开放时间", "电话"}, center),
			[]string{"G1 与 E1 是同一列"},
		},
		{
			"a head too few", under([]string{"区划", "大厅名称", "地址", "电话", "窗口号"}, "广州市|厅|路|12345|1"),
			[]string{"缺少“层级”", "缺少“开放时间”", "缺少“部门名称”", "缺少“窗口名称”"},
		},
		{
			"officers without names", under([]string{"区划", "层级", "大厅名称", "地址", "电话", "开放时间", "工号"}, center),
			[]string{"缺少“姓名”"},
		},

		{"a hall with nothing else", table("||厅"), []string{"A2 区划 不能为空", "B2 层级 不能为空", "D2 地址", "E2 电话", "F2 开放时间"}},
		{"no hall above", table(same + police + "|1|综合"), []string{"C2 大厅名称 不能为空"}},
		{"level", table(strings.Replace(center, "市直", "街道", 1)), []string{"B2 层级 应为 市直、区县、镇街、村居 之一，现为“街道”"}},
		{"region code", table(strings.Replace(street, "440104001000", "449904001000", 1)), []string{"A2 区划 没有区划编码“449904001000”"}},
		{"region code as a number", table(strings.Replace(street, "440104001000", "4.40104E+11", 1)), []string{"A2 区划 被表格软件改成了科学计数"}},
		{"region name", table(strings.Replace(center, "广州市|", "羊城|", 1)), []string{"A2 区划 没有名为“羊城”的区划"}},
		{
			"region name of many", table(strings.Replace(street, "440104001000", "新华街道", 1), strings.Replace(street, "440104001000", "城东街道", 1)),
			[]string{"A2 区划 有 3 个区划名为“新华街道”，请写全，如 广州市/花都区/新华街道", "A3 区划 有 "},
		},
		{"a city for a town's hall", table(strings.Replace(street, "440104001000", "广州市", 1)), []string{"A2 区划 层级为“镇街”，区划应写到镇街"}},
		{"a county for a village's hall", table("越秀区|村居|站|路|12345|全天"), []string{"A2 区划 层级为“村居”"}},
		{"a city for a county's hall", table("广州市|区县|厅|路|12345|全天"), []string{"A2 区划 层级为“区县”"}},
		{"the province for a county's hall", table("广东省|区县|厅|路|12345|全天"), []string{"A2 区划 层级为“区县”"}},
		{
			"too long", table("广州市|市直|" + long(51) + "|" + long(101) + "|12345|9:00" + long(97)),
			[]string{"C2 大厅名称 最多 50 个字符，现有 51 个", "D2 地址 最多 100", "F2 开放时间 最多 100"},
		},
		{"telephone", table(strings.Replace(center, "020-12345678", "8888888、020-88888888", 1)), []string{"E2 电话 “8888888”不是电话号码"}},
		{"telephone as a spreadsheet shows it", table(strings.Replace(center, "020-12345678", "1.38001E+10", 1)), []string{"E2 电话 被表格软件改成了科学计数“1.38001E+10”，请把这一列设为文本"}},
		{
			"a hall's code as a spreadsheet shows it", under(codedHeads, center+"|||||4.40103E+11|"),
			[]string{"K2 大厅编码 被表格软件改成了科学计数“4.40103E+11”，请把这一列设为文本"},
		},
		{"telephone of nothing", table(strings.Replace(center, "020-12345678", "、", 1)), []string{"E2 电话 应为电话号码"}},
		{"hours as a number", table(strings.Replace(center, "周一至周五 9:00—17:00", "0.375", 1)), []string{"F2 开放时间 应写明星期和时间"}},
		{"hours in general", table(strings.Replace(center, "周一至周五 9:00—17:00", "工作日", 1)), []string{"F2 开放时间 应写明星期和时间"}},
		{"a formula gone wrong", table(strings.Replace(center, "华利路61号", "#REF!", 1)), []string{"D2 地址 是出错的公式"}},
		{"a control character", table(strings.Replace(center, "华利路", "华\x07利路", 1)), []string{"D2 地址 含有看不见的控制字符"}},

		{
			"a hall told in two ways", table(center+police+"|1|综合", strings.Replace(center, "61号", "63号", 1)+police+"|2|综合"),
			[]string{"D3 地址 与 D2 的“华利路61号”不一致"},
		},
		{"a row twice", table(center+police+"|1|综合", center+police+"|1|综合"), []string{"C3 大厅名称 这一行与前面的行重复"}},

		{"a window with nothing else", table(center + "||||综合"), []string{"G2 部门名称 不能为空", "I2 窗口号 不能为空"}},
		{"a window number twice", table(center+police+"|3|综合", same+police+"|3|税务|W1|人"), []string{"J3 窗口名称 与 J2 的“综合”不一致，同一大厅内的窗口号不能重复"}},
		{"a window number with a space", table(center + police + "|3 号|综合"), []string{"I2 窗口号 中间不能有空格"}},
		{"a window number too long", table(center + police + "|12345678901|综合"), []string{"I2 窗口号 最多 10 个字符，现有 11 个"}},
		{"a department's code", table(center + "|公安局|D-1|3|综合"), []string{"H2 部门编码 只能有字母和数字"}},

		{"a work number with -", table(center + police + "|3|综合|W-1|人"), []string{"K2 工号 不能含“-”，现为“W-1”"}},
		{"a wide work number with －", table(center + police + "|3|综合|Ｗ－1|人"), []string{"K2 工号 不能含“-”，现为“W-1”"}},
		{"a work number too long", table(center + police + "|3|综合|12345678901|人"), []string{"K2 工号 最多 10 个字符，现有 11 个"}},
		{"a work number without a name", table(center + police + "|3|综合|W1"), []string{"L2 姓名 不能为空"}},
		{"a name without a work number", table(center + police + "|3|综合||人"), []string{"K2 工号 不能为空"}},
		{"a work number of two", table(center+police+"|3|综合|W1|甲", same+"|||||W1|乙"), []string{"L3 姓名 与 L2 的“甲”不一致，同一大厅内的工号不能重复"}},
		{"an officer at two windows", table(center+police+"|3|综合|W1|甲", same+police+"|4|税务|W1|甲"), []string{"K3 工号 已在 K2 登记在另一窗口"}},

		{
			"many at once", table("|市|"+long(51)+"||||||||W-1|", "荔湾区|区县|厅|路|1|全天"),
			[]string{"A2 区划", "B2 层级", "C2 大厅名称", "D2", "E2", "F2", "K2 工号", "L2 姓名", "E3 电话"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newHouse().plan(t, tt.rows)
			for i, want := range tt.want {
				if i < len(p.Faults) && strings.Contains(p.Faults[i].String(), "--") {
					t.Errorf("%s: who uploads a list in a browser has no command line", p.Faults[i])
				}
				if i >= len(p.Faults) || !strings.HasPrefix(p.Faults[i].String(), want) {
					t.Fatalf("fault %d: got %v, want %s", i, p.Faults, want)
				}
			}
			if len(p.Faults) != len(tt.want) || p.New.Total() > 0 {
				t.Errorf("got %v, want %d", p.Faults, len(tt.want))
			}
		})
	}
}

// codedHeads are those of an exported list, as far as the tests of codes need them.
var codedHeads = []string{"区划", "层级", "大厅名称", "地址", "电话", "开放时间", "部门名称", "部门编码", "窗口号", "窗口名称", "大厅编码", "窗口编码"}

func TestFaultsOfCodes(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows []sheet.Row
		want string
	}{
		{"no such hall", under(codedHeads, center+"|||||440100000009"), "K2 大厅编码 没有编码为“440100000009”的大厅；新大厅请留空"},
		{"no such hall, with its window", under(codedHeads, center+police+"|1|出入境|440100000009|4401000000010001"), "K2 大厅编码 没有编码为“440100000009”的大厅；新大厅请留空"},
		{"a hall's code twice", under(codedHeads, center+"|||||440100000001", street+"|||||440100000001"), "K3 大厅编码 已用于第 2 行"},
		{"another hall's name", under(codedHeads, center+"|||||440104001001"), "C2 大厅名称 已是同一区划内另一大厅（编码 440100000001）的名称"},
		{"no such window", under(codedHeads, center+police+"|1|出入境||4401000000010009"), "L2 窗口编码 没有编码为“4401000000010009”的窗口"},
		{"another hall's window", under(codedHeads, street+police+"|1|出入境||4401000000010001"), "L2 窗口编码 “4401000000010001”是大厅 440100000001 的窗口"},
		{"a window's code twice", under(codedHeads, center+police+"|1|出入境||4401000000010001", same+police+"|2|户政||4401000000010001"), "L3 窗口编码 已用于第 2 行"},
		{"another window's number", under(codedHeads, center+police+"|2|出入境||4401000000010001"), "I2 窗口号 已是同一大厅内另一窗口（编码 4401000000010002）的号码"},
		{"a code of other characters", under(codedHeads, center+"|||||44-01"), "K2 大厅编码 只能有字母和数字"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse()
			h.imports(t, table(center+police+"|1|出入境", same+police+"|2|户政", street))
			p := h.plan(t, tt.rows)
			if len(p.Faults) != 1 || !strings.HasPrefix(p.Faults[0].String(), tt.want) {
				t.Errorf("got %v, want %s", p.Faults, tt.want)
			}
		})
	}
}

func TestWhatIsRight(t *testing.T) {
	for name, rows := range map[string][]sheet.Row{
		"a title and an empty row above the heads": append([]sheet.Row{{Number: 1, Cells: []string{"广州市大厅一览表"}}}, move(table(center), 2)...),
		"heads as the form has them":               under([]string{"区划*", "层级（必填）", "大厅名称 *", "地址*", "电话*", "开放时间*", "备注"}, center+"|谢谢"),
		"heads in another order and other words":   under([]string{"大厅", "所属区划", "级别", "序号", "地址", "联系电话", "办公时间"}, "厅|广州市|市直|1|路|12345|全天"),
		"an exported address":                      under([]string{"区划", "层级", "大厅名称", "地址", "电话", "开放时间", "评价地址"}, center+"|http://h"),
		"a city without counties":                  table("东莞市|区县|东莞市松山湖政务服务中心|路|0769-22222222|全天"),
		"a town of a city without counties":        table("东莞市/莞城街道|镇街|莞城政务服务中心|路|(0769)22222222|全天"),
		"a hall of a city in a county":             table("越秀区|市直|厅|路|400-123-1234|全天"),
		"a code in part":                           table("440104|区县|厅|路|+86 020 8888 8888-801|全天"),
		"names with the province":                  table("广东省 > 广州市 > 越秀区|区县|厅|路|020 88888888;95511/13800138000|周一 9:00"),
		"everything as long as can be": table("广州市|市直|" + strings.Repeat("厅", 50) + "|" + strings.Repeat("路", 100) + "|" +
			strings.Repeat("12345、", 7) + "95511、|9:00" + strings.Repeat("时", 96) + "|" + strings.Repeat("局", 50) + "|" + strings.Repeat("D", 32) +
			"|" + strings.Repeat("号", 10) + "|" + strings.Repeat("窗", 30) + "|" + strings.Repeat("工", 10) + "|" + strings.Repeat("名", 50)),
		"wide digits, and line breaks in a cell": table("４４０１０４|区县|一\n二|路|０２０－８８８８８８８８|周一\r\n9:00" + police + "|１|综合|Ｗ１|人"),
	} {
		t.Run(name, func(t *testing.T) {
			newHouse().imports(t, rows)
		})
	}
}

func move(rows []sheet.Row, by int) []sheet.Row {
	for i := range rows {
		rows[i].Number += by
	}
	return rows
}

func TestEveryExampleOfTheTemplateIsRight(t *testing.T) {
	pages := Template(org.Guangdong())
	rows := []sheet.Row{{Number: 1, Cells: heads()}}
	for i, cells := range pages[1].Rows {
		rows = append(rows, sheet.Row{Number: i + 2, Cells: cells})
	}
	h := newHouse()
	if p := h.imports(t, rows); p.New != (Count{3, 3, 3}) {
		t.Errorf("got %+v", p)
	}
	if pages[0].Name != PageName || len(pages[0].Rows) != 0 || !pages[0].Form {
		t.Errorf("the first page is %+v", pages[0])
	}
	if got := pages[3].Rows[3]; got[0] != "440103001000" || got[1] != "广州市/荔湾区/沙面街道" {
		t.Errorf("regions: got %v", got)
	}
}
