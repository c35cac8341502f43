package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
)

// appDraft reads an app from a form; rate is what was written for it, which no app has where it is no number.
func appDraft(r *http.Request) (app integrator.App, rate string) {
	rate = strings.TrimSpace(r.PostFormValue("rate"))
	app = integrator.App{
		Code: strings.TrimSpace(r.PostFormValue("code")), PaasID: strings.TrimSpace(r.PostFormValue("paasid")), Name: r.PostFormValue("name"),
		Entities: slices.Compact(slices.Sorted(slices.Values(r.PostForm["entities"]))), Affairs: r.PostFormValue("affairs") != "",
		RequireDigest: r.PostFormValue("digest") != "", RequireSignedCode: r.PostFormValue("signedCode") != "",
	}
	if rate != "" {
		n, err := small(rate)
		if app.Rate = n; err != nil || n < 1 {
			app.Rate = -1
		}
	}
	return app, rate
}

// drawAppForm draws the form of an app: of a new one when version is 0.
func (h *Handler) drawAppForm(w http.ResponseWriter, r *http.Request, app *integrator.App, rate string, version int, err error) error {
	title, send, address, back := "新建应用", "新建应用", appsPath+"/new", appsPath
	var inputs []Input
	if version == 0 {
		inputs = append(inputs,
			Input{Name: "code", Label: "应用编码", Value: app.Code, Hint: "1到10位字母或数字，报送时填在 appCode 里；建好后不能改", Most: 10, Required: true, Focus: true, Complete: "off"},
			Input{Name: "paasid", Label: "paasid", Value: app.PaasID, Hint: "请求头里的调用方标识；留空则与应用编码相同，建好后不能改", Most: 64, Complete: "off"})
	} else {
		title, send, address, back = "修改应用 "+app.Code, "保存", appLink(app.Code)+"/change", appLink(app.Code)
		inputs = append(inputs, Input{Name: "version", Kind: HiddenInput, Value: strconv.Itoa(version)})
	}
	inputs = append(inputs, Input{Name: "name", Label: "名称", Value: app.Name, Hint: "业务系统的名称，如 公安一门式办理系统", Most: 100, Required: true, Complete: "off"})
	for _, e := range h.Apps.Entities.All() {
		inputs = append(inputs, Input{Name: "entities", Label: "可以报送 " + e.Name + "（" + e.Code + "）的评价", Kind: CheckInput, Value: e.Code, Chosen: app.Given(e.Code)})
	}
	inputs = append(inputs,
		Input{Name: "affairs", Label: "可以报送已办事项", Kind: CheckInput, Value: "yes", Chosen: app.Affairs, Hint: "已办事项决定哪些评价计入统计，只给可信的系统"},
		Input{Name: "digest", Label: "每次调用必须带请求体签名", Kind: CheckInput, Value: "yes", Chosen: app.RequireDigest, Hint: "防止内容被改、请求被重放；请等业务系统会这样签名之后再勾选，否则它的调用都被拒绝"},
		Input{Name: "signedCode", Label: "动态二维码必须带签名", Kind: CheckInput, Value: "yes", Chosen: app.RequireSignedCode},
		Input{Name: "rate", Label: "每秒最多调用次数", Value: rate, Hint: "留空按平台统一的上限：" + h.rateName(0), Most: 6})
	for _, v := range violationsOf(err) {
		if v.Field == "rate" {
			v.Reason = fmt.Sprintf("应为 1 到 %d 的整数，或留空", integrator.MaxRate) // 0 is what is left empty
		}
	}
	form := newForm(address, send, err, inputs...)
	form.Cancel = back
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, title), form, ""})
}

// newApp is GET /console/apps/new.
func (h *Handler) newApp(w http.ResponseWriter, r *http.Request) error {
	return h.drawAppForm(w, r, &integrator.App{}, "", 0, nil)
}

type keyPage struct {
	Frame
	Code, PaasID, Secret, Back string
	Rotated                    bool
}

// createApp is POST /console/apps/new. The secret is shown this once.
func (h *Handler) createApp(w http.ResponseWriter, r *http.Request) error {
	app, rate := appDraft(r)
	secret, err := h.Apps.Apps.Create(r.Context(), app)
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawAppForm(w, r, &app, rate, 0, err)
	}
	if app.PaasID == "" {
		app.PaasID = app.Code
	}
	return h.write(w, http.StatusOK, "app-key", keyPage{h.frame(w, r, "应用已建好"), app.Code, app.PaasID, secret, appLink(app.Code), false})
}

