package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/integrator"
)

var appTests = []test{
	{"apps are read as they were created, by code", createApps},
	{"a code or a paasid that is taken is refused", duplicateApp},
	{"an app is changed whole", changeApp},
	{"an app that is not there can't be changed", missingApp},
	{"changes at once are all kept", changeAppAtOnce},
	{"what is made and changed of an app is noted, what is refused is not", noteApps},
}

func app(code string) integrator.Stored {
	return integrator.Stored{
		App:    integrator.App{Code: code, PaasID: "paas-" + code, Name: "系统 " + code, Entities: []string{"egovAffair"}},
		Sealed: [][]byte{[]byte("sealed " + code)},
	}
}

func (d *database) apps(t *testing.T) []integrator.Stored {
	t.Helper()
	apps, err := d.Apps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return apps
}

func (d *database) create(t *testing.T, apps ...integrator.Stored) {
	t.Helper()
	for _, app := range apps {
		if err := d.CreateApp(t.Context(), app, audit.Entry{Action: "app.create", Object: "app:" + app.Code}); err != nil {
			t.Fatalf("create app %s: %v", app.Code, err)
		}
	}
}

func createApps(t *testing.T, d *database) {
	d.migrated(t)
	if got := d.apps(t); len(got) != 0 {
		t.Errorf("got %v before any was created", got)
	}
	plain, strict := app("b1"), app("a1")
	strict.Entities = []string{"egovAffair", "yssAffair", "egovGuide"}
	strict.RequireDigest, strict.Affairs, strict.Disabled = true, true, true
	strict.Sealed = append(strict.Sealed, []byte("older"))
	d.create(t, plain, strict)
	if diff := cmp.Diff([]integrator.Stored{strict, plain}, d.apps(t)); diff != "" {
		t.Error(diff)
	}
	for _, row := range d.rows(t, "SELECT created_at FROM app") {
		if row["created_at"] != now.UnixMicro() {
			t.Errorf("created at %v, want %v", row["created_at"], now.UnixMicro())
		}
	}
}

func duplicateApp(t *testing.T, d *database) {
	d.migrated(t)
	d.create(t, app("a1"))
	sameCode, samePaasID := app("a1"), app("b1")
	sameCode.PaasID, samePaasID.PaasID = "other", "paas-a1"
	for name, taken := range map[string]integrator.Stored{"code": sameCode, "paasid": samePaasID} {
		if err := d.CreateApp(t.Context(), taken, audit.Entry{Action: "app.create"}); !errors.Is(err, integrator.ErrExists) {
			t.Errorf("%s: got %v, want ErrExists", name, err)
		}
	}
	if diff := cmp.Diff([]integrator.Stored{app("a1")}, d.apps(t)); diff != "" {
		t.Error(diff)
	}
}

func changeApp(t *testing.T, d *database) {
	d.migrated(t)
	d.create(t, app("a1"), app("b1"))
	changed := integrator.Stored{
		App: integrator.App{
			Code: "a1", PaasID: "another", Name: "改名", Entities: []string{"egovGuide", "hotlineAffair"}, RequireDigest: true, Affairs: true, Disabled: true,
			Rate: 7, Version: 2,
		},
		Sealed: [][]byte{[]byte("new"), []byte("old")},
	}
	for _, want := range []integrator.Stored{changed, app("a1")} { // and back: the old secret is gone
		found, err := d.ChangeApp(t.Context(), "a1", func(stored *integrator.Stored) (audit.Entry, error) {
			*stored = want
			return audit.Entry{Action: "app.change", Object: "app:a1"}, nil
		})
		if err != nil || !found {
			t.Fatalf("got %v, %v", found, err)
		}
		if diff := cmp.Diff([]integrator.Stored{want, app("b1")}, d.apps(t)); diff != "" {
			t.Error(diff)
		}
	}
}

func missingApp(t *testing.T, d *database) {
	d.migrated(t)
	found, err := d.ChangeApp(t.Context(), "a1", func(*integrator.Stored) (audit.Entry, error) {
		t.Error("there is nothing to change")
		return audit.Entry{}, nil
	})
	if err != nil || found {
		t.Errorf("got %v, %v; want false", found, err)
	}
}

func changeAppAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	d.create(t, app("a1"))
	want := []string{"egovAffair"}
	var changing sync.WaitGroup
	for n := range 16 {
		entity := fmt.Sprintf("entity%02d", n)
		want = append(want, entity)
		changing.Go(func() {
			found, err := d.ChangeApp(t.Context(), "a1", func(stored *integrator.Stored) (audit.Entry, error) {
				stored.Entities = append(stored.Entities, entity)
				return audit.Entry{Action: "app.change", Object: "app:a1"}, nil
			})
			if err != nil || !found {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
	changing.Wait()
	got := d.apps(t)[0].Entities
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a change was lost: %s", diff)
	}
}

func noteApps(t *testing.T, d *database) {
	d.migrated(t)
	d.create(t, app("a1"))
	if err := d.CreateApp(t.Context(), app("a1"), audit.Entry{Action: "app.create"}); !errors.Is(err, integrator.ErrExists) {
		t.Fatal(err)
	}
	ctx := audit.With(t.Context(), audit.Origin{Actor: "sheng", Request: "r1", Address: "10.0.0.1"})
	if _, err := d.ChangeApp(ctx, "a1", func(stored *integrator.Stored) (audit.Entry, error) {
		stored.Disabled = true
		return audit.Entry{Action: "app.disable", Object: "app:a1", Before: "on", After: "off"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if _, err := d.ChangeApp(ctx, "a1", func(stored *integrator.Stored) (audit.Entry, error) {
		stored.Name = "别名"
		return audit.Entry{Action: "app.change"}, refused
	}); !errors.Is(err, refused) {
		t.Fatalf("got %v, want what the change said", err)
	}
	if got := d.apps(t)[0]; got.Name != "系统 a1" || !got.Disabled {
		t.Errorf("got %+v", got)
	}
	var noted []string
	for _, row := range d.rows(t, "SELECT actor, action, object, before, after FROM audit ORDER BY number") {
		noted = append(noted, fmt.Sprintf("%s %s %s %s %s", row["actor"], row["action"], row["object"], row["before"], row["after"]))
	}
	if diff := cmp.Diff([]string{"system app.create app:a1  ", "sheng app.disable app:a1 on off"}, noted); diff != "" {
		t.Error(diff)
	}
}
