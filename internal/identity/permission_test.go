package identity

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAuditorSeesAllAndChangesNothing(t *testing.T) {
	for action, roles := range permissions {
		sees := strings.HasPrefix(string(action), "see ") || action == Export || action == OwnAccount
		if got := slices.Contains(roles, Auditor); got != sees {
			t.Errorf("an auditor may %s: %v, want %v", action, got, sees)
		}
	}
}

func TestProvinceMayAll(t *testing.T) {
	for action := range permissions {
		if !Province.May(action) {
			t.Errorf("a province's administrator may not %s", action)
		}
	}
	if Province.May("something else") || Role("").May(SeeHome) || Role("root").May(SeeHome) {
		t.Error("what is not in the table is allowed")
	}
}

// Whoever may change something may see it.
func TestChangingIsSeeing(t *testing.T) {
	for change, see := range map[Action]Action{
		UnmaskReview: SeeReviews, HandleCases: SeeCases, AssignCases: SeeCases, DecideCases: SeeCases, ChangeVenues: SeeVenues, ChangeApps: SeeApps,
		ChangeTags: SeeTags, ChangeRegisters: SeeRegisters, ChangeSources: SeeSources, Moderate: SeeModeration, ChangeWords: SeeModeration,
		ChangeStaff: SeeStaff, ChangeSettings: SeeSettings, ChangeDeadlines: SeeSettings, ChangeNotices: SeeSettings,
	} {
		for _, role := range Roles() {
			if role.May(change) && !role.May(see) {
				t.Errorf("%s may %s but not %s", role, change, see)
			}
		}
	}
}

func TestOnlyActiveStaffMay(t *testing.T) {
	for _, state := range []State{Active, Locked, Disabled, ""} {
		s := Staff{Role: Province, State: state}
		if got := s.May(SeeHome); got != (state == Active) {
			t.Errorf("%q: %v", state, got)
		}
	}
}

func TestNobodyMakesWhatIsAboveHim(t *testing.T) {
	rank := map[Role]int{Province: 4, Regional: 3, Department: 2, Hall: 1, Handler: 0, Auditor: 4}
	for _, role := range Roles() {
		if role.Name() == "" || !role.Known() {
			t.Errorf("%q has no name", role)
		}
		for _, made := range role.Makes() {
			if rank[made] > rank[role] {
				t.Errorf("%s makes %s", role, made)
			}
		}
		if len(role.Makes()) > 0 != role.May(ChangeStaff) {
			t.Errorf("%s makes %v and may change staff: %v", role, role.Makes(), role.May(ChangeStaff))
		}
		if role.MustUseTOTP() != (role != Handler) {
			t.Errorf("%s must use TOTP: %v", role, role.MustUseTOTP())
		}
	}
}

func TestScopeCovers(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scope Scope
		place Place
		want  bool
	}{
		{"everywhere", Scope{}, Place{}, true},
		{"a city and itself", Scope{Region: "440100000000"}, Place{Region: "440100000000"}, true},
		{"a city and its county", Scope{Region: "440100000000"}, Place{Region: "440106000000", Department: "D", Hall: "H"}, true},
		{"a city and its town", Scope{Region: "440100000000"}, Place{Region: "440106004000"}, true},
		{"a city and another", Scope{Region: "440100000000"}, Place{Region: "440200000000"}, false},
		{"a city and the one before", Scope{Region: "440200000000"}, Place{Region: "440199999999"}, false},
		{"a city and the province", Scope{Region: "440100000000"}, Place{Region: "440000000000"}, false},
		{"a city and nowhere", Scope{Region: "440100000000"}, Place{}, false},
		{"the province and a city", Scope{Region: "440000000000"}, Place{Region: "449900000000"}, true},
		{"a county and its sibling", Scope{Region: "440106000000"}, Place{Region: "440107000000"}, false},
		{"a department", Scope{Department: "D"}, Place{Region: "440100000000", Department: "D"}, true},
		{"another department", Scope{Department: "D"}, Place{Department: "D2"}, false},
		{"no department", Scope{Department: "D"}, Place{}, false},
		{"a hall", Scope{Hall: "H"}, Place{Hall: "H", Department: "D"}, true},
		{"another hall", Scope{Hall: "H"}, Place{Hall: "H2"}, false},
		{"both", Scope{Region: "440100000000", Department: "D"}, Place{Region: "440106000000", Department: "D"}, true},
		{"one of both", Scope{Region: "440100000000", Department: "D"}, Place{Region: "440300000000", Department: "D"}, false},
	} {
		if got := tt.scope.Covers(tt.place); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

func drawnScope(t *rapid.T, label string) Scope {
	return Scope{
		Region:     rapid.SampledFrom([]string{"", "440000000000", "440100000000", "440106000000", "440106004000", "440300000000"}).Draw(t, label+" region"),
		Department: rapid.SampledFrom([]string{"", "D1", "D2"}).Draw(t, label+" department"),
		Hall:       rapid.SampledFrom([]string{"", "H1", "H2"}).Draw(t, label+" hall"),
	}
}

func (b Bounds) covers(p Place) bool {
	return (b.RegionTo == "" || b.RegionFrom <= p.Region && p.Region < b.RegionTo) && (b.Department == "" || b.Department == p.Department) &&
		(b.Hall == "" || b.Hall == p.Hall)
}

// What lists filter by is what Covers says, a narrower scope covers nothing more, and narrowing never widens.
func TestScopesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own, other, place := drawnScope(t, "own"), drawnScope(t, "other"), Place(drawnScope(t, "place"))
		if own.Covers(place) != own.Bounds().covers(place) {
			t.Errorf("%v covers %v: %v, its bounds differ", own, place, own.Covers(place))
		}
		if other.Within(own) && other.Covers(place) && !own.Covers(place) {
			t.Errorf("%v is within %v but covers %v", other, own, place)
		}
		if narrow, ok := own.Narrow(other); ok && (!narrow.Within(own) || narrow.Covers(place) && !own.Covers(place)) {
			t.Errorf("%v narrowed to %v became %v", own, other, narrow)
		}
	})
}

func TestNarrow(t *testing.T) {
	city := Scope{Region: "440100000000"}
	for _, tt := range []struct {
		name        string
		own, choice Scope
		want        Scope
		ok          bool
	}{
		{"nothing chosen", city, Scope{}, city, true},
		{"a county", city, Scope{Region: "440106000000"}, Scope{Region: "440106000000"}, true},
		{"a department too", city, Scope{Department: "D"}, Scope{Region: "440100000000", Department: "D"}, true},
		{"another city", city, Scope{Region: "440300000000"}, Scope{Region: "440300000000"}, false},
		{"the province", city, Scope{Region: "440000000000"}, Scope{Region: "440000000000"}, false},
	} {
		got, ok := tt.own.Narrow(tt.choice)
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != tt.ok {
			t.Errorf("%s: %v %s", tt.name, ok, diff)
		}
	}
}
