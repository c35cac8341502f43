package sample

import (
	"fmt"
	"math/rand/v2"
	"sync"
)

// departmentCount is how many departments there are: nine in each of the 21 cities and a tenth in the first eleven.
const departmentCount = 200

// Department is a city's department.
type Department struct {
	Code       string // unified social credit code, 18 characters
	Name       string // 广州市公安局
	RegionCode string // its city's code, 12 digits
}

// Item is a service item (事项) of a department.
type Item struct {
	Code           string // 实施清单编码, 31 characters: department 18, level 1, base item 12
	Name           string
	DepartmentCode string
}

// Officer works at a department's windows, or takes the calls of a city's hotline.
type Officer struct {
	Name           string
	WorkNo         string // at most 10 characters, no "-"
	DepartmentCode string // "" for the hotline's
	RegionCode     string // 12 digits
}

// bureau is a kind of department with the items it deals with, most asked for first.
type bureau struct {
	name  string
	items []string
}

var bureaus = [...]bureau{
	{"公安局", []string{"身份证补领", "居民身份证换领", "户口迁移审批", "普通护照签发", "往来港澳通行证签注", "机动车驾驶证期满换证", "居住证办理"}},
	{"市场监督管理局", []string{"企业设立登记", "个体工商户注册登记", "企业变更登记", "企业注销登记", "食品经营许可证核发", "特种设备使用登记"}},
	{"人力资源和社会保障局", []string{"城乡居民养老保险参保登记", "失业保险金申领", "社会保障卡申领", "灵活就业人员参保登记", "专业技术人员资格证书领取"}},
	{"自然资源局", []string{"不动产转移登记", "不动产抵押权登记", "不动产登记资料查询", "建设工程规划许可证核发"}},
	{"住房和城乡建设局", []string{"商品房买卖合同备案", "公共租赁住房资格申请", "建筑工程施工许可证核发", "商品房预售许可"}},
	{"卫生健康局", []string{"生育登记", "出生医学证明补发", "护士执业注册", "医师执业注册", "公共场所卫生许可"}},
	{"民政局", []string{"内地居民结婚登记", "高龄老人津贴申领", "残疾人两项补贴申请", "最低生活保障申请", "社会团体成立登记"}},
	{"教育局", []string{"教师资格认定", "义务教育阶段学生转学", "民办学校办学许可", "中小学生学籍证明办理"}},
	{"税务局", []string{"增值税一般纳税人登记", "发票领用", "开具个人所得税纳税记录", "契税申报"}},
	{"交通运输局", []string{"道路货物运输经营许可", "网络预约出租汽车驾驶员证核发", "道路运输证年审", "超限运输车辆通行证核发"}},
}

// officersEach is how many officers a department has, operatorsEach how many a region's hotline has.
const (
	officersEach  = 5
	operatorsEach = 3
)

// registry is the master data of all generators; it does not depend on their seeds.
type registry struct {
	departments []Department
	items       []Item
	itemsOf     [][]Item    // by department
	officersOf  [][]Officer // by department
	officers    []Officer   // the departments'
	operators   []Officer   // the hotline's
}

var master = sync.OnceValue(func() *registry {
	m := &registry{}
	random := rand.New(rand.NewPCG(2019, 6)) //nolint:gosec // names for samples
	for kind, b := range bureaus {
		for _, c := range cities {
			if len(m.departments) < departmentCount {
				m.addDepartment(kind, b, c, random)
			}
		}
	}
	for _, c := range cities {
		for _, region := range c.regionCodes() {
			for n := range operatorsEach {
				m.operators = append(m.operators, Officer{
					Name: personName(random), WorkNo: fmt.Sprintf("R%s%02d", region[2:6], n+1), RegionCode: region,
				})
			}
		}
	}
	return m
})

func (m *registry) addDepartment(kind int, b bureau, c city, random *rand.Rand) {
	d := Department{
		Code:       creditCode(c.prefix+"00", len(m.departments)),
		Name:       c.name + "市" + b.name,
		RegionCode: c.regionCode(),
	}
	m.add(d, kind, b, c.prefix[2:], random)
}

// add adds a department with its items and officers, whose numbers begin with prefix.
func (m *registry) add(d Department, kind int, b bureau, prefix string, random *rand.Rand) {
	m.departments = append(m.departments, d)
	var items []Item
	for n, name := range b.items {
		items = append(items, Item{
			Code: fmt.Sprintf("%s3%04d%05d000", d.Code, kind+1, 1001+n), Name: name, DepartmentCode: d.Code,
		})
	}
	var officers []Officer
	for n := range officersEach {
		officers = append(officers, Officer{
			Name: personName(random), WorkNo: fmt.Sprintf("%s%02d%02d", prefix, kind+1, n+1),
			DepartmentCode: d.Code, RegionCode: d.RegionCode,
		})
	}
	m.items, m.itemsOf = append(m.items, items...), append(m.itemsOf, items)
	m.officers, m.officersOf = append(m.officers, officers...), append(m.officersOf, officers)
}

// Departments gives the 200 departments, always the same.
func Departments() []Department { return append([]Department(nil), master().departments...) }

// Items gives the departments' service items, always the same.
func Items() []Item { return append([]Item(nil), master().items...) }

// Officers gives the officers at the departments' windows, five each, always the same.
func Officers() []Officer { return append([]Officer(nil), master().officers...) }

// Operators gives the officers who take the hotline's calls, three for each city and county, always the same.
func Operators() []Officer { return append([]Officer(nil), master().operators...) }
