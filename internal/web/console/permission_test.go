package console

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/setting"
)

// Who may what, by login of roles: s 省级 q 区域 b 部门 d 大厅 g 工单 j 审计.
const (
	all      = "sqbdgj"
	managers = "sqbd"
	seers    = "sqbdj" // all but handlers
)

// permitted is the table of who may ask for what: written by hand, apart from the program's own.
var permitted = map[string]string{
	"GET /console":     all,
	"GET /console/{$}": all,

	"GET /console/account":               all,
	"GET /console/account/password":      all,
	"POST /console/account/password":     all,
	"GET /console/account/totp":          all,
	"POST /console/account/totp":         all,
	"POST /console/account/recovery":     all,
	"POST /console/account/sessions/end": all,

	"GET /console/exports/{export}": all, // each his own

	"GET /console/staff":                          seers,
	"GET /console/staff/export":                   seers,
	"GET /console/staff/new":                      managers,
	"POST /console/staff/new":                     managers,
	"GET /console/staff/of/{login}":               seers,
	"GET /console/staff/of/{login}/change":        managers,
	"POST /console/staff/of/{login}/change":       managers,
	"POST /console/staff/of/{login}/reset":        managers,
	"POST /console/staff/of/{login}/state":        managers,
	"POST /console/staff/of/{login}/sessions/end": managers,

	"GET /console/settings":                seers,
	"GET /console/settings/change":         "s",
	"POST /console/settings/change":        "s",
	"GET /console/settings/history":        seers,
	"GET /console/settings/history/export": seers,

	"GET /console/erasures":                     "sj",
	"GET /console/erasures/export":              "sj",
	"GET /console/erasures/new":                 "s",
	"POST /console/erasures/new":                "s",
	"GET /console/erasures/of/{erasure}":        "sj",
	"POST /console/erasures/of/{erasure}/erase": "s",
	"POST /console/erasures/of/{erasure}/drop":  "s",

	"GET /console/notices":                               seers,
	"GET /console/notices/new":                           managers,
	"POST /console/notices/new":                          managers,
	"GET /console/notices/of/{subscription}":             seers,
	"GET /console/notices/of/{subscription}/change":      managers,
	"POST /console/notices/of/{subscription}/change":     managers,
	"POST /console/notices/of/{subscription}/try":        managers,
	"POST /console/notices/of/{subscription}/secret":     managers,
	"POST /console/notices/of/{subscription}/remove":     managers,
	"GET /console/notices/deliveries":                    seers,
	"GET /console/notices/deliveries/export":             seers,
	"POST /console/notices/deliveries/{delivery}/repeat": managers,

	"GET /console/moderation":           "sqbj",
	"GET /console/moderation/export":    "sqbj",
	"GET /console/moderation/{remark}":  "sqbj",
	"POST /console/moderation/{remark}": "sqb",
	"GET /console/words":                "sqbj",
	"GET /console/words/new":            "s",
	"POST /console/words/new":           "s",
	"GET /console/words/version":        "sqbj",
	"GET /console/words/export":         "sqbj",
	"POST /console/words/activate":      "s",

	"GET /console/integrity":               "sqbj",
	"GET /console/integrity/export":        "sqbj",
	"GET /console/integrity/of/{finding}":  "sqbj",
	"POST /console/integrity/of/{finding}": "sqb",
	"GET /console/integrity/officers":      "sqb",
	"POST /console/integrity/officers":     "sqb",

	"GET /console/halls":                                 seers,
	"GET /console/halls/export":                          seers,
	"GET /console/halls/codes.zip":                       seers,
	"GET /console/halls/template":                        "sqd",
	"GET /console/halls/import":                          "sqd",
	"POST /console/halls/import":                         "sqd",
	"POST /console/halls/import/apply":                   "sqd",
	"GET /console/halls/new":                             "sqd",
	"POST /console/halls/new":                            "sqd",
	"GET /console/halls/of/{hall}":                       seers,
	"GET /console/halls/of/{hall}/codes.zip":             seers,
	"GET /console/halls/of/{hall}/posters.html":          seers,
	"GET /console/halls/of/{hall}/change":                "sqd",
	"POST /console/halls/of/{hall}/change":               "sqd",
	"POST /console/halls/of/{hall}/state":                "sqd",
	"GET /console/halls/of/{hall}/windows/new":           "sqd",
	"POST /console/halls/of/{hall}/windows/new":          "sqd",
	"GET /console/halls/of/{hall}/officers/new":          "sqd",
	"POST /console/halls/of/{hall}/officers/new":         "sqd",
	"GET /console/halls/of/{hall}/officers/{no}/change":  "sqd",
	"POST /console/halls/of/{hall}/officers/{no}/change": "sqd",
	"POST /console/halls/of/{hall}/officers/{no}/state":  "sqd",
	"GET /console/halls/windows/{window}":                seers,
	"GET /console/halls/windows/{window}/code":           seers,
	"GET /console/halls/windows/{window}/change":         "sqd",
	"POST /console/halls/windows/{window}/change":        "sqd",
	"POST /console/halls/windows/{window}/state":         "sqd",

	"GET /console/tags":          seers,
	"GET /console/tags/export":   seers,
	"GET /console/tags/set":      seers,
	"GET /console/tags/preview":  seers,
	"POST /console/tags/preview": seers,
	"GET /console/tags/change":   "s",
	"POST /console/tags/change":  "s",
	"POST /console/tags/own":     "s",

	"GET /console/reviews":                     all,
	"GET /console/reviews/export":              seers,
	"GET /console/reviews/of/{review}":         all,
	"POST /console/reviews/of/{review}/unmask": "sqbdg",
	"GET /console/figures":                     all,
	"GET /console/figures/export":              seers,

	"GET /console/cases":                      all,
	"GET /console/cases/export":               seers,
	"POST /console/cases/assign":              managers,
	"GET /console/cases/{case}":               all,
	"GET /console/cases/{case}/files/{file}":  all,
	"POST /console/cases/{case}/unmask":       "sqbdg",
	"POST /console/cases/{case}/rectify":      "sqbdg",
	"POST /console/cases/{case}/explain":      "sqbdg",
	"POST /console/cases/{case}/appeal":       "sqbdg",
	"POST /console/cases/{case}/feedback":     "sqbdg",
	"POST /console/cases/{case}/contact":      "sqbdg",
	"POST /console/cases/{case}/heard-good":   "sqbdg",
	"POST /console/cases/{case}/heard-bad":    "sqbdg",
	"POST /console/cases/{case}/accept":       "sqb",
	"POST /console/cases/{case}/refuse":       "sqb",
	"POST /console/cases/{case}/supervise":    "sqb",
	"GET /console/settings/deadlines":         seers,
	"POST /console/settings/deadlines":        "sqb",
	"POST /console/settings/deadlines/remove": "sqb",

	"GET /console/apps":                                "sj",
	"GET /console/apps/export":                         "sj",
	"GET /console/apps/new":                            "s",
	"POST /console/apps/new":                           "s",
	"GET /console/apps/check":                          "sj",
	"POST /console/apps/check":                         "sj",
	"GET /console/apps/unknown":                        "sj",
	"GET /console/apps/of/{app}":                       "sj",
	"GET /console/apps/of/{app}/change":                "s",
	"POST /console/apps/of/{app}/change":               "s",
	"POST /console/apps/of/{app}/rotate":               "s",
	"POST /console/apps/of/{app}/finish":               "s",
	"POST /console/apps/of/{app}/state":                "s",
	"GET /console/regions":                             "sqbj",
	"GET /console/regions/export":                      "sqbj",
	"GET /console/regions/new":                         "sq",
	"POST /console/regions/new":                        "sq",
	"GET /console/regions/import":                      "sq",
	"POST /console/regions/import":                     "sq",
	"GET /console/regions/of/{region}":                 "sqbj",
	"POST /console/regions/of/{region}/change":         "sq",
	"POST /console/regions/of/{region}/merge":          "sq",
	"GET /console/departments":                         "sqbj",
	"GET /console/departments/export":                  "sqbj",
	"GET /console/departments/new":                     "sq",
	"POST /console/departments/new":                    "sq",
	"GET /console/departments/import":                  "sq",
	"POST /console/departments/import":                 "sq",
	"GET /console/departments/of/{department}":         "sqbj",
	"POST /console/departments/of/{department}/change": "sq",
	"POST /console/departments/of/{department}/merge":  "sq",
	"GET /console/items":                               "sqbj",
	"GET /console/items/export":                        "sqbj",
	"GET /console/items/import":                        "sq",
	"POST /console/items/import":                       "sq",
	"POST /console/items/confirm":                      "sq",
	"GET /console/items/of/{item}":                     "sqbj",
	"POST /console/items/of/{item}/change":             "sq",
	"POST /console/items/of/{item}/merge":              "sq",
	"GET /console/sources":                             "sqj",
	"GET /console/sources/export":                      "sqj",
	"GET /console/sources/upload":                      "s",
	"POST /console/sources/upload":                     "s",
	"GET /console/sources/of/{source}":                 "sqj",
	"GET /console/sources/of/{source}/export":          "sqj",
	"POST /console/sources/of/{source}/again":          "s",

	"GET /console/audit":         "sj",
	"GET /console/audit/export":  "sj",
	"POST /console/audit/verify": "sj",
}

