package console

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/venue"
)

const gz = hallsPath + "/of/" + hallCode

var markForm = regexp.MustCompile(`name="mark" value="([0-9a-f]+)"`)

// mark is what a page holds for saving over what it shows.
func mark(t *testing.T, s shown) string {
	t.Helper()
	found := markForm.FindStringSubmatch(s.body)
	if found == nil {
		t.Fatalf("no mark in %.800s", s.body)
	}
	return found[1]
}

func TestHallsAreSeenWithinTheScope(t *testing.T) {
	h := newHouse(t, withVenues(t))
	for login, want := range map[string]struct {
		says, lacks []string
	}{
		"sheng":  {[]string{"广州市政务服务中心", "深圳市政务服务中心", "新建大厅", "导入表格", "2 个大厅", ">广州市 <", ">深圳市 <"}, nil},
		"quyu":   {[]string{"广州市政务服务中心", "新建大厅"}, []string{"深圳市政务"}},
		"dating": {[]string{"广州市政务服务中心", "导入表格"}, []string{"深圳市政务", "新建大厅"}},
		"bumen":  {[]string{"广州市政务服务中心", `<td class="number">1</td><td class="number">1</td>`}, []string{"深圳市政务", "新建大厅", "导入表格"}},
		"shenji": {[]string{"广州市政务服务中心", "深圳市政务服务中心"}, []string{"新建大厅", "导入表格"}},
	} {
		b := h.as(t, login)
		s := b.get(hallsPath)
		b.wants(s, http.StatusOK, want.says...)
		b.lacks(s, want.lacks...)
	}
	// A department sees its windows in a hall, and nothing else of it.
	b := h.as(t, "bumen")
	s := b.get(gz)
	b.wants(s, http.StatusOK, "出入境", "陈志强")
	b.lacks(s, "办税", "黄丽华", "停用大厅", gz+"/change")
	b.wants(b.get(hallsPath+"/windows/"+taxWindow), http.StatusNotFound)
	b.wants(b.get(hallsPath+"/export?format=csv"), http.StatusOK, "出入境", "陈志强")
	b.lacks(b.get(hallsPath+"/export?format=csv"), "办税", "黄丽华", "深圳")
}

func TestHallsAreFound(t *testing.T) {
	h := newHouse(t, withVenues(t))
	b := h.as(t, "sheng")
	for query, want := range map[string]string{
		"text=深圳市政务": "S", "text=G001": "G", "text=李伟": "S", "text=出入境": "G", "region=" + shenzhen: "S", "level=市直": "GS", "state=retired": "",
		"text=nobody": "", "region=nowhere": "GS",
	} {
		s := b.get(hallsPath + "?" + strings.ReplaceAll(url.PathEscape(query), "%3D", "="))
		got := ""
		if strings.Contains(s.body, gz+`"`) {
			got += "G"
		}
		if strings.Contains(s.body, farHallCode+`"`) {
			got += "S"
		}
		if got != want {
			t.Errorf("%s: found %q, want %q", query, got, want)
		}
		if want == "" {
			b.wants(s, http.StatusOK, "没有符合条件的记录")
		}
	}
	empty := newHouse(t, func(n *Needs) {
		n.Halls.Replace(nil, nil, nil)
		n.Venues = &VenueNeeds{}
	})
	e := empty.as(t, "sheng")
	e.wants(e.get(hallsPath), http.StatusOK, "还没有登记大厅")
}

func TestHallsArePaged(t *testing.T) {
	h := newHouse(t, withVenues(t), func(n *Needs) {
		var halls []venue.Hall
		for i := range PageSize + 10 {
			halls = append(halls, venue.Hall{Code: fmt.Sprintf("440100000%03d", i), RegionCode: guangzhou, Name: fmt.Sprintf("大厅%03d号", i)})
		}
		n.Halls.Replace(halls, nil, nil)
	})
	b := h.as(t, "sheng")
	first := b.get(hallsPath)
	b.wants(first, http.StatusOK, "大厅000号", "大厅049号", "60 个大厅")
	b.lacks(first, "大厅050号")
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(first.body)
	if next == nil {
		t.Fatal("no next page")
	}
	second := b.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	b.wants(second, http.StatusOK, "大厅050号", "大厅059号", `rel="prev"`)
	b.lacks(second, "大厅049号", `rel="next"`)
	b.wants(b.get(hallsPath+"?after=%21x"), http.StatusOK, "大厅000号")
	b.wants(b.get(hallsPath+"?after=%00x"), http.StatusUnprocessableEntity, "无法识别")
}

