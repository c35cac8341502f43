package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
)

var successionTests = []test{
	{"what stands under a code that was given up is moved, with cases, affairs and figures", recordsMove},
	{"what is no region's code is given up for a region, and nothing else is", oddRegions},
	{"a withdrawn review goes along and stays out of the figures", withdrawnMoves},
	{"moving that was cut short goes on where it was", movingGoesOn},
	{"what is given up while records are moved is moved as well", givenMeanwhile},
	{"two processes that move at once, while others store, move each record once", movedAtOnce},
	{"what a process stores that had not read the registers is moved a while later", stragglers},
	{"a review and its affair are compared by the codes that count now, moved or not", comparedAsNow},
	{"who is bounded by a code that was given up is bounded by the one that took its place, and so are his notices", boundsMove},
	{"limits that were set for a code that was given up hold for the one that took its place", limitsMove},
	{"halls that became part of others keep their codes, their windows and officers go along", hallsJoin},
	{"who makes registers for others than are there is told", registersChanged},
	{"two codes that are given up at once never point at each other", givenUpAtOnce},
	{"cases that were opened before they were counted are counted", casesMigrate},
}

// give gives codes up and reads the registers.
func (d *database) give(t fataler, successions ...org.Succession) {
	t.Helper()
	now, err := d.Store.Registers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SaveRegisters(t.Context(), org.Changes{Successions: successions, Since: now.Successions}); err != nil {
		t.Fatal(err)
	}
	d.load(t)
}

func (d *database) load(t fataler) {
	t.Helper()
	into := store.Registers{Registry: d.registry, Entities: catalog.NewEntitySet(nil), Tags: catalog.NewTags(nil)}
	if err := d.Load(t.Context(), into); err != nil {
		t.Fatal(err)
	}
}

// moveAll moves until nothing is left to do, and says how many records it moved.
func (d *database) moveAll(t fataler) (moved int) {
	t.Helper()
	for range 1000 {
		step, err := d.MoveRecords(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		moved += step.Moved
		if !step.Going {
			return moved
		}
	}
	t.Fatal("moving does not come to an end")
	return 0
}

const (
	newCounty = "440199000000"
	town      = "440106001000"
)

// oddRegions: what arrived as a region and is no region's code has nothing below it, whatever its bytes.
func oddRegions(t *testing.T, d *database) {
	d.migrated(t)
	sent := func(code string) func(*review.Record) {
		return func(r *review.Record) { r.RegionCode, r.Region = code, "440300000000" }
	}
	d.accept(t, d.affair(1), d.affair(2, sent("天河")), d.affair(3, sent("不是区划")))
	d.foldAll(t)
	before := d.total(t, everywhere(""))
	d.give(t, org.Succession{Kind: org.OfRegion, Former: "天河", Code: county}, org.Succession{Kind: org.OfRegion, Former: "不是区划", Code: town})
	if got := d.moveAll(t); got != 0 {
		t.Errorf("%d records were moved", got)
	}
	for code, want := range map[string]string{"天河": county, "不是区划": town} {
		if got := d.registry.Successions().Code(org.OfRegion, code); got != want {
			t.Errorf("%s counts under %s", code, got)
		}
	}
	d.accept(t, d.affair(4, sent("天河"), func(r *review.Record) { r.Region = county }))
	d.agrees(t)
	if got := d.total(t, everywhere("")); got != before+1 {
		t.Errorf("%d are counted, want %d", got, before+1)
	}
	registers, err := d.Store.Registers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	odd := 0
	for _, r := range registers.Regions {
		if !org.IsRegion(r.Code) {
			odd++
		}
	}
	if odd != 2 {
		t.Errorf("%d odd codes are registered, want the two that came first", odd)
	}
}

func recordsMove(t *testing.T, d *database) {
	d.migrated(t)
	inHall := func(r *review.Record) { r.HallCode, r.WorkNo = "H1", "W1" }
	bad := d.affair(1, stars(1), inHall)
	d.accept(t, bad, d.affair(2, inHall), d.affair(3, func(r *review.Record) { r.Region = town }), d.affair(4, func(r *review.Record) {
		r.DepartmentCode, r.Region, r.EntityCode = "D9", "440300000000", "yssAffair"
	}))
	d.take(t, d.completed(1), d.completed(7))
	if err := noteProgress(t.Context(), d.Store, bad.Serial, followup.Progress{Rectified: true}); err != nil {
		t.Fatal(err)
	}
	d.foldAll(t)
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"}, org.Succession{Kind: org.OfRegion, Former: county, Code: newCounty},
		org.Succession{Kind: org.OfHall, Former: "H1", Code: "H2"}, org.Succession{Kind: org.OfEntity, Former: "yssAffair", Code: "egovAffair"},
		org.Succession{Kind: org.OfItem, Former: itemCode, Code: "I2"})
	if got := d.moveAll(t); got != 5 {
		t.Errorf("%d records were moved, want 2 affairs, one with its review, and 3 reviews", got)
	}
	d.agrees(t)
	d.casesAgree(t)
	count := func(dimension figures.Dimension, code string) int64 {
		q := everywhere("")
		q.Dimensions, q.From, q.To = []figures.Dimension{dimension}, code, code+"\x01"
		return d.total(t, q)
	}
	for _, c := range []struct {
		dimension figures.Dimension
		code      string
		want      int64
	}{
		{figures.Department, department, 0},
		{figures.Department, "D2", 3},
		{figures.Region(org.LevelCounty), county, 0},
		{figures.Region(org.LevelCounty), newCounty, 3},
		{figures.Region(org.LevelTown), "440199001000", 1},
		{figures.Region(org.LevelCity), "440100000000", 3},
		{figures.Hall, "H2", 2},
		{figures.Officer, "H2-W1", 2},
		{figures.Officer, "H1-W1", 0},
		{figures.Item, itemCode, 0},
		{figures.Item, "I2", 4},
		{figures.AffairItem, "I2", 3},       // 2 completed and 1 reviewed
		{figures.AffairDepartment, "D2", 3}, // 2 completed and 1 reviewed
		{figures.CaseDepartment, "D2", 2},   // opened and rectified
		{figures.CaseHall, "H2", 2},
		{figures.CaseRegion(org.LevelCounty), newCounty, 2},
		{figures.CaseRegion(org.LevelCounty), county, 0},
	} {
		if got := count(c.dimension, c.code); got != c.want {
			t.Errorf("dimension %d, code %s: got %d, want %d", c.dimension, c.code, got, c.want)
		}
	}
	if got := d.total(t, everywhere("egovAffair")); got != 4 {
		t.Errorf("%d reviews of the evaluation object are counted, want 4", got)
	}
	if got := d.rows(t, "SELECT serial FROM review WHERE region_sent <> $1", d.affair(1).RegionCode); len(got) > 0 {
		t.Errorf("what was sent was changed: %v", got)
	}
	if got := d.moveAll(t); got != 0 {
		t.Errorf("moving again moved %d records", got)
	}
}

