package figures_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
)

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, beijing.Zone)

// said is one review: where, of which department, what about, when, and what.
type said struct {
	region, department, entity string
	day                        int
	stars                      int
	tags                       []string
}

const (
	province, guangzhou, shenzhen, dongguan = "440000000000", "440100000000", "440300000000", "441900000000"
	liwan, tianhe, tianheTown, dongguanTown = "440103000000", "440106000000", "440106001000", "441900003000"
)

var reviews = []said{
	{tianheTown, "D1", "egovAffair", 20260601, 5, []string{"510", "511"}},
	{tianhe, "D1", "egovAffair", 20260602, 5, []string{"510"}},
	{tianhe, "D2", "egovGuide", 20260603, 1, []string{"108"}},
	{liwan, "D2", "egovAffair", 20260531, 4, []string{"406"}},
	{guangzhou, "D1", "yssAffair", 20260604, 3, []string{"307"}},
	{shenzhen, "D3", "egovAffair", 20260605, 5, []string{"510"}},
	{shenzhen, "D3", "egovAffair", 20260606, 2, []string{"207"}},
	{dongguanTown, "D4", "hotlineAffair", 20260607, 4, nil},
	{province, "", "egovGuide", 20260415, 4, []string{"406"}},
}

// service is a figures service over a real store that holds these reviews.
func service(t *testing.T, address string) (*figures.Service, *store.Store) {
	t.Helper()
	registry := org.NewRegistry(nil, nil)
	now := func() time.Time { return noon }
	s, err := store.Open(t.Context(), store.Options{URL: address, Lanes: 1, Registry: registry, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	registry.Replace(org.Guangdong(), []org.Department{
		{Code: "D1", Name: "天河区公安局", RegionCode: tianhe},
		{Code: "D2", Name: "广州市公安局", RegionCode: guangzhou},
		{Code: "D3", Name: "深圳市公安局", RegionCode: shenzhen},
		{Code: "D4", RegionCode: dongguan, Pending: true},
	})
	serials := review.NewSerials(now)
	var batch []review.Record
	for n, r := range reviews {
		key := privacy.Digest(fmt.Appendf(nil, "%016d", n))
		batch = append(batch, review.Record{
			Facts: review.Facts{
				AppCode: "app1", EntityCode: r.entity, Channel: "portal", Kind: review.Guide, DepartmentCode: r.department,
				Stars: r.stars, Tags: r.tags, EvalTime: beijing.DayStart(r.day),
			},
			Serial: serials.Next(0), Identity: key, OnceKey: key, Sealed: []byte{0}, Region: r.region, Day: r.day, ReceivedAt: noon,
		})
	}
	if _, err := s.Accept(t.Context(), 0, batch); err != nil {
		t.Fatal(err)
	}
	entities, tags := catalog.NewEntitySet(catalog.Specified()), catalog.NewTags(catalog.National())
	return figures.NewService(figures.Needs{
		Store: s, Formulas: figures.Formulas{ThreeIsGood: true}, Registry: registry, Entities: entities, Tags: tags, Now: now,
	}), s
}

// always is all time, june what was said in it.
var (
	always = figures.Span{From: 0, To: 99991231}
	june   = figures.Span{From: 20260601, To: 20260630}
)

// onEveryEngine asks the same of both engines, and both before the facts are folded and afterwards.
func onEveryEngine(t *testing.T, ask func(t *testing.T, s *figures.Service)) {
	t.Helper()
	for name, database := range map[string]func(t testing.TB) string{
		"SQLite":     storetest.SQLite,
		"PostgreSQL": postgrestest.Database,
	} {
		t.Run(name, func(t *testing.T) {
			s, kept := service(t, database(t))
			ask(t, s)
			if waiting, err := kept.Fold(t.Context()); err != nil || waiting != 0 {
				t.Fatalf("fold: %d wait, %v", waiting, err)
			}
			ask(t, s)
		})
	}
}

func TestFigures(t *testing.T) {
	onEveryEngine(t, func(t *testing.T, s *figures.Service) {
		t.Helper()
		regions(t, s)
		departments(t, s)
		entities(t, s)
		tags(t, s)
		places(t, s)
	})
}

// standing is a code, its name and counts from 1 to 5 stars.
func standing(code, name string, counts ...int64) figures.Standing {
	return figures.Standing{Code: code, Name: name, Counts: figures.Counts(counts)}
}

func regions(t *testing.T, s *figures.Service) {
	t.Helper()
	for _, c := range []struct {
		name  string
		scope figures.Scope
		want  []figures.Standing
	}{
		{"everywhere", figures.Scope{Region: org.AllRegions, Span: always}, []figures.Standing{standing(province, "广东省", 1, 1, 1, 3, 3)}},
		{"cities, with what lies below them, best first", figures.Scope{Region: province, Span: always}, []figures.Standing{
			standing(dongguan, "东莞市", 0, 0, 0, 1, 0), standing(guangzhou, "广州市", 1, 0, 1, 1, 2), standing(shenzhen, "深圳市", 0, 1, 0, 0, 1),
		}},
		{"counties; what counts in the city itself is in none", figures.Scope{Region: guangzhou, Span: always}, []figures.Standing{
			standing(liwan, "荔湾区", 0, 0, 0, 1, 0), standing(tianhe, "天河区", 1, 0, 0, 0, 2),
		}},
		{"towns of a city without counties", figures.Scope{Region: dongguan, Span: always}, []figures.Standing{
			standing(dongguanTown, "东城街道", 0, 0, 0, 1, 0),
		}},
		{"in a month", figures.Scope{Region: guangzhou, Span: june}, []figures.Standing{standing(tianhe, "天河区", 1, 0, 0, 0, 2)}},
		{"on a day", figures.Scope{Region: province, Span: figures.Span{From: 20260605, To: 20260605}}, []figures.Standing{
			standing(shenzhen, "深圳市", 0, 0, 0, 0, 1),
		}},
		{"of an evaluation object", figures.Scope{Region: guangzhou, Span: always, Entity: "egovGuide"}, []figures.Standing{
			standing(tianhe, "天河区", 1, 0, 0, 0, 0),
		}},
		{"where there is none", figures.Scope{Region: "440200000000", Span: always}, nil},
	} {
		got, err := s.Regions(t.Context(), c.scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("regions %s: %s", c.name, diff)
		}
	}
}

func departments(t *testing.T, s *figures.Service) {
	t.Helper()
	d1, d2 := standing("D1", "天河区公安局", 0, 0, 1, 0, 2), standing("D2", "广州市公安局", 1, 0, 0, 1, 0)
	d3, d4 := standing("D3", "深圳市公安局", 0, 1, 0, 0, 1), standing("D4", "D4", 0, 0, 0, 1, 0)
	for _, c := range []struct {
		name  string
		scope figures.Scope
		want  []figures.Standing
	}{
		{"everywhere", figures.Scope{Region: org.AllRegions, Span: always}, []figures.Standing{d1, d4, d3, d2}},
		{"of a province", figures.Scope{Region: province, Span: always}, []figures.Standing{d1, d4, d3, d2}},
		{"of a city and below", figures.Scope{Region: guangzhou, Span: always}, []figures.Standing{d1, d2}},
		{"of a county", figures.Scope{Region: tianhe, Span: always}, []figures.Standing{d1}},
		{"of a county without one", figures.Scope{Region: liwan, Span: always}, nil},
		{"of an evaluation object", figures.Scope{Region: guangzhou, Span: always, Entity: "egovGuide"}, []figures.Standing{
			standing("D2", "广州市公安局", 1, 0, 0, 0, 0),
		}},
		{"before anything was said", figures.Scope{Region: province, Span: figures.Span{From: 20260101, To: 20260131}}, nil},
	} {
		got, err := s.Departments(t.Context(), c.scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("departments %s: %s", c.name, diff)
		}
	}
}

func entities(t *testing.T, s *figures.Service) {
	t.Helper()
	for _, c := range []struct {
		name  string
		scope figures.Scope
		want  []figures.Standing
	}{
		{"of a county, in the register's order, those without a review too", figures.Scope{Region: tianhe, Span: always}, []figures.Standing{
			standing("egovAffair", "政务网已办事项", 0, 0, 0, 0, 2), standing("egovGuide", "政务网办事指南", 1, 0, 0, 0, 0),
			standing("yssAffair", "粤省事已办事项", 0, 0, 0, 0, 0), standing("hotlineAffair", "热线服务", 0, 0, 0, 0, 0),
		}},
		{"of a province", figures.Scope{Region: province, Span: always}, []figures.Standing{
			standing("egovAffair", "政务网已办事项", 0, 1, 0, 1, 3), standing("egovGuide", "政务网办事指南", 1, 0, 0, 1, 0),
			standing("yssAffair", "粤省事已办事项", 0, 0, 1, 0, 0), standing("hotlineAffair", "热线服务", 0, 0, 0, 1, 0),
		}},
		{"one of them", figures.Scope{Region: org.AllRegions, Span: june, Entity: "egovGuide"}, []figures.Standing{
			standing("egovGuide", "政务网办事指南", 1, 0, 0, 0, 0),
		}},
		{"one that is none", figures.Scope{Region: province, Span: always, Entity: "none"}, nil},
	} {
		got, err := s.Entities(t.Context(), c.scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("evaluation objects %s: %s", c.name, diff)
		}
		var want figures.Counts
		for _, standing := range c.want {
			want.Add(standing.Counts)
		}
		if total, err := s.Total(t.Context(), c.scope); err != nil || total != want {
			t.Errorf("total %s: got %v, %v; want %v", c.name, total, err, want)
		}
	}
}

func tags(t *testing.T, s *figures.Service) {
	t.Helper()
	for _, c := range []struct {
		name    string
		scope   figures.Scope
		praised bool
		want    []figures.TagCount
	}{
		{"praised, most often first", figures.Scope{Region: province, Span: always}, true, []figures.TagCount{
			{ID: "510", Name: "一窗受理一次办结", Count: 3},
			{ID: "406", Name: "填写一张表单就可完成申报", Count: 2},
			{ID: "307", Name: "一次性告知需要补正的材料", Count: 1},
			{ID: "511", Name: "可以先受理后补材料", Count: 1},
		}},
		{"complained of", figures.Scope{Region: org.AllRegions, Span: always}, false, []figures.TagCount{
			{ID: "108", Name: "在办事指南之外增加新的审批条件", Count: 1}, {ID: "207", Name: "没有提供材料样本", Count: 1},
		}},
		{"of a city", figures.Scope{Region: shenzhen, Span: always}, false, []figures.TagCount{{ID: "207", Name: "没有提供材料样本", Count: 1}}},
		{"of an evaluation object", figures.Scope{Region: province, Span: always, Entity: "egovGuide"}, true, []figures.TagCount{
			{ID: "406", Name: "填写一张表单就可完成申报", Count: 1},
		}},
		{"none", figures.Scope{Region: dongguan, Span: always}, true, []figures.TagCount{}},
	} {
		got, err := s.Tags(t.Context(), c.scope, c.praised)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("tags %s: %s", c.name, diff)
		}
	}

	// Where 3 stars are not good, nobody is praised by what was chosen with them.
	s.Use(figures.Formulas{ThreeIsGood: false}, 1)
	defer s.Use(figures.Formulas{ThreeIsGood: true}, 2)
	got, err := s.Tags(t.Context(), figures.Scope{Region: province, Span: always}, true)
	if err != nil || slices.ContainsFunc(got, func(c figures.TagCount) bool { return c.ID == "307" }) || len(got) != 3 {
		t.Errorf("praised where 3 stars are not good: %v, %v", got, err)
	}
}

func places(t *testing.T, s *figures.Service) {
	t.Helper()
	for _, c := range []struct {
		name  string
		scope figures.Scope
		stars int
		want  []string
	}{
		{"of a city", figures.Scope{Region: guangzhou, Span: always}, 0, []string{guangzhou, liwan, tianhe, tianheTown}},
		{"everywhere with 2 stars", figures.Scope{Region: org.AllRegions, Span: always}, 2, []string{province, shenzhen}},
		{"with 5 stars of guides", figures.Scope{Region: province, Span: always, Entity: "egovGuide"}, 5, nil},
		{"once each, though of several evaluation objects", figures.Scope{Region: tianhe, Span: june}, 0, []string{tianhe, tianheTown}},
	} {
		got, err := s.PlacesWith(t.Context(), c.scope, c.stars)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("places %s: %s", c.name, diff)
		}
	}
}

