package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/sample"
)

// seat is somebody at the console who is logged in, over HTTP without a browser, and follows no redirect by himself.
type seat struct {
	t      *testing.T
	base   string
	client *http.Client
}

// reply is what he got.
type reply struct {
	status int
	to     string // where a redirect leads
	text   string
}

// chair is a seat that nobody is logged in at.
func (s *server) chair(t *testing.T) *seat {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &seat{t, s.url, &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// sits logs somebody in for the first time, at a server without a second factor.
func (s *server) sits(t *testing.T, login, oneTime string) *seat {
	t.Helper()
	p := s.chair(t)
	p.post("/console/login", url.Values{"login": {login}, "password": {oneTime}})
	if got := p.post("/console/first-password", url.Values{"password": {ownPassword}, "again": {ownPassword}}); got.status != http.StatusSeeOther || got.to != "/console" {
		t.Fatalf("%s can't log in: %d to %s", login, got.status, got.to)
	}
	return p
}

func (p *seat) get(path string) reply {
	p.t.Helper()
	return p.ask(http.MethodGet, path, "", http.NoBody)
}

func (p *seat) post(path string, form url.Values) reply {
	p.t.Helper()
	return p.send(path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// send posts a form of whatever kind.
func (p *seat) send(path, kind string, form io.Reader) reply {
	p.t.Helper()
	return p.ask(http.MethodPost, path, kind, form)
}

func (p *seat) ask(method, path, kind string, form io.Reader) reply {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, form)
	if err != nil {
		p.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	response, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header.Get("Location"), string(text)}
}

// wants fails unless the page has that status and says every text.
func (p *reply) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.status != status {
		t.Errorf("status %d, want %d:\n%s", p.status, status, p.text)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			t.Errorf("the page does not say %q:\n%s", text, p.text)
		}
	}
}

var versionForm = regexp.MustCompile(`name="version" value="(\d+)"`)

// version is the version of the case that the page's forms name.
func (p *reply) version(t *testing.T) string {
	t.Helper()
	found := versionForm.FindStringSubmatch(p.text)
	if found == nil {
		t.Fatalf("the page has no form:\n%s", p.text)
	}
	return found[1]
}

// badReview has a business system send a bad review of a department's service, and gives its serial number.
func (w *boardTown) badReview(t *testing.T, office, remark string) string {
	t.Helper()
	message := w.made.Affair(time.Now())
	message.EvalEntityCode, message.Remark = "egovAffair", remark
	message.Department = client.Department{DepartmentCode: office, DepartmentName: officeNames[office]}
	message.Affair.AffairCode = office + "3442014001000"
	message.GeneralStars, message.TagList = 1, client.TagList{}
	receipt, err := w.client(w.app).SubmitAffair(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.AffairEvalID
}

// smallTown serves a console without a second factor, and a business system that sends reviews.
func smallTown(t *testing.T, h *house, arguments ...string) *boardTown {
	t.Helper()
	w := &boardTown{house: h, app: h.register(t, "gzga01")}
	w.made = sample.New(7, sample.Options{AppCode: w.app.Code, BadShare: -1})
	w.server = h.serve(t, append([]string{withoutTOTP}, arguments...)...)
	return w
}
