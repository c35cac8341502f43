package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
)

var staffTests = []test{
	{"accounts are read as they were created", createStaff},
	{"a login that is taken is refused, and nothing is noted", duplicateStaff},
	{"an account is changed whole, with its recovery codes, and noted", changeStaff},
	{"a change that is refused leaves everything as it was", refuseStaffChange},
	{"changes of an account at once are all kept", changeStaffAtOnce},
	{"accounts are listed by login within bounds", listStaff},
	{"a session is found with whose it is until it ends", staffSession},
	{"a changed account ends its sessions but one", endStaffSessions},
	{"a login has at most twenty sessions, and the oldest goes", tooManyStaffSessions},
	{"ended sessions and old failures are swept, and no other", sweepStaff},
	{"failures are counted by guard until they are forgiven or forgotten", countAttempts},
	{"failures at once are all counted", countAttemptsAtOnce},
}

func account(login string) identity.Account {
	return identity.Account{PasswordHash: "hash of " + login, Staff: identity.Staff{
		Login: login, Name: "姓名 " + login, Role: identity.Handler, Scope: identity.Scope{Department: "D1"}, Seat: "440100000000",
		State: identity.Active, MustChange: true, Version: 1,
	}}
}

func (d *database) hire(t testing.TB, accounts ...identity.Account) {
	t.Helper()
	for _, a := range accounts {
		if err := d.CreateAccount(t.Context(), a, audit.Entry{Action: "staff.create", Object: "staff:" + a.Login}); err != nil {
			t.Fatalf("create account %s: %v", a.Login, err)
		}
	}
}

// employs wants an account to be as it is given.
func (d *database) employs(t testing.TB, want identity.Account) {
	t.Helper()
	got, err := d.Account(t.Context(), want.Login)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, *got, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Error(diff)
	}
}

func createStaff(t *testing.T, d *database) {
	d.migrated(t)
	if _, err := d.Account(t.Context(), "a"); !errors.Is(err, identity.ErrNoStaff) {
		t.Errorf("got %v before any was created", err)
	}
	plain, whole := account("a"), account("b")
	whole.Role, whole.Scope = identity.Regional, identity.Scope{Region: "440100000000", Department: "D2", Hall: "H3"}
	whole.WorkNo, whole.State, whole.MustChange, whole.TOTP = "016", identity.Locked, false, true
	whole.EmailSealed, whole.TOTPSealed, whole.PendingSealed, whole.TOTPStep = []byte("email"), []byte("totp"), []byte("pending"), 58_000_000
	whole.Recovery = [][]byte{[]byte("code 1"), []byte("code 2")}
	d.hire(t, plain, whole)
	plain.CreatedAt, whole.CreatedAt = now, now
	d.employs(t, plain)
	d.employs(t, whole)
	if n := d.count(t, "audit"); n != 2 {
		t.Errorf("%d entries are noted, want 2", n)
	}
}

func duplicateStaff(t *testing.T, d *database) {
	d.migrated(t)
	d.hire(t, account("a"))
	if err := d.CreateAccount(t.Context(), account("a"), audit.Entry{Action: "staff.create"}); !errors.Is(err, identity.ErrLoginTaken) {
		t.Errorf("got %v, want that the login is taken", err)
	}
	if n := d.count(t, "audit"); n != 1 {
		t.Errorf("%d entries are noted, want 1", n)
	}
}

func (d *database) changeAccount(t testing.TB, login string, change func(*identity.Account) identity.AccountChange) {
	t.Helper()
	err := d.ChangeAccount(t.Context(), login, func(a *identity.Account) (identity.AccountChange, error) { return change(a), nil })
	if err != nil {
		t.Fatal(err)
	}
}

func changeStaff(t *testing.T, d *database) {
	d.migrated(t)
	other := account("b")
	other.Recovery = [][]byte{[]byte("his own")}
	d.hire(t, account("a"), other)
	want := account("a")
	d.changeAccount(t, "a", func(a *identity.Account) identity.AccountChange {
		if diff := cmp.Diff("hash of a", a.PasswordHash); diff != "" {
			t.Error(diff)
		}
		want.CreatedAt = a.CreatedAt
		want.Name, want.Role, want.Scope, want.Seat = "另一个", identity.Auditor, identity.Scope{Region: "440300000000", Hall: "H1"}, "440300000000"
		want.WorkNo, want.State, want.MustChange, want.PasswordHash, want.Version = "7", identity.Disabled, false, "another", 2
		want.EmailSealed, want.TOTPSealed, want.PendingSealed, want.TOTP, want.TOTPStep = []byte("e"), []byte("t"), []byte("p"), true, 9
		want.Recovery = [][]byte{[]byte("1"), []byte("2"), []byte("3")}
		*a = want
		return identity.AccountChange{Entry: audit.Entry{Action: "staff.change", Object: "staff:a", Before: "b", After: "c", Reason: "调岗"}}
	})
	d.employs(t, want)
	d.changeAccount(t, "a", func(a *identity.Account) identity.AccountChange {
		a.Recovery, want.Recovery = a.Recovery[1:], want.Recovery[1:]
		a.EmailSealed, want.EmailSealed = nil, nil
		return identity.AccountChange{Entry: audit.Entry{Action: "staff.recovery", Object: "staff:a"}}
	})
	d.employs(t, want)
	other.CreatedAt = now
	d.employs(t, other)
	if got := d.rows(t, "SELECT reason FROM audit WHERE action = 'staff.change' AND object = 'staff:a'"); len(got) != 1 || got[0]["reason"] != "调岗" {
		t.Errorf("noted: %v", got)
	}
	err := d.ChangeAccount(t.Context(), "nobody", func(*identity.Account) (identity.AccountChange, error) {
		t.Error("an account that is not there is changed")
		return identity.AccountChange{}, nil
	})
	if !errors.Is(err, identity.ErrNoStaff) {
		t.Errorf("got %v for an account that is not there", err)
	}
}

