package console

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

func ofObject(object string) audit.Query { return audit.Query{Object: object, Limit: 100} }

// sevens says of every code that it has seven reviews.
type sevens struct{}

func (sevens) ReviewsUnder(_ context.Context, _ org.Kind, codes []string) (map[string]int64, error) {
	return sevens{}.ReviewsOfItems(context.Background(), codes)
}

func (sevens) ReviewsOfItems(_ context.Context, codes []string) (map[string]int64, error) {
	counts := map[string]int64{}
	for _, code := range codes {
		counts[code] = 7
	}
	return counts, nil
}

const (
	pendingDepartment = "114401000099999999" // of 广州
	farPending        = "114403000099999999" // of 深圳
	pendingRegion     = "440199000000"
	oddRegion         = "不是区划" // what a system sent for one, in 12 bytes
)

// testRegisters gives a console 区划, 部门, 事项 and 已办同步 over its own database, which has what the registry has.
func testRegisters(t *testing.T, n *Needs) {
	t.Helper()
	opened := n.Audit.(*store.Store)
	departments := append(n.Registry.Departments(),
		org.Department{Code: pendingDepartment, RegionCode: guangzhou, Pending: true}, org.Department{Code: farPending, RegionCode: shenzhen, Pending: true})
	changes := org.Changes{
		Regions: append(n.Registry.Regions(), org.Region{Code: pendingRegion, Pending: true}, org.Region{Code: oddRegion, Pending: true}), Departments: departments,
	}
	if err := opened.SaveRegisters(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	n.Registry.Replace(changes.Regions, changes.Departments)
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	blinder := privacy.NewBlinder(keys)
	uploads := opened.Sessions(sealer, blinder)
	n.Registers = &RegisterNeeds{Service: org.NewService(opened, n.Registry), Counts: sevens{}, Uploads: uploads}
	affairs := affair.NewService(opened, &review.Placement{Registry: n.Registry, Root: "440000000000"}, sealer, blinder, n.Now)
	n.Sources = &SourceNeeds{Affairs: affairs, States: opened, Configured: []string{"front"}, Uploads: uploads}
	taken := affair.Batch{Source: "file", Columns: []string{"办件编号", "实施清单编码", "办结时间", "区划编码", "申请人姓名"}, Rows: []affair.Row{
		row("S1", guangzhou, "张三丰"), row("S2", shenzhen, "李四光"), row("S3", "", "王五"),
	}}
	if _, err := affairs.Take(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	for _, item := range []struct{ code, department string }{{"I1", policeCode}, {"I2", taxCode}} {
		a := affair.Affair{SerialNo: "A" + item.code, ItemCode: item.code, DepartmentCode: item.department, DoneTime: n.Now()}
		if _, err := affairs.Take(t.Context(), affair.Batch{Source: "file", Rows: []affair.Row{{Affair: a}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// row is one without a done time.
func row(serial, region, name string) affair.Row {
	reader, err := affair.NewReader([]string{"办件编号", "实施清单编码", "办结时间", "区划编码", "申请人姓名"})
	if err != nil {
		panic(err)
	}
	cells := []string{serial, "I1", "", region, name}
	read, violations := reader.Read(cells)
	return affair.Row{Affair: read, Violations: violations, Cells: cells, Where: "甲.csv 第 2 行"}
}

func registerHouse(t *testing.T) *house {
	t.Helper()
	return newHouse(t, func(n *Needs) { testRegisters(t, n) })
}

// submitFile uploads a file.
func (b *browser) submitFile(path string, fields map[string]string, name, content string) shown {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range fields {
		if err := form.WriteField(field, value); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		b.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		b.t.Fatal(err)
	}
	return shown{response.StatusCode, text.String(), response.Header}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hiddenOf are the hidden fields of a page.
func hiddenOf(s shown) url.Values {
	values := url.Values{}
	for _, match := range hiddenField.FindAllStringSubmatch(s.body, -1) {
		values.Set(match[1], match[2])
	}
	return values
}

func TestRegistersAreListedWithinScope(t *testing.T) {
	h := registerHouse(t)
	b := h.as(t, "sheng")
	b.wants(b.get("/console/departments"), http.StatusOK, "广州市公安局", "深圳市税务局", pendingDepartment, "7 条评价")
	b.wants(b.get("/console/departments?state=pending"), http.StatusOK, pendingDepartment, farPending, "状态：待确认")
	b.wants(b.get("/console/regions?level=市级&text=广州"), http.StatusOK, ">"+guangzhou+"<", "广州市")
	b.wants(b.get("/console/regions?text=无此地"), http.StatusOK, "没有符合条件的记录")
	pages := b.get("/console/regions")
	b.wants(pages, http.StatusOK, `rel="next"`)
	q := h.as(t, "quyu")
	near := q.get("/console/departments")
	q.wants(near, http.StatusOK, "广州市公安局", pendingDepartment)
	q.lacks(near, "深圳市税务局", farPending)
	file := q.get("/console/departments/export?format=csv")
	q.wants(file, http.StatusOK, "编码,名称,所属区划,备注", "广州市公安局", "待确认")
	q.lacks(file, "深圳")
	regions := q.get("/console/regions?level=市级")
	q.wants(regions, http.StatusOK, "广州市")
	q.lacks(regions, "深圳市")
	items := q.get("/console/items")
	q.wants(items, http.StatusOK, ">I1<", "待确认")
	q.lacks(items, ">I2<")
	q.wants(q.get("/console/items/of/I2"), http.StatusNotFound)
	q.wants(q.get("/console/departments/of/"+taxCode), http.StatusNotFound)
	q.wants(q.get("/console/regions/of/"+shenzhen), http.StatusNotFound)
	d := h.as(t, "bumen")
	only := d.get("/console/departments")
	d.wants(only, http.StatusOK, "广州市公安局")
	d.lacks(only, pendingDepartment, "导入表格")
}

func TestAPendingDepartmentIsPlaced(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	page := "/console/departments/of/" + pendingDepartment
	q.wants(q.get(page), http.StatusOK, "确认这个部门", "7 条评价")
	q.wants(q.post(page+"/change", url.Values{"name": {""}, "region": {"无此地"}}), http.StatusUnprocessableEntity, "名称 不能为空", "没有名为“无此地”的区划")
	q.wants(q.post(page+"/change", url.Values{"name": {"民政局"}, "region": {"深圳市"}}), http.StatusUnprocessableEntity, "不在您的管理范围内")
	q.to(q.post(page+"/change", url.Values{"name": {"广州市民政局"}, "region": {"广州市/越秀区"}}), page)
	if d, _ := h.registry.Department(pendingDepartment); d != (org.Department{Code: pendingDepartment, Name: "广州市民政局", RegionCode: "440104000000"}) {
		t.Errorf("got %+v", d)
	}
	if got := h.auditOf("department:" + pendingDepartment); len(got) != 1 || !strings.HasPrefix(got[0], "quyu department.save name= region="+guangzhou+" pending=true → name=广州市民政局") {
		t.Errorf("the audit log: %q", got)
	}
	q.wants(q.post("/console/departments/of/"+taxCode+"/change", url.Values{"name": {"x"}, "region": {"广州市"}}), http.StatusNotFound)
}

func TestADepartmentIsMerged(t *testing.T) {
	h := registerHouse(t)
	b := h.as(t, "sheng")
	page := "/console/departments/of/" + pendingDepartment + "/merge"
	for into, why := range map[string]string{"": "请写明并入哪一个部门", "无此局": "没有这个部门", farPending: "它自己也待确认", pendingDepartment: "它自己也待确认"} {
		b.wants(b.post(page, url.Values{"into": {into}}), http.StatusUnprocessableEntity, why)
	}
	asked := b.post(page, url.Values{"into": {"广州市公安局"}})
	b.wants(asked, http.StatusOK, "把 "+pendingDepartment+" 并入 广州市公安局", "现有 7 条", "账号、通知订阅和工单时限，改为", "不能撤销")
	if h.registry.Successions().Len() != 0 {
		t.Error("it was merged without asking")
	}
	b.to(b.post(page, hiddenOf(asked)), "/console/departments/of/"+policeCode)
	if got := h.registry.Successions().Code(org.OfDepartment, pendingDepartment); got != policeCode {
		t.Errorf("it counts under %s", got)
	}
	b.wants(b.get("/console/departments"), http.StatusOK, "等着归并")
	if got := h.auditOf("department:" + pendingDepartment); len(got) != 1 || got[0] != "sheng department.merge  → into="+policeCode {
		t.Errorf("the audit log: %q", got)
	}
	q := h.as(t, "quyu")
	q.wants(q.post("/console/departments/of/"+policeCode+"/merge", url.Values{"into": {taxCode}}), http.StatusUnprocessableEntity, "您的范围内没有这个部门")
}

func TestRegionsAreNamedMergedAndAdded(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	q.to(q.post("/console/regions/of/"+pendingRegion+"/change", url.Values{"name": {"南山新区"}}), "/console/regions/of/"+pendingRegion)
	if got := h.registry.RegionName(pendingRegion); got != "南山新区" {
		t.Errorf("it is called %s", got)
	}
	q.wants(q.place("/console/regions/of/"+pendingRegion, "merge", url.Values{"into": {guangzhou}}), http.StatusUnprocessableEntity, "不是同一级区划")
	q.wants(q.place("/console/regions/of/"+guangzhou, "merge", url.Values{"into": {guangzhou}}), http.StatusUnprocessableEntity, "不能并入它自己")
	q.wants(q.post("/console/regions/new", url.Values{}), http.StatusUnprocessableEntity, "编码 不能为空", "名称 不能为空")
	q.wants(q.post("/console/regions/new", url.Values{"code": {"440398"}, "name": {"别处"}}), http.StatusUnprocessableEntity, "不在您的管理范围内")
	q.wants(q.post("/console/regions/new", url.Values{"code": {guangzhou}, "name": {"广州市"}}), http.StatusUnprocessableEntity, "已有这个编码")
	q.to(q.post("/console/regions/new", url.Values{"code": {"440198"}, "name": {"空港区"}}), "/console/regions")
	if got := h.registry.RegionName("440198000000"); got != "空港区" {
		t.Errorf("it is called %s", got)
	}
}

// What arrived as a region and is no region's code can be told to mean one, and nothing else is offered.
func TestWhatIsNoRegionsCodeIsPlaced(t *testing.T) {
	h := registerHouse(t)
	b := h.as(t, "sheng")
	page := "/console/regions/of/" + url.PathEscape(oddRegion)
	list := b.get("/console/regions?state=pending")
	b.wants(list, http.StatusOK, oddRegion, "不是区划编码")
	b.lacks(list, "村居</td>", "不是区0")
	one := b.get(page)
	b.wants(one, http.StatusOK, "这不是区划编码", "它是哪一个区划")
	b.lacks(one, "确认这个区划", "条评价</span>", "<dt>级别</dt>", "<dt>上级</dt>")
	asked := b.post(page+"/merge", url.Values{"into": {"440106000000"}})
	b.wants(asked, http.StatusOK, "以后再以“"+oddRegion+"”报来的，计入 440106000000 天河区", "以前报来的不变", "不能撤销")
	b.to(b.post(page+"/merge", hiddenOf(asked)), "/console/regions/of/440106000000")
	if got := h.registry.Successions().Code(org.OfRegion, oddRegion); got != "440106000000" {
		t.Errorf("it counts under %s", got)
	}
	b.lacks(b.get("/console/regions?state=pending"), page)
	q := h.as(t, "quyu")
	q.lacks(q.get("/console/regions?state=pending"), oddRegion)
}

func TestAListIsLookedAtAndThenImported(t *testing.T) {
	h := registerHouse(t)
	b := h.as(t, "sheng")
	const list = "编码,名称,所属区划\n" + policeCode + ",广州公安局,广州市\nD100,新局,深圳市\n"
	b.wants(b.submitFile("/console/departments/import", nil, "a.csv", "编码,名称,所属区划\n,无编码,火星\n"), http.StatusOK, "有 2 处错误", "A2", "不能为空", "C2")
	b.wants(b.submitFile("/console/departments/import", nil, "a.csv", ""), http.StatusUnprocessableEntity, "文件是空的")
	b.wants(b.post("/console/departments/import", nil), http.StatusUnprocessableEntity, "请选择一个文件")
	b.wants(b.post("/console/departments/import", url.Values{"upload": {"guess"}, "plan": {"x"}}), http.StatusUnprocessableEntity, "请重新上传")
	looked := b.submitFile("/console/departments/import", nil, "部门.csv", list)
	b.wants(looked, http.StatusOK, "部门.csv", "新增 1 个，更改 1 个", "广州公安局")
	if d, _ := h.registry.Department("D100"); d.Code != "" {
		t.Fatal("looking imported it")
	}
	next := hiddenOf(looked)
	// Nobody else may use what was uploaded, nor for another purpose.
	b.wants(b.post("/console/regions/import", next), http.StatusUnprocessableEntity, "请重新上传")
	q := h.as(t, "quyu")
	q.wants(q.post("/console/departments/import", next), http.StatusUnprocessableEntity, "请重新上传")
	// What others changed meanwhile is shown before it is done.
	b.to(b.place("/console/departments/of/"+policeCode, "change", url.Values{"name": {"广州公安局"}, "region": {guangzhou}}), "/console/departments/of/"+policeCode)
	again := b.post("/console/departments/import", next)
	b.wants(again, http.StatusOK, "请再看一遍", "新增 1 个，更改 0 个")
	b.to(b.post("/console/departments/import", hiddenOf(again)), "/console/departments")
	if d, _ := h.registry.Department("D100"); d.Name != "新局" || d.RegionCode != shenzhen {
		t.Errorf("got %+v", d)
	}
	b.wants(b.post("/console/departments/import", hiddenOf(again)), http.StatusUnprocessableEntity, "请重新上传")
	q.wants(q.submitFile("/console/departments/import", nil, "a.csv", "编码,名称,所属区划\nD101,新局,深圳市\n"), http.StatusUnprocessableEntity, "不在您的管理范围内")
}

func TestWhatWaitsAtHome(t *testing.T) {
	var states *store.Store
	h := newHouse(t, func(n *Needs) {
		testRegisters(t, n)
		states = n.Audit.(*store.Store)
		n.Waiting = append(n.Waiting, RegistersWaiting{n.Registers.Service}, SourcesWaiting{states, n.Now})
	})
	if err := states.NoteSource(t.Context(), affair.SourceState{Source: "front", Owner: "one", NotedAt: h.now(), Failing: "10.1.2.3 连不上", Brief: "连不上", FailingSince: h.now()}); err != nil {
		t.Fatal(err)
	}
	b := h.as(t, "sheng")
	b.wants(b.get("/console"), http.StatusOK, "待确认的区划", "待确认的部门", "待确认的事项", "同步有故障的来源")
	g := h.as(t, "gongdan")
	s := g.get("/console")
	g.lacks(s, "待确认", "同步")
}