// foreign are routes with the id of something out of everybody's scope but 省级's and 审计's. A page that takes an id adds its
// line: what stands in the braces.
var foreign = map[string]string{
	"{login}": "waibu", "{subscription}": "shenzhen", "{delivery}": "to-shenzhen", "{hall}": farHallCode, "{window}": farWindow, "{no}": farOfficer,
	"{app}": "app1", "{region}": shenzhen, "{department}": taxCode, "{item}": "I2", "{source}": "front", "{export}": "00112233445566778899", "{erasure}": "nothing",
}

// boundless are ids of what lies in no scope: what is shown of it is bounded by rows.
var boundless = map[string]bool{"{app}": true, "{source}": true, "{export}": true, "{erasure}": true}

var logins = map[rune]string{'s': "sheng", 'q': "quyu", 'b': "bumen", 'd': "dating", 'g': "gongdan", 'j': "shenji"}

// everyPage gives a house with every page that there is.
func everyPage(t *testing.T) *house {
	t.Helper()
	notices := &mailroom{}
	remarks := &remarks{}
	desk := &caseDesk{}
	rated := &rated{}
	h := newHouse(t, withCases(t, desk), withReviews(t, rated), withVenues(t), withTags(t), withNotices(t, notices), withSettings(t, &setting.Values{}), withErasures(t, nil), withModeration(t, remarks),
		withIntegrity(t),
		func(n *Needs) { testApps(t, n); testRegisters(t, n) })
	notices.elsewhere(t)
	foreign["{review}"] = rated.say(t, far)
	foreign["{case}"], foreign["{file}"] = desk.appealed(t)
	foreign["{finding}"] = plantFinding(t, h.store, integrity.Place{Region: shenzhen, Hall: farHallCode}, nil)
	foreign["{remark}"] = remarks.say(t, shenzhen, "", "他们受贿")
	h.hire("waibu", identity.Draft{Name: "外部", Role: identity.Handler, Scope: identity.Scope{Department: taxCode}})
	return h
}