func refuseStaffChange(t *testing.T, d *database) {
	d.migrated(t)
	a := account("a")
	a.Recovery = [][]byte{[]byte("1")}
	d.hire(t, a)
	refused := errors.New("refused")
	err := d.ChangeAccount(t.Context(), "a", func(a *identity.Account) (identity.AccountChange, error) {
		a.Name, a.Recovery = "x", nil
		return identity.AccountChange{EndSessions: true}, refused
	})
	if err != refused { //nolint:errorlint // as it is
		t.Errorf("got %v, want the error as it was given", err)
	}
	a.CreatedAt = now
	d.employs(t, a)
	if n := d.count(t, "audit"); n != 1 {
		t.Errorf("%d entries are noted, want 1", n)
	}
}

func changeStaffAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	d.hire(t, account("a"))
	const times = 12
	var changing sync.WaitGroup
	for range times {
		changing.Go(func() {
			err := d.ChangeAccount(t.Context(), "a", func(a *identity.Account) (identity.AccountChange, error) {
				a.Version++
				return identity.AccountChange{Entry: audit.Entry{Action: "staff.change", Object: "staff:a"}}, nil
			})
			if err != nil {
				t.Errorf("change: %v", err)
			}
		})
	}
	changing.Wait()
	if a, err := d.Account(t.Context(), "a"); err != nil || a.Version != times+1 {
		t.Errorf("got version %d, %v; want %d", a.Version, err, times+1)
	}
}

func listStaff(t *testing.T, d *database) {
	d.migrated(t)
	for i, seat := range []string{"", "440100000000", "440106000000", "440300000000", "440106000000"} {
		a := account(fmt.Sprint("s", i))
		a.Seat = seat
		if i == 4 {
			a.Role, a.Scope, a.State, a.Name, a.TOTPSealed = identity.Hall, identity.Scope{Hall: "H_1"}, identity.Locked, "百分%之_一Wang", []byte("t")
		}
		d.hire(t, a)
	}
	for _, tt := range []struct {
		name   string
		filter identity.StaffFilter
		after  string
		limit  int
		want   []string
	}{
		{"all", identity.StaffFilter{}, "", 10, []string{"s0", "s1", "s2", "s3", "s4"}},
		{"a page", identity.StaffFilter{}, "s1", 2, []string{"s2", "s3"}},
		{"a region and below it", identity.StaffFilter{Bounds: identity.Scope{Region: "440100000000"}.Bounds()}, "", 10, []string{"s1", "s2", "s4"}},
		{"a department", identity.StaffFilter{Bounds: identity.Bounds{Department: "D1"}}, "", 10, []string{"s0", "s1", "s2", "s3"}},
		{"a hall", identity.StaffFilter{Bounds: identity.Bounds{Hall: "H_1"}}, "", 10, []string{"s4"}},
		{"a role", identity.StaffFilter{Role: identity.Hall}, "", 10, []string{"s4"}},
		{"a state", identity.StaffFilter{State: identity.Locked}, "", 10, []string{"s4"}},
		{"part of a login", identity.StaffFilter{Text: "S3"}, "", 10, []string{"s3"}},
		{"part of a name", identity.StaffFilter{Text: "分%"}, "", 10, []string{"s4"}},
		{"part of a name in other letters", identity.StaffFilter{Text: "wANG"}, "", 10, []string{"s4"}},
		{"signs are signs", identity.StaffFilter{Text: "_"}, "", 10, []string{"s4"}},
		{"nothing", identity.StaffFilter{Role: identity.Auditor}, "", 10, nil},
	} {
		staff, err := d.Staff(t.Context(), tt.filter, tt.after, tt.limit)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, s := range staff {
			got = append(got, s.Login)
			if s.TOTP != (s.Login == "s4") {
				t.Errorf("%s: %s has a second factor: %v", tt.name, s.Login, s.TOTP)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}
