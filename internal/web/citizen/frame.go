package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Cookies that hold how a person likes to read; nothing about the person.
const (
	sizeCookie     = "hcp-size"
	languageCookie = "hcp-lang"
	preferenceAge  = 400 * 24 * time.Hour
)

// frame is what surrounds every page.
func (h *Handler) frame(r *http.Request, title string) view.Frame {
	f := view.Frame{Title: title, Here: address(r), Test: h.Test}
	if cookie, err := r.Cookie(sizeCookie); err == nil {
		f.Large = cookie.Value == "large"
	}
	if citizen, ok := h.citizen(r); ok {
		f.Person = privacy.MaskName(citizen.Name)
	}
	return f
}

// language is the one a person chose, else the one the browser asks for, else Chinese.
func language(r *http.Request) view.Language {
	if cookie, err := r.Cookie(languageCookie); err == nil {
		if cookie.Value == "en" {
			return view.English
		}
		return view.Chinese
	}
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return view.English
	}
	return view.Chinese
}

// say is a text in the language of the request.
func say(r *http.Request, chinese, english string) string {
	if language(r) == view.English {
		return english
	}
	return chinese
}

// write draws a page.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, status int, name string, page any) error {
	w.Header().Set("Vary", "Cookie, Accept-Language")
	return h.pages.Write(w, status, language(r), name, page)
}

type plainPage struct {
	view.Frame
	Heading, Text string
	Link          *link
}

type link struct{ Address, Text string }

// plain draws a page of a heading and what to do.
func (h *Handler) plain(w http.ResponseWriter, r *http.Request, status int, heading, text string) {
	frame := h.frame(r, heading)
	if frame.Tablet = strings.HasPrefix(r.URL.Path, "/ping/pb/"); frame.Tablet {
		frame.Onward, frame.After = ready, refusalSeconds // the next person is not to find it
	}
	if status == http.StatusBadRequest {
		frame.Here = home // nothing of an address that can't be read is shown again, not even in a link
	}
	if err := h.write(w, r, status, "plain", plainPage{frame, heading, text, nil}); err != nil {
		h.Log.Error("draw a plain page", "error", err)
	}
}

// nothing answers a path that no page has.
func (h *Handler) nothing(w http.ResponseWriter, r *http.Request) error {
	h.plain(w, r, http.StatusNotFound, say(r, "没有这个页面", "No such page"),
		say(r, "地址可能不完整。请在窗口重新扫码，或告诉工作人员。", "The address may be incomplete. Please scan the code again, or tell the staff."))
	return nil
}

// prefer remembers how a person likes to read, and goes back.
func (h *Handler) prefer(w http.ResponseWriter, r *http.Request) error {
	h.setPreferences(w, r)
	redirect(w, r, local(r.URL.Query().Get("to")))
	return nil
}

// preferWriting does so in the middle of rating or of an answer: what was chosen and written is there again with the page.
func (h *Handler) preferWriting(w http.ResponseWriter, r *http.Request) error {
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	h.setPreferences(w, r)
	to := local(r.URL.Query().Get("to"))
	if _, ok := h.citizen(r); !ok {
		if !strings.HasPrefix(to, receiptPath) { // a receipt needs no login
			return h.expired(w, r, to, values)
		}
		if err := h.limitLooks(r); err != nil { // it is a session to store
			return err
		}
	}
	text := ""
	if values.Get("stars") != "" || strings.TrimSpace(values.Get("remark")+values.Get("words")) != "" {
		text = values.Encode()
	}
	h.handOver(r, to, text)
	redirect(w, r, to)
	return nil
}

func (h *Handler) setPreferences(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	set := func(name, value string) {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever people come by https
			Name: name, Value: value, Path: prefix, MaxAge: int(preferenceAge.Seconds()), HttpOnly: true,
			Secure: strings.HasPrefix(h.BaseURL, "https://"), SameSite: http.SameSiteLaxMode,
		})
	}
	if size := query.Get("size"); size == "large" || size == "normal" {
		set(sizeCookie, size)
	}
	if lang := query.Get("lang"); lang == "zh" || lang == "en" {
		set(languageCookie, lang)
	}
}

// withQuery is a local address with one parameter.
func withQuery(path, name, value string) string {
	return path + "?" + url.Values{name: {value}}.Encode()
}

type demoLoginPage struct {
	view.Frame
	To     string
	People []demoPerson
}

// demoPage draws the demonstration's own login, clearly marked.
func (h *Handler) demoPage(w http.ResponseWriter, r *http.Request, v demoView) {
	frame := h.frame(r, view.Word(language(r), "demo"))
	frame.Here = v.To // who chooses another language here is asked again on the way there
	if err := h.write(w, r, http.StatusOK, "demo", demoLoginPage{frame, v.To, v.People}); err != nil {
		h.Log.Error("draw the demo's login", "error", err)
	}
}
