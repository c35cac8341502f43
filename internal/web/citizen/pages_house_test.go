package citizen

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
	"github.com/haochaping/haochaping/internal/venue"
)

// pages are all pages over a real database, with the demo's login; the clock goes as a test wants.
type pages struct {
	base    string
	reviews *reviews
	apps    apps
	began   time.Time
	offset  atomic.Int64 // of the clock, which stands still but for wait
}

// reviews are real; they can be made to fail, and remember what was submitted last.
type reviews struct {
	*review.Service
	fail atomic.Pointer[error]
	last atomic.Pointer[review.Review]
}

func (r *reviews) Submit(ctx context.Context, one review.Review) (review.Receipt, error) {
	r.last.Store(&one)
	if err := r.fail.Load(); err != nil {
		return review.Receipt{}, *err
	}
	return r.Service.Submit(ctx, one)
}

// apps are registered.
type apps map[string]*integrator.App

func (a apps) ByCode(_ context.Context, code string) (*integrator.App, error) { return a[code], nil }

func (p *pages) now() time.Time { return p.began.Add(time.Duration(p.offset.Load())) }

// wait has the clock go on.
func (p *pages) wait(d time.Duration) { p.offset.Add(int64(d)) }

const (
	testHall   = "440100000001"
	testWindow = "4401000000010001"
	testItem   = "11440100007482532C3000109001000"
)

// openPages opens them; change gives them something else than they need.
func openPages(t testing.TB, change ...func(*Needs)) *pages {
	t.Helper()
	p := &pages{began: time.Now(), apps: apps{
		"gzga01": {Code: "gzga01", Secrets: []string{"new-secret", "old-secret"}},
		"strict": {Code: "strict", Secrets: []string{"strict-secret"}, RequireSignedCode: true},
		"gone":   {Code: "gone", Secrets: []string{"gone-secret"}, Disabled: true},
	}}
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	blinder, registry := privacy.NewBlinder(keys), org.NewRegistry(org.Guangdong(), nil)
	opened, err := store.Open(t.Context(), store.Options{
		URL: storetest.SQLite(t), Lanes: 1, Registry: registry, Now: p.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	service, err := review.NewService(review.Needs{
		Store: opened, Places: &review.Placement{Registry: registry, Root: "440000000000"}, Sealer: sealer, Blinder: blinder, Now: p.now,
		Lanes: 1, Queue: 64, Batch: 64,
	})
	if err != nil {
		t.Fatal(err)
	}
	halls := venue.NewDirectory()
	halls.Replace(
		[]venue.Hall{{Code: testHall, RegionCode: "440100000000", Level: "市直", Name: "广州市政务服务中心"}},
		[]venue.Window{{Code: testWindow, HallCode: testHall, Number: "3", Name: "户政业务", DepartmentName: "广州市公安局"}},
		[]venue.Officer{{HallCode: testHall, WorkNo: "016", Name: "陈志强", WindowCode: testWindow}},
	)
	p.reviews = &reviews{Service: service}
	server := httptest.NewUnstartedServer(nil)
	p.base = "http://" + server.Listener.Addr().String()
	needs := Needs{
		Reviews: p.reviews, Halls: halls, Items: opened, Apps: p.apps, Entities: catalog.NewEntitySet(append(catalog.Specified(), catalog.Added()...)),
		Tags: catalog.NewTags(catalog.National()), Demo: true, Sessions: opened.Sessions(sealer, blinder), BaseURL: p.base,
		Now: p.now, Log: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&needs)
	}
	server.Config.Handler, err = NewHandler(needs)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		service.Close()
		if err := opened.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return p
}

// visitor is somebody at a browser of his own, who follows no redirect by himself.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
	header http.Header // sent with every request
}

func (p *pages) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, p.base, &http.Client{
		Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, http.Header{}}
}

// citizen is a visitor who has logged in.
func (p *pages) citizen(t *testing.T) *visitor {
	t.Helper()
	v := p.visitor(t)
	if s := v.post(demoLoginPath, url.Values{"person": {"0"}, "to": {home}}); s.status != http.StatusSeeOther {
		t.Fatalf("log in: status %d", s.status)
	}
	return v
}

func (v *visitor) do(method, path string, form url.Values) shown {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	maps.Copy(r.Header, v.header)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // a test reads it
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return shown{response.StatusCode, string(body), response.Header}
}

func (v *visitor) get(path string) shown { v.t.Helper(); return v.do(http.MethodGet, path, nil) }

func (v *visitor) post(path string, form url.Values) shown {
	v.t.Helper()
	return v.do(http.MethodPost, path, form)
}

// wants wants a page of that status that says something.
func (v *visitor) wants(s shown, status int, says ...string) {
	v.t.Helper()
	if s.status != status {
		v.t.Errorf("status %d, want %d", s.status, status)
	}
	for _, text := range says {
		if !strings.Contains(s.body, text) {
			v.t.Errorf("the page does not say %q:\n%s", text, s.body)
		}
	}
}

// msg is the message of an affair by an app.
func msg(app, serial string) string {
	return message{app, "016", testHall, serial, testItem}.encode()
}
