package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/setting"
)

var settingTests = []test{
	{"settings count from the change on, in every process, and are audited with it", changeSettings},
	{"of two who change the settings at once, one does", changeSettingsAtOnce},
	{"versions of the settings are listed page by page", listSettings},
}

// began are values as an operator might have started the program.
var began = setting.Values{
	Formulas: figures.Formulas{ThreeIsGood: true, Minimum: 30}, Moderation: moderation.Before, Pause: 15 * time.Minute, Idle: 30 * time.Minute, Absolute: 12 * time.Hour,
}

func settingsOf(t testing.TB, s setting.Store, apply func(setting.Values, int)) *setting.Service {
	t.Helper()
	service, err := setting.NewService(t.Context(), s, began, apply)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func changeSettings(t *testing.T, d *database) {
	d.migrated(t)
	var here, there []string
	tell := func(to *[]string) func(setting.Values, int) {
		return func(v setting.Values, version int) {
			*to = append(*to, fmt.Sprint(version, " ", v.Formulas.Minimum, " ", v.Moderation))
		}
	}
	s := settingsOf(t, d.Store, tell(&here))
	other, _ := d.process(t)
	elsewhere := settingsOf(t, other, tell(&there))
	ctx := audit.With(t.Context(), audit.Origin{Actor: "sheng"})
	if err := s.Change(ctx, "sheng", 0, setting.Set{setting.Minimum: "50", setting.Remarks: "strict"}, "年度考核"); err != nil {
		t.Fatal(err)
	}
	if err := elsewhere.Change(ctx, "wang", 0, setting.Set{setting.Minimum: "60"}, "同时修改"); fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "sheng") {
		t.Errorf("changed by who saw the settings before: %v", err)
	}
	if err := elsewhere.Change(ctx, "wang", 1, setting.Set{setting.Minimum: "60"}, "公开照旧"); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	want := []string{"0 30 before", "1 50 strict", "2 60 before"}
	if diff := cmp.Diff([][]string{want, want}, [][]string{here, there}); diff != "" {
		t.Errorf("taken over (-want +got)\n%s", diff)
	}
	for _, seen := range []int{0, 1, 3, 7} {
		err := d.AddSettings(ctx, seen, setting.Version{Set: setting.Set{setting.Minimum: "9"}, Actor: "li"}, "", "")
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "wang") {
			t.Errorf("stored over version %d: %v", seen, err)
		}
	}
	links, err := d.SearchAudit(ctx, audit.Query{Action: "settings.change", Limit: 10})
	if err != nil || len(links) != 2 {
		t.Fatalf("audited: %v, %v", links, err)
	}
	if l := links[1]; l.Actor != "sheng" || l.Object != "settings" || l.Reason != "年度考核" ||
		l.Before != "参加排名的最少评价数：按启动参数（30条）；评价内容的公开：按启动参数（遮盖个人信息后公开，含词表中的词的先审核）" ||
		l.After != "参加排名的最少评价数：50条；评价内容的公开：逐条审核后公开" {
		t.Errorf("audited %+v", l)
	}
	versions, err := s.Versions(ctx, setting.Query{Limit: 10})
	wantVersion := setting.Version{
		Number: 2, Set: setting.Set{setting.Minimum: "60"}, Former: setting.Set{setting.Minimum: "50", setting.Remarks: "strict"}, Actor: "wang", At: now, Reason: "公开照旧",
	}
	if err != nil || len(versions) != 2 {
		t.Fatalf("versions: %v, %v", versions, err)
	}
	if diff := cmp.Diff(wantVersion, versions[0], cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func changeSettingsAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	const people = 6
	faults := make([]error, people)
	var wg sync.WaitGroup
	for n := range people {
		s := settingsOf(t, d.Store, func(setting.Values, int) {})
		wg.Go(func() {
			faults[n] = s.Change(t.Context(), "p", 0, setting.Set{setting.Minimum: fmt.Sprint(40 + n)}, "同时")
		})
	}
	wg.Wait()
	changed := 0
	for _, err := range faults {
		switch {
		case err == nil:
			changed++
		case fault.KindOf(err) != fault.Conflict:
			t.Errorf("who came second: %v", err)
		}
	}
	if n := d.count(t, "setting_version"); changed != 1 || n != 1 {
		t.Errorf("%d changed the settings, %d versions", changed, n)
	}
	if n := d.count(t, "audit WHERE action = 'settings.change'"); n != 1 {
		t.Errorf("%d entries in the audit", n)
	}
}

func listSettings(t *testing.T, d *database) {
	d.migrated(t)
	s := settingsOf(t, d.Store, func(setting.Values, int) {})
	for n := range 7 {
		actor := "sheng"
		if n == 3 {
			actor = "wang"
		}
		if err := s.Change(t.Context(), actor, n, setting.Set{setting.Minimum: fmt.Sprint(40 + n)}, "逐次"); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		q    setting.Query
		want string
	}{
		{setting.Query{Limit: 3}, "[7 6 5]"},
		{setting.Query{Limit: 3, Before: 5}, "[4 3 2]"},
		{setting.Query{Limit: 3, Before: 2}, "[1]"},
		{setting.Query{Limit: 9, Actor: "wang"}, "[4]"},
		{setting.Query{Limit: 9, From: now.Add(time.Second)}, "[]"},
		{setting.Query{Limit: 9, From: now, To: now}, "[]"},
		{setting.Query{Limit: 9, From: now, To: now.Add(time.Second), Actor: "wang"}, "[4]"},
	} {
		found, err := d.SettingVersions(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		numbers := []int{}
		for i := range found {
			numbers = append(numbers, found[i].Number)
		}
		if got := fmt.Sprint(numbers); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.q, got, c.want)
		}
	}
	d.exec(t, "UPDATE setting_version SET settings = '{\"minimum\":\"0\",\"unheard\":\"x\"}' WHERE version = 7")
	if v := settingsOf(t, d.Store, func(setting.Values, int) {}).Values(); v != began {
		t.Errorf("what may not be counts: %+v", v)
	}
}
