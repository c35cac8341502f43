package app

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/integrator"
)

// appCommands manage the business systems that may call.
type appCommands struct {
	Create  appCreateCommand  `cmd:"" help:"登记应用，输出 appCode、paasid 和密钥（只显示这一次）。"`
	List    appListCommand    `cmd:"" help:"列出应用。"`
	Rotate  appRotateCommand  `cmd:"" help:"换发密钥；旧密钥继续有效，直到 --finish 或再次换发。"`
	Disable appDisableCommand `cmd:"" help:"停用应用，或用 --enable 恢复。"`
	Affairs appAffairsCommand `cmd:"" help:"准许应用报送已办事项，或用 --revoke 收回。"`
	Digest  appDigestCommand  `cmd:"" help:"要求应用连请求体一起签名，或用 --revoke 不再要求。"`
}

// credentials are printed once, as JSON.
type credentials struct {
	AppCode string `json:"appCode"`
	PaasID  string `json:"paasid"`
	Secret  string `json:"secret"`
}

func (c *console) print(value any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

type appCreateCommand struct {
	config.Storage
	Code          string   `help:"应用编码，1 到 10 位字母或数字。" required:""`
	Name          string   `help:"应用名称。" required:""`
	Entities      []string `help:"获分配的评价对象编码，以逗号分隔。" required:"" placeholder:"egovAffair"`
	PaasID        string   `help:"调用方标识，缺省与应用编码相同。" name:"paasid"`
	RequireDigest bool     `help:"要求每次调用都带请求体签名（x-hcp-body-digest）。"`
	RequireSigned bool     `help:"要求该应用的动态二维码带签名（k）。" name:"require-signed-code"`
	Affairs       bool     `help:"准许报送已办事项（/ping/ebus/affairs）。"`
}

// Run creates the app; on an unmigrated database it migrates first.
func (a *appCreateCommand) Run(c *console) error {
	h, err := open(c, &a.Storage, true)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	app := integrator.App{
		Code: a.Code, PaasID: a.PaasID, Name: a.Name, Entities: a.Entities,
		RequireDigest: a.RequireDigest, RequireSignedCode: a.RequireSigned, Affairs: a.Affairs,
	}
	if app.PaasID == "" {
		app.PaasID = app.Code
	}
	secret, err := h.apps.Create(c, app)
	if err != nil {
		return err
	}
	return c.print(credentials{app.Code, app.PaasID, secret})
}

type appListCommand struct{ config.Storage }

// Run lists the apps without their secrets.
func (a *appListCommand) Run(c *console) error {
	h, err := openToRead(c, &a.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // nothing was written
	apps, err := h.apps.List(c)
	if err != nil {
		return err
	}
	if len(apps) == 0 {
		c.printf("还没有应用；登记：haochaping app create --code … --name … --entities …\n")
		return nil
	}
	var rows [][]string
	for _, app := range apps {
		state := "启用"
		switch {
		case app.Disabled:
			state = "停用"
		case len(app.Secrets) > 1:
			state = "换钥中"
		}
		affairs, digest := "", ""
		if app.Affairs {
			affairs = "可报送"
		}
		if app.RequireDigest {
			digest = "必须"
		}
		rows = append(rows, []string{app.Code, app.PaasID, strings.Join(app.Entities, ","), affairs, digest, state, app.Name})
	}
	return printTable(c.out, []string{"appCode", "paasid", "评价对象", "办件", "请求体签名", "状态", "名称"}, rows)
}

type appRotateCommand struct {
	config.Storage
	Code   string `help:"应用编码。" required:""`
	Finish bool   `help:"结束换钥：只有最新的密钥继续有效。" xor:"how"`
	Again  bool   `help:"上次换发还没有结束也再换发：更早的旧密钥立即失效。" xor:"how"`
}

// Run gives the app a new secret beside the old one, or ends that.
func (a *appRotateCommand) Run(c *console) error {
	h, err := openPresent(c, &a.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	if a.Finish {
		app, err := h.apps.Finish(c, a.Code, integrator.AnyVersion)
		if err == nil {
			c.printf("应用 %s 的旧密钥已失效\n", app.Code)
		}
		return err
	}
	stored, err := h.apps.Get(c, a.Code)
	if err != nil {
		return err
	}
	if stored.Keys() > 1 && !a.Again {
		return fmt.Errorf("应用 %s 上次换发还没有结束，再换发则更早的旧密钥立即失效：业务系统已经换用新密钥的，请先以 --finish 结束；确要再换的，请加 --again", a.Code)
	}
	app, secret, err := h.apps.Rotate(c, a.Code, stored.Version)
	if err != nil {
		return err
	}
	return c.print(credentials{app.Code, app.PaasID, secret})
}

type appDisableCommand struct {
	config.Storage
	Code   string `help:"应用编码。" required:""`
	Enable bool   `help:"恢复已停用的应用。"`
}

// Run disables the app, or enables it again.
func (a *appDisableCommand) Run(c *console) error {
	h, err := openPresent(c, &a.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	app, err := h.apps.Disable(c, a.Code, !a.Enable, integrator.AnyVersion)
	if err != nil {
		return err
	}
	if app.Disabled {
		c.printf("应用 %s 已停用\n", app.Code)
	} else {
		c.printf("应用 %s 已启用\n", app.Code)
	}
	return nil
}

type appAffairsCommand struct {
	config.Storage
	Code   string `help:"应用编码。" required:""`
	Revoke bool   `help:"收回准许。"`
}

// Run lets the app send completed affairs, or no longer.
func (a *appAffairsCommand) Run(c *console) error {
	h, err := openPresent(c, &a.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	app, err := h.apps.AllowAffairs(c, a.Code, !a.Revoke)
	if err != nil {
		return err
	}
	if app.Affairs {
		c.printf("应用 %s 可以报送已办事项\n", app.Code)
	} else {
		c.printf("应用 %s 不再可以报送已办事项\n", app.Code)
	}
	return nil
}

type appDigestCommand struct {
	config.Storage
	Code   string `help:"应用编码。" required:""`
	Revoke bool   `help:"不再要求。"`
}

// Run demands the stronger signature of the app's calls, or no longer.
func (a *appDigestCommand) Run(c *console) error {
	h, err := openPresent(c, &a.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	app, err := h.apps.DemandDigest(c, a.Code, !a.Revoke)
	if err != nil {
		return err
	}
	if app.RequireDigest {
		c.printf("应用 %s 的调用必须连请求体一起签名，一秒内生效\n", app.Code)
	} else {
		c.printf("应用 %s 的调用不再必须连请求体一起签名，一秒内生效\n", app.Code)
	}
	return nil
}
