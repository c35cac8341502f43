package e2e

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// consoleDemo starts the demo with some reviews, and gives its address and the one password of its accounts.
func consoleDemo(t *testing.T, reviews string) (base, password string) {
	t.Helper()
	h := &house{database: "sqlite:unused"}
	out := &notes{}
	command := h.command(context.Background(), t, "demo", "--listen", "127.0.0.1:0", "--reviews", reviews, "--folder", t.TempDir())
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // that it has ended already is as well
		_ = command.Wait()
		if t.Failed() {
			t.Log(out)
		}
	})
	for deadline := time.Now().Add(10 * patience); !strings.Contains(out.String(), "; echo\n"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the demo is not ready:\n%s", out)
		}
	}
	found := regexp.MustCompile(`密码\s+(\S+?)（`).FindStringSubmatch(out.String())
	if found == nil {
		t.Fatalf("the demo does not say its password:\n%s", out)
	}
	return regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(out.String()), found[1]
}

// enterConsole logs somebody in who has a password of his own.
func (b *tab) enterConsole(login, password string) {
	b.t.Helper()
	b.open("/console/login")
	b.write("#f-login", login)
	b.write("#f-password", password)
	if status := b.push("登录"); status != http.StatusOK || b.at() == "/console/login" {
		b.t.Fatalf("%s can't log in: status %d at %s:\n%s", login, status, b.at(), b.text())
	}
}

var (
	linkTo  = regexp.MustCompile(`<a [^>]*href="(/console[^"]*)"([^>]*)>`)
	idOfOne = regexp.MustCompile(`/(of/[^/]+|(cases|moderation|windows|officers)/[^/]*[0-9~][^/]*)`)
)

// consolePages are the addresses of all pages that can be come to from the home page by links, one of each kind.
func (p *seat) consolePages() (pages []string) {
	p.t.Helper()
	seen := map[string]bool{}
	kind := func(address string) string {
		path, _, _ := strings.Cut(address, "?")
		return idOfOne.ReplaceAllString(path, "/…")
	}
	waiting := []string{"/console"}
	for len(waiting) > 0 {
		address := waiting[0]
		waiting = waiting[1:]
		if seen[kind(address)] {
			continue
		}
		seen[kind(address)] = true
		got := p.get(address)
		if got.status == http.StatusSeeOther {
			continue
		}
		if got.status != http.StatusOK {
			p.t.Errorf("a link leads to %s: status %d", address, got.status)
			continue
		}
		if !strings.Contains(got.text, "好差评管理后台</title>") {
			continue // a file
		}
		pages = append(pages, address)
		for _, link := range linkTo.FindAllStringSubmatch(got.text, -1) {
			if !strings.Contains(link[2], "download") && !strings.Contains(link[1], "/export") && !strings.Contains(link[1], ".zip") {
				waiting = append(waiting, strings.ReplaceAll(link[1], "&amp;", "&"))
			}
		}
	}
	return pages
}

// labelsWithoutRoom are labels of values on a telephone that are higher than the value they stand beside, or stand beside nothing.
const labelsWithoutRoom = `[...new Set(Array.from(document.querySelectorAll("td[data-head]"))
	.filter(e => e.offsetHeight > 0 && e.clientHeight < parseFloat(getComputedStyle(e, "::before").height)).map(e => e.dataset.head))].join()`

