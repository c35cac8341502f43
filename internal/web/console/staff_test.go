package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/xuri/excelize/v2"
)

var oneTimeForm = regexp.MustCompile(`<output class="secret">([a-z0-9-]{19})</output>`)

func TestStaffFromNewToDisabled(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, "quyu")
	b.wants(b.get("/console/staff/new"), http.StatusOK, "大厅管理员", "越秀区", "广州市政务服务中心")
	b.lacks(b.get("/console/staff/new"), "审计员", "深圳市税务局", "深圳市政务服务中心")
	// Without a script the tree is gone down by a button: it sends what was typed, and makes nothing.
	const county = "440104000000"
	s := b.post("/console/staff/new", url.Values{"list": {"yes"}, "login": {"wang"}, "name": {"王五"}, "role": {"hall"}, "region": {county}, "hall": {hallCode}, "department": {policeCode}})
	b.wants(s, http.StatusOK, `<option value="`+county+`" selected>越秀区`, `value="王五"`, "列出的是越秀区本级的部门")
	b.lacks(s, "深圳", "广州市公安局", "广州市政务服务中心", `aria-invalid`)
	s = b.post("/console/staff/new", url.Values{"list": {"yes"}, "login": {"wang"}, "region": {guangzhou}, "hall": {hallCode}})
	b.wants(s, http.StatusOK, "广州市公安局", `<option value="`+hallCode+`" selected>广州市政务服务中心`)
	if list, err := h.staff.List(t.Context(), nil, identity.StaffFilter{}, "", 10); err != nil || len(list) != 1 {
		t.Errorf("%d accounts, %v", len(list), err)
	}
	s = b.post("/console/staff/new", url.Values{"login": {"x"}, "name": {""}, "role": {"province"}, "email": {"no"}, "hall": {"H?"}})
	b.wants(s, http.StatusUnprocessableEntity, "应为3到32位", "请填写姓名", "您不能设置这个角色", "请填写邮箱地址", "没有这个大厅", `value="H?"`)
	b.wants(b.post("/console/staff/new", url.Values{"login": {"wang"}, "name": {"王五"}, "role": {"hall"}, "hall": {farHallCode}}), http.StatusUnprocessableEntity, "超出您自己的管理范围")
	s = b.post("/console/staff/new", url.Values{"login": {"wang"}, "name": {"王<五>"}, "role": {"handler"}, "hall": {hallCode}, "email": {"wang@example.gov.cn"}})
	b.wants(s, http.StatusOK, "wang", "密码只显示这一次")
	password := oneTimeForm.FindStringSubmatch(s.body)[1]
	worker := h.browser(t)
	worker.to(worker.post("/console/login", url.Values{"login": {"wang"}, "password": {password}}), "/console/first-password")

	s = b.get("/console/staff")
	b.wants(s, http.StatusOK, "王&lt;五&gt;", "工单处理员", "广州市政务服务中心")
	s = b.get("/console/staff/of/wang")
	b.wants(s, http.StatusOK, "wang@example.gov.cn", "一次性密码还没有改", "Go-http-client", "锁定账号")
	b.wants(b.get("/console/staff/of/wang/change"), http.StatusOK, `name="version" value="1"`, `value="`+hallCode+`"`)
	change := url.Values{"version": {"1"}, "name": {"王五"}, "role": {"hall"}, "hall": {hallCode}}
	b.to(b.post("/console/staff/of/wang/change", change), "/console/staff/of/wang")
	b.wants(b.get("/console/staff/of/wang"), http.StatusOK, "已保存", "大厅管理员")
	b.wants(b.post("/console/staff/of/wang/change", change), http.StatusConflict, "这个账号在您打开页面以后改过了，没有保存", `value="1"`)

	b.wants(b.post("/console/staff/of/wang/reset", url.Values{"version": {"2"}}), http.StatusOK, "现在的密码作废", `name="sure" value="yes"`, `name="version" value="2"`)
	s = b.post("/console/staff/of/wang/reset", url.Values{"version": {"2"}, "sure": {"yes"}})
	b.wants(s, http.StatusOK, "密码已重置")
	if again := oneTimeForm.FindStringSubmatch(s.body)[1]; again == password {
		t.Error("the same password again")
	}
	worker.to(worker.get("/console"), "/console/login")
	twice := b.post("/console/staff/of/wang/reset", url.Values{"version": {"2"}, "sure": {"yes"}})
	b.wants(twice, http.StatusConflict, "没有再重置", "连点了两次")
	b.lacks(twice, "别人")

	b.wants(b.post("/console/staff/of/wang/state", url.Values{"version": {"3"}, "state": {"disabled"}}), http.StatusOK, "停用 王五（wang）", "以后不能登录")
	b.to(b.post("/console/staff/of/wang/state", url.Values{"version": {"3"}, "state": {"disabled"}, "sure": {"yes"}}), "/console/staff/of/wang")
	b.to(b.post("/console/staff/of/wang/state", url.Values{"version": {"3"}, "state": {"disabled"}, "sure": {"yes"}}), "/console/staff/of/wang")
	b.wants(b.get("/console/staff/of/wang"), http.StatusOK, "已停用", "重新启用")
	b.to(b.post("/console/staff/of/wang/state", url.Values{"version": {"4"}, "state": {"active"}}), "/console/staff/of/wang")

	// One's own account is not changed here, and nobody hears of accounts elsewhere.
	b.wants(b.post("/console/staff/of/quyu/state", url.Values{"version": {"1"}, "state": {"disabled"}, "sure": {"yes"}}), http.StatusConflict, "您不能修改这个账号")
	b.wants(b.get("/console/staff/of/sheng"), http.StatusNotFound, "没有找到")

	links, err := h.store.SearchAudit(t.Context(), audit.Query{Object: "staff:wang", Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	var noted []string
	for _, link := range links {
		if link.Request == "" || link.Address != "127.0.0.1" {
			t.Errorf("%+v", link)
		}
		noted = append(noted, link.Actor+" "+link.Action)
		if strings.Contains(link.Before+link.After, "王") || strings.Contains(link.Before+link.After, "@") {
			t.Errorf("the audit log names a person: %+v", link)
		}
	}
	if got := strings.Join(noted, ", "); got != "quyu staff.active, quyu staff.disabled, quyu staff.reset, quyu staff.change, wang staff.login, quyu staff.create" {
		t.Errorf("noted: %s", got)
	}
}

func TestStaffSessions(t *testing.T) {
	h := newHouse(t)
	b, worker := h.as(t, "bumen"), h.as(t, "gongdan")
	s := b.get("/console/staff/of/gongdan")
	id := regexp.MustCompile(`name="id" value="([0-9a-f]+)"`).FindStringSubmatch(s.body)
	if id == nil {
		t.Fatal(s.body)
	}
	b.to(b.post("/console/staff/of/gongdan/sessions/end", url.Values{"id": {id[1]}}), "/console/staff/of/gongdan")
	b.wants(b.get("/console/staff/of/gongdan"), http.StatusOK, "现在没有登录")
	worker.to(worker.get("/console"), "/console/login")
}

func TestOwnAccount(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, "gongdan")
	other := h.browser(t)
	other.to(other.post("/console/login", url.Values{"login": {"gongdan"}, "password": {housePassword}}), "/console")
	b.wants(b.get("/console/account"), http.StatusOK, "当前", "退出其他所有登录", "未设置")
	b.wants(b.post("/console/account/password", url.Values{"old": {"wrong"}, "password": {housePassword}, "again": {housePassword}}), http.StatusUnprocessableEntity, "现在的密码不对")
	b.to(b.post("/console/account/password", url.Values{"old": {housePassword}, "password": {"another good one"}, "again": {"another good one"}}), "/console/account")
	other.to(other.get("/console"), "/console/login")
	other.to(other.post("/console/login", url.Values{"login": {"gongdan"}, "password": {"another good one"}}), "/console")
	b.to(b.post("/console/account/sessions/end", url.Values{}), "/console/account")
	other.to(other.get("/console"), "/console/login")

	s := b.get("/console/account/totp")
	secret := strings.ReplaceAll(secretForm.FindStringSubmatch(s.body)[1], " ", "")
	b.wants(b.post("/console/account/totp", url.Values{"code": {h.code(secret)}}), http.StatusOK, "恢复码只显示这一次")
	b.wants(b.get("/console/account"), http.StatusOK, "还有10个恢复码", "换一批恢复码")
	b.wants(b.post("/console/account/recovery", url.Values{"old": {"wrong"}}), http.StatusUnprocessableEntity, "现在的密码不对")
	b.wants(b.post("/console/account/recovery", url.Values{"old": {"another good one"}}), http.StatusOK, "恢复码只显示这一次")
	b.wants(b.get("/console/account/totp"), http.StatusOK, "现在的密码")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "staff.unproven", Limit: 5})
	if err != nil || len(links) != 2 || links[0].Actor != "gongdan" || links[0].Object != "staff:gongdan" || links[0].Address == "" {
		t.Errorf("audit of wrong passwords: %+v %v", links, err)
	}
}

