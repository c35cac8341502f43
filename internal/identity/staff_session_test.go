package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
)

// admin is an account that is through, with its TOTP secret.
func (o *office) admin(login string, role identity.Role, scope identity.Scope) (token, secret string) {
	o.t.Helper()
	token = o.logIn(login, o.create(nil, identity.Draft{Login: login, Role: role, Scope: scope}), here)
	if err := o.ChangePassword(o.t.Context(), o.present(token), "", goodPassword, goodPassword); err != nil {
		o.t.Fatal(err)
	}
	secret, _, err := o.BeginTOTP(o.t.Context(), o.stands(token, identity.NeedsTOTP))
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.ConfirmTOTP(o.t.Context(), o.stands(token, identity.NeedsTOTP), "", o.code(secret)); err != nil {
		o.t.Fatal(err)
	}
	o.stands(token, identity.Through)
	return token, secret
}

func TestSessionsEnd(t *testing.T) {
	o := openOffice(t)
	o.handler("zhang")
	idle := o.logIn("zhang", goodPassword, here)
	o.wait(29 * time.Minute)
	o.stands(idle, identity.Through)
	o.wait(29 * time.Minute)
	o.stands(idle, identity.Through) // it was used
	o.wait(30 * time.Minute)
	if o.present(idle) != nil {
		t.Error("a session that nobody uses goes on")
	}
	used := o.logIn("zhang", goodPassword, here)
	for range 12*4 - 1 {
		o.wait(15 * time.Minute)
		o.stands(used, identity.Through)
	}
	o.wait(15 * time.Minute)
	if o.present(used) != nil {
		t.Error("a session goes on for more than twelve hours")
	}
	for _, nonsense := range []string{"", "x", used + "x", strings.Repeat("x", 500)} {
		if o.present(nonsense) != nil {
			t.Errorf("%.20q is a session", nonsense)
		}
	}

	o.admin("sheng", identity.Province, identity.Scope{})
	half := o.logIn("sheng", goodPassword, here)
	o.stands(half, identity.NeedsSecond)
	o.wait(10 * time.Minute)
	if o.present(half) != nil {
		t.Error("half a login goes on for more than ten minutes")
	}
	if err := o.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	o := openOffice(t)
	o.handler("zhang")
	one, two, three := o.logIn("zhang", goodPassword, here), o.logIn("zhang", goodPassword, elsewhere), o.logIn("zhang", goodPassword, here)
	sessions, err := o.OwnSessions(t.Context(), o.stands(two, identity.Through))
	if err != nil || len(sessions) != 3 {
		t.Fatalf("%v, %v", sessions, err)
	}
	for _, s := range sessions {
		if s.Here != (s.Address == elsewhere) || s.ID == "" || strings.Contains(two, s.ID) || s.Agent != "Browser/1" {
			t.Errorf("%+v", s)
		}
		if s.Here { // one's own is ended by logging out
			if err := o.EndOwnSession(t.Context(), o.present(two), s.ID); err != nil {
				t.Error(err)
			}
		}
	}
	o.stands(two, identity.Through)
	for _, s := range sessions {
		if !s.Here {
			if err := o.EndOwnSession(t.Context(), o.present(two), s.ID); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if left := (o.present(one) != nil) == (o.present(three) != nil); left {
		t.Error("not one of two others has ended")
	}
	if err := o.EndOwnSession(t.Context(), o.present(two), ""); err != nil {
		t.Fatal(err)
	}
	if o.present(one) != nil || o.present(three) != nil || o.present(two) == nil {
		t.Error("not all others have ended")
	}
	if err := o.EndSession(t.Context(), nil, "zhang", ""); err != nil || o.present(two) != nil {
		t.Errorf("the administrator could not end it: %v", err)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	o := openOffice(t)
	o.handler("zhang")
	one, two := o.logIn("zhang", goodPassword, here), o.logIn("zhang", goodPassword, here)
	p := o.present(one)
	kindOf(t, o.ChangePassword(t.Context(), p, "wrong", goodPassword+"!", goodPassword+"!"), fault.Invalid, "现在的密码")
	if err := o.ChangePassword(t.Context(), p, goodPassword, goodPassword+"!", goodPassword+"!"); err != nil {
		t.Fatal(err)
	}
	if o.present(one) == nil || o.present(two) != nil {
		t.Error("the wrong session has ended")
	}
	_, err := o.LogIn(t.Context(), "zhang", goodPassword, here, "")
	kindOf(t, err, fault.Conflict, "不对")
	o.logIn("zhang", goodPassword+"!", here)
}
