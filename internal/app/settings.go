package app

import (
	"cmp"
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/setting"
	administration "github.com/haochaping/haochaping/internal/web/console"
)

// settingsAge is how old the settings in use may be: another process may change them. An administrator is told ten seconds.
const settingsAge = 5 * time.Second

// beginning are the settings as the operator started the program: they count where nobody has set another in the console.
func beginning(settings *config.Server) setting.Values {
	return setting.Values{
		Formulas: settings.Formulas(), Moderation: settings.Mode(), Pause: settings.Pause(),
		Idle: cmp.Or(settings.ConsoleIdle, identity.DefaultIdle), Absolute: cmp.Or(settings.ConsoleAbsolute, identity.DefaultAbsolute),
		Integrity: integrity.Default, Retention: settings.RetentionMonths,
	}
}

// startSettings takes over what administrators have set, and from then on whatever they set. The figures come last: their version
// tells all who show them to draw anew.
func (s *service) startSettings(ctx context.Context, policy *moderation.Policy) (err error) {
	s.live, err = setting.NewService(ctx, s.store, beginning(s.settings), func(v setting.Values, version int) {
		policy.SetMode(v.Moderation)
		s.notices.SetPause(v.Pause)
		s.staff.SetLimits(v.Idle, v.Absolute)
		s.integrity.Use(v.Integrity)
		s.figures.Use(v.Formulas, version)
	})
	return err
}

// readSettings takes over what another process may have changed.
func (s *service) readSettings(ctx context.Context) {
	if err := s.live.Refresh(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("read settings", "error", err)
	}
}

// formulasOf are the formulas by which a command makes figures: those that administrators have set, else those of its flags.
func (h *house) formulasOf(ctx context.Context, flags figures.Formulas) (figures.Formulas, error) {
	live, err := setting.NewService(ctx, h.store, setting.Values{Formulas: flags}, func(setting.Values, int) {})
	if err != nil {
		return flags, err
	}
	return live.Values().Formulas, nil
}

// mode is how remarks are published now.
func (s *service) mode() moderation.Mode { return s.live.Values().Moderation }

// consoleSettings is what 系统设置 is made of.
func (s *service) consoleSettings() *administration.SettingNeeds {
	yes := func(is bool, then, otherwise string) string {
		if is {
			return then
		}
		return otherwise
	}
	at := s.settings
	algorithm, _ := s.storage.Algorithm()
	gateway := yes(at.GatewayMode == config.Trusted, "前置网关已验签，本系统核对网关的签名", "本系统验签")
	return &administration.SettingNeeds{Service: s.live, Fixed: []administration.Fixed{
		{Title: "对外地址", Value: cmp.Or(at.Base(), "未设置"), Flag: "--base-url"},
		{Title: "监听地址", Value: cmp.Or(at.Listen, "未设置"), Flag: "--listen"},
		{Title: "HTTPS", Value: yes(at.TLSCert != "", "由本系统提供", "由前面的网关提供，或未启用"), Flag: "--tls-cert"},
		{Title: "环境", Value: yes(at.Environment == config.Testing, "测试", "生产"), Flag: "--environment"},
		{Title: "数据库", Value: yes(s.storage.Embedded(), "嵌入式 SQLite", "PostgreSQL"), Flag: "--database"},
		{Title: "个人信息加密", Value: yes(algorithm == privacy.AES, "AES-GCM", "SM4-GCM（国密）"), Flag: "--seal"},
		{Title: "评价人登录（OIDC）", Value: yes(at.OIDCIssuer != "", "已设置", "未设置"), Flag: "--oidc-issuer"},
		{Title: "通知邮件", Value: yes(at.SMTPServer != "", "已设置邮件服务器", "未设置，不发邮件"), Flag: "--smtp-server"},
		{Title: "Webhook 可发往的内部网段", Value: yes(len(at.WebhookNetworks) > 0, "已允许一部分", "都不允许"), Flag: "--webhook-networks"},
		{Title: "接口验签", Value: gateway, Flag: "--gateway-mode"},
		{Title: "二次验证", Value: yes(at.ConsoleWithoutTOTP, "不要求（只用于演示）", "管理员和审计员必须使用"), Flag: "--console-without-totp"},
	}}
}
