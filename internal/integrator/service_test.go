package integrator_test

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
)

// house is a database of apps and a key file's keys.
type house struct {
	address string
	raw     *sql.DB
	keys    *privacy.Keys
}

// onEveryEngine runs a test on a migrated database of each engine.
func onEveryEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		address := storetest.SQLite(t)
		test(t, open(t, address, "sqlite", "file:"+filepath.ToSlash(store.EmbeddedFile(address))+"?_pragma=busy_timeout(20000)"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := postgrestest.Database(t)
		test(t, open(t, address, "pgx", address))
	})
}

func open(t *testing.T, address, driver, source string) *house {
	t.Helper()
	raw, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{address, raw, privacy.NewKeys()}
	if err := h.store(t).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) store(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: h.address, Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// process is the service of one more process, which has nothing in memory yet.
func (h *house) process(t *testing.T) *integrator.Service {
	t.Helper()
	sealer, err := privacy.NewSealer(h.keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	return integrator.NewService(h.store(t), sealer, func(entity string) bool { return entity != "none" })
}

// found is an app as a process that starts now knows it.
func (h *house) found(t *testing.T, paasid string) *integrator.App {
	t.Helper()
	app, err := h.process(t).ByPaasID(t.Context(), paasid)
	if err != nil {
		t.Fatal(err)
	}
	if app == nil {
		t.Fatalf("no app has the paasid %s", paasid)
	}
	return app
}

func app(code string) integrator.App {
	return integrator.App{Code: code, PaasID: "paas-" + code, Name: "某系统", Entities: []string{"egovAffair", "egovGuide"}}
}

// secretOf creates an app and gives its secret.
func secretOf(t *testing.T, s *integrator.Service, app integrator.App) string {
	t.Helper()
	secret, err := s.Create(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := hex.DecodeString(secret); err != nil || len(raw) != 32 {
		t.Errorf("got the secret %q, want 32 random bytes", secret)
	}
	return secret
}

func TestCreate(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		strict := app("b1")
		strict.RequireDigest = true
		short := app("a1")
		short.PaasID = "" // its code
		strict.Secrets, short.Secrets = []string{secretOf(t, s, strict)}, []string{secretOf(t, s, short)}
		short.PaasID = "a1"
		strict.Version, short.Version = 1, 1
		if strict.Secrets[0] == short.Secrets[0] {
			t.Error("two apps have one secret")
		}
		apps, err := h.process(t).List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]integrator.App{short, strict}, apps); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(&strict, h.found(t, "paas-b1")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		secretOf(t, s, app("a1"))
		sameCode, samePaasID := app("a1"), app("b1")
		sameCode.PaasID, samePaasID.PaasID = "other", "paas-a1"
		for _, c := range []struct {
			name string
			app  integrator.App
			kind fault.Kind
			want string
		}{
			{"a code that is taken", sameCode, fault.Conflict, "应用编码 a1 或 paasid other 已被使用"},
			{"a paasid that is taken", samePaasID, fault.Conflict, "应用编码 b1 或 paasid paas-a1 已被使用"},
			{"the code of the platform's own pages", app(integrator.Pages), fault.Conflict, "应用编码 page 由系统自己的评价页面使用，请另取一个"},
			{"several faults at once", integrator.App{Code: "a-b", Entities: []string{"none"}}, fault.Invalid, "（共 3 处，见 errors）"},
		} {
			secret, err := s.Create(t.Context(), c.app)
			var told *fault.Error
			if !errors.As(err, &told) || told.Kind != c.kind || !strings.Contains(told.Message, c.want) || secret != "" {
				t.Errorf("%s: got %v and the secret %q, want %s", c.name, err, secret, c.want)
			}
		}
		if apps, err := s.List(t.Context()); err != nil || len(apps) != 1 {
			t.Errorf("got %v, %v; want the first app only", apps, err)
		}
	})
}

func TestRotation(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		first := secretOf(t, s, app("a1"))
		valid := func(when string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, h.found(t, "paas-a1").Secrets); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
		}
		rotate := func() string {
			changed, secret, err := s.Rotate(t.Context(), "a1", integrator.AnyVersion)
			if err != nil || changed.Code != "a1" {
				t.Fatalf("got %+v, %v", changed, err)
			}
			return secret
		}
		second := rotate()
		valid("during a rotation both are valid, the newest first", second, first)
		third := rotate()
		valid("at the next one the oldest is gone", third, second)
		if _, err := s.Finish(t.Context(), "a1", integrator.AnyVersion); err != nil {
			t.Fatal(err)
		}
		valid("when it is finished only the newest is valid", third)
		if _, err := s.Finish(t.Context(), "a1", integrator.AnyVersion); fault.KindOf(err) != fault.Conflict {
			t.Errorf("finishing once more: got %v, want to be told that nothing ended", err)
		}
		valid("finishing once more changes nothing", third)
		if all := []string{first, second, third}; len(slices.Compact(slices.Sorted(slices.Values(all)))) != 3 {
			t.Error("a secret was given twice")
		}
	})
}

