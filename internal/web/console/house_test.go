package console

import (
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
	"github.com/haochaping/haochaping/internal/venue"
	"github.com/pquerna/otp/totp"
)

// house is the console over a real database; the clock goes as a test wants. It asks for no second factor unless a test says so.
type house struct {
	t        *testing.T
	base     string
	store    *store.Store
	registry *org.Registry
	halls    *venue.Directory
	staff    *identity.StaffService
	handler  *Handler
	served   http.Handler
	logged   *strings.Builder
	mu       sync.Mutex
	at       time.Time
	browsers map[string]*browser
}

const (
	housePassword = "correct horse lamp"
	guangzhou     = "440100000000"
	shenzhen      = "440300000000"
	policeCode    = "114401000075023456" // 广州市公安局
	taxCode       = "114403000000000001" // 深圳市税务局
	hallCode      = "440100000001"
	farHallCode   = "440300000001"
)

// roles are an account for each role, by login, within 广州; sheng and shenji see everything.
var roles = map[string]identity.Draft{
	"sheng":   {Name: "省级", Role: identity.Province},
	"quyu":    {Name: "区域", Role: identity.Regional, Scope: identity.Scope{Region: guangzhou}},
	"bumen":   {Name: "部门", Role: identity.Department, Scope: identity.Scope{Department: policeCode}},
	"dating":  {Name: "大厅", Role: identity.Hall, Scope: identity.Scope{Hall: hallCode}},
	"gongdan": {Name: "工单", Role: identity.Handler, Scope: identity.Scope{Department: policeCode}},
	"shenji":  {Name: "审计", Role: identity.Auditor},
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// wait has the clock go on.
func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

type units struct {
	registry *org.Registry
	halls    *venue.Directory
}

func (u units) HallRegion(code string) (string, bool) {
	hall, ok := u.halls.Hall(code)
	return hall.RegionCode, ok
}

func (u units) DepartmentRegion(code string) (string, bool) {
	d, ok := u.registry.Department(code)
	return d.RegionCode, ok
}

func (u units) HasRegion(code string) bool {
	_, ok := u.registry.Region(code)
	return ok
}

// newHouse opens one; change gives the console what a page needs, or takes it.
func newHouse(t *testing.T, change ...func(*Needs)) *house {
	t.Helper()
	return openHouse(t, false, change...)
}

func openHouse(t *testing.T, second bool, change ...func(*Needs)) *house {
	t.Helper()
	h := &house{t: t, at: time.Date(2026, 6, 15, 2, 0, 0, 0, time.UTC), browsers: map[string]*browser{}, logged: &strings.Builder{}}
	h.registry = org.NewRegistry(org.Guangdong(), []org.Department{
		{Code: policeCode, Name: "广州市公安局", RegionCode: guangzhou}, {Code: taxCode, Name: "深圳市税务局", RegionCode: shenzhen},
	})
	h.halls = venue.NewDirectory()
	h.halls.Replace([]venue.Hall{
		{Code: hallCode, RegionCode: guangzhou, Name: "广州市政务服务中心"}, {Code: farHallCode, RegionCode: shenzhen, Name: "深圳市政务服务中心"},
	}, nil, nil)
	opened, err := store.Open(t.Context(), store.Options{
		URL: storetest.SQLite(t), Lanes: 1, Registry: h.registry, Now: h.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	h.store = opened
	h.staff = identity.NewStaffService(identity.StaffNeeds{
		Store: opened, Sealer: sealer, Blinder: privacy.NewBlinder(keys), Places: units{h.registry, h.halls}, Now: h.now, WithoutTOTP: !second,
	})
	server := httptest.NewUnstartedServer(nil)
	h.base = "http://" + server.Listener.Addr().String()
	needs := Needs{
		Staff: h.staff, Audit: opened, Registry: h.registry, Halls: h.halls, BaseURL: h.base, Now: h.now,
		Log: slog.New(slog.NewTextHandler(h, nil)),
	}
	for _, c := range change {
		c(&needs)
	}
	if h.handler, err = newHandler(needs); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.served.ServeHTTP(w, r) })
	h.remount()
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := opened.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return h
}

// remount serves the table as it is now.
func (h *house) remount() { h.served = h.handler.guarded(h.handler.mux()) }

// Write takes what is logged.
func (h *house) Write(line []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.Write(line)
}

func (h *house) log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.String()
}

// hire makes an account and gives its one-time password.
func (h *house) hire(login string, d identity.Draft) string {
	h.t.Helper()
	d.Login = login
	password, err := h.staff.Create(h.t.Context(), nil, d)
	if err != nil {
		h.t.Fatalf("create %s: %v", login, err)
	}
	return password
}

// as is a browser at which one of roles is logged in, made the first time.
func (h *house) as(t *testing.T, login string) *browser {
	t.Helper()
	if b := h.browsers[login]; b != nil {
		b.t = t
		return b
	}
	b := h.browser(t)
	password := h.hire(login, roles[login])
	b.post("/console/login", url.Values{"login": {login}, "password": {password}})
	b.wants(b.post("/console/first-password", url.Values{"password": {housePassword}, "again": {housePassword}}), http.StatusSeeOther)
	h.browsers[login] = b
	return b
}

// code is what an app shows for a secret now.
func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// browser is somebody's, who follows no redirect by himself.
type browser struct {
	t      *testing.T
	base   string
	client *http.Client
	header http.Header // sent with every request
}

func (h *house) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, h.base, &http.Client{
		Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, http.Header{}}
}

// shown is an answer.
type shown struct {
	status int
	body   string
	header http.Header
}

func (s shown) location() string { return s.header.Get("Location") }

func (b *browser) do(method, path string, form url.Values) shown {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	maps.Copy(r.Header, b.header)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	body, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		b.t.Fatal(err)
	}
	return shown{response.StatusCode, string(body), response.Header}
}

func (b *browser) get(path string) shown { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) shown {
	b.t.Helper()
	return b.do(http.MethodPost, path, form)
}

// to wants a redirect to an address.
func (b *browser) to(s shown, address string) {
	b.t.Helper()
	if s.status != http.StatusSeeOther || s.location() != address {
		b.t.Fatalf("status %d to %q, want a redirect to %q: %.500s", s.status, s.location(), address, s.body)
	}
}

// wants wants a page of that status that says something.
func (b *browser) wants(s shown, status int, says ...string) {
	b.t.Helper()
	if s.status != status {
		b.t.Errorf("status %d, want %d", s.status, status)
	}
	for _, text := range says {
		if !strings.Contains(s.body, text) {
			b.t.Errorf("the page does not say %q:\n%s", text, s.body)
		}
	}
}

// lacks wants a page not to say something.
func (b *browser) lacks(s shown, says ...string) {
	b.t.Helper()
	for _, text := range says {
		if strings.Contains(s.body, text) {
			b.t.Errorf("the page says %q", text)
		}
	}
}
