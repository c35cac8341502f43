package console

import (
	"bytes"
	"context"
	"maps"
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
)

// testRegisters gives a console 区划, 部门, 事项 and 已办同步 over its own database, which has what the registry has.
func testRegisters(t *testing.T, n *Needs) {
	t.Helper()
	opened := n.Audit.(*store.Store)
	departments := append(n.Registry.Departments(),
		org.Department{Code: pendingDepartment, RegionCode: guangzhou, Pending: true}, org.Department{Code: farPending, RegionCode: shenzhen, Pending: true})
	changes := org.Changes{Regions: append(n.Registry.Regions(), org.Region{Code: pendingRegion, Pending: true}), Departments: departments}
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
	for into, why := range map[string]string{"无此局": "没有这个部门", farPending: "它自己也待确认", pendingDepartment: "它自己也待确认"} {
		b.wants(b.post(page, url.Values{"into": {into}}), http.StatusUnprocessableEntity, why)
	}
	asked := b.post(page, url.Values{"into": {"广州市公安局"}})
	b.wants(asked, http.StatusOK, "把 "+pendingDepartment+" 并入 广州市公安局", "现有 7 条", "不能撤销")
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
	q.wants(q.post("/console/regions/new", url.Values{"code": {"440398"}, "name": {"别处"}}), http.StatusUnprocessableEntity, "不在您的管理范围内")
	q.wants(q.post("/console/regions/new", url.Values{"code": {guangzhou}, "name": {"广州市"}}), http.StatusUnprocessableEntity, "已有这个编码")
	q.to(q.post("/console/regions/new", url.Values{"code": {"440198"}, "name": {"空港区"}}), "/console/regions")
	if got := h.registry.RegionName("440198000000"); got != "空港区" {
		t.Errorf("it is called %s", got)
	}
}

