package e2e

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	fileForm         = regexp.MustCompile(`/console/cases/[0-9A-Z]{20}/files/[^"]+`)
	hallForm         = regexp.MustCompile(`/console/halls/of/(\d{12})"`)
	windowForm       = regexp.MustCompile(`/console/halls/windows/[^"/]+`)
	subscriptionForm = regexp.MustCompile(`/console/notices/of/[a-z0-9]+`)
)

// first is the first that a page holds of a form.
func (p *reply) first(t *testing.T, form *regexp.Regexp) string {
	t.Helper()
	found := form.FindString(p.text)
	if found == "" {
		t.Fatalf("the page has nothing like %s:\n%s", form, p.text)
	}
	return strings.TrimSuffix(found, `"`)
}

// Whoever asks for a thing of another city by its number learns nothing, not even that it is there, whatever he does with it;
// where it belongs the same requests find it.
func TestNothingOfAForeignScope(t *testing.T) {
	t.Parallel()
	h := onSQLite(t)
	h.mustRun(t, "import", "halls", keep(t, t.TempDir(), "halls.csv", hallsList), "--apply")
	w := smallTown(t, h)
	serial := w.badReview(t, guangzhouOffice, "等了很久没人理")
	at := "/console/cases/" + serial
	own := w.sits(t, "guangzhou", h.hire(t, "guangzhou", "region", "广州区域", "--region", guangzhou))
	handler := w.sits(t, "gzban", h.hire(t, "gzban", "handler", "广州处理员", "--department", guangzhouOffice))
	w.badReview(t, shenzhenOffice, "")
	foreigners := map[string]*seat{
		"region":     w.sits(t, "shenzhen", h.hire(t, "shenzhen", "region", "深圳区域", "--region", "440300000000")),
		"department": w.sits(t, "szbumen", h.hire(t, "szbumen", "department", "深圳部门", "--department", shenzhenOffice)),
		"handler":    w.sits(t, "szban", h.hire(t, "szban", "handler", "深圳处理员", "--department", shenzhenOffice)),
	}

	// Things of 广州: a case with evidence, its review, a hall and its window, an account, a notice.
	opened := handler.get(at)
	if got := handler.appeal(at, opened.version(t)); got.status != http.StatusSeeOther {
		t.Fatalf("appeal: status %d:\n%s", got.status, got.text)
	}
	made := own.post("/console/notices/new", url.Values{
		"name": {"市局督办室"}, "channel": {"mail"}, "target": {"duban@gz.test"}, "events": {"opened"}, "minutes": {"15"}, "region": {guangzhou},
	})
	if made.status != http.StatusSeeOther {
		t.Fatalf("a notice: status %d:\n%s", made.status, made.text)
	}
	appealed := own.get(at)
	halls := own.get("/console/halls")
	hall := hallForm.FindStringSubmatch(halls.text)
	if hall == nil {
		t.Fatalf("no hall is listed:\n%s", halls.text)
	}
	inside := own.get("/console/halls/of/" + hall[1])
	notices := own.get("/console/notices")
	shown := []string{
		at, appealed.first(t, fileForm), "/console/reviews/of/" + serial, "/console/halls/of/" + hall[1], inside.first(t, windowForm),
		"/console/staff/of/gzban", notices.first(t, subscriptionForm),
	}
	done := map[string]url.Values{
		at + "/accept":  {"version": {"1"}, "words": {"同意"}, "sure": {"yes"}},
		at + "/refuse":  {"version": {"1"}, "words": {"不同意"}},
		at + "/rectify": {"version": {"1"}, "words": {"整改"}},
		at + "/unmask":  {"field": {"remark"}, "reason": {"联系评价人核实情况"}},
		"/console/reviews/of/" + serial + "/unmask":    {"field": {"remark"}, "reason": {"联系评价人核实情况"}},
		"/console/halls/of/" + hall[1] + "/change":     {"name": {"改名的大厅"}},
		"/console/staff/of/gzban/reset":                {"sure": {"yes"}},
		"/console/staff/of/gzban/state":                {"state": {"disabled"}, "sure": {"yes"}},
		notices.first(t, subscriptionForm) + "/remove": {"version": {"1"}, "sure": {"yes"}},
	}
	const publicHall = "广州市政务服务中心"
	secrets := []string{"等了很久", "广州市政务服务局", "广州处理员", publicHall, "天河区珠江新城", "duban", "市局督办室", "证据.png", "误评的理由"}
	silent := func(who, path string, got reply) {
		t.Helper()
		if got.status != http.StatusNotFound && got.status != http.StatusForbidden {
			t.Errorf("%s as a foreign %s: status %d", path, who, got.status)
		}
		for _, secret := range secrets {
			if strings.Contains(got.text, secret) {
				t.Errorf("%s tells a foreign %s %q", path, who, secret)
			}
		}
	}
	for who, p := range foreigners {
		for _, path := range shown {
			got := p.get(path)
			silent(who, path, got)
			if who == "region" && got.status != http.StatusNotFound {
				t.Errorf("%s as a foreign %s: status %d, want 404 as for what is not there", path, who, got.status)
			}
		}
		for path, form := range done {
			silent(who, path, p.post(path, form))
		}
		for _, list := range []string{"/console/cases", "/console/reviews", "/console/halls", "/console/staff", "/console/notices", "/console", "/console/figures", "/console/moderation", "/console/cases/export?format=csv", "/console/reviews/export?format=csv"} {
			got := p.get(list)
			for _, secret := range append([]string{serial}, secrets...) {
				if secret == publicHall && who != "region" { // every hall is public, and a department may be rated at any
					continue
				}
				if strings.Contains(got.text, secret) {
					t.Errorf("%s shows a foreign %s %q", list, who, secret)
				}
			}
		}
		if got := p.post("/console/cases/assign", url.Values{"pick": {serial + ":1"}, "to": {"szban"}, "back": {"/console/cases"}}); strings.Contains(got.text, "已指派") {
			t.Errorf("a foreign %s assigns the case:\n%s", who, got.text)
		}
	}

	// Nothing was changed, and all of it is there for who it belongs to.
	for _, path := range shown {
		if got := own.get(path); got.status != http.StatusOK {
			t.Errorf("%s for who it belongs to: status %d", path, got.status)
		}
	}
	still := own.get(at)
	still.wants(t, http.StatusOK, "申诉中", "证据.png")
	if got := handler.get("/console"); got.status != http.StatusOK {
		t.Errorf("the account was changed: status %d to %s", got.status, got.to)
	}
	kept := own.get("/console/halls/of/" + hall[1])
	kept.wants(t, http.StatusOK, "广州市政务服务中心")
}

// appeal sends an appeal with a picture.
func (p *seat) appeal(path, version string) reply {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"version": version, "words": "误评的理由", "claim": "mistaken"} {
		if err := form.WriteField(name, value); err != nil {
			p.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("evidence", "证据.png")
	if err == nil {
		_, err = io.WriteString(part, "\x89PNG\r\n\x1a\n and so on")
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return p.send(path+"/appeal", form.FormDataContentType(), &body)
}
