package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
)

func TestWhoMayMakeWhom(t *testing.T) {
	o := openOffice(t)
	guangzhou, tianhe, shenzhen := identity.Scope{Region: "440100000000"}, identity.Scope{Region: "440106000000"}, identity.Scope{Region: "440300000000"}
	by := map[string]*identity.Staff{}
	for login, d := range map[string]identity.Draft{
		"sheng": {Role: identity.Province}, "guangzhou": {Role: identity.Regional, Scope: guangzhou},
		"bumen": {Role: identity.Department, Scope: identity.Scope{Department: "D1"}}, "dating": {Role: identity.Hall, Scope: identity.Scope{Hall: "H1"}},
		"gongdan": {Role: identity.Handler, Scope: identity.Scope{Department: "D1"}}, "shenji": {Role: identity.Auditor},
	} {
		d.Login = login
		o.create(nil, d)
		by[login] = o.get(login)
	}
	for n, tt := range []struct {
		by    string
		role  identity.Role
		scope identity.Scope
		says  string // empty: he may
	}{
		{"sheng", identity.Province, identity.Scope{}, ""},
		{"sheng", identity.Auditor, identity.Scope{}, ""},
		{"sheng", identity.Hall, identity.Scope{Hall: "H9"}, ""},
		{"guangzhou", identity.Province, identity.Scope{}, "不能设置这个角色"},
		{"guangzhou", identity.Auditor, guangzhou, "不能设置这个角色"},
		{"guangzhou", identity.Regional, guangzhou, ""},
		{"guangzhou", identity.Regional, tianhe, ""},
		{"guangzhou", identity.Regional, shenzhen, "超出"},
		{"guangzhou", identity.Regional, identity.Scope{Region: "440000000000"}, "超出"},
		{"guangzhou", identity.Regional, identity.Scope{}, "要填管理的区划"},
		{"guangzhou", identity.Department, identity.Scope{Department: "D1"}, ""},
		{"guangzhou", identity.Department, identity.Scope{Department: "D2"}, "超出"},
		{"guangzhou", identity.Hall, identity.Scope{Hall: "H1"}, ""},
		{"guangzhou", identity.Handler, identity.Scope{Hall: "H1", Department: "D1"}, ""},
		{"bumen", identity.Regional, guangzhou, "不能设置这个角色"},
		{"bumen", identity.Department, identity.Scope{Department: "D1"}, ""},
		{"bumen", identity.Handler, identity.Scope{Department: "D1"}, ""},
		{"bumen", identity.Handler, identity.Scope{Department: "D2"}, "超出"},
		{"bumen", identity.Handler, identity.Scope{Hall: "H1"}, "超出"},
		{"bumen", identity.Handler, identity.Scope{Department: "D1", Hall: "H1"}, ""},
		{"dating", identity.Handler, identity.Scope{Hall: "H1"}, ""},
		{"dating", identity.Handler, identity.Scope{Hall: "H2"}, "超出"},
		{"dating", identity.Department, identity.Scope{Department: "D1"}, "不能设置这个角色"},
		{"gongdan", identity.Handler, identity.Scope{Department: "D1"}, "不能设置这个角色"},
		{"shenji", identity.Handler, identity.Scope{Department: "D1"}, "不能设置这个角色"},
		{"sheng", identity.Handler, identity.Scope{}, "要填所在"},
		{"sheng", identity.Hall, identity.Scope{}, "要填管理的大厅"},
		{"sheng", identity.Department, identity.Scope{}, "要填管理的部门"},
		{"sheng", identity.Department, identity.Scope{Department: "D9"}, "没有这个部门"},
		{"sheng", identity.Hall, identity.Scope{Hall: "X"}, "没有这个大厅"},
		{"sheng", identity.Regional, identity.Scope{Region: "33"}, "没有这个区划"},
		{"sheng", identity.Regional, identity.Scope{Region: "guangzhou"}, "没有这个区划"},
		{"sheng", identity.Regional, identity.Scope{Region: "4401"}, ""},
		{"sheng", identity.Province, identity.Scope{Department: "D1"}, "请留空"},
		{"sheng", identity.Department, identity.Scope{Department: "D1", Hall: "H1"}, "请留空"},
		{"sheng", "root", identity.Scope{}, "请选择角色"},
	} {
		_, err := o.Create(t.Context(), by[tt.by], identity.Draft{Login: fmt.Sprint("new", n), Name: "新人", Role: tt.role, Scope: tt.scope})
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error()+fmt.Sprint(violations(err)), tt.says)) {
			t.Errorf("%s makes %s of %+v: got %v, want %q", tt.by, tt.role, tt.scope, err, tt.says)
		}
	}
	if got := o.get("new32"); got.Region != "440100000000" || got.Seat != "440100000000" {
		t.Errorf("a region of four digits became %+v", got)
	}
}

func violations(err error) []fault.Violation {
	var f *fault.Error
	errors.As(err, &f)
	if f == nil {
		return nil
	}
	return f.Violations
}

