package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/venue"
)

var scanTests = []test{
	{"scans of a window add up by day", addScans},
	{"what is retired stays what it was, and opens again", retireVenues},
	{"who changes what another has changed meanwhile is refused", staleVenues},
	{"a list waits for its person alone, and the next takes its place", keepUploads},
}

func addScans(t *testing.T, d *database) {
	d.migrated(t)
	for _, scans := range [][]venue.Scan{
		{{Window: "W1", Day: 20260614, Opened: 2}, {Window: "W1", Day: 20260615, Opened: 1}, {Window: "W2", Day: 20260615, Opened: 7}},
		{{Window: "W1", Day: 20260615, Opened: 4}, {Window: "W3", Day: 20260615, Opened: 9}},
	} {
		if err := d.AddScans(t.Context(), scans); err != nil {
			t.Fatal(err)
		}
	}
	got, err := d.Scans(t.Context(), []string{"W1", "W2", "W9"}, 20260615, 20260616)
	want := []venue.Scan{{Window: "W1", Day: 20260615, Opened: 5}, {Window: "W2", Day: 20260615, Opened: 7}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := d.Scans(t.Context(), nil, 0, 99999999); len(got) != 0 || err != nil {
		t.Errorf("of no window: got %v, %v", got, err)
	}
}

func retireVenues(t *testing.T, d *database) {
	d.migrated(t)
	h := hall(1)
	w, o := window(h, 1), officer(window(h, 1), 7)
	d.save(t, venue.Changes{NewHalls: []venue.Hall{h}, NewWindows: []venue.Window{w}, Officers: []venue.Officer{o}})
	for _, retired := range []bool{true, false} {
		h.Retired, w.Retired, o.Retired = retired, retired, retired
		d.save(t, venue.Changes{ChangedHalls: []venue.Hall{h}, ChangedWindows: []venue.Window{w}, Officers: []venue.Officer{o}})
		want := venues{[]venue.Hall{h}, []venue.Window{w}, []venue.Officer{o}}
		if diff := cmp.Diff(want, d.venues(t)); diff != "" {
			t.Errorf("retired %v: %s", retired, diff)
		}
	}
}

func staleVenues(t *testing.T, d *database) {
	d.migrated(t)
	h := hall(1)
	w, o := window(h, 1), officer(window(h, 1), 7)
	d.save(t, venue.Changes{NewHalls: []venue.Hall{h}, NewWindows: []venue.Window{w}, Officers: []venue.Officer{o}})
	before := d.venues(t)
	otherHall, otherWindow, otherOfficer, changed := h, w, o, w
	otherHall.Hours, otherWindow.Name, otherOfficer.Name, changed.Name = "全天", "另一个", "另一人", "新名"
	for name, seen := range map[string]venue.Seen{
		"a hall":           {Halls: []venue.Hall{otherHall}},
		"a window":         {Halls: []venue.Hall{h}, Windows: []venue.Window{otherWindow}},
		"an officer":       {Officers: []venue.Officer{otherOfficer}},
		"a hall not there": {Halls: []venue.Hall{hall(2)}},
	} {
		err := d.SaveVenues(t.Context(), venue.Changes{ChangedWindows: []venue.Window{changed}, Seen: seen})
		if !errors.Is(err, venue.ErrStale) {
			t.Errorf("%s: got %v, want ErrStale", name, err)
		}
		if diff := cmp.Diff(before, d.venues(t)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	ctx := audit.With(t.Context(), audit.Origin{Actor: "dating"})
	err := d.SaveVenues(ctx, venue.Changes{
		ChangedWindows: []venue.Window{changed}, Seen: venue.Seen{Halls: []venue.Hall{h}, Windows: []venue.Window{w}, Officers: []venue.Officer{o}},
		Told: []venue.Note{{Action: "window.change", Object: "window:" + w.Code, Before: "甲", After: "乙"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	links, err := d.SearchAudit(t.Context(), audit.Query{Object: "window:" + w.Code, Limit: 10})
	if err != nil || len(links) != 1 || links[0].Actor != "dating" || links[0].Before != "甲" || links[0].After != "乙" {
		t.Errorf("the audit log holds %+v, %v", links, err)
	}
	links, err = d.SearchAudit(t.Context(), audit.Query{Object: "venues", Limit: 10})
	if err != nil || len(links) != 1 || links[0].After != "新增大厅 1、窗口 1，更改大厅 0、窗口 0，登记工作人员 1" {
		t.Errorf("of a list the audit log holds %+v, %v", links, err)
	}
}

func keepUploads(t *testing.T, d *database) {
	d.migrated(t)
	keep := func(login, id string, at time.Time) venue.Upload {
		u := venue.Upload{Login: login, ID: id, Name: "表.xlsx", Data: []byte("PK" + id), Digest: "D" + id, At: at}
		if err := d.KeepUpload(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	missing := func(login, id string) {
		t.Helper()
		if _, err := d.Upload(t.Context(), login, id); fault.KindOf(err) != fault.Missing {
			t.Errorf("%s of %s: got %v, want Missing", id, login, err)
		}
	}
	keep("a", "1", now)
	want := keep("a", "2", now)
	keep("b", "3", now.Add(-3*time.Hour))
	missing("a", "1")
	missing("b", "2")
	got, err := d.Upload(t.Context(), "a", "2")
	if err != nil || !cmp.Equal(want, *got) {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := d.DropUploads(t.Context(), "c", now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	missing("b", "3")
	if err := d.DropUploads(t.Context(), "a", now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	missing("a", "2")
}
