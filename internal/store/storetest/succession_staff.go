package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
)

func boundsMove(t *testing.T, d *database) {
	m := newMailroom(t, d)
	err := d.SaveRegisters(t.Context(), org.Changes{Departments: []org.Department{
		{Code: "D1", Name: "原局", RegionCode: "440103000000"}, {Code: "D2", Name: "现局", RegionCode: "440106000000"},
	}})
	done(t, err)
	hall := func(code, region string) venue.Hall {
		return venue.Hall{Code: code, RegionCode: region, Level: "区县", Name: code}
	}
	done(t, d.SaveVenues(t.Context(), venue.Changes{NewHalls: []venue.Hall{hall("H1", "440103000000"), hall("H2", "440304000000"), hall("H3", "440103001000")}}))
	everybody := []struct {
		login    string
		was, now identity.Scope
		from, to string // seats
	}{
		{"department", identity.Scope{Department: "D1"}, identity.Scope{Department: "D2"}, "440103000000", "440106000000"},
		{"hall", identity.Scope{Hall: "H1"}, identity.Scope{Hall: "H2"}, "440103000000", "440304000000"},
		{"hall3", identity.Scope{Hall: "H3"}, identity.Scope{Hall: "H3"}, "440103001000", "440104001000"},
		{"region", identity.Scope{Region: "440103000000"}, identity.Scope{Region: "440104000000"}, "440103000000", "440104000000"},
		{"town", identity.Scope{Region: "440103001000"}, identity.Scope{Region: "440104001000"}, "440103001000", "440104001000"},
		{"city", identity.Scope{Region: "440100000000"}, identity.Scope{Region: "440100000000"}, "440100000000", "440100000000"},
		{"other", identity.Scope{Department: "D2"}, identity.Scope{Department: "D2"}, "440106000000", "440106000000"},
		{"province", identity.Scope{}, identity.Scope{}, "", ""},
	}
	ids := map[string]string{}
	for _, one := range everybody {
		a := account(one.login)
		a.Scope, a.Seat = one.was, one.from
		d.hire(t, a)
		ids[one.login], _ = m.subscribe(t, "https://x.cn/"+one.login, func(n *notice.Subscription) { n.Scope = followup.Scope(one.was) })
	}
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: "D1", Code: "D2"}, org.Succession{Kind: org.OfHall, Former: "H1", Code: "H2"},
		org.Succession{Kind: org.OfRegion, Former: "440103000000", Code: "440104000000"})
	subscriptions, err := d.Subscriptions(t.Context())
	done(t, err)
	for _, one := range everybody {
		got, err := d.Account(t.Context(), one.login)
		done(t, err)
		moved := one.was != one.now || one.from != one.to
		if diff := cmp.Diff(one.now, got.Scope); diff != "" || got.Seat != one.to || (got.Version == 2) != moved {
			t.Errorf("%s: seat %s, version %d: %s", one.login, got.Seat, got.Version, diff)
		}
		if n := d.count(t, "audit WHERE action = 'staff.change' AND object = 'staff:"+one.login+"'"); (n == 1) != moved {
			t.Errorf("%s: noted %d times", one.login, n)
		}
		for i := range subscriptions {
			if s := &subscriptions[i]; s.ID == ids[one.login] && s.Scope != followup.Scope(one.now) {
				t.Errorf("%s: is told of %+v", one.login, s.Scope)
			}
		}
	}
	d.give(t, org.Succession{Kind: org.OfDepartment, Former: "D8", Code: "D9"})
	if n := d.count(t, "audit WHERE action = 'staff.change'"); n != 5 {
		t.Errorf("%d changes of accounts are noted after another merger, want the 5 of the first", n)
	}
}