func TestAnItemIsPlaced(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	q.wants(q.get("/console/items/of/I1"), http.StatusOK, "7 条", "确认这个事项")
	q.wants(q.post("/console/items/of/I1/change", url.Values{"name": {""}, "department": {taxCode}}), http.StatusUnprocessableEntity, "应为 1 到 100 个字符", "没有这个部门编码", taxCode)
	q.to(q.post("/console/items/of/I1/change", url.Values{"name": {"身份证补领"}, "department": {policeCode}}), "/console/items/of/I1")
	q.wants(q.get("/console/items?state=placed"), http.StatusOK, "身份证补领", "已确认")
	q.wants(q.post("/console/items/of/I2/change", url.Values{"name": {"x"}, "department": {policeCode}}), http.StatusNotFound)
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

func TestItemsAreConfirmedTogether(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	q.lacks(q.get("/console/items"), "确认所选")
	a := affair.Affair{SerialNo: "A4", ItemCode: "I4", ItemName: "身份证补领", DepartmentCode: policeCode, DoneTime: h.now()}
	if _, err := h.handler.Sources.Affairs.Take(t.Context(), affair.Batch{Source: "file", Rows: []affair.Row{{Affair: a}}}); err != nil {
		t.Fatal(err)
	}
	page := q.get("/console/items?state=pending")
	q.wants(page, http.StatusOK, "确认所选", `value="I4"`)
	q.lacks(page, `value="I1"`)
	q.wants(q.post("/console/items/confirm", url.Values{}), http.StatusUnprocessableEntity, "勾选")
	q.wants(q.post("/console/items/confirm", url.Values{"item": {"I2"}}), http.StatusNotFound)
	q.to(q.post("/console/items/confirm", url.Values{"item": {"I1", "I4"}}), "/console/items?state=pending")
	q.wants(q.get("/console/items?state=pending"), http.StatusOK, "已确认 1 个事项。另有 1 个没有名称", ">I1<")
	if got := h.auditOf("item:I4"); len(got) != 1 || !strings.HasPrefix(got[0], "quyu item.save") {
		t.Errorf("the audit log: %q", got)
	}
}

// place sends a form of a page as it stands there, with what was typed.
func (b *browser) place(page, form string, typed url.Values) shown {
	b.t.Helper()
	sent := hiddenOf(b.get(page))
	maps.Copy(sent, typed)
	return b.post(page+"/"+form, sent)
}

func TestOfTwoWhoPlaceACodeTheSecondSeesWhatTheFirstDid(t *testing.T) {
	h := registerHouse(t)
	first, second := h.as(t, "sheng"), h.as(t, "quyu")
	for _, c := range []struct {
		page   string
		typed  func(name string) url.Values
		called func() string
	}{
		{"/console/regions/of/" + pendingRegion, func(name string) url.Values { return url.Values{"name": {name}} }, func() string { return h.registry.RegionName(pendingRegion) }},
		{"/console/departments/of/" + pendingDepartment, func(name string) url.Values { return url.Values{"name": {name}, "region": {guangzhou}} }, func() string {
			d, _ := h.registry.Department(pendingDepartment)
			return d.Name
		}},
		{"/console/items/of/I1", func(name string) url.Values { return url.Values{"name": {name}, "department": {policeCode}} }, func() string {
			items, err := h.handler.Registers.Service.Items(t.Context(), org.ItemFilter{Code: "I1", Limit: 1})
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			return items[0].Name
		}},
	} {
		seen := hiddenOf(second.get(c.page))
		if seen.Get("seen") == "" {
			t.Fatalf("%s does not tell what is seen", c.page)
		}
		first.to(first.place(c.page, "change", c.typed("先来的")), c.page)
		late := c.typed("后来的")
		late["seen"] = seen["seen"]
		told := second.post(c.page+"/change", late)
		second.wants(told, http.StatusConflict, "刚才另有人改过", "名称“先来的”", `value="后来的"`)
		second.wants(second.post(c.page+"/change", c.typed("没看过的")), http.StatusConflict, "刚才另有人改过")
		if got := c.called(); got != "先来的" {
			t.Errorf("%s is called %s", c.page, got)
		}
		into := url.Values{"into": {policeCode}, "sure": {"yes"}, "seen": seen["seen"]}
		if strings.Contains(c.page, "regions") {
			into.Set("into", "440106000000")
		}
		second.wants(second.post(c.page+"/merge", into), http.StatusConflict, "名称“先来的”")
		if n := h.registry.Successions().Len(); n != 0 {
			t.Errorf("%s was merged", c.page)
		}
		late.Set("seen", hiddenOf(told).Get("seen")) // he has seen it, and means it
		second.to(second.post(c.page+"/change", late), c.page)
		if got := c.called(); got != "后来的" {
			t.Errorf("%s is called %s in the end", c.page, got)
		}
	}
}

func TestItemsAreImportedAndMerged(t *testing.T) {
	h := registerHouse(t)
	q := h.as(t, "quyu")
	const path = "/console/items/import"
	q.wants(q.get("/console/items"), http.StatusOK, path)
	wrong := "编码,名称,部门编码,部门名称\nI7,,没有的部门,某局\nI7,身份证补领," + policeCode + ",\n"
	q.wants(q.submitFile(path, nil, "事项.csv", wrong), http.StatusOK, "有 3 处错误", "B2", "C2", "没有部门编码“没有的部门”", "A3", "已在第 2 行", "什么也没有导入")
	far := "编码,名称,部门编码\nI7,身份证补领," + policeCode + "\nI8,纳税," + taxCode + "\n"
	q.wants(q.submitFile(path, nil, "事项.csv", far), http.StatusUnprocessableEntity, "I8 不在您的管理范围内")
	q.wants(q.submitFile(path, nil, "事项.csv", "编码,名称,部门编码,原编码\nI7,身份证补领,"+policeCode+",I2\n"), http.StatusUnprocessableEntity, "I2 不在您的管理范围内")
	looked := q.submitFile(path, nil, "事项.csv", "编码,名称,部门编码\nI7,身份证补领,"+policeCode+"\nI1,护照,"+policeCode+"\n")
	q.wants(looked, http.StatusOK, "新增 1 个，更改 1 个", "待确认")
	q.lacks(q.get("/console/items"), ">I7<")
	q.to(q.post(path, hiddenOf(looked)), "/console/items")
	q.wants(q.get("/console/items?state=placed"), http.StatusOK, ">I7<", "身份证补领", "护照")
	file := q.get("/console/items/export?format=csv")
	again := q.submitFile(path, nil, "事项.csv", strings.TrimPrefix(file.body, "\ufeff"))
	q.wants(again, http.StatusOK, "与现有内容相同")

	const page = "/console/items/of/I1"
	for into, why := range map[string]string{"I1": "与现编码相同", "I2": "您的范围内没有这个事项", "": "请填写现编码"} {
		q.wants(q.place(page, "merge", url.Values{"into": {into}}), http.StatusUnprocessableEntity, why)
	}
	asked := q.place(page, "merge", url.Values{"into": {"身份证补领"}})
	q.wants(asked, http.StatusOK, "把 护照 并入 身份证补领", "现有 7 条", "不能撤销")
	if h.registry.Successions().Len() != 0 {
		t.Error("it was merged without asking")
	}
	q.to(q.post(page+"/merge", hiddenOf(asked)), "/console/items/of/I7")
	if got := h.registry.Successions().Code(org.OfItem, "I1"); got != "I7" {
		t.Errorf("it counts under %s", got)
	}
	q.lacks(q.get("/console/items"), ">I1<")
	q.wants(q.get(page), http.StatusNotFound)
	if got := h.auditOf("item:I1"); len(got) != 2 || got[1] != "quyu item.merge  → into=I7" && got[0] != "quyu item.merge  → into=I7" {
		t.Errorf("the audit log: %q", got)
	}
}