func TestTheTableIsWhole(t *testing.T) {
	h := everyPage(t)
	var routes []string
	for _, r := range h.handler.table {
		if r.action != anyone && r.action != anyStep && !strings.HasPrefix(string(r.action), "step ") {
			routes = append(routes, r.method+" "+r.pattern)
			if !slices.ContainsFunc(identity.Roles(), func(role identity.Role) bool { return role.May(r.action) }) {
				t.Errorf("%s %s has an action that nobody may do: %q", r.method, r.pattern, r.action)
			}
		}
	}
	slices.Sort(routes)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(permitted)), routes); diff != "" {
		t.Errorf("tested (-) and served (+): %s", diff)
	}
}

// Every route is asked for by every role. What may not be is 403, what may never is; an id out of scope is 404 for who may.
func TestEveryRouteWithEveryRole(t *testing.T) {
	h := everyPage(t)
	for route, may := range permitted {
		method, path, _ := strings.Cut(route, " ")
		path = strings.TrimSuffix(path, "{$}")
		hasID := false
		for name, id := range foreign {
			hasID = hasID || strings.Contains(path, name) && !boundless[name]
			path = strings.ReplaceAll(path, name, id)
		}
		if strings.Contains(path, "{") {
			t.Errorf("%s: which id is out of scope?", route)
			continue
		}
		for letter, login := range logins {
			b := h.as(t, login)
			var form url.Values
			if method == http.MethodPost {
				form = url.Values{}
			}
			s := b.do(method, path, form)
			allowed := strings.ContainsRune(may, letter)
			switch {
			case !allowed && s.status != http.StatusForbidden:
				t.Errorf("%s as %s: %d, want 403", route, login, s.status)
			case allowed && s.status == http.StatusForbidden:
				t.Errorf("%s as %s: 403", route, login)
			case allowed && hasID && letter != 's' && letter != 'j' && s.status != http.StatusNotFound:
				t.Errorf("%s of a foreign scope as %s: %d, want 404", route, login, s.status)
			case allowed && hasID && strings.ContainsRune("sj", letter) && s.status == http.StatusNotFound:
				t.Errorf("%s as %s: 404, though it is there", route, login)
			case s.status >= http.StatusInternalServerError:
				t.Errorf("%s as %s: %d", route, login, s.status)
			}
		}
	}
}

