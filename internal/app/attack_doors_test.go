package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/identity"
)

// Another site that makes a browser send a form gets nothing done, whichever address it sends it to.
func attackFromOtherSites(t *testing.T, x *target, doors []*door) {
	staff, citizen := x.visitor(t, asStaff(provincial)), x.visitor(t, asCitizen("1"))
	tried := 0
	for _, d := range doors {
		if d.method != http.MethodPost || strings.HasPrefix(d.address, "/ping/ebus/") { // those are signed, and know no cookie
			continue
		}
		tried++
		v := citizen
		if strings.HasPrefix(d.address, "/console") {
			v = staff
		}
		for _, header := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}}, {"Origin": {"http://h.example.evil.example"}},
		} {
			w := v.send(t, d.method, d.address, "application/x-www-form-urlencoded", strings.NewReader(d.fields.Encode()), header)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s from %v: status %d to %q", d.pattern, header, w.Code, w.Header().Get("Location"))
			}
		}
	}
	if tried < 80 {
		t.Errorf("only %d addresses take a form", tried)
	}
	if w := staff.get(t, "/console"); w.Code != http.StatusOK {
		t.Errorf("another site ended the session: %d", w.Code)
	}
}

// unlike are parts of an answer that are another each time.
var unlike = regexp.MustCompile(`[0-9A-Z]{20,26}|\d{2}:\d{2}`)

// next is an id of the same form that nothing has.
func next(id string) string {
	last := id[len(id)-1]
	switch {
	case last >= '0' && last < '9', last >= 'A' && last < 'Y', last >= 'a' && last < 'y':
		return id[:len(id)-1] + string(last+1)
	}
	return id[:len(id)-1] + "0"
}