// broken is a store that can't be read.
type broken struct{ figures.Store }

var errBroken = errors.New("no database")

func (broken) Sum(context.Context, figures.Query) ([]figures.Row, error) { return nil, errBroken }

func TestAStoreThatCantBeReadIsTold(t *testing.T) {
	s := figures.NewService(figures.Needs{
		Store: broken{}, Registry: org.NewRegistry(nil, nil), Entities: catalog.NewEntitySet(catalog.Specified()),
		Tags: catalog.NewTags(nil), Now: func() time.Time { return noon },
	})
	scope := figures.Scope{Region: province, Span: always}
	for name, ask := range map[string]func() error{
		"regions":            func() error { _, err := s.Regions(t.Context(), scope); return err },
		"departments":        func() error { _, err := s.Departments(t.Context(), scope); return err },
		"evaluation objects": func() error { _, err := s.Entities(t.Context(), scope); return err },
		"total":              func() error { _, err := s.Total(t.Context(), scope); return err },
		"tags":               func() error { _, err := s.Tags(t.Context(), scope, true); return err },
		"listing": func() error {
			_, _, err := s.Listing(t.Context(), scope, review.Listing{Stars: 3, Limit: 1})
			return err
		},
		"places": func() error { _, err := s.PlacesWith(t.Context(), scope, 0); return err },
	} {
		if err := ask(); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v, want the store's own fault", name, err)
		}
	}
}