// Every page of the console keeps to WCAG 2.2 AA and to what axe calls good practice, on a telephone, and every third in the dark on a
// desk; nothing sticks out sideways.
func TestTheConsoleIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	base, password := consoleDemo(t, "1500")
	b := tabOn(t, base, phone)
	looked := 0
	check := func(t *testing.T) {
		t.Helper()
		b.t = t
		defer func() { b.t = t }()
		complain := func(how string, rules ...string) {
			for _, c := range b.complaints(source, rules...) {
				t.Errorf("%s: %s: %s", how, c.ID, c.Help)
				for _, node := range c.Nodes {
					t.Logf("%s\n%s", node.HTML, node.FailureSummary)
				}
			}
		}
		complain("360, light")
		if wide := ask[int](b, `document.documentElement.scrollWidth`); wide > int(phone.width) {
			t.Errorf("the page is %d wide on a telephone: %q", wide, b.outside())
		}
		if wide := ask[string](b, `Array.from(document.querySelectorAll(".table")).filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent.slice(0, 40)).join()`); wide != "" {
			t.Errorf("lists are to be scrolled sideways on a telephone: %s", wide)
		}
		if cut := ask[string](b, labelsWithoutRoom); cut != "" {
			t.Errorf("labels of a list lie over what comes below: %s", cut)
		}
		b.resize(desktop)
		if looked++; looked%3 == 1 { // pages share their style: every third is looked at in the dark, too
			b.dark(true)
			complain("1280, dark", styled...)
			b.dark(false)
		}
		if wide := ask[int](b, `document.documentElement.scrollWidth`); wide > int(desktop.width) {
			t.Errorf("the page is %d wide on a desk: %q", wide, b.outside())
		}
		b.resize(phone)
	}
	t.Run("login", func(t *testing.T) {
		b.t = t
		b.open("/console/login")
		b.write("#f-login", "sheng")
		b.push("登录")
		check(t)
	})
	b.t = t
	b.enterConsole("sheng", password)
	p := (&server{url: base}).returns(t, "sheng", password)
	pages := p.consolePages()
	for _, must := range []string{
		"/console", "/console/account", "/console/account/totp", "/console/cases", "/console/reviews", "/console/figures", "/console/halls", "/console/apps", "/console/tags",
		"/console/regions", "/console/departments", "/console/items", "/console/sources", "/console/moderation", "/console/words", "/console/staff", "/console/settings/deadlines",
		"/console/notices", "/console/audit", "/console/apps/check", "/console/staff/new", "/console/notices/new",
	} {
		if !slices.ContainsFunc(pages, func(address string) bool { return strings.HasPrefix(address+"?", must+"?") }) {
			t.Errorf("no link leads to %s", must)
		}
	}
	for _, kind := range []string{"/console/cases/", "/console/reviews/of/", "/console/halls/of/", "/console/staff/of/", "/console/apps/of/"} {
		if !slices.ContainsFunc(pages, func(address string) bool { return strings.HasPrefix(address, kind) }) {
			t.Errorf("no link leads to any %s", kind)
		}
	}
	for _, address := range pages {
		t.Run(address, func(t *testing.T) {
			b.t = t
			b.open(address)
			ask[bool](b, `document.querySelectorAll("details").forEach(e => e.open = true), true`)
			check(t)
		})
	}
	for name, show := range consoleStates() {
		t.Run(name, func(t *testing.T) {
			b.t = t
			show(b)
			check(t)
		})
	}
	b.t = t
}

// consoleStates are pages that only something done leads to.
func consoleStates() map[string]func(b *tab) {
	return map[string]func(b *tab){
		"a form with faults": func(b *tab) {
			b.open("/console/staff/new")
			b.push("新建账号")
		},
		"a filtered list without anything": func(b *tab) { b.open("/console/cases?text=nothing&state=closed") },
		"no page":                          func(b *tab) { b.open("/console/nothing") },
		"the audit log is checked": func(b *tab) {
			b.open("/console/audit")
			b.push("核对审计日志")
		},
		"sure?": func(b *tab) {
			b.open("/console/staff/of/gongdan")
			b.push("停用账号")
		},
		"a webhook's secret": func(b *tab) {
			b.open("/console/notices/new")
			b.subscribe("督办系统", "webhook", "https://hooks.example.gov.cn/case", "")
		},
		"what a reviewer said": func(b *tab) {
			b.open("/console/reviews")
			b.do(touch(`a[href^="/console/reviews/of/"]`))
			b.until("the review is there", `location.pathname.startsWith("/console/reviews/of/")`)
		},
	}
}

// returns logs somebody in who has a password of his own.
func (s *server) returns(t *testing.T, login, password string) *seat {
	t.Helper()
	p := s.chair(t)
	if got := p.post("/console/login", url.Values{"login": {login}, "password": {password}}); got.status != http.StatusSeeOther || got.to != "/console" {
		t.Fatalf("%s can't log in: %d to %s", login, got.status, got.to)
	}
	return p
}
