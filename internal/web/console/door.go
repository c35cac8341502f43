package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
)

// sessionCookie holds the session's token; behind https no other host can set it (RFC 6265bis 4.1.3.2).
const (
	sessionCookie       = "hcp-console"
	secureSessionCookie = "__Host-hcp-console"
)

func (h *Handler) sessionName() string {
	if h.secure {
		return secureSessionCookie
	}
	return sessionCookie
}

// cookie sets a cookie for seconds; 0 until the browser is closed, below that it goes.
func (h *Handler) cookie(w http.ResponseWriter, name, value string, seconds int) {
	path := Prefix
	if h.secure {
		path = "/"
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever people come by https
		Name: name, Value: value, Path: path, MaxAge: seconds, Secure: h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (h *Handler) token(r *http.Request) string {
	cookie, err := r.Cookie(h.sessionName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// steps are what is done between the password and the console, each at its path.
var steps = []struct {
	step   identity.Step
	action identity.Action
	path   string
}{
	{identity.NeedsSecond, stepSecond, "/console/second"},
	{identity.NeedsPassword, stepPassword, "/console/first-password"},
	{identity.NeedsTOTP, stepTOTP, "/console/first-totp"},
}

// stepPath is where a step is done; empty for who is through.
func stepPath(step identity.Step) string {
	for _, s := range steps {
		if s.step == step {
			return s.path
		}
	}
	return ""
}

func stepAction(step identity.Step) identity.Action {
	for _, s := range steps {
		if s.step == step {
			return s.action
		}
	}
	return ""
}

func stepOf(action identity.Action) (identity.Step, bool) {
	for _, s := range steps {
		if s.action == action {
			return s.step, true
		}
	}
	return identity.Through, false
}

// toLogin sends who is not logged in to the login, from where he comes back; what he sent is not done, and he comes back to its
// form with what he had typed.
func (h *Handler) toLogin(w http.ResponseWriter, r *http.Request) error {
	to := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		to = h.cameFrom(r)
		if typed := h.keep(r); typed != "" && to != "" {
			page := h.loginPage(w, r, "", local(to), nil)
			page.Said, page.Kept = "登录已过期，刚才的操作没有执行。请在这里登录，您填写的内容还在。", typed
			return h.write(w, http.StatusUnauthorized, "login", page)
		}
		h.say(w, "登录已过期，刚才的操作没有执行。请登录后重新操作。")
	}
	there := "/console/login"
	if to = local(to); to != Prefix {
		there += "?" + url.Values{"to": {to}}.Encode()
	}
	redirect(w, r, there)
	return nil
}

type loginPage struct {
	Frame
	Form
	To string
	// Kept is what was typed into the form that he comes back to.
	Kept string
	// Elsewhere is where the login at the provider begins; empty when there is none.
	Elsewhere string
}

// showLogin is GET /console/login?to=.
func (h *Handler) showLogin(w http.ResponseWriter, r *http.Request) error {
	if p := present(r); p != nil {
		h.onward(w, r, p.Step, r.URL.Query().Get("to"))
		return nil
	}
	return h.drawLogin(w, r, http.StatusOK, "", local(r.URL.Query().Get("to")), nil)
}

func (h *Handler) drawLogin(w http.ResponseWriter, r *http.Request, status int, login, to string, err error) error {
	page := h.loginPage(w, r, login, to, err)
	page.Kept = r.PostFormValue(keptField)
	return h.write(w, status, "login", page)
}

func (h *Handler) loginPage(w http.ResponseWriter, r *http.Request, login, to string, err error) loginPage {
	form := newForm("/console/login", "登录", err,
		Input{Name: "login", Label: "账号", Value: login, Complete: "username", Most: 64, Required: true, Focus: login == ""},
		Input{Name: "password", Label: "密码", Kind: PasswordInput, Complete: "current-password", Most: 128, Required: true, Focus: login != ""},
	)
	return loginPage{h.frame(w, r, "登录"), form, to, "", h.oidcAddress(to)}
}

// onward goes to what is still to be done, or to where the person wanted to go.
func (h *Handler) onward(w http.ResponseWriter, r *http.Request, step identity.Step, to string) {
	if there := stepPath(step); there != "" {
		redirect(w, r, there)
		return
	}
	redirect(w, r, local(to))
}

// wantCookie keeps where the person wanted to go until he is through.
const wantCookie = "hcp-want"

// want keeps it; who wants to go home leaves nothing of an earlier login.
func (h *Handler) want(w http.ResponseWriter, to string) {
	if to == Prefix {
		h.cookie(w, wantCookie, "", -1)
		return
	}
	h.cookie(w, wantCookie, url.QueryEscape(to), 600)
}

// wanted is what was kept; home where nothing was.
func wanted(r *http.Request) string {
	cookie, err := r.Cookie(wantCookie)
	if err != nil {
		return Prefix
	}
	to, _ := url.QueryUnescape(cookie.Value) // what can't be read is no address of ours
	return local(to)
}

// logIn is POST /console/login.
func (h *Handler) logIn(w http.ResponseWriter, r *http.Request) error {
	login, password, to := r.PostFormValue("login"), r.PostFormValue("password"), local(r.PostFormValue("to"))
	token, err := h.Staff.LogIn(r.Context(), login, password, h.Address(r), r.UserAgent())
	if err != nil {
		var f *fault.Error
		if !errors.As(err, &f) {
			return err
		}
		status, _, _, _ := h.meaning(w, r, err)
		if f.Kind == fault.Conflict {
			status = http.StatusUnauthorized
		}
		return h.drawLogin(w, r, status, login, to, err)
	}
	h.cookie(w, h.sessionName(), token, 0)
	h.want(w, to)
	return h.goOn(w, r, token)
}

// goOn goes to the next step of a login, or to where the person wanted to go.
func (h *Handler) goOn(w http.ResponseWriter, r *http.Request, token string) error {
	p, err := h.Staff.Present(r.Context(), token)
	if err != nil {
		return err
	}
	if p == nil {
		return h.toLogin(w, r)
	}
	to := r.PostFormValue("to")
	if to == "" {
		to = wanted(r)
	}
	typed := r.PostFormValue(keptField)
	if p.Step == identity.NeedsSecond && typed != "" {
		return h.drawSecond(w, r.WithContext(withPresent(r.Context(), p)), nil)
	}
	if p.Step == identity.Through {
		h.cookie(w, wantCookie, "", -1)
		if k, ok := readKept(typed); ok {
			return h.resume(w, r, token, to, k)
		}
	}
	h.onward(w, r, p.Step, to)
	return nil
}

// logOut is POST /console/logout.
func (h *Handler) logOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.Staff.LogOut(r.Context(), present(r)); err != nil {
		return err
	}
	h.cookie(w, h.sessionName(), "", -1)
	return h.done(w, r, "/console/login", "您已退出登录。")
}

// formPage is a page of one form, with words above it.
type formPage struct {
	Frame
	Form
	Lead string
}

// showSecond is GET /console/second.
func (h *Handler) showSecond(w http.ResponseWriter, r *http.Request) error {
	return h.drawSecond(w, r, nil)
}

func (h *Handler) drawSecond(w http.ResponseWriter, r *http.Request, err error) error {
	inputs := []Input{{
		Name: "code", Label: "验证码", Hint: "身份验证器应用中的6位数字；手机不在身边时，输入一个恢复码", Complete: "one-time-code", Most: 20, Required: true, Focus: true,
	}}
	if typed := r.PostFormValue(keptField); typed != "" {
		inputs = append(inputs, Input{Name: keptField, Kind: HiddenInput, Value: typed})
	}
	form := newForm("/console/second", "继续", err, inputs...)
	form.Also = logoutAlso
	return h.write(w, form.status(), "door", formPage{h.frame(w, r, "二次验证"), form, ""})
}

// logoutAlso offers to leave where a login is not through.
const logoutAlso = "/console/logout"

// second is POST /console/second.
func (h *Handler) second(w http.ResponseWriter, r *http.Request) error {
	token, err := h.Staff.Second(r.Context(), present(r), r.PostFormValue("code"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		return h.drawSecond(w, r, err)
	}
	h.cookie(w, h.sessionName(), token, 0)
	return h.goOn(w, r, token)
}

// showFirstPassword is GET /console/first-password.
func (h *Handler) showFirstPassword(w http.ResponseWriter, r *http.Request) error {
	return h.drawFirstPassword(w, r, nil)
}

const passwordHint = "至少10个字符，可以用几个不相干的词连起来；不要用生日、电话和常见密码" //nolint:gosec // words, no password

func (h *Handler) drawFirstPassword(w http.ResponseWriter, r *http.Request, err error) error {
	form := newForm("/console/first-password", "保存密码", err,
		Input{Name: "password", Label: "新密码", Kind: PasswordInput, Hint: passwordHint, Complete: "new-password", Most: 128, Required: true, Focus: true},
		Input{Name: "again", Label: "再输入一次", Kind: PasswordInput, Complete: "new-password", Most: 128, Required: true},
	)
	form.Also = logoutAlso
	return h.write(w, form.status(), "door", formPage{h.frame(w, r, "设置您的密码"), form, "您的账号还是一次性密码，请设置只有您自己知道的密码。"})
}

// firstPassword is POST /console/first-password.
func (h *Handler) firstPassword(w http.ResponseWriter, r *http.Request) error {
	err := h.Staff.ChangePassword(r.Context(), present(r), "", r.PostFormValue("password"), r.PostFormValue("again"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		return h.drawFirstPassword(w, r, err)
	}
	h.say(w, "密码已保存，下次请用新密码登录。")
	return h.goOn(w, r, h.token(r))
}
