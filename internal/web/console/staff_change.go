package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
)

func draft(r *http.Request) identity.Draft {
	return identity.Draft{
		Login: r.PostFormValue("login"), Name: r.PostFormValue("name"), Role: identity.Role(r.PostFormValue("role")),
		WorkNo: r.PostFormValue("workNo"), Email: r.PostFormValue("email"),
		Scope: identity.Scope{Region: r.PostFormValue("region"), Department: r.PostFormValue("department"), Hall: r.PostFormValue("hall")},
	}
}

// version is the one of the account that the person saw; one that can't be read is nobody's.
func version(r *http.Request) int {
	n, err := small(r.PostFormValue("version"))
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// drawStaffForm draws the form of an account: of a new one when version is 0.
func (h *Handler) drawStaffForm(w http.ResponseWriter, r *http.Request, address, title, send string, d identity.Draft, version int, err error) error {
	roles := []Choice{{"", "请选择"}}
	for _, role := range staff(r).Role.Makes() {
		roles = append(roles, Choice{string(role), role.Name()})
	}
	var inputs []Input
	if version == 0 {
		inputs = append(inputs, Input{
			Name: "login", Label: "账号", Value: d.Login, Hint: "3到32位小写字母、数字、点、下划线或短横线，以字母开头；建好后不能改",
			Most: 32, Required: true, Focus: true, Complete: "off",
		})
	} else {
		inputs = append(inputs, Input{Name: "version", Kind: HiddenInput, Value: strconv.Itoa(version)})
	}
	inputs = append(inputs,
		Input{Name: "name", Label: "姓名", Value: d.Name, Most: 50, Required: true, Complete: "off"},
		Input{Name: "role", Label: "角色", Kind: SelectInput, Value: string(d.Role), Choices: roles, Required: true},
	)
	inputs = append(inputs, h.scopeInputs(staff(r), d.Scope)...)
	inputs = append(inputs,
		Input{Name: "workNo", Label: "工号", Value: d.WorkNo, Hint: "本人在窗口办事用的工号：差评工单不会交给被评价的人。没有可不填", Most: 30},
		Input{Name: "email", Label: "邮箱", Kind: EmailInput, Value: d.Email, Hint: "指派给他的工单有新情况时发邮件提醒（系统设置了邮件服务器时）。加密保存，可不填", Most: 254, Complete: "off"},
	)
	form := newForm(address, send, err, inputs...)
	form.Cancel = staffPath
	if version > 0 {
		form.Cancel = staffLink(d.Login)
	}
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, title), form, ""})
}

// newStaff is GET /console/staff/new.
func (h *Handler) newStaff(w http.ResponseWriter, r *http.Request) error {
	return h.drawStaffForm(w, r, staffPath+"/new", "新建账号", "新建账号", identity.Draft{Scope: staff(r).Scope}, 0, nil)
}

type oneTimePage struct {
	Frame
	Login, Password, Back string
	New                   bool
}

// createStaff is POST /console/staff/new.
func (h *Handler) createStaff(w http.ResponseWriter, r *http.Request) error {
	d := draft(r)
	if r.PostFormValue(listField) != "" {
		d.Scope = h.listed(d.Scope)
		return h.drawStaffForm(w, r, staffPath+"/new", "新建账号", "新建账号", d, 0, nil)
	}
	password, err := h.Staff.Create(r.Context(), staff(r), d)
	if err != nil {
		if !isFault(err) {
			return err
		}
		if h.justMade(r, &d) {
			return h.done(w, r, staffLink(d.Login), "账号 "+d.Login+" 刚才已经建好，没有再建一个。一次性密码只显示一次，没有记下时请重置密码。")
		}
		return h.drawStaffForm(w, r, staffPath+"/new", "新建账号", "新建账号", d, 0, err)
	}
	return h.write(w, http.StatusOK, "one-time", oneTimePage{h.frame(w, r, "账号已建好"), d.Login, password, staffPath, true})
}

// sentTwice is how long after an account was made the same form is taken for one that was sent twice.
const sentTwice = 10 * time.Minute

// justMade says whether the account of a form was made just before: it was sent twice, by a double click or a reload.
func (h *Handler) justMade(r *http.Request, d *identity.Draft) bool {
	d.Login = strings.ToLower(strings.TrimSpace(d.Login))
	of, err := h.Staff.Get(r.Context(), staff(r), d.Login)
	return err == nil && of.MustChange && of.LastLogin.IsZero() && h.Now().Sub(of.CreatedAt) < sentTwice &&
		of.Name == strings.TrimSpace(d.Name) && of.Role == d.Role && of.Scope == d.Scope
}