func TestAHallFromNewToRetired(t *testing.T) {
	h := newHouse(t, withVenues(t))
	b := h.as(t, "quyu")
	b.wants(b.get(hallsPath+"/new"), http.StatusOK, "12位编码", `value="`+guangzhou+`"`)
	s := b.post(hallsPath+"/new", url.Values{"name": {"北京<街道>"}, "region": {"天上"}, "level": {""}, "telephone": {"x"}})
	b.wants(s, http.StatusUnprocessableEntity, "层级不能为空", "地址不能为空", "开放时间不能为空", "不是电话号码", `value="北京&lt;街道&gt;"`)
	form := url.Values{
		"name": {"北京街道政务服务中心"}, "region": {"广州市/越秀区/北京街道"}, "level": {"镇街"}, "address": {"中山四路48号"}, "telephone": {"020-83333333"}, "hours": {"周一至周五 9:00—17:00"},
	}
	form.Set("region", "广州市")
	b.wants(b.post(hallsPath+"/new", form), http.StatusUnprocessableEntity, "区划应写到镇街")
	form.Set("region", "深圳市")
	form.Set("level", "市直")
	b.wants(b.post(hallsPath+"/new", form), http.StatusUnprocessableEntity, "不在您的管理范围内")
	form.Set("region", "广州市/越秀区/北京街道")
	form.Set("level", "镇街")
	made := b.post(hallsPath+"/new", form)
	if made.status != http.StatusSeeOther {
		t.Fatalf("status %d: %.600s", made.status, made.body)
	}
	hall := made.location()
	b.wants(b.get(hall), http.StatusOK, "大厅已建好", "广州市 / 越秀区 / 北京街道", "还没有窗口")
	b.wants(b.post(hallsPath+"/new", form), http.StatusUnprocessableEntity, "重名")

	seen := mark(t, b.get(hall+"/change"))
	form.Set("hours", "全天")
	form.Set("mark", seen)
	b.to(b.post(hall+"/change", form), hall)
	b.to(b.post(hall+"/change", form), hall) // a double click
	b.wants(b.get(hall), http.StatusOK, "已保存", "全天")
	form.Set("hours", "周六 9:00—12:00")
	b.wants(b.post(hall+"/change", form), http.StatusConflict, "您打开页面以后，这里改过了", `value="周六 9:00—12:00"`)

	state := url.Values{"mark": {mark(t, b.get(hall))}, "reason": {"搬迁"}}
	b.wants(b.post(hall+"/state", state), http.StatusOK, "停用 北京街道政务服务中心", "需要时可以重新启用", `value="搬迁"`)
	state.Set("sure", "yes")
	b.to(b.post(hall+"/state", state), hall)
	b.wants(b.get(hall), http.StatusOK, "已停用", "重新启用")
	b.wants(b.get(hallsPath+"?state=retired"), http.StatusOK, "北京街道政务服务中心")
	b.to(b.post(hall+"/state", url.Values{"mark": {mark(t, b.get(hall))}, "to": {"open"}}), hall)

	code := hall[strings.LastIndex(hall, "/")+1:]
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Object: "hall:" + code, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, link := range links {
		if link.Actor != "quyu" {
			t.Errorf("%s by %q", link.Action, link.Actor)
		}
		actions = append(actions, link.Action+" "+link.Before+" "+link.Reason)
	}
	want := []string{"hall.reopen  ", "hall.retire  搬迁", "hall.change 开放时间：周一至周五 9:00—17:00 ", "hall.add  "}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("audited: %s", diff)
	}
}

