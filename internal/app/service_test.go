package app

import (
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/setting"
)

// startService gives a service over a database file as serve makes it, with some settings changed.
func startService(t *testing.T, file string, changes ...func(*config.Server)) *service {
	t.Helper()
	storage := &config.Storage{Database: "sqlite:" + file, Seal: "sm4", RootRegion: "440000000000"}
	h, err := open(t.Context(), storage, true)
	if err != nil {
		t.Fatal(err)
	}
	settings := &config.Server{Listen: "127.0.0.1:0", GatewayMode: config.Verify, GatewayWindow: time.Minute, Queue: 16, Batch: 16, LogLevel: "info"}
	settings.BaseURL, settings.Environment, settings.ConsoleWithoutTOTP = "http://127.0.0.1:8080", config.Production, true
	settings.Minimum = 30
	for _, change := range changes {
		change(settings)
	}
	s, err := newService(t.Context(), h, storage.RootRegion, settings, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.board.Close()
		s.reviews.Close()
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestEveryEntryOfTheConsoleAnswers asks, as who may do most, for every page that the menu leads to, wired as serve does.
func TestEveryEntryOfTheConsoleAnswers(t *testing.T) {
	s := startService(t, filepath.Join(t.TempDir(), "h.db"))
	password, err := s.staff.Create(t.Context(), nil, identity.Draft{Login: "sheng", Name: "省级", Role: identity.Province})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.console)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	ask := func(path string, form url.Values) (int, string) {
		t.Helper()
		method, body := http.MethodGet, strings.NewReader("")
		if form != nil {
			method, body = http.MethodPost, strings.NewReader(form.Encode())
		}
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		var text strings.Builder
		if err := response.Write(&text); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, text.String()
	}
	ask("/console/login", url.Values{"login": {"sheng"}, "password": {password}})
	if status, body := ask("/console/first-password", url.Values{"password": {"correct horse lamp"}, "again": {"correct horse lamp"}}); status != http.StatusOK {
		t.Fatalf("log in: status %d\n%s", status, body)
	}
	for _, path := range []string{
		"", "/reviews", "/cases", "/figures", "/halls", "/apps", "/tags", "/regions", "/departments", "/items", "/sources", "/moderation", "/words",
		"/staff", "/settings", "/settings/change", "/settings/history", "/settings/deadlines", "/notices", "/notices/new", "/notices/deliveries", "/audit",
	} {
		if status, body := ask("/console"+path, nil); status != http.StatusOK || !strings.Contains(body, "退出登录") {
			t.Errorf("/console%s: status %d\n%.300s", path, status, body)
		}
	}
}

// TestSettingsAreTakenOverByEveryProcess changes them in one process and looks at another one of the same database.
func TestSettingsAreTakenOverByEveryProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "h.db")
	here, there := startService(t, file), startService(t, file)
	version := func(s *service) string {
		t.Helper()
		v, err := s.figures.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version(there)
	set := setting.Set{setting.Three: setting.ThreeIsNot, setting.Minimum: "77", setting.Remarks: "off-publication", setting.Pause: "60", setting.Idle: "5"}
	if err := here.live.Change(t.Context(), "sheng", 0, set, "考核口径"); err != nil {
		t.Fatal(err)
	}
	if there.figures.Least() != 30 || version(there) != before {
		t.Error("another process knew at once")
	}
	there.readSettings(t.Context())
	for name, s := range map[string]*service{"this": here, "the other": there} {
		c := figures.Counts{0, 0, 1, 1, 0}
		if s.figures.Least() != 77 || s.figures.GoodRate(c) != 50 || s.notices.Pause() != time.Hour || s.mode() != moderation.OffPublication {
			t.Errorf("%s process has %+v", name, s.live.Values())
		}
		if v := version(s); v == before || v != before+"-1" {
			t.Errorf("%s process shows version %s after %s: the board does not learn that figures are others", name, v, before)
		}
	}
	// A command makes figures by them, too, whatever its flags say.
	if f, err := here.formulasOf(t.Context(), figures.Formulas{ThreeIsGood: true, Minimum: 5}); err != nil || f.ThreeIsGood || f.Minimum != 77 {
		t.Errorf("a command makes figures by %+v, %v", f, err)
	}
	// Nothing set any more is the operator's again.
	if err := there.live.Change(t.Context(), "sheng", 1, nil, "改回"); err != nil {
		t.Fatal(err)
	}
	if there.figures.Least() != 30 || there.mode() != moderation.Before {
		t.Errorf("changed back: %+v", there.live.Values())
	}
}
