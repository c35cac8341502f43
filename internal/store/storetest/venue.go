package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/venue"
)

var venueTests = []test{
	{"halls, windows and officers are read as they were saved, by code", saveVenues},
	{"what changes is found by its code", changeVenues},
	{"halls swap their names and windows their numbers in one change", swapVenues},
	{"what is taken is refused, and nothing of the change is stored", takenVenues},
	{"of two that add the same at once one wins whole", addVenuesAtOnce},
}

// venues are what the store holds, or what it should.
type venues struct {
	Halls    []venue.Hall
	Windows  []venue.Window
	Officers []venue.Officer
}

func (d *database) venues(t *testing.T) (v venues) {
	t.Helper()
	var err error
	if v.Halls, v.Windows, v.Officers, err = d.Venues(t.Context()); err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *database) save(t *testing.T, changes venue.Changes) {
	t.Helper()
	if err := d.SaveVenues(t.Context(), changes); err != nil {
		t.Fatalf("save %d: %v", changes.Len(), err)
	}
}

func hall(n int) venue.Hall {
	return venue.Hall{
		Code: fmt.Sprintf("440104001%03d", n), RegionCode: "440104001000", Level: venue.TownLevel, Name: fmt.Sprintf("大厅 %d", n),
		Address: "一路 1 号", Telephone: "020-12345", Hours: "周一至周五 9:00—17:00",
	}
}

func window(h venue.Hall, n int) venue.Window {
	return venue.Window{
		Code: fmt.Sprintf("%s%04d", h.Code, n), HallCode: h.Code, Number: fmt.Sprint(n), Name: "综合受理", DepartmentCode: "D1", DepartmentName: "市公安局",
	}
}

func officer(w venue.Window, n int) venue.Officer {
	return venue.Officer{HallCode: w.HallCode, WorkNo: fmt.Sprintf("%03d", n), Name: "陈志强", WindowCode: w.Code}
}

func saveVenues(t *testing.T, d *database) {
	d.migrated(t)
	if got := d.venues(t); len(got.Halls)+len(got.Windows)+len(got.Officers) > 0 {
		t.Errorf("got %+v before any were saved", got)
	}
	d.save(t, venue.Changes{})
	first, second := hall(1), hall(2)
	want := venues{
		Halls:    []venue.Hall{first, second},
		Windows:  []venue.Window{window(first, 1), window(first, 2), window(second, 1)},
		Officers: []venue.Officer{officer(window(first, 1), 7), {HallCode: first.Code, WorkNo: "008", Name: "不固定"}, officer(window(second, 1), 7)},
	}
	d.save(t, venue.Changes{
		NewHalls: []venue.Hall{second, first}, NewWindows: []venue.Window{want.Windows[2], want.Windows[1], want.Windows[0]},
		Officers: []venue.Officer{want.Officers[2], want.Officers[1], want.Officers[0]},
	})
	if diff := cmp.Diff(want, d.venues(t)); diff != "" {
		t.Error(diff)
	}
}

func changeVenues(t *testing.T, d *database) {
	d.migrated(t)
	kept, changed := hall(1), hall(2)
	w := window(changed, 1)
	d.save(t, venue.Changes{
		NewHalls: []venue.Hall{kept, changed}, NewWindows: []venue.Window{window(kept, 1), w},
		Officers: []venue.Officer{officer(w, 1), officer(w, 2)},
	})
	changed = venue.Hall{
		Code: changed.Code, RegionCode: "440104002000", Level: venue.CountyLevel, Name: "新名", Address: "二路", Telephone: "12345", Hours: "全天",
	}
	w.Number, w.Name, w.DepartmentCode, w.DepartmentName = "A1", "出入境", "", "市场监督管理局"
	moved := officer(w, 2)
	moved.Name, moved.WindowCode = "黄丽华", ""
	d.save(t, venue.Changes{ChangedHalls: []venue.Hall{changed}, ChangedWindows: []venue.Window{w}, Officers: []venue.Officer{moved}})
	want := venues{
		Halls: []venue.Hall{kept, changed}, Windows: []venue.Window{window(kept, 1), w}, Officers: []venue.Officer{officer(w, 1), moved},
	}
	if diff := cmp.Diff(want, d.venues(t)); diff != "" {
		t.Error(diff)
	}
}

func swapVenues(t *testing.T, d *database) {
	d.migrated(t)
	a, b := hall(1), hall(2)
	one, two := window(a, 1), window(a, 2)
	d.save(t, venue.Changes{NewHalls: []venue.Hall{a, b}, NewWindows: []venue.Window{one, two}})
	a.Name, b.Name = b.Name, a.Name
	one.Number, two.Number = two.Number, one.Number
	// A third takes a number that is given up.
	two.Number = "9"
	third := window(a, 3)
	third.Number = "1"
	d.save(t, venue.Changes{
		ChangedHalls: []venue.Hall{a, b}, ChangedWindows: []venue.Window{one, two}, NewWindows: []venue.Window{third},
	})
	want := venues{Halls: []venue.Hall{a, b}, Windows: []venue.Window{one, two, third}}
	if diff := cmp.Diff(want, d.venues(t)); diff != "" {
		t.Error(diff)
	}
}

func takenVenues(t *testing.T, d *database) {
	d.migrated(t)
	h := hall(1)
	w := window(h, 1)
	before := venues{Halls: []venue.Hall{h}, Windows: []venue.Window{w}}
	d.save(t, venue.Changes{NewHalls: before.Halls, NewWindows: before.Windows})
	sameName, sameNumber := hall(2), window(h, 2)
	sameName.Name, sameNumber.Number = h.Name, w.Number
	sameCode, sameWindowCode := hall(1), window(h, 1)
	sameCode.Name, sameWindowCode.Number = "另一个", "7"
	for name, changes := range map[string]venue.Changes{
		"a hall's code":     {NewHalls: []venue.Hall{hall(3), sameCode}},
		"a hall's name":     {NewHalls: []venue.Hall{hall(3), sameName}},
		"a window's code":   {NewHalls: []venue.Hall{hall(3)}, NewWindows: []venue.Window{sameWindowCode}},
		"a window's number": {NewHalls: []venue.Hall{hall(3)}, NewWindows: []venue.Window{sameNumber}},
	} {
		if err := d.SaveVenues(t.Context(), changes); !errors.Is(err, venue.ErrTaken) {
			t.Errorf("%s: got %v, want ErrTaken", name, err)
		}
		if diff := cmp.Diff(before, d.venues(t)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func addVenuesAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	var mu sync.Mutex
	var added []venue.Hall
	var adding sync.WaitGroup
	for n := range 8 {
		h := hall(1)
		h.Name = fmt.Sprintf("第 %d 个", n)
		adding.Go(func() {
			err := d.SaveVenues(t.Context(), venue.Changes{NewHalls: []venue.Hall{h}, NewWindows: []venue.Window{window(h, n+1)}})
			if err != nil && !errors.Is(err, venue.ErrTaken) {
				t.Errorf("got %v", err)
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				added = append(added, h)
			}
		})
	}
	adding.Wait()
	got := d.venues(t)
	if diff := cmp.Diff(added, got.Halls); diff != "" || len(got.Windows) != 1 {
		t.Errorf("%d windows, %s", len(got.Windows), diff)
	}
}
