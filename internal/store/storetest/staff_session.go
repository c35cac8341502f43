package storetest

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/privacy"
)

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
	d.begin(t, "b", 101, now) // b has fewer than a, whose are all newer
	d.inSession(t, other)
	d.hire(t, account("c"))
	never := account("c")
	never.CreatedAt = now
	d.begin(t, "a", 102, now)
	d.employs(t, never)
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