func withdrawnMoves(t *testing.T, d *database) {
	d.migrated(t)
	r := d.affair(1, stars(1), bare)
	d.accept(t, r)
	d.take(t, d.completed(1))
	d.withdraw(t, r.Serial)
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"})
	d.moveAll(t)
	d.agrees(t)
	want := []map[string]any{{"department_code": "D2", "state": int64(3)}}
	if diff := cmp.Diff(want, d.rows(t, "SELECT department_code, state FROM review")); diff != "" {
		t.Error(diff)
	}
}

func movingGoesOn(t *testing.T, d *database) {
	d.migrated(t)
	const count = 450 // more than two pieces
	for from := 0; from < count; from += 150 {
		d.accept(t, d.affairs(from, from+150)...)
	}
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"})
	left := func() int { return len(d.rows(t, "SELECT serial FROM review WHERE department_code = $1", department)) }
	other := *d
	other.Store, other.registry = d.process(t)
	steps := 0
	for before := count; before > 0; steps++ {
		step, err := []*database{d, &other}[steps%2].MoveRecords(t.Context())
		now := left()
		if err != nil || now > before || !step.Going && now > 0 {
			t.Fatalf("step %d: got %+v, %v; %d are left of %d", steps, step, err, now, before)
		}
		before = now
		d.agrees(t)
	}
	if steps < 4 {
		t.Errorf("it took %d steps, want some for affairs and three for reviews", steps)
	}
	d.moveAll(t)
	d.agrees(t)
}