// manageable finds the account that a route is about.
func (h *Handler) manageable(r *http.Request) (*identity.Staff, error) {
	of, err := h.Staff.Get(r.Context(), staff(r), r.PathValue("login"))
	if err == nil && !identity.MayManage(staff(r), of) {
		err = fault.NewConflict("您不能修改这个账号")
	}
	return of, err
}

// editStaff is GET /console/staff/of/{login}/change.
func (h *Handler) editStaff(w http.ResponseWriter, r *http.Request) error {
	of, err := h.manageable(r)
	if err != nil {
		return err
	}
	d := identity.Draft{Login: of.Login, Name: of.Name, Role: of.Role, Scope: of.Scope, WorkNo: of.WorkNo, Email: of.Email}
	return h.drawStaffForm(w, r, r.URL.Path, "修改 "+of.Name, "保存", d, of.Version, nil)
}

// changeStaff is POST /console/staff/of/{login}/change.
func (h *Handler) changeStaff(w http.ResponseWriter, r *http.Request) error {
	of, err := h.manageable(r)
	if err != nil {
		return err
	}
	d := draft(r)
	if r.PostFormValue(listField) != "" {
		d.Login, d.Scope = of.Login, h.listed(d.Scope)
		return h.drawStaffForm(w, r, r.URL.Path, "修改 "+of.Name, "保存", d, max(1, version(r)), nil)
	}
	if err := h.Staff.Change(r.Context(), staff(r), of.Login, version(r), d); err != nil {
		if !isFault(err) {
			return err
		}
		d.Login = of.Login
		return h.drawStaffForm(w, r, r.URL.Path, "修改 "+of.Name, "保存", d, max(1, version(r)), err)
	}
	return h.done(w, r, staffLink(of.Login), "已保存。")
}

// resetStaff is POST /console/staff/of/{login}/reset.
func (h *Handler) resetStaff(w http.ResponseWriter, r *http.Request) error {
	of, err := h.manageable(r)
	if err != nil {
		return err
	}
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "重置 " + of.Name + "（" + of.Login + "）的密码", Send: "重置密码", Cancel: staffLink(of.Login), Danger: true,
			Happens: []string{"现在的密码作废，得到一个新的一次性密码，请当面或电话告诉本人", "二次验证和恢复码作废，本人登录后重新设置", "这个账号在所有设备上的登录立即退出"},
		})
	}
	password, err := h.Staff.Reset(r.Context(), staff(r), of.Login, version(r), r.PostFormValue("reason"))
	if fault.KindOf(err) == fault.Conflict {
		return fault.NewConflict("没有再重置：这个账号在您打开页面以后改过了。如果是连点了两次，第一次已经重置，但一次性密码没有显示出来，请返回再重置一次")
	} else if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "one-time", oneTimePage{h.frame(w, r, "密码已重置"), of.Login, password, staffLink(of.Login), false})
}

// setStaffState is POST /console/staff/of/{login}/state.
func (h *Handler) setStaffState(w http.ResponseWriter, r *http.Request) error {
	of, err := h.manageable(r)
	if err != nil {
		return err
	}
	state := identity.State(r.PostFormValue("state"))
	if state != identity.Active && !sure(r) {
		c := Confirmation{
			Title: "锁定 " + of.Name + "（" + of.Login + "）", Send: "锁定账号", Cancel: staffLink(of.Login), Danger: true,
			Happens: []string{"这个账号在所有设备上的登录立即退出", "解锁以前不能登录；解锁后密码不变"},
		}
		if state == identity.Disabled {
			c.Title, c.Send = "停用 "+of.Name+"（"+of.Login+"）", "停用账号"
			c.Happens = []string{"这个账号在所有设备上的登录立即退出", "以后不能登录，账号和它留下的记录保留，账号名不再给别人用", "需要时可以重新启用"}
		}
		return h.confirm(w, r, c)
	}
	err = h.Staff.SetState(r.Context(), staff(r), of.Login, version(r), state, r.PostFormValue("reason"))
	if now, wrong := h.Staff.Get(r.Context(), staff(r), of.Login); fault.KindOf(err) == fault.Conflict && wrong == nil && now.State == state {
		err = nil // it was sent twice, or another was quicker: it is so
	}
	if err != nil {
		return err
	}
	return h.done(w, r, staffLink(of.Login), "账号"+map[identity.State]string{identity.Active: "已启用", identity.Locked: "已锁定", identity.Disabled: "已停用"}[state]+"。")
}

// endStaffSession is POST /console/staff/of/{login}/sessions/end.
func (h *Handler) endStaffSession(w http.ResponseWriter, r *http.Request) error {
	of, err := h.manageable(r)
	if err != nil {
		return err
	}
	if err := h.Staff.EndSession(r.Context(), staff(r), of.Login, r.PostFormValue("id")); err != nil {
		return err
	}
	return h.done(w, r, staffLink(of.Login), "已退出所选的登录。")
}
