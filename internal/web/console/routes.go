package console

import (
	"net/http"

	"github.com/haochaping/haochaping/internal/identity"
)

// route is one line of the table of what answers where. A page's address is its pattern; {names} are read with r.PathValue.
type route struct {
	method, pattern string
	// action is what the person must be allowed to do; asked in Handler.admit, before do.
	action identity.Action
	do     func(w http.ResponseWriter, r *http.Request) error
	// most is how many bytes may be sent where a form's 256 KiB do not do.
	most int64
}

// Actions of the door itself. The others are identity's.
const (
	anyone       identity.Action = "anyone"        // logged in or not
	anyStep      identity.Action = "any step"      // logged in, however far
	stepSecond   identity.Action = "step second"   // between password and second factor
	stepPassword identity.Action = "step password" // with a one-time password
	stepTOTP     identity.Action = "step totp"     // without the second factor that the role needs
)

// routes is the one table of what answers where and for whom. A page adds its lines in its own block; what its part of Needs
// lacks is left out by with.
func (h *Handler) routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	table := []route{
		{method: get, pattern: "/console/login", action: anyone, do: h.showLogin},
		{method: post, pattern: "/console/login", action: anyone, do: h.logIn},
		{method: post, pattern: "/console/logout", action: anyStep, do: h.logOut},
		{method: get, pattern: "/console/second", action: stepSecond, do: h.showSecond},
		{method: post, pattern: "/console/second", action: stepSecond, do: h.second},
		{method: get, pattern: "/console/first-password", action: stepPassword, do: h.showFirstPassword},
		{method: post, pattern: "/console/first-password", action: stepPassword, do: h.firstPassword},
		{method: get, pattern: "/console/first-totp", action: stepTOTP, do: h.showTOTP},
		{method: post, pattern: "/console/first-totp", action: stepTOTP, do: h.confirmTOTP},

		{method: get, pattern: "/console", action: identity.SeeHome, do: h.home},
		{method: get, pattern: "/console/{$}", action: identity.SeeHome, do: h.home},

		// 我的账号
		{method: get, pattern: "/console/account", action: identity.OwnAccount, do: h.account},
		{method: get, pattern: "/console/account/password", action: identity.OwnAccount, do: h.showPassword},
		{method: post, pattern: "/console/account/password", action: identity.OwnAccount, do: h.changePassword},
		{method: get, pattern: "/console/account/totp", action: identity.OwnAccount, do: h.showTOTP},
		{method: post, pattern: "/console/account/totp", action: identity.OwnAccount, do: h.confirmTOTP},
		{method: post, pattern: "/console/account/recovery", action: identity.OwnAccount, do: h.newRecovery},
		{method: post, pattern: "/console/account/sessions/end", action: identity.OwnAccount, do: h.endOwnSession},

		{method: get, pattern: "/console/exports/{export}", action: identity.OwnAccount, do: h.showExport}, // how far one's own is

		// 账号角色
		{method: get, pattern: "/console/staff", action: identity.SeeStaff, do: h.listStaff},
		{method: get, pattern: "/console/staff/export", action: identity.Export, do: h.exportStaff},
		{method: get, pattern: "/console/staff/new", action: identity.ChangeStaff, do: h.newStaff},
		{method: post, pattern: "/console/staff/new", action: identity.ChangeStaff, do: h.createStaff},
		{method: get, pattern: "/console/staff/of/{login}", action: identity.SeeStaff, do: h.showStaff},
		{method: get, pattern: "/console/staff/of/{login}/change", action: identity.ChangeStaff, do: h.editStaff},
		{method: post, pattern: "/console/staff/of/{login}/change", action: identity.ChangeStaff, do: h.changeStaff},
		{method: post, pattern: "/console/staff/of/{login}/reset", action: identity.ChangeStaff, do: h.resetStaff},
		{method: post, pattern: "/console/staff/of/{login}/state", action: identity.ChangeStaff, do: h.setStaffState},
		{method: post, pattern: "/console/staff/of/{login}/sessions/end", action: identity.ChangeStaff, do: h.endStaffSession},
	}

	if h.Provider != nil {
		table = append(table, h.providerRoutes()...)
	}

	// 差评工单, 工单时限
	if h.Cases != nil {
		table = append(table, h.caseRoutes()...)
	}
	if h.Reviews != nil {
		table = append(table, h.reviewRoutes()...)
	}
	if h.Figures != nil {
		table = append(table, h.figureRoutes()...)
	}
	if h.Notices != nil {
		table = append(table, h.noticeRoutes()...)
	}
	if h.Settings != nil {
		table = append(table, h.settingRoutes()...)
	}
	if h.Erasures != nil {
		table = append(table, h.erasureRoutes()...)
	}
	if h.Chain != nil {
		table = append(table, h.auditRoutes()...)
	}
	// 内容审核, 词表
	if h.Moderation != nil {
		table = append(table, []route{
			{method: get, pattern: moderationPath, action: identity.SeeModeration, do: h.listModeration},
			{method: get, pattern: moderationPath + "/export", action: identity.SeeModeration, do: h.exportModeration}, // who sees them may export, too
			{method: get, pattern: moderationPath + "/{remark}", action: identity.SeeModeration, do: h.showRemark},
			{method: post, pattern: moderationPath + "/{remark}", action: identity.Moderate, do: h.decideRemark},
			{method: get, pattern: wordsPath, action: identity.SeeModeration, do: h.listWords},
			{method: get, pattern: wordsPath + "/new", action: identity.ChangeWords, do: h.newWords},
			{method: post, pattern: wordsPath + "/new", action: identity.ChangeWords, do: h.saveWords, most: mostWords},
			{method: get, pattern: wordsPath + "/version", action: identity.SeeModeration, do: h.showWords},
			{method: get, pattern: wordsPath + "/export", action: identity.SeeModeration, do: h.exportWords}, // who sees them may export, too
			{method: post, pattern: wordsPath + "/activate", action: identity.ChangeWords, do: h.activateWords},
		}...)
	}

	// 异常线索
	if h.Integrity != nil {
		table = append(table, h.integrityRoutes()...)
	}

	// 大厅窗口, 评价标签
	if h.Venues != nil {
		table = append(table, h.venueRoutes()...)
	}
	if h.Tags != nil {
		table = append(table, h.tagRoutes()...)
	}

	// 应用接入, 区划部门事项, 已办同步
	if h.Apps != nil {
		table = append(table, h.appRoutes()...)
	}
	if h.Registers != nil {
		table = append(table, h.registerRoutes()...)
	}
	if h.Sources != nil {
		table = append(table, h.sourceRoutes()...)
	}
	return table
}