func TestDraftsSayAllThatIsWrong(t *testing.T) {
	o := openOffice(t)
	_, err := o.Create(t.Context(), nil, identity.Draft{Login: "1x", Role: "x", WorkNo: "a-b", Email: "no address", Scope: identity.Scope{Region: "x"}})
	var fields []string
	for _, v := range violations(err) {
		fields = append(fields, v.Field)
	}
	if got := strings.Join(fields, " "); got != "login name workNo email region role" {
		t.Errorf("got %s: %v", got, err)
	}
	o.create(nil, identity.Draft{Login: "zhang", Role: identity.Province})
	_, err = o.Create(t.Context(), nil, identity.Draft{Login: "ZHANG", Name: "张", Role: identity.Province})
	kindOf(t, err, fault.Invalid, "已经有了")
}

func TestManaging(t *testing.T) {
	o := openOffice(t)
	o.create(nil, identity.Draft{Login: "sheng", Role: identity.Province})
	o.create(nil, identity.Draft{Login: "guangzhou", Role: identity.Regional, Scope: identity.Scope{Region: "440100000000"}})
	o.create(nil, identity.Draft{Login: "tianhe", Role: identity.Handler, Scope: identity.Scope{Hall: "H1"}, Email: "wang@example.gov.cn"})
	o.create(nil, identity.Draft{Login: "shenzhen", Role: identity.Handler, Scope: identity.Scope{Department: "D2"}})
	sheng, guangzhou := o.get("sheng"), o.get("guangzhou")
	ctx := audit.With(t.Context(), audit.Origin{Actor: "guangzhou"})

	for _, login := range []string{"shenzhen", "nobody"} { // the same answer, so that nobody learns who is elsewhere
		_, err := o.Get(ctx, guangzhou, login)
		kindOf(t, err, fault.Missing, "没有这个账号")
		_, err = o.Reset(ctx, guangzhou, login, 1, "")
		kindOf(t, err, fault.Missing, "没有这个账号")
		kindOf(t, o.EndSession(ctx, guangzhou, login, ""), fault.Missing, "没有这个账号")
		_, err = o.SessionsOf(ctx, guangzhou, login)
		kindOf(t, err, fault.Missing, "没有这个账号")
	}
	_, err := o.Get(ctx, guangzhou, "sheng")
	kindOf(t, err, fault.Missing, "")
	kindOf(t, o.SetState(ctx, guangzhou, "guangzhou", 1, identity.Disabled, ""), fault.Conflict, "不能修改")
	kindOf(t, o.SetState(ctx, sheng, "sheng", 1, identity.Disabled, ""), fault.Conflict, "不能修改")
	kindOf(t, o.SetState(ctx, guangzhou, "tianhe", 1, "gone", ""), fault.Invalid, "状态")

	staff, err := o.List(ctx, guangzhou, identity.StaffFilter{}, "", 10)
	if err != nil || len(staff) != 2 || staff[0].Login != "guangzhou" || staff[1].Login != "tianhe" || staff[1].Email != "" {
		t.Errorf("listed: %+v, %v", staff, err)
	}
	if got, err := o.Get(ctx, guangzhou, "tianhe"); err != nil || got.Email != "wang@example.gov.cn" {
		t.Errorf("%+v, %v", got, err)
	}
	draft := identity.Draft{Name: "王五", Role: identity.Hall, Scope: identity.Scope{Hall: "H2"}, WorkNo: "7"}
	if err := o.Change(ctx, guangzhou, "tianhe", 1, draft); err != nil {
		t.Fatal(err)
	}
	kindOf(t, o.Change(ctx, guangzhou, "tianhe", 1, draft), fault.Conflict, "在您打开页面以后改过了")
	if got := o.get("tianhe"); got.Role != identity.Hall || got.Hall != "H2" || got.Version != 2 || got.Email != "" || got.Name != "王五" {
		t.Errorf("%+v", got)
	}
	kindOf(t, o.Change(ctx, guangzhou, "tianhe", 2, identity.Draft{Name: "王五", Role: identity.Province}), fault.Invalid, "不能设置")

	// Lowered, he loses what he may at once; a reset ends everything.
	token, _ := o.admin("yuexiu", identity.Regional, identity.Scope{Region: "440104000000"})
	if err := o.Change(ctx, sheng, "yuexiu", 1, identity.Draft{Name: "李", Role: identity.Handler, Scope: identity.Scope{Hall: "H1"}}); err != nil {
		t.Fatal(err)
	}
	if p := o.stands(token, identity.Through); p.Staff.May(identity.ChangeStaff) {
		t.Error("he keeps what he might before")
	}
	password, err := o.Reset(ctx, sheng, "yuexiu", 2, "忘记密码")
	if err != nil || o.present(token) != nil {
		t.Fatalf("a reset leaves the session: %v", err)
	}
	o.stands(o.logIn("yuexiu", password, here), identity.NeedsPassword)
	_, err = o.LogIn(t.Context(), "yuexiu", goodPassword, here, "")
	kindOf(t, err, fault.Conflict, "不对")
}
