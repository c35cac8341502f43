package integrator

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
)

func known(entity string) bool { return entity == "egovAffair" || entity == "egovGuide" }

func TestAnAppIsCheckedWhole(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(a *App)
		want   []string // the fields at fault
	}{
		{"as it should be", func(*App) {}, nil},
		{"code: shortest", func(a *App) { a.Code = "a" }, nil},
		{"code: longest", func(a *App) { a.Code = "abcDEF0123" }, nil},
		{"code: longest + 1", func(a *App) { a.Code = "abcDEF01234" }, []string{"code"}},
		{"code: empty", func(a *App) { a.Code = "" }, []string{"code"}},
		{"code: with a hyphen, which separates the parts of a QR code", func(a *App) { a.Code = "a-b" }, []string{"code"}},
		{"code: Chinese", func(a *App) { a.Code = "应用" }, []string{"code"}},
		{"code: a line's end", func(a *App) { a.Code = "app1\n" }, []string{"code"}},
		{"paasid: longest", func(a *App) { a.PaasID = strings.Repeat("a_.-", 16) }, nil},
		{"paasid: longest + 1", func(a *App) { a.PaasID = strings.Repeat("a", 65) }, []string{"paasid"}},
		{"paasid: a blank", func(a *App) { a.PaasID = "a b" }, []string{"paasid"}},
		{"name: longest", func(a *App) { a.Name = strings.Repeat("好", 100) }, nil},
		{"name: longest + 1", func(a *App) { a.Name = strings.Repeat("好", 101) }, []string{"name"}},
		{"name: empty", func(a *App) { a.Name = "" }, []string{"name"}},
		{"entities: none", func(a *App) { a.Entities = nil }, []string{"entities"}},
		{"entities: two that are none", func(a *App) { a.Entities = []string{"x", "egovGuide", "y"} }, []string{"entities", "entities"}},
		{"paasid: the code's, which is wrong", func(a *App) { a.Code, a.PaasID = "a-b!", "a-b!" }, []string{"code"}},
		{"everything at once", func(a *App) { *a = App{PaasID: " ", Entities: []string{"x"}, Rate: -1} }, []string{"code", "paasid", "name", "entities", "rate"}},
	} {
		app := App{Code: "app1", PaasID: "paas-1", Name: "某系统", Entities: []string{"egovAffair"}}
		c.change(&app)
		err := app.check(known)
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: got %v", c.name, err)
			}
			continue
		}
		var told *fault.Error
		if !errors.As(err, &told) || told.Kind != fault.Invalid {
			t.Errorf("%s: got %v, want violations", c.name, err)
			continue
		}
		var fields []string
		for _, violation := range told.Violations {
			fields = append(fields, violation.Field)
			if violation.Reason == "" {
				t.Errorf("%s: %s is not told what would be right", c.name, violation.Field)
			}
		}
		if diff := cmp.Diff(c.want, fields); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// A name is one line, and an evaluation object is given once.
func TestAnAppIsTidied(t *testing.T) {
	app := App{Name: " 某\n系统\t\x07一 ", Entities: []string{"egovAffair", " egovGuide", "egovAffair"}}
	app.tidy()
	if diff := cmp.Diff(App{Name: "某 系统 一", Entities: []string{"egovAffair", "egovGuide"}}, app); diff != "" {
		t.Error(diff)
	}
}

func TestGiven(t *testing.T) {
	app := App{Entities: []string{"egovAffair", "egovGuide"}}
	for entity, want := range map[string]bool{"egovAffair": true, "egovGuide": true, "hotlineAffair": false, "": false} {
		if got := app.Given(entity); got != want {
			t.Errorf("%q: got %v, want %v", entity, got, want)
		}
	}
}
