package venue

import (
	"cmp"
	"slices"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
)

// PageName is the page of a workbook that holds the list.
const PageName = "大厅窗口"

// formFields are what a person fills in; the codes come from us.
var formFields = []field{
	region, level, hallName, address, telephone, hours, departmentName, departmentCode, windowNumber, windowName, workNo, officerName,
}

// Template is a workbook to fill in: the list, an example, how to, and the regions.
func Template(regions []org.Region) []sheet.Page {
	form := sheet.Page{Name: PageName, Form: true, Columns: sheetColumns(formFields)}
	how := sheet.Page{Name: "填写说明", Wrap: true, Columns: []sheet.Column{{Name: "列", Width: 14}, {Name: "怎么填", Width: 90}}}
	how.Rows = append(how.Rows, rules...)
	for _, f := range formFields {
		c := &columns[f]
		hint := c.hint
		if c.choices == nil {
			hint += "。最多 " + count(c.most) + " 个字符"
		}
		how.Rows = append(how.Rows, []string{c.name, hint})
	}
	example := sheet.Page{Name: "示例", Columns: form.Columns, Rows: examples}
	return []sheet.Page{form, example, how, regionsPage(regions)}
}

var rules = [][]string{
	{"总则", "在“大厅窗口”表中填写，从第 2 行开始，不要改动表头。一行写一个窗口；一个窗口有几位工作人员时，每人一行；没有窗口的服务站只填大厅各列"},
	{"留空", "大厅各列（区划至开放时间）全部留空，表示与上一行是同一大厅；只填工号、姓名，表示与上一行是同一窗口。合并单元格也按此理解"},
	{"轮岗", "不固定在一个窗口的人员，写大厅名称、工号、姓名，窗口各列留空"},
	{"更正", "改好后整表再导入一次，只有改过的内容会变，编码和二维码不变。要改大厅名称、区划或窗口号，请用 export halls 导出的表（带编码）改，否则会被当作新的大厅或窗口"},
	{"删除", "表中没有的大厅、窗口、人员保持不变，不会删除"},
}

var examples = [][]string{
	{"广州市", CityLevel, "广州市政务服务中心", "广州市天河区珠江新城华利路61号", "020-12345", "周一至周五 9:00—12:00，13:00—17:00", "广州市公安局", "11440100007482532C", "1", "出入境", "GZ001", "陈志强"},
	{"", "", "", "", "", "", "", "", "", "", "GZ002", "黄丽华"},
	{"", "", "", "", "", "", "广州市市场监督管理局", "", "2", "企业开办", "GZ003", "李伟"},
	{"广州市/越秀区/北京街道", TownLevel, "北京街道政务服务中心", "广州市越秀区中山四路忠佑大街48号", "020-83333333、020-83334444", "周一至周五 8:30—12:00，14:00—17:30", "北京街道办事处", "", "A1", "综合受理", "", ""},
	{"440104003000", VillageLevel, "盐运西社区党群服务站", "广州市越秀区盐运西正街", "13800138000", "周一至周五 9:00—17:00", "", "", "", "", "", ""},
}

func regionsPage(regions []org.Region) sheet.Page {
	names := newPlaces(org.NewRegistry(regions, nil))
	page := sheet.Page{Name: "区划", Columns: []sheet.Column{{Name: "区划编码", Width: 16}, {Name: "区划名称", Width: 44}}}
	for _, r := range regions {
		page.Rows = append(page.Rows, []string{r.Code, names.Path(r.Code, "/")})
	}
	return page
}

// Export is the whole list as a spreadsheet that can be changed and imported again: with codes, and with the address of
// each window's static code, which link gives. What is retired is not in it.
func (d *Directory) Export(link func(windowCode string) string) sheet.Page {
	return d.ExportOf(link, nil, nil)
}

// ExportOf is Export of some: those halls and those bound covers, of them the windows that it covers, and of the officers
// without a window all where it covers the hall itself.
func (d *Directory) ExportOf(link func(windowCode string) string, of func(*Hall) bool, bound Bound) sheet.Page {
	order := append(slices.Clone(formFields), hallCode, windowCode)
	page := sheet.Page{Name: PageName, Form: true, Columns: append(sheetColumns(order), sheet.Column{Name: addressColumn, Width: 70})}
	add := func(values [fields]string, link string) {
		row := make([]string, 0, len(order)+1)
		for _, f := range order {
			row = append(row, values[f])
		}
		page.Rows = append(page.Rows, append(row, link))
	}
	current := d.current.Load()
	at := current.seats()
	for _, h := range current.list {
		if h.Retired || of != nil && !of(&h) || !d.Sees(&h, bound) {
			continue
		}
		values := [fields]string{
			region: h.RegionCode, level: h.Level, hallName: h.Name, address: h.Address, telephone: h.Telephone, hours: h.Hours,
			hallCode: h.Code,
		}
		windows, moving := Opened(current.of[h.Code], &h, bound), at[h.Code]
		if !bound.covers(h.RegionCode, "", h.Code) {
			moving = nil
		}
		if len(windows)+len(moving) == 0 {
			add(values, "")
		}
		for _, o := range moving {
			add(withOfficer(values, o), "")
		}
		for _, w := range windows {
			values[departmentName], values[departmentCode] = w.DepartmentName, w.DepartmentCode
			values[windowNumber], values[windowName], values[windowCode] = w.Number, w.Name, w.Code
			officers := at[w.Code]
			if len(officers) == 0 {
				add(values, link(w.Code))
			}
			for _, o := range officers {
				add(withOfficer(values, o), link(w.Code))
			}
		}
	}
	return page
}

func withOfficer(values [fields]string, o Officer) [fields]string {
	values[workNo], values[officerName] = o.WorkNo, o.Name
	return values
}

// seats are the officers by the code of their window, or of their hall when they have none.
func (s *snapshot) seats() map[string][]Officer {
	at := map[string][]Officer{}
	for _, o := range s.officers {
		if o.Retired {
			continue
		}
		seat := cmp.Or(o.WindowCode, o.HallCode)
		at[seat] = append(at[seat], o)
	}
	for _, officers := range at {
		slices.SortFunc(officers, func(a, b Officer) int {
			return cmp.Or(compareNumbers(a.WorkNo, b.WorkNo), cmp.Compare(a.WorkNo, b.WorkNo))
		})
	}
	return at
}