// editApp is GET /console/apps/of/{app}/change.
func (h *Handler) editApp(w http.ResponseWriter, r *http.Request) error {
	app, err := h.Apps.Apps.Get(r.Context(), r.PathValue("app"))
	if err != nil {
		return err
	}
	rate := ""
	if app.Rate > 0 {
		rate = strconv.Itoa(app.Rate)
	}
	return h.drawAppForm(w, r, &app.App, rate, app.Version, nil)
}

// changeApp is POST /console/apps/of/{app}/change.
func (h *Handler) changeApp(w http.ResponseWriter, r *http.Request) error {
	was, err := h.Apps.Apps.Get(r.Context(), r.PathValue("app"))
	if err != nil {
		return err
	}
	app, rate := appDraft(r)
	app.Code, app.PaasID = was.Code, was.PaasID
	if _, err := h.Apps.Apps.Change(r.Context(), app, version(r)); err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawAppForm(w, r, &app, rate, max(1, version(r)), err)
	}
	return h.done(w, r, appLink(app.Code), "已保存，一秒内生效。")
}

// rotateApp is POST /console/apps/of/{app}/rotate. The new secret is shown this once.
func (h *Handler) rotateApp(w http.ResponseWriter, r *http.Request) error {
	app, err := h.Apps.Apps.Get(r.Context(), r.PathValue("app"))
	if err != nil {
		return err
	}
	if !sure(r) {
		c := Confirmation{
			Title: "给 " + app.Name + "（" + app.Code + "）换发密钥", Send: "换发密钥", Cancel: appLink(app.Code),
			Happens: []string{"得到一个新密钥，只显示一次", "现在的密钥继续有效，等业务系统换用新密钥后，再来作废旧密钥"},
		}
		if app.Keys() > 1 {
			c.Danger = true
			c.Happens = []string{"得到一个新密钥，只显示一次", "上次换发的密钥继续有效", "更早的旧密钥立即失效：还在用它的系统会验签失败"}
		}
		return h.confirm(w, r, c)
	}
	changed, secret, err := h.Apps.Apps.Rotate(r.Context(), app.Code, version(r))
	if fault.KindOf(err) == fault.Conflict {
		return fault.NewConflict("没有再换发：这个应用在您打开页面以后改过了。如果是连点了两次，第一次已经换发，但新密钥没有显示出来，原来的密钥仍然有效；" +
			"再换发一次会使原来的密钥失效，请和业务系统约好再做")
	} else if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "app-key", keyPage{h.frame(w, r, "新密钥"), changed.Code, changed.PaasID, secret, appLink(app.Code), true})
}

// finishApp is POST /console/apps/of/{app}/finish.
func (h *Handler) finishApp(w http.ResponseWriter, r *http.Request) error {
	app, err := h.Apps.Apps.Get(r.Context(), r.PathValue("app"))
	if err != nil {
		return err
	}
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "作废 " + app.Name + "（" + app.Code + "）的旧密钥", Send: "作废旧密钥", Cancel: appLink(app.Code), Danger: true,
			Happens: []string{"旧密钥一秒内失效，还在用它的系统会验签失败", "只有最新的密钥有效；不能恢复旧密钥"},
		})
	}
	_, err = h.Apps.Apps.Finish(r.Context(), app.Code, version(r))
	if now, wrong := h.Apps.Apps.Get(r.Context(), app.Code); fault.KindOf(err) == fault.Conflict && wrong == nil && now.Keys() == 1 {
		err = nil // it was sent twice, or another was quicker: it is so
	}
	if err != nil {
		return err
	}
	return h.done(w, r, appLink(app.Code), "旧密钥已作废。")
}

// setAppState is POST /console/apps/of/{app}/state.
func (h *Handler) setAppState(w http.ResponseWriter, r *http.Request) error {
	app, err := h.Apps.Apps.Get(r.Context(), r.PathValue("app"))
	if err != nil {
		return err
	}
	disabled := r.PostFormValue("state") == "disabled"
	if disabled && !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "停用 " + app.Name + "（" + app.Code + "）", Send: "停用应用", Cancel: appLink(app.Code), Danger: true,
			Happens: []string{"一秒内，它的所有调用都被拒绝，它的二维码不能再打开评价页", "已经报送的评价和统计不变", "需要时可以重新启用，密钥不变"},
		})
	}
	_, err = h.Apps.Apps.Disable(r.Context(), app.Code, disabled, version(r))
	if now, wrong := h.Apps.Apps.Get(r.Context(), app.Code); fault.KindOf(err) == fault.Conflict && wrong == nil && now.Disabled == disabled {
		err = nil // it was sent twice, or another was quicker: it is so
	}
	if err != nil {
		return err
	}
	return h.done(w, r, appLink(app.Code), "应用"+yesNo(disabled, "已停用", "已启用")+"。")
}
