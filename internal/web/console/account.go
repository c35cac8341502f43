package console

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/qrcode"
)

const accountPath = "/console/account"

type accountPage struct {
	Frame
	Staff       identity.Staff
	HasRecovery int
	Sessions    []identity.ListedSession
	Recovery    Form
}

// account is GET /console/account: one's own password, second factor and sessions.
func (h *Handler) account(w http.ResponseWriter, r *http.Request) error {
	return h.drawAccount(w, r, nil)
}

func (h *Handler) drawAccount(w http.ResponseWriter, r *http.Request, err error) error {
	p := present(r)
	sessions, failed := h.Staff.OwnSessions(r.Context(), p)
	if failed != nil {
		return failed
	}
	form := newForm("/console/account/recovery", "换一批恢复码", err, Input{
		Name: "old", Label: "现在的密码", Kind: PasswordInput, Complete: "current-password", Most: 128, Required: true,
	})
	return h.write(w, form.status(), "account", accountPage{h.frame(w, r, "我的账号"), p.Staff, p.HasRecovery, sessions, form})
}

// showPassword is GET /console/account/password.
func (h *Handler) showPassword(w http.ResponseWriter, r *http.Request) error {
	return h.drawPassword(w, r, nil)
}

func (h *Handler) drawPassword(w http.ResponseWriter, r *http.Request, err error) error {
	form := newForm("/console/account/password", "保存密码", err,
		Input{Name: "old", Label: "现在的密码", Kind: PasswordInput, Complete: "current-password", Most: 128, Required: true, Focus: true},
		Input{Name: "password", Label: "新密码", Kind: PasswordInput, Hint: passwordHint, Complete: "new-password", Most: 128, Required: true},
		Input{Name: "again", Label: "再输入一次", Kind: PasswordInput, Complete: "new-password", Most: 128, Required: true},
	)
	form.Cancel = accountPath
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, "修改密码"), form, "保存后，您在其他设备上的登录会退出。"})
}

// changePassword is POST /console/account/password.
func (h *Handler) changePassword(w http.ResponseWriter, r *http.Request) error {
	err := h.Staff.ChangePassword(r.Context(), present(r), r.PostFormValue("old"), r.PostFormValue("password"), r.PostFormValue("again"))
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawPassword(w, r, err)
	}
	return h.done(w, r, accountPath, "密码已修改，其他设备上的登录已退出。")
}

type totpPage struct {
	Frame
	Form
	Secret  string // in groups of four, to be typed
	Picture template.HTML
	First   bool // of a login, not from 我的账号
}

// showTOTP is GET /console/first-totp and /console/account/totp.
func (h *Handler) showTOTP(w http.ResponseWriter, r *http.Request) error {
	return h.drawTOTP(w, r, nil)
}

func (h *Handler) drawTOTP(w http.ResponseWriter, r *http.Request, err error) error {
	p := present(r)
	secret, address, failed := h.Staff.BeginTOTP(r.Context(), p)
	if failed != nil {
		return failed
	}
	picture, failed := qrcode.SVG(address, qrcode.M)
	if failed != nil {
		return failed
	}
	form := newForm(r.URL.Path, "启用二次验证", err,
		Input{Name: "code", Label: "应用中显示的6位数字", Complete: "one-time-code", Most: 10, Required: true, Focus: true})
	first := p.Step == identity.NeedsTOTP
	if first {
		form.Also = logoutAlso
	} else {
		form.Cancel = accountPath
	}
	if p.Staff.TOTP {
		form.Inputs = append([]Input{{
			Name: "old", Label: "现在的密码", Kind: PasswordInput, Complete: "current-password", Most: 128, Required: true, Fault: faultOf(err, "old"),
		}}, form.Inputs...)
	}
	return h.write(w, form.status(), "totp", totpPage{
		h.frame(w, r, "设置二次验证"), form, grouped(secret), template.HTML(picture), first, //nolint:gosec // our own drawing
	})
}

// grouped is a secret in groups of four.
func grouped(secret string) string {
	var groups []string
	for len(secret) > 4 {
		groups, secret = append(groups, secret[:4]), secret[4:]
	}
	return strings.Join(append(groups, secret), " ")
}

type recoveryPage struct {
	Frame
	Codes  []string
	Onward string // where to go when they are kept
}

// confirmTOTP is POST /console/first-totp and /console/account/totp.
func (h *Handler) confirmTOTP(w http.ResponseWriter, r *http.Request) error {
	codes, err := h.Staff.ConfirmTOTP(r.Context(), present(r), r.PostFormValue("old"), r.PostFormValue("code"))
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawTOTP(w, r, err)
	}
	onward := accountPath
	if present(r).Step == identity.NeedsTOTP { // the end of a login: on to where the person wanted to go
		onward = wanted(r)
		h.cookie(w, wantCookie, "", -1)
	}
	return h.write(w, http.StatusOK, "recovery", recoveryPage{h.frame(w, r, "请保存恢复码"), codes, onward})
}

// newRecovery is POST /console/account/recovery.
func (h *Handler) newRecovery(w http.ResponseWriter, r *http.Request) error {
	codes, err := h.Staff.NewRecovery(r.Context(), present(r), r.PostFormValue("old"))
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawAccount(w, r, err)
	}
	return h.write(w, http.StatusOK, "recovery", recoveryPage{h.frame(w, r, "请保存恢复码"), codes, accountPath})
}

// endOwnSession is POST /console/account/sessions/end.
func (h *Handler) endOwnSession(w http.ResponseWriter, r *http.Request) error {
	if err := h.Staff.EndOwnSession(r.Context(), present(r), r.PostFormValue("id")); err != nil {
		return err
	}
	return h.done(w, r, accountPath, "已退出所选的登录。")
}