func givenMeanwhile(t *testing.T, d *database) {
	d.migrated(t)
	const count = 250 // more than a piece, so that some are done with when the second code is given up
	for from := 0; from < count; from += 125 {
		d.accept(t, d.affairs(from, from+125)...)
	}
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"})
	for range 2 { // all affairs, and a piece of the reviews
		if _, err := d.MoveRecords(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if left := len(d.rows(t, "SELECT serial FROM review WHERE department_code = $1", department)); left == 0 || left == count {
		t.Fatalf("%d of %d are left, want some", left, count)
	}
	d.give(t, org.Succession{Kind: org.OfRegion, Former: county, Code: newCounty})
	d.moveAll(t)
	d.agrees(t)
	if left := len(d.rows(t, "SELECT serial FROM review WHERE region_code = $1", county)); left > 0 {
		t.Errorf("%d are left", left)
	}
}

func movedAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	d.give(t, org.Succession{Kind: org.OfRegion, Former: "440300000000", Code: "440200000000"}) // others are moved already
	d.moveAll(t)
	const count, rounds = 240, 4
	for from := 0; from < count; from += 60 {
		d.accept(t, d.affairs(from, from+60)...)
	}
	// Affairs of the former department, which are moved, and of another one, whose reviews alone are.
	of := func(n, round int) affair.Record {
		return d.completed(n, func(a *affair.Record) {
			a.HallCode = fmt.Sprintf("H%d", round)
			if n%2 == 0 {
				a.DepartmentCode = "D7"
			}
		})
	}
	others := []*database{d}
	for range 2 {
		other := *d
		other.Store, other.registry = d.process(t)
		other.load(t)
		others = append(others, &other)
	}
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"}, org.Succession{Kind: org.OfRegion, Former: county, Code: newCounty})
	var mu sync.Mutex
	moved := 0
	atOnce(6, func(i int) {
		process := others[i%3]
		if i < 3 {
			for going := true; going; {
				step, err := process.MoveRecords(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				moved += step.Moved
				mu.Unlock()
				going = step.Going
			}
			return
		}
		for round := range rounds { // two of three know nothing of what was given up
			var batch []affair.Record
			for n := range count {
				if n%3 == i%3 {
					batch = append(batch, of(n, round))
				}
			}
			at := 1000*i + round
			_, err := process.TakeAffairs(t.Context(), affair.Taking{Source: "front", At: now, Records: batch})
			if err == nil {
				_, err = process.Accept(t.Context(), 0, []review.Record{d.affair(at, func(r *review.Record) { r.Subject = d.completed(round).SerialNo })})
			}
			if err == nil && round%2 == 0 {
				err = withdraw(t.Context(), process.Store, d.rows(t, "SELECT serial FROM review WHERE person_index = $1", digestBytes("person", at))[0]["serial"].(string), now)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	d.agrees(t)
	d.exec(t, "UPDATE succession SET moved_at = 0")
	d.moveAll(t)
	d.agrees(t)
	d.casesAgree(t)
	if got := len(d.rows(t, "SELECT serial FROM review WHERE department_code = $1 OR region_code = $2", department, county)); got > 0 {
		t.Errorf("%d reviews are left", got)
	}
	if moved < count/2 {
		t.Errorf("%d records were moved, want at least %d", moved, count/2)
	}
}

func digestBytes(of ...any) []byte {
	sum := digest(of...)
	return sum[:]
}

func stragglers(t *testing.T, d *database) {
	d.migrated(t)
	at := now
	keeper, err := store.Open(t.Context(), store.Options{URL: d.address, Lanes: lanes, Registry: d.registry, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keeper.Close() })
	d.Store = keeper
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"})
	d.moveAll(t)
	for _, c := range []struct {
		after time.Duration
		moved int
	}{
		{30 * time.Second, 0},  // not every process has read the registers yet
		{time.Minute, 2},       // both that came meanwhile
		{2 * time.Minute, 0},   // nothing is looked at
		{15 * time.Minute, 2},  // a last time
		{100 * time.Minute, 0}, // for good
	} {
		n := int(c.after.Seconds())
		d.accept(t, d.affair(n)) // as one stores that knows nothing
		at = now.Add(c.after)
		if got := d.moveAll(t); got != c.moved {
			t.Errorf("%v later %d records were moved, want %d", c.after, got, c.moved)
		}
		d.agrees(t)
	}
}

func comparedAsNow(t *testing.T, d *database) {
	d.migrated(t)
	d.take(t, d.completed(1), d.completed(2))
	d.accept(t, d.affair(3, func(r *review.Record) { r.DepartmentCode = department }))
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: department, Code: "D2"})
	settled := func(r *review.Record) { r.Settle(d.registry.Successions()) }
	flags := func(when string) {
		if got := d.rows(t, "SELECT serial FROM review WHERE flags <> 0"); len(got) > 0 {
			t.Errorf("%s: flagged is %v", when, got)
		}
		d.agrees(t)
	}
	d.accept(t, d.affair(1, settled)) // its affair is not moved yet
	flags("a new review of an affair that was there")
	d.take(t, d.completed(3, func(a *affair.Record) { a.DepartmentCode = "D2" }))
	flags("a new affair of a review that was there")
	// As one does that has not read the registers: its review tells another department than the moved affair.
	d.moveAll(t)
	stale := *d
	stale.Store, stale.registry = d.process(t)
	stale.accept(t, d.affair(2))
	d.exec(t, "UPDATE succession SET moved_at = 0")
	d.moveAll(t)
	flags("moved")
}
