package storetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/privacy"
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
	d.hire(t, account("a"), account("b"))
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
	other := account("b")
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
			a.Role, a.Scope, a.State, a.Name, a.TOTPSealed = identity.Hall, identity.Scope{Hall: "H_1"}, identity.Locked, "百分%之_一", []byte("t")
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

func guardKey(n int) (d privacy.Digest) {
	binary.BigEndian.PutUint64(d[:], uint64(n)) //nolint:gosec // small numbers
	return d
}

func (d *database) begin(t testing.TB, login string, token int, at time.Time) identity.StoredSession {
	t.Helper()
	o := identity.StoredSession{Token: guardKey(token), Session: identity.Session{
		Login: login, BeganAt: at, SeenAt: at, Address: "2001:db8::1", Agent: "Browser/1",
	}}
	if err := d.BeginStaffSession(t.Context(), o, audit.Entry{Actor: login, Action: "staff.login", Object: "staff:" + login}); err != nil {
		t.Fatal(err)
	}
	return o
}

// inSession wants a session to be as it is given.
func (d *database) inSession(t testing.TB, want identity.StoredSession) {
	t.Helper()
	got, a, err := d.StaffSession(t.Context(), want.Token)
	if err != nil || got == nil {
		t.Fatalf("session %x: got %v, %v", want.Token, got, err)
	}
	if diff := cmp.Diff(want, *got, cmpopts.EquateApproxTime(0)); diff != "" || a.Login != want.Login || a.PasswordHash != "hash of "+want.Login {
		t.Errorf("session of %v: %s", a, diff)
	}
}

func (d *database) noSession(t testing.TB, token privacy.Digest) {
	t.Helper()
	if got, a, err := d.StaffSession(t.Context(), token); got != nil || a != nil || err != nil {
		t.Errorf("session %x: got %v, %v, %v; want none", token, got, a, err)
	}
}

func staffSession(t *testing.T, d *database) {
	d.migrated(t)
	a := account("a")
	a.Recovery = [][]byte{[]byte("1")}
	d.hire(t, a, account("b"))
	d.noSession(t, guardKey(1))
	one := d.begin(t, "a", 1, now)
	other := d.begin(t, "b", 2, now.Add(time.Second))
	d.inSession(t, one)
	d.inSession(t, other)
	if got, err := d.Account(t.Context(), "b"); err != nil || !got.LastLogin.Equal(now.Add(time.Second)) {
		t.Errorf("last login %v, %v", got.LastLogin, err)
	}
	moved := one
	moved.Token, moved.SeenAt, moved.Second = guardKey(3), now.Add(time.Minute), true
	if err := d.ChangeStaffSession(t.Context(), one.Token, moved); err != nil {
		t.Fatal(err)
	}
	d.noSession(t, one.Token)
	d.inSession(t, moved)
	ended, err := d.EndStaffSessions(t.Context(), "a", func(o *identity.StoredSession) bool { return o.Token == moved.Token }, audit.Entry{Action: "staff.logout"})
	if err != nil || ended != 1 {
		t.Errorf("ended %d, %v", ended, err)
	}
	d.noSession(t, moved.Token)
	if err := d.ChangeStaffSession(t.Context(), moved.Token, moved); err != nil { // by a request that was under way
		t.Fatal(err)
	}
	d.noSession(t, moved.Token)
	noted := d.count(t, "audit")
	if ended, err := d.EndStaffSessions(t.Context(), "a", func(*identity.StoredSession) bool { return true }, audit.Entry{Action: "staff.logout"}); err != nil || ended != 0 {
		t.Errorf("ended %d, %v", ended, err)
	}
	if n := d.count(t, "audit"); n != noted {
		t.Error("ending nothing is noted")
	}
	d.inSession(t, other)
}

func endStaffSessions(t *testing.T, d *database) {
	d.migrated(t)
	d.hire(t, account("a"), account("b"))
	kept, gone, other := d.begin(t, "a", 1, now), d.begin(t, "a", 2, now), d.begin(t, "b", 3, now)
	d.changeAccount(t, "a", func(*identity.Account) identity.AccountChange {
		return identity.AccountChange{Entry: audit.Entry{Action: "staff.password"}, EndSessions: true, Keep: kept.Token}
	})
	d.inSession(t, kept)
	d.noSession(t, gone.Token)
	d.inSession(t, other)
	d.changeAccount(t, "a", func(*identity.Account) identity.AccountChange {
		return identity.AccountChange{Entry: audit.Entry{Action: "staff.locked"}, EndSessions: true}
	})
	d.noSession(t, kept.Token)
	d.inSession(t, other)
}

