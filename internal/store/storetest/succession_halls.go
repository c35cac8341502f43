package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/venue"
)

func hallsJoin(t *testing.T, d *database) {
	d.migrated(t)
	registry := d.registry
	hall := func(code, name string) venue.Hall {
		return venue.Hall{Code: code, RegionCode: county, Level: "区县", Name: name}
	}
	window := func(code, hall, number string) venue.Window {
		return venue.Window{Code: code, HallCode: hall, Number: number}
	}
	officer := func(hall, workNo string) venue.Officer {
		return venue.Officer{HallCode: hall, WorkNo: workNo, Name: "张" + workNo}
	}
	former, other, third := "440106000001", "440106000002", "440106000003"
	err := d.SaveVenues(t.Context(), venue.Changes{
		NewHalls:   []venue.Hall{hall(former, "旧厅"), hall(other, "新厅"), hall(third, "别的厅")},
		NewWindows: []venue.Window{window(former+"0001", former, "1"), window(other+"0001", other, "2"), window(third+"0001", third, "3")},
		Officers:   []venue.Officer{officer(former, "A1"), officer(former, "A2"), officer(other, "A1"), officer(third, "A2")},
	})
	if err != nil {
		t.Fatal(err)
	}
	mark := func(hall, workNo string, n byte) integrity.OfficerMarks {
		return integrity.OfficerMarks{Hall: hall, WorkNo: workNo, Marks: []integrity.Mark{{n}}}
	}
	marked := func(marks ...integrity.OfficerMarks) {
		t.Helper()
		if err := d.SetOfficerMarks(t.Context(), marks); err != nil {
			t.Fatal(err)
		}
	}
	marked(mark(former, "A1", 1), mark(former, "A2", 2), mark(other, "A1", 1), mark(third, "A2", 3))
	d.give(t, org.Succession{Kind: org.OfHall, Former: former, Code: other})
	marked(mark(former, "A1", 4)) // told by the code on an old list
	directory := venue.NewDirectory()
	service := venue.NewService(d.Store, directory, registry)
	if err := service.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]venue.Hall{hall(other, "新厅"), hall(third, "别的厅")}, directory.Halls()); diff != "" {
		t.Errorf("halls: %s", diff)
	}
	for _, code := range []string{former, other} {
		if got, _ := directory.Hall(code); got.Code != other {
			t.Errorf("hall %s is %+v", code, got)
		}
		if diff := cmp.Diff([]venue.Window{window(former+"0001", other, "1"), window(other+"0001", other, "2")}, directory.WindowsOf(code)); diff != "" {
			t.Errorf("windows of %s: %s", code, diff)
		}
		if diff := cmp.Diff([]venue.Officer{officer(other, "A1"), officer(other, "A2")}, directory.OfficersOf(code)); diff != "" {
			t.Errorf("officers of %s: %s", code, diff)
		}
		if got, known := directory.Officer(code, "A2"); !known || got.HallCode != other {
			t.Errorf("officer of %s: got %+v", code, got)
		}
	}
	if got := directory.OfficersOf(third); len(got) != 1 || len(directory.WindowsOf(third)) != 1 {
		t.Errorf("a third hall has officers %v, windows %v", got, directory.WindowsOf(third))
	}
	known, err := d.Officers(t.Context())
	want := map[integrity.Mark][]integrity.OfficerMark{
		{2}: {{Hall: other, WorkNo: "A2"}}, {3}: {{Hall: third, WorkNo: "A2"}}, {4}: {{Hall: other, WorkNo: "A1"}},
	}
	if diff := cmp.Diff(want, known); err != nil || diff != "" {
		t.Errorf("officers are known by %v, %s", err, diff)
	}
	if got := d.rows(t, "SELECT name FROM hall WHERE code = $1", former)[0]["name"]; got != former {
		t.Errorf("the former hall keeps the name %v, which another may want", got)
	}
}

func registersChanged(t *testing.T, d *database) {
	d.migrated(t)
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: "D1", Code: "D2"})
	err := d.SaveRegisters(t.Context(), org.Changes{
		Departments: []org.Department{{Code: "D9", Name: "某局", RegionCode: county}},
		Successions: []org.Succession{{Kind: org.OfDepartment, Former: "D2", Code: "D3"}},
	})
	if !errors.Is(err, org.ErrChanged) {
		t.Errorf("got %v, want that they were changed", err)
	}
	if got := d.rows(t, "SELECT code FROM department WHERE code = 'D9'"); len(got) > 0 {
		t.Error("something of it was stored")
	}
	if err := d.SaveRegisters(t.Context(), org.Changes{Departments: []org.Department{{Code: "D9", Name: "某局", RegionCode: county}}}); err != nil {
		t.Errorf("without successions: %v", err)
	}
	d.load(t)
	if got, _ := d.registry.Department("D9"); got.Name != "某局" {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := org.NewService(d.Store, d.registry).MoveRecords(ctx, func(int, int) {}); err == nil {
		t.Error("moving went on after its end")
	}
}

// Two merge A into B and B into A, both having seen that neither was given up.
func givenUpAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	other, _ := d.process(t)
	processes := []*store.Store{d.Store, other}
	const rounds = 30
	for round := range rounds {
		a, b := fmt.Sprintf("A%d", round), fmt.Sprintf("B%d", round)
		seen, err := d.Store.Registers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var errs [2]error
		atOnce(2, func(i int) {
			one := org.Succession{Kind: org.OfDepartment, Former: a, Code: b}
			if i == 1 {
				one.Former, one.Code = b, a
			}
			errs[i] = processes[i].SaveRegisters(t.Context(), org.Changes{Successions: []org.Succession{one}, Since: seen.Successions})
		})
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), org.ErrChanged) {
			t.Fatalf("round %d: got %v, want that one is told that they were changed", round, errs)
		}
	}
	if got := d.count(t, "succession"); got != rounds {
		t.Errorf("%d codes were given up, want %d", got, rounds)
	}
	if got := d.count(t, "moving"); got != 0 {
		t.Errorf("moving has begun %d times before anybody moves", got)
	}
}