// Lists page by their keys there and back, keep their filters, and say what is set.
func TestStaffPages(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, "sheng")
	const accounts = 2*PageSize + 7
	for n := range accounts {
		account := identity.Account{PasswordHash: "none", Staff: identity.Staff{
			Login: fmt.Sprintf("w%03d", n), Name: "窗口", Role: identity.Handler, Scope: identity.Scope{Hall: hallCode}, Seat: guangzhou, State: identity.Active, Version: 1,
		}}
		if err := h.store.CreateAccount(t.Context(), account, audit.Entry{Action: "staff.create"}); err != nil {
			t.Fatal(err)
		}
	}
	row := regexp.MustCompile(`<th scope="row"><a href="/console/staff/of/(w\d+)">`)
	link := func(s shown, rel string) string {
		found := regexp.MustCompile(`<a href="([^"]+)" rel="` + rel + `">`).FindStringSubmatch(s.body)
		if found == nil {
			return ""
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	var pages []string
	seen := map[string]bool{}
	for address := "/console/staff?role=handler&text=w"; address != ""; {
		s := b.get(address)
		b.wants(s, http.StatusOK, "角色：工单处理员", "账号或姓名：w")
		rows := row.FindAllStringSubmatch(s.body, -1)
		for _, r := range rows {
			if seen[r[1]] {
				t.Errorf("%s stands twice", r[1])
			}
			seen[r[1]] = true
		}
		if len(rows) > PageSize || len(rows) == 0 {
			t.Fatalf("%d rows", len(rows))
		}
		pages = append(pages, address)
		address = link(s, "next")
	}
	if len(pages) != 3 || len(seen) != accounts {
		t.Errorf("%d pages, %d rows", len(pages), len(seen))
	}
	for n := len(pages) - 1; n > 0; n-- {
		back := link(b.get(pages[n]), "prev")
		got, want := row.FindAllString(b.get(back).body, -1), row.FindAllString(b.get(pages[n-1]).body, -1)
		if len(got) != len(want) || got[0] != want[0] {
			t.Errorf("back from page %d is not the page before it", n+1)
		}
	}
	b.lacks(b.get(pages[0]), `rel="prev"`)
	b.wants(b.get("/console/staff?text=nobody"), http.StatusOK, "没有符合条件的记录")
	b.lacks(b.get("/console/staff?role=root&state=x"), `class="chips"`)
}

func TestStaffExport(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, "quyu")
	h.hire("gongshi", identity.Draft{Name: "=1+1", Role: identity.Handler, Scope: identity.Scope{Hall: hallCode}, WorkNo: "007"})
	h.hire("waibu", identity.Draft{Name: "外部", Role: identity.Handler, Scope: identity.Scope{Department: taxCode}})
	s := b.get("/console/staff/export?format=csv&text=gongshi")
	if got := s.header.Get("Content-Disposition"); got != "attachment; filename=export.csv; filename*=UTF-8''%E8%B4%A6%E5%8F%B7-20260615.csv" {
		t.Error(got)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(s.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "gongshi" || rows[1][1] != "'=1+1" || rows[1][4] != "007" {
		t.Errorf("%v, %v", rows, err)
	}
	b.lacks(b.get("/console/staff/export?format=csv"), "waibu")
	s = b.get("/console/staff/export?format=xlsx&text=gongshi")
	book, err := excelize.OpenReader(strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close() //nolint:errcheck // it was read
	cells, err := book.GetRows("账号")
	if err != nil || len(cells) != 2 || cells[1][1] != "=1+1" {
		t.Errorf("%v, %v", cells, err)
	}
	if formula, err := book.GetCellFormula("账号", "B2"); formula != "" || err != nil {
		t.Errorf("a name became the formula %q", formula)
	}
	b.wants(b.get("/console/staff/export"), http.StatusUnprocessableEntity, "请选择导出")
	links, err := h.store.SearchAudit(t.Context(), audit.Query{Action: "export", Limit: 10})
	if err != nil || len(links) != 3 || links[0].Actor != "quyu" || links[0].After != "format=xlsx text=…" {
		t.Errorf("noted: %+v, %v", links, err)
	}
}

// A form that is sent twice makes one account, and its person is told where the password is to be had; another's login is taken.
func TestAnAccountSentTwiceIsOne(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, "sheng")
	form := url.Values{"login": {"Xiaoli"}, "name": {"李小"}, "role": {"handler"}, "department": {policeCode}}
	b.wants(b.post("/console/staff/new", form), http.StatusOK, "一次性密码")
	b.to(b.post("/console/staff/new", form), "/console/staff/of/xiaoli")
	b.wants(b.get("/console/staff/of/xiaoli"), http.StatusOK, "没有再建一个", "没有记下时请重置密码")
	form.Set("name", "李大")
	b.wants(b.post("/console/staff/new", form), http.StatusUnprocessableEntity, "这个账号已经有了")
	form.Set("name", "李小")
	h.wait(11 * time.Minute)
	b.wants(b.post("/console/staff/new", form), http.StatusUnprocessableEntity, "这个账号已经有了")
}