func TestDisable(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		want := app("a1")
		want.Secrets = []string{secretOf(t, s, want)}
		for _, disabled := range []bool{true, true, false} {
			changed, err := s.Disable(t.Context(), "a1", disabled, integrator.AnyVersion)
			if err != nil || changed.Disabled != disabled {
				t.Fatalf("got %+v, %v", changed, err)
			}
			want.Disabled, want.Version = disabled, changed.Version
			if diff := cmp.Diff(&want, h.found(t, "paas-a1")); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestAnAppThatIsNotThere(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		_, _, rotate := s.Rotate(t.Context(), "a1", integrator.AnyVersion)
		_, finish := s.Finish(t.Context(), "a1", integrator.AnyVersion)
		_, disable := s.Disable(t.Context(), "a1", true, integrator.AnyVersion)
		for name, err := range map[string]error{"rotate": rotate, "finish": finish, "disable": disable} {
			var told *fault.Error
			if !errors.As(err, &told) || told.Kind != fault.Missing || !strings.Contains(told.Message, "a1") {
				t.Errorf("%s: got %v, want that there is no such app", name, err)
			}
		}
	})
}

// TestSecretsAreSealedAtRest: neither the row nor, for an embedded database, the files hold a secret.
func TestSecretsAreSealedAtRest(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		first := secretOf(t, s, app("a1"))
		_, second, err := s.Rotate(t.Context(), "a1", integrator.AnyVersion)
		if err != nil {
			t.Fatal(err)
		}
		tell := func(where string, content []byte) {
			for _, secret := range []string{first, second} {
				raw, err := hex.DecodeString(secret)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, raw) {
					t.Errorf("%s tells a secret", where)
				}
			}
		}
		values := make([]any, 13)
		fields := make([]any, len(values))
		for i := range values {
			fields[i] = &values[i]
		}
		if err := h.raw.QueryRowContext(t.Context(), "SELECT * FROM app").Scan(fields...); err != nil {
			t.Fatal(err)
		}
		for i, value := range values {
			if sealed, ok := value.([]byte); ok {
				tell(fmt.Sprint("column ", i), sealed)
			} else {
				tell(fmt.Sprint("column ", i), fmt.Append(nil, value))
			}
		}
		if !store.IsEmbedded(h.address) {
			return
		}
		files, err := filepath.Glob(store.EmbeddedFile(h.address) + "*")
		if err != nil || len(files) == 0 {
			t.Fatalf("got the files %v, %v", files, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file) //nolint:gosec // the test's own database
			if err != nil {
				t.Fatal(err)
			}
			tell(file, content)
		}
	})
}

// TestASecretOpensOnlyForItsApp: who can write the database can't give one app another's secret, nor make one.
func TestASecretOpensOnlyForItsApp(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		secretOf(t, s, app("a1"))
		secretOf(t, s, app("b1"))
		for name, change := range map[string]string{
			"another app's": "UPDATE app SET secret = (SELECT secret FROM app WHERE app_code = 'b1') WHERE app_code = 'a1'",
			"one made up":   "UPDATE app SET secret = CAST('0123456789abcdef0123456789abcdef' AS " + blob(h) + ") WHERE app_code = 'a1'",
		} {
			if _, err := h.raw.ExecContext(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			if apps, err := s.List(t.Context()); !errors.Is(err, privacy.ErrForged) {
				t.Errorf("%s: got %v, %v; want it to be seen as forged", name, apps, err)
			}
		}
	})
}

func blob(h *house) string {
	if store.IsEmbedded(h.address) {
		return "blob"
	}
	return "bytea"
}

// TestChange: what an app may do is replaced, what proves who it is stays, and nobody overwrites what another one changed.
func TestChange(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, h *house) {
		s := h.process(t)
		secret := secretOf(t, s, app("a1"))
		to := integrator.App{Code: "a1", PaasID: "stolen", Name: " 改名 ", Entities: []string{"egovGuide"}, Affairs: true, Rate: 7, Disabled: true}
		changed, err := s.Change(t.Context(), to, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := integrator.App{
			Code: "a1", PaasID: "paas-a1", Name: "改名", Entities: []string{"egovGuide"}, Affairs: true, Rate: 7, Version: 2,
		}
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Error(diff)
		}
		want.Secrets = []string{secret}
		if diff := cmp.Diff(&want, h.found(t, "paas-a1")); diff != "" {
			t.Error(diff)
		}
		to.Name = "另一个人"
		_, change := s.Change(t.Context(), to, 1)
		_, _, rotate := s.Rotate(t.Context(), "a1", 1)
		_, finish := s.Finish(t.Context(), "a1", 1)
		_, disable := s.Disable(t.Context(), "a1", true, 1)
		for name, err := range map[string]error{"change": change, "rotate": rotate, "finish": finish, "disable": disable} {
			if fault.KindOf(err) != fault.Conflict {
				t.Errorf("%s of what another one changed: got %v, want a conflict", name, err)
			}
		}
		to.Rate, to.Entities = integrator.MaxRate+1, nil
		if _, err := s.Change(t.Context(), to, 2); fault.KindOf(err) != fault.Invalid {
			t.Errorf("got %v, want violations", err)
		}
		if diff := cmp.Diff(&want, h.found(t, "paas-a1")); diff != "" {
			t.Errorf("what was refused changed something: %s", diff)
		}
	})
}
