package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/view"
)

const staffPath = "/console/staff"

// stateNames are an account's states in words.
var stateNames = map[identity.State]string{identity.Active: "正常", identity.Locked: "已锁定", identity.Disabled: "已停用"}

// staffRow is an account in a list.
type staffRow struct {
	identity.Staff
	RoleName, ScopeName, StateName string
	Link                           string
}

func (h *Handler) staffRow(s identity.Staff) staffRow {
	return staffRow{s, s.Role.Name(), h.scopeName(s.Scope), stateNames[s.State], staffLink(s.Login)}
}

func staffLink(login string) string { return staffPath + "/of/" + url.PathEscape(login) }

type staffPage struct {
	Frame
	List
	Staff     []staffRow
	MayCreate bool
}

func staffFilters(r *http.Request) Filters {
	var roles []Choice
	for _, role := range identity.Roles() {
		roles = append(roles, Choice{string(role), role.Name()})
	}
	return readFilters(r,
		Filter{Name: "text", Label: "账号或姓名"},
		Filter{Name: "role", Label: "角色", Kind: ChoiceFilter, Choices: roles},
		Filter{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: []Choice{
			{string(identity.Active), "正常"}, {string(identity.Locked), "已锁定"}, {string(identity.Disabled), "已停用"},
		}},
	)
}

func staffFilter(f Filters) identity.StaffFilter {
	return identity.StaffFilter{Role: identity.Role(f.Get("role")), State: identity.State(f.Get("state")), Text: f.Get("text")}
}

// listStaff is GET /console/staff.
func (h *Handler) listStaff(w http.ResponseWriter, r *http.Request) error {
	filters, pager := staffFilters(r), readPager(r)
	found, err := h.Staff.List(r.Context(), staff(r), staffFilter(filters), pager.After, PageSize+1)
	if err != nil {
		return err
	}
	found, next := more(found, func(s *identity.Staff) string { return s.Login })
	page := staffPage{
		Frame: h.frame(w, r, "账号角色"), MayCreate: staff(r).May(identity.ChangeStaff),
		List: newList(staffPath, filters, pager, len(found), next, "还没有账号。"),
	}
	if staff(r).May(identity.Export) {
		page.exports(staffPath + "/export")
	}
	for _, s := range found {
		page.Staff = append(page.Staff, h.staffRow(s))
	}
	return h.write(w, http.StatusOK, "staff", page)
}

// exportStaff is GET /console/staff/export?format=.
func (h *Handler) exportStaff(w http.ResponseWriter, r *http.Request) error {
	filter := staffFilter(staffFilters(r))
	columns := []string{"账号", "姓名", "角色", "管理范围", "工号", "状态", "二次验证", "创建时间", "最近登录"}
	return h.export(w, r, "账号", columns, func(yield func([]string) error) error {
		for after := ""; ; {
			found, err := h.Staff.List(r.Context(), staff(r), filter, after, 1000)
			if err != nil || len(found) == 0 {
				return err
			}
			for _, s := range found {
				row := h.staffRow(s)
				second := "未设置"
				if s.TOTP {
					second = "已设置"
				}
				err := yield([]string{
					s.Login, s.Name, row.RoleName, row.ScopeName, s.WorkNo, row.StateName, second, view.Moment(s.CreatedAt), view.Moment(s.LastLogin),
				})
				if err != nil {
					return err
				}
			}
			after = found[len(found)-1].Login
		}
	})
}

// loginOf is the login that somebody typed, however it is written, or that of the one person in his scope who has the name; else what
// was typed.
func (h *Handler) loginOf(ctx context.Context, by *identity.Staff, typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	found, err := h.Staff.List(ctx, by, identity.StaffFilter{Text: typed}, "", PageSize)
	if err != nil {
		return "", err
	}
	login := typed
	for i := range found {
		switch s := &found[i]; {
		case strings.EqualFold(s.Login, typed):
			return s.Login, nil
		case s.Name == typed && login != typed:
			return typed, nil // two have that name
		case s.Name == typed:
			login = s.Login
		}
	}
	return login, nil
}

type oneStaffPage struct {
	Frame
	One       staffRow
	MayChange bool
	Sessions  []identity.ListedSession
	Reset     Form
}

// showStaff is GET /console/staff/of/{login}.
func (h *Handler) showStaff(w http.ResponseWriter, r *http.Request) error {
	of, err := h.Staff.Get(r.Context(), staff(r), r.PathValue("login"))
	if err != nil {
		return err
	}
	sessions, err := h.Staff.SessionsOf(r.Context(), staff(r), of.Login)
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "staff-one", oneStaffPage{
		Frame: h.frame(w, r, of.Name), One: h.staffRow(*of), MayChange: identity.MayManage(staff(r), of), Sessions: sessions,
	})
}