func tooManyStaffSessions(t *testing.T, d *database) {
	d.migrated(t)
	d.hire(t, account("a"), account("b"))
	other := d.begin(t, "b", 100, now.Add(-time.Hour))
	for n := range 25 {
		d.begin(t, "a", n+1, now.Add(time.Duration(n)*time.Second))
	}
	sessions, err := d.StaffSessions(t.Context(), "a")
	if err != nil || len(sessions) != 20 || sessions[0].Token != guardKey(25) || sessions[19].Token != guardKey(6) {
		t.Errorf("%d sessions are left: %v, %v", len(sessions), sessions, err)
	}
	d.inSession(t, other)
}

func sweepStaff(t *testing.T, d *database) {
	d.migrated(t)
	d.hire(t, account("a"))
	old, idle, live := d.begin(t, "a", 1, now.Add(-12*time.Hour)), d.begin(t, "a", 2, now.Add(-time.Hour)), d.begin(t, "a", 3, now.Add(-time.Hour))
	for _, o := range []identity.StoredSession{old, live} {
		o.SeenAt = now.Add(-time.Minute)
		if err := d.ChangeStaffSession(t.Context(), o.Token, o); err != nil {
			t.Fatal(err)
		}
	}
	guards := []identity.Guard{{Key: guardKey(1)}}
	for _, at := range []time.Time{now.Add(-31 * 24 * time.Hour), now.Add(-time.Hour)} {
		if _, err := d.CountAttempt(t.Context(), guards, at); err != nil {
			t.Fatal(err)
		}
		guards[0].Key = guardKey(2)
	}
	if err := d.SweepStaffSessions(t.Context(), now.Add(-30*time.Minute), now.Add(-12*time.Hour), now.Add(-30*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.noSession(t, old.Token)
	d.noSession(t, idle.Token)
	live.SeenAt = now.Add(-time.Minute)
	d.inSession(t, live)
	if n := d.count(t, "staff_attempt"); n != 1 {
		t.Errorf("%d guards are left, want 1", n)
	}
}

func countAttempts(t *testing.T, d *database) {
	d.migrated(t)
	pair, address := identity.Guard{Key: guardKey(1), Free: 2, Forgets: true}, identity.Guard{Key: guardKey(2), Free: 4}
	at := now
	count := func(want time.Duration, guards ...identity.Guard) {
		t.Helper()
		if wait, err := d.CountAttempt(t.Context(), guards, at); err != nil || wait != want {
			t.Fatalf("got %v, %v; want %v", wait, err, want)
		}
	}
	for range 3 {
		count(0, pair, address)
	}
	count(30*time.Second, pair, address)
	at = at.Add(10 * time.Second)
	count(20*time.Second, pair, address) // waiting is not counted, or it would never end
	at = at.Add(20 * time.Second)
	count(0, pair, address)
	count(time.Minute, address, pair) // and it grows
	count(0, address)
	count(30*time.Second, address)
	if err := d.ForgiveAttempts(t.Context(), []identity.Guard{pair, address}, at); err != nil {
		t.Fatal(err)
	}
	count(0, pair)
	at = at.Add(31 * time.Second)
	count(0, address)              // the fifth again
	count(30*time.Second, address) // one was taken back, not all
	at = at.Add(59 * time.Minute)
	count(0, address)
	count(time.Minute, address)
	at = at.Add(time.Hour)
	for range 5 {
		count(0, address) // forgotten
	}
	count(30*time.Second, address)

	known := identity.Guard{Key: guardKey(3)}
	if ok, err := d.AttemptKnown(t.Context(), known.Key, at.Add(-time.Hour)); ok || err != nil {
		t.Errorf("known before it was: %v, %v", ok, err)
	}
	if err := d.ForgiveAttempts(t.Context(), []identity.Guard{known}, at); err != nil {
		t.Fatal(err)
	}
	for since, want := range map[time.Duration]bool{-time.Hour: true, 0: false} {
		if ok, err := d.AttemptKnown(t.Context(), known.Key, at.Add(since)); ok != want || err != nil {
			t.Errorf("known since %v: %v, %v", since, ok, err)
		}
	}
}

func countAttemptsAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	guards := []identity.Guard{{Key: guardKey(2), Free: 100}, {Key: guardKey(1), Free: 4}}
	var guessing sync.WaitGroup
	var mu sync.Mutex
	let := 0
	for range 20 {
		guessing.Go(func() {
			wait, err := d.CountAttempt(t.Context(), guards, now)
			if err != nil {
				t.Errorf("count: %v", err)
			}
			if mu.Lock(); wait == 0 {
				let++
			}
			mu.Unlock()
		})
	}
	guessing.Wait()
	if let != 5 {
		t.Errorf("%d of 20 at once were let in, want 5", let)
	}
}
