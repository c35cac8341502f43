package app

import (
	"context"
	"strings"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/identity"
)

// adminCommands manage the accounts of the console from where nobody needs one.
type adminCommands struct {
	Create adminCreateCommand `cmd:"" help:"建立管理后台的账号，输出一次性密码（只显示这一次）。"`
	List   adminListCommand   `cmd:"" help:"列出账号。"`
	Reset  adminResetCommand  `cmd:"" help:"换发一次性密码，并去掉二次验证。"`
	Lock   adminLockCommand   `cmd:"" help:"锁定账号，它的登录立即退出。"`
	Unlock adminUnlockCommand `cmd:"" help:"解锁或重新启用账号。"`
}

// oneTime is printed once, as JSON.
type oneTime struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// withStaff opens the house for a command and does something with its accounts.
func withStaff(c *console, storage *config.Storage, migrate bool, do func(*identity.StaffService) error) error {
	opened := openPresent
	if migrate {
		opened = open
	}
	return withStaffOf(c, storage, migrate, opened, do)
}

// withStaffOf is withStaff of a house that is opened in a way of its own.
func withStaffOf(c *console, storage *config.Storage, migrate bool, opened func(context.Context, *config.Storage, bool) (*house, error), do func(*identity.StaffService) error) error {
	h, err := opened(c, storage, migrate)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	return do(h.staffOf(&config.Console{}))
}

type adminCreateCommand struct {
	config.Storage
	Login      string `help:"账号：3 到 32 位小写字母、数字、点、下划线或短横线，以字母开头。" required:""`
	Role       string `help:"角色：province 省级管理员、region 区域管理员、department 部门管理员、hall 大厅管理员、handler 工单处理员、auditor 审计员。" required:"" enum:"province,region,department,hall,handler,auditor"`
	Name       string `help:"姓名。" required:""`
	Region     string `help:"管理的区划，12 位编码；不限定时不填。"`
	Department string `help:"管理的部门编码；不限定时不填。"`
	Hall       string `help:"管理的大厅编码；不限定时不填。"`
	WorkNo     string `help:"本人在窗口办事用的工号。"`
	Email      string `help:"接收提醒的邮箱。"`
}

// Run creates the account; on an unmigrated database it migrates first.
func (a *adminCreateCommand) Run(c *console) error {
	return withStaff(c, &a.Storage, true, func(staff *identity.StaffService) error {
		password, err := staff.Create(c, nil, identity.Draft{
			Login: a.Login, Name: a.Name, Role: identity.Role(a.Role), WorkNo: a.WorkNo, Email: a.Email,
			Scope: identity.Scope{Region: a.Region, Department: a.Department, Hall: a.Hall},
		})
		if err != nil {
			return err
		}
		return c.print(oneTime{strings.ToLower(a.Login), password})
	})
}

type adminListCommand struct{ config.Storage }

// listPiece is how many accounts are read at once.
const listPiece = 500

// Run lists the accounts.
func (a *adminListCommand) Run(c *console) error {
	states := map[identity.State]string{identity.Active: "正常", identity.Locked: "已锁定", identity.Disabled: "已停用"}
	return withStaffOf(c, &a.Storage, false, openToRead, func(staff *identity.StaffService) error {
		var rows [][]string
		for after := ""; ; {
			found, err := staff.List(c, nil, identity.StaffFilter{}, after, listPiece)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				break
			}
			for _, s := range found {
				second := "无"
				if s.TOTP {
					second = "有"
				}
				rows = append(rows, []string{s.Login, s.Name, s.Role.Name(), s.Region, s.Department, s.Hall, states[s.State], second})
			}
			after = found[len(found)-1].Login
		}
		if rows == nil {
			c.printf("还没有账号；建立：haochaping admin create --login … --role province --name …\n")
			return nil
		}
		return printTable(c.out, []string{"账号", "姓名", "角色", "区划", "部门", "大厅", "状态", "二次验证"}, rows)
	})
}

type adminResetCommand struct {
	config.Storage
	Login string `arg:"" help:"账号。"`
}

// Run gives the account a new one-time password.
func (a *adminResetCommand) Run(c *console) error {
	return withStaff(c, &a.Storage, false, func(staff *identity.StaffService) error {
		password, err := staff.Reset(c, nil, a.Login, 0, "")
		if err != nil {
			return err
		}
		return c.print(oneTime{a.Login, password})
	})
}

type adminLockCommand struct {
	config.Storage
	Login string `arg:"" help:"账号。"`
}

// Run locks the account.
func (a *adminLockCommand) Run(c *console) error {
	return setState(c, &a.Storage, a.Login, identity.Locked, "已锁定")
}

type adminUnlockCommand struct {
	config.Storage
	Login string `arg:"" help:"账号。"`
}

// Run makes the account one that may be used.
func (a *adminUnlockCommand) Run(c *console) error {
	return setState(c, &a.Storage, a.Login, identity.Active, "可以登录")
}

func setState(c *console, storage *config.Storage, login string, state identity.State, said string) error {
	return withStaff(c, storage, false, func(staff *identity.StaffService) error {
		err := staff.SetState(c, nil, login, 0, state, "")
		if err == nil {
			c.printf("账号 %s %s\n", login, said)
		}
		return err
	})
}