func TestWindowsAndOfficers(t *testing.T) {
	h := newHouse(t, withVenues(t))
	b := h.as(t, "dating")
	b.wants(b.get(gz), http.StatusOK, "1 出入境", "陈志强", "不固定窗口的工作人员", "黄丽华", "添加窗口")
	moved := url.Values{
		"name": {"广州市政务服务中心"}, "region": {"深圳市"}, "level": {"市直"}, "address": {"一路1号"}, "telephone": {"12345"}, "hours": {"全天"}, "mark": {mark(t, b.get(gz+"/change"))},
	}
	b.wants(b.post(gz+"/change", moved), http.StatusUnprocessableEntity, "不在您的管理范围内") // who has the hall alone
	window := url.Values{"number": {"1"}, "name": {"综合"}, "departmentName": {""}, "department": {"a-b"}}
	b.wants(b.post(gz+"/windows/new", window), http.StatusUnprocessableEntity, "已是这个大厅另一窗口", "部门名称不能为空", "只能有字母和数字")
	window = url.Values{"number": {"A3"}, "name": {"综合"}, "departmentName": {"民政局"}}
	b.to(b.post(gz+"/windows/new", window), hallsPath+"/windows/"+hallCode+"0003")
	made := b.get(hallsPath + "/windows/" + hallCode + "0003")
	b.wants(made, http.StatusOK, "A3 号窗口", "民政局", "https://pj.example.gov.cn/ping/window.html?w="+hallCode+"0003", "<svg")
	window.Set("mark", mark(t, made))
	window.Set("name", "婚姻登记")
	b.to(b.post(hallsPath+"/windows/"+hallCode+"0003/change", window), hallsPath+"/windows/"+hallCode+"0003")
	b.to(b.post(hallsPath+"/windows/"+hallCode+"0003/change", window), hallsPath+"/windows/"+hallCode+"0003") // a double click
	window.Set("name", "收养登记")
	b.wants(b.post(hallsPath+"/windows/"+hallCode+"0003/change", window), http.StatusConflict, "您打开页面以后，这里改过了")

	officer := url.Values{"workNo": {"G001"}, "name": {""}, "window": {farWindow}}
	b.wants(b.post(gz+"/officers/new", officer), http.StatusUnprocessableEntity, "已是这个大厅另一人的工号", "姓名不能为空", "请选择这个大厅在用的窗口")
	officer = url.Values{"workNo": {"G009"}, "name": {"何九"}, "window": {hallCode + "0003"}}
	b.to(b.post(gz+"/officers/new", officer), gz)
	b.to(b.post(gz+"/officers/new", officer), gz) // a double click
	b.wants(b.get(gz), http.StatusOK, "何九")
	// Another work number is another officer; the former one keeps what was said of him.
	officer.Set("workNo", "G010")
	officer.Set("mark", mark(t, b.get(gz+"/officers/G009/change")))
	b.to(b.post(gz+"/officers/G009/change", officer), gz)
	s := b.get(gz)
	b.wants(s, http.StatusOK, "G010", "已停用的工号", "G009")
	b.wants(b.get(gz+"/officers/G404/change"), http.StatusNotFound)
	former := url.Values{"mark": {mark(t, b.get(gz+"/officers/G002/change"))}}
	b.wants(b.post(gz+"/officers/G002/state", former), http.StatusOK, "停用 黄丽华（G002）")
	former.Set("sure", "yes")
	b.to(b.post(gz+"/officers/G002/state", former), gz)
	b.to(b.post(gz+"/officers/G002/state", former), gz) // a double click
	b.lacks(b.get(hallsPath+"/export?format=csv"), "黄丽华", "G009")

	state := url.Values{"mark": {mark(t, b.get(hallsPath+"/windows/"+policeWindow))}, "sure": {"yes"}}
	b.to(b.post(hallsPath+"/windows/"+policeWindow+"/state", state), hallsPath+"/windows/"+policeWindow)
	b.wants(b.get(hallsPath+"/windows/"+policeWindow), http.StatusOK, "停用后不提供二维码")
	b.wants(b.get(hallsPath+"/windows/"+policeWindow+"/code"), http.StatusConflict, "已停用")
	posters := b.get(gz + "/posters.html")
	b.wants(posters, http.StatusOK, "婚姻登记")
	b.lacks(posters, "出入境")
}