// Without a login nothing is shown and nothing done: one is sent to the login.
func TestEveryRouteWithoutALogin(t *testing.T) {
	h := everyPage(t)
	b := h.browser(t)
	for route := range permitted {
		method, path, _ := strings.Cut(route, " ")
		path = strings.TrimSuffix(strings.NewReplacer("{login}", "sheng").Replace(path), "{$}")
		s := b.do(method, path, url.Values{})
		if s.status != http.StatusSeeOther || !strings.HasPrefix(s.location(), "/console/login") || strings.Contains(s.body, "省级") {
			t.Errorf("%s: %d to %s", route, s.status, s.location())
		}
		if s.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", route)
		}
	}
}

// Half a login opens nothing either.
func TestEveryRouteHalfLoggedIn(t *testing.T) {
	h := everyPage(t)
	b := h.browser(t)
	b.to(b.post("/console/login", url.Values{"login": {"half"}, "password": {h.hire("half", roles["sheng"])}}), "/console/first-password")
	for route := range permitted {
		method, path, _ := strings.Cut(route, " ")
		path = strings.TrimSuffix(strings.NewReplacer("{login}", "waibu").Replace(path), "{$}")
		b.to(b.do(method, path, url.Values{}), "/console/first-password")
	}
	for _, path := range []string{"/console/second", "/console/first-totp"} {
		b.to(b.get(path), "/console/first-password")
	}
}

// The navigation shows what may be done and nothing else, at most twelve entries.
func TestMenu(t *testing.T) {
	h := everyPage(t)
	if n := len(menuSections); n > 12 {
		t.Errorf("the menu has %d entries", n)
	}
	for letter, login := range logins {
		b := h.as(t, login)
		s := b.get("/console")
		b.wants(s, http.StatusOK, `<a href="/console" aria-current="page">首页</a>`, roles[login].Name, roles[login].Role.Name())
		if got := strings.Contains(s.body, `<a href="/console/staff">账号角色</a>`); got != strings.ContainsRune(seers, letter) {
			t.Errorf("%s sees 账号角色: %v", login, got)
		}
		for _, link := range strings.Split(s.body, `href="`)[1:] {
			address := link[:strings.IndexByte(link, '"')]
			if !strings.HasPrefix(address, Prefix) {
				continue
			}
			if got := b.get(address); got.status != http.StatusOK {
				t.Errorf("%s is shown %s, which answers %d", login, address, got.status)
			}
		}
	}
}
