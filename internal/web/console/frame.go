package console

import (
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Frame is what surrounds every page; pages embed it.
type Frame struct {
	Title string
	Test  bool
	// Person is who is logged in; nil before that.
	Person *Person
	Menu   []menuItem
	// Tabs are the pages of the menu's entry when it has several.
	Tabs []menuItem
	// Said is what was done just before: 已保存.
	Said string
}

// Person is who is logged in, as the top line shows him.
type Person struct{ Name, Login, Role, Scope string }

type presentKey struct{}

func withPresent(ctx context.Context, p *identity.Present) context.Context {
	return context.WithValue(ctx, presentKey{}, p)
}

// present is who is there; nil before the login. Behind an identity action it never is nil.
func present(r *http.Request) *identity.Present {
	p, _ := r.Context().Value(presentKey{}).(*identity.Present)
	return p
}

// staff is who asks. Only for routes with an action of identity's.
func staff(r *http.Request) *identity.Staff { return &present(r).Staff }

// within is nil where a thing at place is in the scope of who asks; else it says that there is no such thing, so that nobody
// learns what there is elsewhere.
func within(r *http.Request, place identity.Place) error {
	if staff(r).Covers(place) {
		return nil
	}
	return missing()
}

// missing answers 404 for what is not there and for what is out of scope, alike.
func missing() error { return fault.NewMissing("没有找到，或它不在您的管理范围内") }

// frame makes a page's frame; it takes what was said for the next page.
func (h *Handler) frame(w http.ResponseWriter, r *http.Request, title string) Frame {
	f := Frame{Title: title, Test: h.Test, Said: h.heard(w, r)}
	if p := present(r); p != nil {
		f.Person = &Person{p.Staff.Name, p.Staff.Login, p.Staff.Role.Name(), h.scopeName(p.Staff.Scope)}
		if p.Step == identity.Through {
			f.Menu, f.Tabs = h.menu(&p.Staff, r.URL.Path)
		}
	}
	return f
}

// scopeName is a scope in words.
func (h *Handler) scopeName(s identity.Scope) string {
	var parts []string
	if s.Region != "" {
		parts = append(parts, h.Registry.RegionName(s.Region))
	}
	if s.Department != "" {
		parts = append(parts, h.departmentName(s.Department))
	}
	if s.Hall != "" {
		parts = append(parts, h.hallName(s.Hall))
	}
	if parts == nil {
		return "全部范围"
	}
	return strings.Join(parts, " · ")
}

// departmentName is the name of a department, or its code when it has none.
func (h *Handler) departmentName(code string) string {
	if d, ok := h.Registry.Department(code); ok && d.Name != "" {
		return d.Name
	}
	return code
}

// hallName is the name of a hall, or its code when there is none.
func (h *Handler) hallName(code string) string {
	if hall, ok := h.Halls.Hall(code); ok {
		return hall.Name
	}
	return code
}

// write draws a page whose template has that name.
func (h *Handler) write(w http.ResponseWriter, status int, name string, page any) error {
	return h.pages.Write(w, status, view.Chinese, name, page)
}

type plainPage struct {
	Frame
	Text string
	Back string // the page above; empty for the home page alone
}

// plain draws a page of a heading and what to do.
func (h *Handler) plain(w http.ResponseWriter, r *http.Request, status int, heading, text string) {
	if err := h.write(w, status, "plain", plainPage{h.frame(w, r, heading), text, h.back(r, status)}); err != nil {
		h.Log.Error("draw a plain page", "error", err)
	}
}

// saidCookie carries one sentence over a redirect. It holds nothing that is not shown to the person anyway.
const saidCookie = "hcp-said"

// say has the next page say what was done.
func (h *Handler) say(w http.ResponseWriter, text string) {
	h.cookie(w, saidCookie, saidValue(text), 60)
}

func saidValue(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// maxSaid bounds what is heard, in bytes.
const maxSaid = 600

func (h *Handler) heard(w http.ResponseWriter, r *http.Request) string {
	cookie, err := r.Cookie(saidCookie)
	if err != nil || len(cookie.Value) > maxSaid {
		return ""
	}
	h.cookie(w, saidCookie, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return ""
	}
	return string(text)
}

// done has the next page say what was done, and goes there.
func (h *Handler) done(w http.ResponseWriter, r *http.Request, there, said string) error {
	h.say(w, said)
	redirect(w, r, there)
	return nil
}

// redirect sends the browser on by a GET.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // callers give addresses of ours, see local
}

// local is an address of the console; anything else becomes its home.
func local(to string) string {
	parsed, err := url.Parse(to)
	if err != nil || parsed.IsAbs() || parsed.Host != "" || parsed.User != nil || !under(parsed.Path) || strings.ContainsAny(to, "\\\r\n") || len(to) > 2000 {
		return Prefix
	}
	return parsed.RequestURI()
}

func under(path string) bool { return path == Prefix || strings.HasPrefix(path, Prefix+"/") }

// remoteAddress is the connection's address without its port.
func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
