package console

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/haochaping/haochaping/internal/setting"
)

// maxSettingReason is the most characters of a reason to change settings.
const maxSettingReason = 200

// editSettings is GET /console/settings/change: the settings as they are, or with ?as= as a version was.
func (h *Handler) editSettings(w http.ResponseWriter, r *http.Request) error {
	if err := h.Settings.Refresh(r.Context()); err != nil {
		return err
	}
	last := h.Settings.Last()
	set, lead := last.Set, ""
	if as := r.URL.Query().Get("as"); as != "" {
		number, err := small(as)
		if err != nil || number < 1 || number > last.Number {
			return missing()
		}
		found, err := h.Settings.Versions(r.Context(), setting.Query{Before: number + 1, Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].Number != number {
			return missing()
		}
		set, lead = found[0].Set, fmt.Sprintf("已填入第%d次修改后的设置，保存后才生效。", number)
	}
	return h.drawSettings(w, r, set, last.Number, "", lead, nil)
}

func (h *Handler) drawSettings(w http.ResponseWriter, r *http.Request, set setting.Set, seen int, reason, lead string, err error) error {
	begin := h.Settings.Begin()
	inputs := []Input{{Name: "seen", Kind: HiddenInput, Value: strconv.Itoa(seen)}}
	for _, k := range setting.Kinds() {
		input := Input{Name: string(k.Name), Label: k.Title, Hint: k.Hint, Value: set[k.Name], Complete: "off"}
		otherwise := k.Words(k.Of(&begin))
		if k.Choices != nil {
			input.Kind, input.Required = SelectInput, true
			input.Choices = []Choice{{"", "按启动参数（" + otherwise + "）"}}
			for _, c := range k.Choices {
				input.Choices = append(input.Choices, Choice(c))
			}
		} else {
			input.Label += "（" + k.Unit + "）"
			zero := ""
			if k.Never != "" {
				zero = "，0 为" + k.Never
			}
			input.Hint += fmt.Sprintf("。%d到%d的整数%s；留空则按启动参数：%s", k.Least, k.Most, zero, otherwise)
			input.Most = 7
		}
		inputs = append(inputs, input)
	}
	inputs = append(inputs, Input{Name: "reason", Label: "原因", Hint: "为什么修改，记入修改记录和审计日志，不要写个人信息", Value: reason, Most: maxSettingReason, Required: true, Complete: "off"})
	form := newForm(settingsChangePath, "下一步", err, inputs...)
	form.Cancel = settingsPath
	if lead == "" {
		lead = "在这里设置的优先于启动参数。下一步会列出将要发生什么，确认后才生效。"
	}
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, "修改系统设置"), form, lead})
}

// changeSettings is POST /console/settings/change: asks first, saying what will happen.
func (h *Handler) changeSettings(w http.ResponseWriter, r *http.Request) error {
	set, reason := setting.Set{}, r.PostFormValue("reason")
	for _, k := range setting.Kinds() {
		set[k.Name] = r.PostFormValue(string(k.Name))
	}
	seen, err := small(r.PostFormValue("seen"))
	if err != nil {
		seen = -1 // nobody has seen it
	}
	if !sure(r) {
		_, differences, err := h.Settings.Plan(r.Context(), set, reason)
		if err != nil {
			return h.settingsRefused(w, r, set, seen, reason, err)
		}
		ask := Confirmation{Title: "修改系统设置", Send: "修改设置", Cancel: settingsPath}
		for i := range differences {
			ask.Happens = append(ask.Happens, differences[i].Happens()...)
		}
		ask.Happens = append(ask.Happens, "10秒内在全部服务进程生效，记入修改记录和审计日志；要恢复，再改回来即可")
		return h.confirm(w, r, ask)
	}
	if err := h.Settings.Change(r.Context(), staff(r).Login, seen, set, reason); err != nil {
		return h.settingsRefused(w, r, set, seen, reason, err)
	}
	return h.done(w, r, settingsPath, "设置已修改，10秒内全部生效。")
}

func (h *Handler) settingsRefused(w http.ResponseWriter, r *http.Request, set setting.Set, seen int, reason string, err error) error {
	if !isFault(err) {
		return err
	}
	return h.drawSettings(w, r, set, seen, reason, "", err)
}