func TestCodesOfASelection(t *testing.T) {
	h := newHouse(t, withVenues(t))
	files := func(s shown) (names []string) {
		t.Helper()
		archive, err := zip.NewReader(strings.NewReader(s.body), int64(len(s.body)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.File {
			names = append(names, file.Name)
		}
		return names
	}
	b := h.as(t, "sheng")
	const g, s = "广州市政务服务中心/", "深圳市政务服务中心/"
	want := []string{g + "张贴页.html", g + "1-出入境.png", g + "1-出入境.svg", g + "2-办税.png", g + "2-办税.svg", s + "张贴页.html", s + "1-办税.png", s + "1-办税.svg"}
	if diff := cmp.Diff(want, files(b.get(hallsPath+"/codes.zip"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[5:], files(b.get(hallsPath+"/codes.zip?region="+shenzhen))); diff != "" {
		t.Error(diff)
	}
	if got := files(b.get(gz + "/codes.zip?window=" + taxWindow)); !slices.Equal(got, []string{want[0], want[3], want[4]}) {
		t.Errorf("of one window: %v", got)
	}
	b.wants(b.get(hallsPath+"/codes.zip?text=nobody"), http.StatusConflict, "没有在用的窗口")
	b.wants(b.get(gz+"/posters.html?window="+farWindow), http.StatusConflict, "没有在用的窗口")
	d := h.as(t, "bumen")
	if got := files(d.get(hallsPath + "/codes.zip")); !slices.Equal(got, want[:3]) {
		t.Errorf("of a department: %v", got)
	}
	png := b.get(hallsPath + "/windows/" + policeWindow + "/code?format=png")
	if png.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(png.body, "\x89PNG") {
		t.Errorf("a picture is %s", png.header.Get("Content-Type"))
	}
}

func TestAListIsShownFirstAndThenTakenExactlySo(t *testing.T) {
	h := newHouse(t, withVenues(t))
	b := h.as(t, "quyu")
	b.wants(b.get(hallsPath+"/import"), http.StatusOK, "先预演", "下载空白模板")
	list := b.get(hallsPath + "/export?format=csv").body
	b.wants(b.send(hallsPath+"/import", "file", "表.csv", []byte(list)), http.StatusOK, "表里的内容与库中相同")
	b.wants(b.send(hallsPath+"/import", "file", "x.xlsx", []byte("PK\x03\x04nonsense")), http.StatusUnprocessableEntity, "不是可以读取的 xlsx")
	b.wants(b.send(hallsPath+"/import", "file", "x.csv", nil), http.StatusUnprocessableEntity, "请选择填好的表格")
	b.wants(b.send(hallsPath+"/import", "file", "x.csv", make([]byte, venue.MaxUpload+1)), http.StatusUnprocessableEntity, "8 MB")
	b.wants(b.send(hallsPath+"/import", "file", "x.csv", []byte(strings.Replace(list, "市直", "省直", 1))), http.StatusUnprocessableEntity, "处错误", "B2", "应为 市直、区县、镇街、村居 之一")

	changed := strings.ReplaceAll(list, "办税", "纳税服务")
	s := b.send(hallsPath+"/import", "file", "表.csv", []byte(changed))
	b.wants(s, http.StatusOK, "预演结果，还没有导入", "办税", "纳税服务", "照此导入", "表.csv")
	id := regexp.MustCompile(`name="id" value="([A-Z0-9]+)"`).FindStringSubmatch(s.body)[1]
	if w, _ := h.halls.Window(taxWindow); w.Name != "办税" {
		t.Errorf("looking changed it to %s", w.Name)
	}
	// Somebody else's list it is not.
	other := h.as(t, "sheng")
	other.wants(other.post(hallsPath+"/import/apply", url.Values{"id": {id}}), http.StatusUnprocessableEntity, "请重新上传")
	// Meanwhile somebody changes the hall: nothing is done, and it is shown anew.
	window := url.Values{"number": {"2"}, "name": {"办税"}, "departmentName": {"税务局二分局"}, "department": {taxCode}, "mark": {mark(t, other.get(hallsPath+"/windows/"+taxWindow))}}
	other.to(other.post(hallsPath+"/windows/"+taxWindow+"/change", window), hallsPath+"/windows/"+taxWindow)
	s = b.post(hallsPath+"/import/apply", url.Values{"id": {id}, "name": {"表.csv"}})
	b.wants(s, http.StatusConflict, "另有人改过", "税务局二分局", "照此导入", id)
	if w, _ := h.halls.Window(taxWindow); w.Name != "办税" {
		t.Errorf("another plan than was shown was applied")
	}
	b.to(b.post(hallsPath+"/import/apply", url.Values{"id": {id}}), hallsPath)
	if w, _ := h.halls.Window(taxWindow); w.Name != "纳税服务" || w.DepartmentName != "税务局" {
		t.Errorf("applied: %+v", w)
	}
	b.wants(b.post(hallsPath+"/import/apply", url.Values{"id": {id}}), http.StatusUnprocessableEntity, "已经导入")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Object: "venues", Actor: "quyu", Limit: 9})
	if err != nil || len(links) != 1 || !strings.Contains(links[0].After, "更改大厅 0、窗口 1") {
		t.Errorf("audited: %+v, %v", links, err)
	}

	// What lies elsewhere is a fault, whether it is there or not.
	far := strings.NewReplacer(guangzhou, shenzhen, "广州市政务服务中心", "深圳市政务服务中心", hallCode, "").Replace(list)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(far, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatal(err)
	}
	b.wants(b.send(hallsPath+"/import", "file", "表.csv", []byte(strings.Join(rows[0][:6], ",")+"\n"+strings.ReplaceAll(strings.Join(rows[1][:6], ","), "12345678,", "12345678,"))), http.StatusUnprocessableEntity, "不在您的管理范围内")
}

func TestScansAgainstReviews(t *testing.T) {
	h := newHouse(t, withVenues(t))
	scans := venue.NewScans(h.store, h.now)
	for range 4 {
		scans.Count(policeWindow)
	}
	scans.Count(farWindow)
	if err := scans.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := h.as(t, "dating")
	b.wants(b.get(gz), http.StatusOK, `<td class="number">4</td><td class="number">0</td><td class="number">0.00%</td>`)
	b.wants(b.get(hallsPath+"/windows/"+policeWindow), http.StatusOK, "扫码打开 4 次，扫码评价 0 条", `2026年6月15日</th><td class="number">4</td>`)
	b.wants(b.get(hallsPath+"/windows/"+taxWindow), http.StatusOK, "扫码打开 0 次")
}