// Who asks for a thing of somebody else by its id gets the same answer as for an id that nothing has: with every id of every address, as
// staff of another city, of a department and of a hall there, and as another citizen.
func attackByIDs(t *testing.T, x *target, doors []*door) {
	foreigners := map[string]*visitor{}
	for name, draft := range map[string]identity.Draft{
		"another city":             {Role: identity.Regional, Scope: identity.Scope{Region: "440300000000"}},
		"a department there":       {Role: identity.Department, Scope: identity.Scope{Department: farDepartment}},
		"a handler of that":        {Role: identity.Handler, Scope: identity.Scope{Department: farDepartment}},
		"the hall of another city": {Role: identity.Hall, Scope: identity.Scope{Hall: farHall}},
	} {
		foreigners[name] = x.visitor(t, asStaff(draft))
	}
	open := []string{"{app}", "{source}", "{export}", "{erasure}"} // in no scope: who may see one sees all of them
	tried := 0
	for _, d := range doors {
		for name, id := range idsOf(d) {
			if !strings.HasPrefix(d.address, "/console") || strings.Contains(strings.Join(open, " "), name) || id == "" {
				continue
			}
			tried++
			missing := *d
			missing.address = strings.Replace(d.address, id, next(id), 1)
			for who, v := range foreigners {
				there, nowhere := v.knock(t, d, d.fields, "list.csv"), v.knock(t, &missing, d.fields, "list.csv")
				if there.Code != http.StatusNotFound && there.Code != http.StatusForbidden || there.Code != nowhere.Code {
					t.Errorf("%s as %s: status %d, and %d for what is not there", d.pattern, who, there.Code, nowhere.Code)
				}
				if got, want := plainly(there, id), plainly(nowhere, next(id)); got != want {
					t.Errorf("%s as %s: tells that it is there:\n%s\n%s", d.pattern, who, got, want)
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d ids", tried)
	}

	own, err := x.reviews.ByReceipt(t.Context(), x.receipt)
	if err != nil {
		t.Fatal(err)
	}
	other := x.visitor(t, asCitizen("1"))
	answer := func(serial string) *httptest.ResponseRecorder {
		return other.form(t, "/ping/my.html", url.Values{"serial": {serial}, "at": {"9000000000000000"}, "answer": {"satisfied"}, "version": {"0"}})
	}
	if there, nowhere := answer(own.Serial), answer(next(own.Serial)); there.Code != http.StatusNotFound || plainly(there, own.Serial) != plainly(nowhere, next(own.Serial)) {
		t.Errorf("another's case is answered: %d %s", there.Code, there.Body)
	}
	if w := other.get(t, "/ping/my.html"); strings.Contains(w.Body.String(), own.Serial) || strings.Contains(w.Body.String(), "受贿") {
		t.Errorf("another's review is among one's own: %s", w.Body)
	}
}

// plainly is what an answer says, whatever was asked for.
func plainly(w *httptest.ResponseRecorder, id string) string {
	return unlike.ReplaceAllString(strings.ReplaceAll(w.Body.String(), id, "ID"), "")
}

// A stranger who knows a serial number, an affair's number or a telephone learns nothing by them at any address, and a receipt code
// opens by nothing but itself.
func attackByGuessing(t *testing.T, x *target, doors []*door) {
	stranger := &visitor{target: x, jar: map[string]string{}}
	own, err := x.reviews.ByReceipt(t.Context(), x.receipt)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []string{own.Serial, x.serials[2], "S-2", "13800138000", "demo-0001"} {
		for _, d := range doors {
			if d.method != http.MethodGet || strings.HasSuffix(d.address, "/live") || d.address == "/ping/openapi.json" { // whose people are examples
				continue
			}
			fields := url.Values{}
			for name := range d.fields {
				fields.Set(name, known)
			}
			at := *d
			for _, id := range idsOf(d) {
				if id != "" {
					at.address = strings.Replace(at.address, id, url.PathEscape(known), 1)
				}
			}
			if w := stranger.knock(t, &at, fields, ""); strings.Contains(w.Body.String(), "受贿") || strings.Contains(w.Body.String(), "张三") || strings.Contains(w.Body.String(), "张演示") && !strings.HasPrefix(d.address, "/ping/demo-login") {
				t.Errorf("%s tells a stranger who knows %s: %s", at.address, known, w.Body)
			}
		}
	}
	missing := stranger.get(t, "/ping/r/"+strings.Repeat("0", 12))
	for i := range x.receipt {
		guess := x.receipt[:i] + next(x.receipt[i:i+1]) + x.receipt[i+1:]
		w := stranger.get(t, "/ping/r/"+guess)
		shown := guess[:4] + "-" + guess[4:8] + "-" + guess[8:]
		if w.Code != http.StatusNotFound || plainly(w, shown) != plainly(missing, "0000-0000-0000") && strings.Contains(w.Body.String(), "受贿") {
			t.Errorf("%s opens a review: %d %s", guess, w.Code, w.Body)
		}
	}
}

// A session's token that somebody else chose or knew before the login is worth nothing after it, in the console and on the pages.
func attackBySessions(t *testing.T, x *target) {
	for _, one := range []struct {
		name, cookie, inside string
		enter                func(t *testing.T, v *visitor)
	}{
		{"console", "hcp-console", "/console/account", asStaff(provincial)},
		{"pages", "", "/ping/my.html", asCitizen("2")},
	} {
		name := one.cookie
		before := &visitor{target: x, jar: map[string]string{}}
		if name == "" { // what the pages call theirs
			v := x.visitor(t, one.enter)
			for name = range v.jar {
				if v.get(t, one.inside); strings.Contains(name, "session") {
					break
				}
			}
			before.get(t, "/ping/login?to=/ping/my.html")
		}
		for _, planted := range []string{"planted", strings.Repeat("A", 43), strings.Repeat("A", 52), before.jar[name]} {
			if planted == "" {
				continue
			}
			v := &visitor{target: x, jar: map[string]string{name: planted}, enter: one.enter}
			one.enter(t, v)
			if v.jar[name] == planted || v.jar[name] == "" {
				t.Errorf("%s: the token %q is taken over", one.name, planted)
			}
			thief := &visitor{target: x, jar: map[string]string{name: planted}}
			victim, got := v.get(t, one.inside), thief.get(t, one.inside)
			if got.Code == victim.Code && plainly(got, "") == plainly(victim, "") {
				t.Errorf("%s: who planted %q is logged in", one.name, planted)
			}
		}
		first := x.visitor(t, one.enter)
		token := first.jar[name]
		one.enter(t, first)
		if first.jar[name] == token {
			t.Errorf("%s: a second login has the first one's token", one.name)
		}
	}
}

// Whatever an address, a form or a cookie says of where to go after a login, it leads to a page of ours.
func attackByRedirects(t *testing.T, x *target) {
	staff, citizen := x.visitor(t, asStaff(provincial)), x.visitor(t, asCitizen("3"))
	login := fmt.Sprintf("%s-%d", identity.Province, x.hired)
	for _, to := range []string{
		"//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "https:evil.example", "https://evil.example/console", "https:/\\evil.example", "/%2f%2fevil.example", "%2f%2fevil.example",
		"/\t/evil.example", "\t//evil.example", "/\n/evil.example", " //evil.example", "//h.example@evil.example", "/console/..//evil.example", "/ping/..//evil.example", "/console\\..\\\\evil.example",
		"/ping/%2e%2e//evil.example", "javascript:alert(1)", "data:text/html,x", "/console/x\r\nLocation: //evil.example", "/console//evil.example/..", "//evil%E3%80%82example", "/ping//evil.example", "?//evil.example", "#//evil.example", ".//evil.example",
	} {
		query := url.Values{"to": {to}, "back": {to}, "next": {to}, "return": {to}}
		wants := &visitor{target: x, jar: map[string]string{"hcp-want": url.QueryEscape(to)}}
		for what, w := range map[string]*httptest.ResponseRecorder{
			"a login that there is":     staff.get(t, "/console/login?"+query.Encode()),
			"a login with a cookie":     wants.again(t, login),
			"a citizen's login":         citizen.get(t, "/ping/login?"+query.Encode()),
			"a login of nobody":         (&visitor{target: x, jar: map[string]string{}}).get(t, "/ping/login?"+query.Encode()),
			"the demo's login":          (&visitor{target: x, jar: map[string]string{}}).form(t, "/ping/demo-login", url.Values{"person": {"3"}, "to": {to}}),
			"preferences":               citizen.send(t, http.MethodGet, "/ping/preferences?lang=en&"+query.Encode(), "", nil, http.Header{"Referer": {to}}),
			"a form of the console":     staff.form(t, "/console/cases/assign", url.Values{"back": {to}, "pick": {x.serials[2] + ":1"}, "to": {"x"}}),
			"the provider's way back":   citizen.get(t, "/ping/callback?"+query.Encode()),
			"an address that is no one": citizen.get(t, "/ping/r?code="+url.QueryEscape(to)),
		} {
			x.judge(t, func() string { return what + " to " + to }, w)
			if refresh := w.Header().Get("Refresh"); strings.Contains(refresh, "evil") && !strings.Contains(refresh, "url=/ping/login?to=") {
				t.Errorf("%s to %q: %s", what, to, refresh)
			}
		}
	}
}
