package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
)

// demoStaff are the demo's accounts: one for each role, each within the scope of the one before.
func demoStaff() []identity.Draft {
	officer := demoTown().Officers()[0]
	hall := demoHallCode(officer.RegionCode)
	city := officer.RegionCode[:4] + "00000000"
	return []identity.Draft{
		{Login: "sheng", Name: "省级演示", Role: identity.Province},
		{Login: "quyu", Name: "区域演示", Role: identity.Regional, Scope: identity.Scope{Region: city}},
		{Login: "bumen", Name: "部门演示", Role: identity.Department, Scope: identity.Scope{Department: officer.DepartmentCode}},
		{Login: "dating", Name: "大厅演示", Role: identity.Hall, Scope: identity.Scope{Hall: hall}},
		{Login: "gongdan", Name: "工单演示", Role: identity.Handler, Scope: identity.Scope{Department: officer.DepartmentCode}},
		{Login: "shenji", Name: "审计演示", Role: identity.Auditor},
	}
}

// hireDemo makes the demo's accounts, or finds them in a folder that was used before, and gives their one password, which
// nobody has to change. The demo asks for no second factor: its settings say so.
func (s *service) hireDemo(ctx context.Context) (password string, err error) {
	password = "yanshi-" + strings.ToLower(rand.Text()[:8])
	for _, d := range demoStaff() {
		oneTime, err := s.staff.Create(ctx, nil, d)
		if fault.KindOf(err) == fault.Invalid { // it is there already
			oneTime, err = s.staff.Reset(ctx, nil, d.Login, 0, "")
		}
		if err == nil {
			err = s.settleIn(ctx, d.Login, oneTime, password)
		}
		if err != nil {
			return "", fmt.Errorf("make the demo's account %s: %w", d.Login, err)
		}
	}
	return password, nil
}

// settleIn changes a one-time password as the person himself does.
func (s *service) settleIn(ctx context.Context, login, oneTime, password string) error {
	token, err := s.staff.LogIn(ctx, login, oneTime, "127.0.0.1", "demo")
	if err != nil {
		return err
	}
	p, err := s.staff.Present(ctx, token)
	if err != nil {
		return err
	}
	if p == nil {
		return errors.New("the session has ended")
	}
	if err := s.staff.ChangePassword(ctx, p, "", password, password); err != nil {
		return err
	}
	return s.staff.LogOut(ctx, p)
}

// consoleWelcome says how to come into the console.
func consoleWelcome(base, password string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "  管理后台  %s/console/login\n", base)
	fmt.Fprintf(&text, "  账号      ")
	for _, d := range demoStaff() {
		fmt.Fprintf(&text, "%s（%s） ", d.Login, d.Role.Name())
	}
	fmt.Fprintf(&text, "\n  密码      %s（演示不要求二次验证）\n", password)
	return text.String()
}
