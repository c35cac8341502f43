package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/haochaping/haochaping/internal/store/storetest"
	"github.com/pquerna/otp/totp"
)

// office are accounts in a real database, with a clock that goes as a test wants.
type office struct {
	*identity.StaffService
	t     *testing.T
	store *store.Store
	at    time.Time
	mu    sync.Mutex
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

type units struct{}

func (units) HallRegion(code string) (string, bool) {
	return "440106000000", strings.HasPrefix(code, "H")
}

func (units) DepartmentRegion(code string) (string, bool) {
	return map[string]string{"D1": "440100000000", "D2": "440300000000"}[code], code == "D1" || code == "D2"
}
func (units) HasRegion(code string) bool { return strings.HasPrefix(code, "44") }

func openOffice(t *testing.T, change ...func(*identity.StaffNeeds)) *office {
	t.Helper()
	o := &office{t: t, at: time.Date(2026, 6, 15, 10, 0, 0, 0, time.UTC)}
	opened, err := store.Open(t.Context(), store.Options{
		URL: storetest.SQLite(t), Lanes: 1, Registry: org.NewRegistry(nil, nil), Now: o.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	if err := opened.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	needs := identity.StaffNeeds{Store: opened, Sealer: sealer, Blinder: privacy.NewBlinder(keys), Places: units{}, Now: o.now}
	for _, c := range change {
		c(&needs)
	}
	o.store, o.StaffService = opened, identity.NewStaffService(needs)
	return o
}

func (o *office) create(by *identity.Staff, d identity.Draft) (password string) {
	o.t.Helper()
	if d.Name == "" {
		d.Name = "姓名"
	}
	password, err := o.Create(o.t.Context(), by, d)
	if err != nil {
		o.t.Fatalf("create %s: %v", d.Login, err)
	}
	return password
}

func (o *office) get(login string) *identity.Staff {
	o.t.Helper()
	s, err := o.Get(o.t.Context(), nil, login)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

const here, elsewhere = "203.0.113.7", "198.51.100.9"

func (o *office) logIn(login, password, address string) (token string) {
	o.t.Helper()
	token, err := o.LogIn(o.t.Context(), login, password, address, "Browser/1")
	if err != nil {
		o.t.Fatalf("log %s in: %v", login, err)
	}
	return token
}

func (o *office) present(token string) *identity.Present {
	o.t.Helper()
	p, err := o.Present(o.t.Context(), token)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// stands wants a token's session to be at a step.
func (o *office) stands(token string, want identity.Step) *identity.Present {
	o.t.Helper()
	p := o.present(token)
	if p == nil || p.Step != want {
		o.t.Fatalf("got %+v, want step %d", p, want)
	}
	return p
}

const goodPassword = "correct horse lamp"

// handler is an account that needs no second factor, with its password.
func (o *office) handler(login string) {
	o.t.Helper()
	password := o.create(nil, identity.Draft{Login: login, Role: identity.Handler, Scope: identity.Scope{Department: "D1"}})
	p := o.stands(o.logIn(login, password, here), identity.NeedsPassword)
	if err := o.ChangePassword(o.t.Context(), p, "", goodPassword, goodPassword); err != nil {
		o.t.Fatal(err)
	}
	if err := o.LogOut(o.t.Context(), p); err != nil {
		o.t.Fatal(err)
	}
}

func kindOf(t *testing.T, err error, want fault.Kind, says string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != want || !strings.Contains(f.Error()+fmt.Sprint(f.Violations), says) {
		t.Errorf("got %v, want kind %d that says %q", err, want, says)
	}
}

func TestFirstLogin(t *testing.T) {
	o := openOffice(t)
	password := o.create(nil, identity.Draft{Login: "Sheng", Role: identity.Province})
	token := o.logIn("sheng ", password, here)
	p := o.stands(token, identity.NeedsPassword)
	for _, tt := range []struct{ password, again, says string }{
		{"short", "short", "至少"}, {"password123", "password123", "常见"}, {goodPassword, "other", "不一样"}, {password, password, "不同"},
	} {
		kindOf(t, o.ChangePassword(t.Context(), p, "", tt.password, tt.again), fault.Invalid, tt.says)
	}
	_, _, err := o.BeginTOTP(t.Context(), p)
	kindOf(t, err, fault.Conflict, "先完成")
	if err := o.ChangePassword(t.Context(), p, "", goodPassword, goodPassword); err != nil {
		t.Fatal(err)
	}
	p = o.stands(token, identity.NeedsTOTP)
	secret, address, err := o.BeginTOTP(t.Context(), p)
	if err != nil || !strings.Contains(address, "secret="+secret) || !strings.HasPrefix(address, "otpauth://totp/") || !strings.Contains(address, ":sheng?") {
		t.Fatalf("%s, %v", address, err)
	}
	p = o.stands(token, identity.NeedsTOTP)
	if again, _, err := o.BeginTOTP(t.Context(), p); err != nil || again != secret {
		t.Errorf("a page that is reloaded shows another secret: %v", err)
	}
	_, err = o.ConfirmTOTP(t.Context(), p, "", "000000")
	kindOf(t, err, fault.Invalid, "验证码不对")
	codes, err := o.ConfirmTOTP(t.Context(), p, "", o.code(secret))
	if err != nil || len(codes) != 10 {
		t.Fatalf("%v, %v", codes, err)
	}
	p = o.stands(token, identity.Through)
	if !p.Staff.TOTP || p.HasRecovery != 10 || p.Staff.Login != "sheng" {
		t.Errorf("%+v", p)
	}

	// From now on a login needs both; the code that confirmed it does not serve again.
	token = o.logIn("sheng", goodPassword, here)
	p = o.stands(token, identity.NeedsSecond)
	kindOf(t, o.ChangePassword(t.Context(), p, goodPassword, goodPassword+"2", goodPassword+"2"), fault.Conflict, "验证码")
	_, err = o.Second(t.Context(), p, o.code(secret))
	kindOf(t, err, fault.Invalid, "已用过")
	o.wait(30 * time.Second)
	renewed, err := o.Second(t.Context(), p, o.code(secret))
	if err != nil || renewed == token {
		t.Fatalf("the token stays the same: %v", err)
	}
	if o.present(token) != nil {
		t.Error("the token of before the second factor still serves")
	}
	o.stands(renewed, identity.Through)

	// Recovery codes stand in, once each, however they are written.
	for i, left := range []int{9, 8} {
		token = o.logIn("sheng", goodPassword, here)
		typed := codes[i]
		if i == 1 {
			typed = strings.ToUpper(strings.ReplaceAll(typed, "-", " "))
		}
		token, err = o.Second(t.Context(), o.stands(token, identity.NeedsSecond), typed)
		if err != nil {
			t.Fatal(err)
		}
		if p := o.stands(token, identity.Through); p.HasRecovery != left {
			t.Errorf("%d recovery codes are left, want %d", p.HasRecovery, left)
		}
	}
	_, err = o.Second(t.Context(), o.stands(o.logIn("sheng", goodPassword, here), identity.NeedsSecond), codes[0])
	kindOf(t, err, fault.Invalid, "已用过")
	_, err = o.NewRecovery(t.Context(), o.stands(renewed, identity.Through), "wrong password")
	kindOf(t, err, fault.Invalid, "现在的密码不对")
	if fresh, err := o.NewRecovery(t.Context(), o.stands(renewed, identity.Through), goodPassword); err != nil || len(fresh) != 10 {
		t.Error(err)
	}
	_, err = o.Second(t.Context(), o.stands(o.logIn("sheng", goodPassword, here), identity.NeedsSecond), codes[5])
	kindOf(t, err, fault.Invalid, "已用过")
}

func (o *office) code(secret string) string {
	o.t.Helper()
	code, err := totp.GenerateCode(secret, o.now())
	if err != nil {
		o.t.Fatal(err)
	}
	return code
}

// A one-time password is told in a message and pasted; the blanks and line ends that come with it are no part of it. Of one's own
// password every character counts.
func TestAOneTimePasswordMayBePasted(t *testing.T) {
	o := openOffice(t)
	password := o.create(nil, identity.Draft{Login: "zhang", Role: identity.Handler, Scope: identity.Scope{Department: "D1"}})
	p := o.stands(o.logIn("zhang", " "+password+"\t\n", here), identity.NeedsPassword)
	if err := o.ChangePassword(t.Context(), p, "", goodPassword, goodPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := o.LogIn(t.Context(), "zhang", goodPassword+" ", here, "Browser/1"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("one's own password with a blank behind it: got %v, want it refused", err)
	}
}

func TestLoginRefused(t *testing.T) {
	o := openOffice(t)
	o.handler("zhang")
	for _, tt := range []struct{ login, password string }{
		{"zhang", "wrong password"}, {"nobody", goodPassword}, {"", goodPassword}, {"zhang", ""}, {strings.Repeat("z", 65), "x"}, {"zhang", strings.Repeat("x", 129)},
	} {
		_, err := o.LogIn(t.Context(), tt.login, tt.password, here, "")
		kindOf(t, err, fault.Conflict, "账号或密码不对")
	}
	for _, tt := range []struct {
		state identity.State
		says  string
	}{{identity.Locked, "锁定"}, {identity.Disabled, "停用"}} {
		token := o.logIn("zhang", goodPassword, here)
		if err := o.SetState(t.Context(), nil, "zhang", 0, tt.state, ""); err != nil {
			t.Fatal(err)
		}
		if o.present(token) != nil {
			t.Errorf("%s: the session goes on", tt.state)
		}
		_, err := o.LogIn(t.Context(), "zhang", goodPassword, here, "")
		kindOf(t, err, fault.Conflict, tt.says)
		_, err = o.LogIn(t.Context(), "zhang", "wrong password", here, "") // who does not know the password learns nothing
		kindOf(t, err, fault.Conflict, "账号或密码不对")
		if err := o.SetState(t.Context(), nil, "zhang", 0, identity.Active, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func (o *office) guess(login, address string) error {
	_, err := o.LogIn(o.t.Context(), login, "wrong password", address, "")
	return err
}

func TestGuessingWaitsAndNobodyIsLockedOutForLong(t *testing.T) {
	o := openOffice(t)
	o.handler("zhang") // who has logged in from here
	o.handler("lisi")

	// From elsewhere somebody guesses as often as he may for two hours.
	guesses, longest := 0, time.Duration(0)
	for end := o.now().Add(2 * time.Hour); o.now().Before(end); {
		err := o.guess("zhang", elsewhere)
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		if f.Kind == fault.TooMany {
			longest = max(longest, f.RetryAfter)
			o.wait(f.RetryAfter)
			continue
		}
		guesses++
	}
	if longest > 15*time.Minute || guesses > 40 {
		t.Errorf("waited at most %v, guessed %d times", longest, guesses)
	}
	for fault.KindOf(o.guess("zhang", elsewhere)) != fault.TooMany { // and is waiting again now
		guesses++
	}
	// He who is guessed at comes in at once from where he always does.
	o.logIn("zhang", goodPassword, here)
	// From a new place he waits a quarter of an hour at most.
	if _, err := o.LogIn(t.Context(), "zhang", goodPassword, "192.0.2.44", ""); err != nil {
		kindOf(t, err, fault.TooMany, "分钟后再试")
		o.wait(15 * time.Minute)
		o.logIn("zhang", goodPassword, "192.0.2.44")
	}
	// Nor does guessing at many logins from one address go on for ever.
	refused := false
	for n := range 40 {
		err := o.guess(fmt.Sprint("someone", n), elsewhere)
		refused = refused || fault.KindOf(err) == fault.TooMany
	}
	if !refused {
		t.Error("one address may guess at any number of logins")
	}
	o.logIn("lisi", goodPassword, here)
}

func TestGuessesAtOnceAreCounted(t *testing.T) {
	o := openOffice(t)
	o.handler("zhang")
	var guessing sync.WaitGroup
	var mu sync.Mutex
	tried := 0
	for range 24 {
		guessing.Go(func() {
			if err := o.guess("zhang", elsewhere); fault.KindOf(err) == fault.Conflict {
				mu.Lock()
				tried++
				mu.Unlock()
			}
		})
	}
	guessing.Wait()
	if tried != 5 {
		t.Errorf("%d of 24 guesses at once were held against the password, want 5", tried)
	}
}

func TestSecondFactorCantBeGuessed(t *testing.T) {
	o := openOffice(t)
	_, secret := o.admin("sheng", identity.Province, identity.Scope{})
	p := o.stands(o.logIn("sheng", goodPassword, here), identity.NeedsSecond)
	var err error
	for range 5 {
		_, err = o.Second(t.Context(), p, "000000")
		kindOf(t, err, fault.Invalid, "验证码")
	}
	_, err = o.Second(t.Context(), p, o.code(secret))
	kindOf(t, err, fault.TooMany, "后再试")
	o.wait(31 * time.Second)
	if _, err = o.Second(t.Context(), p, o.code(secret)); err != nil {
		t.Error(err)
	}
}

func TestNothingPersonalIsKeptOpen(t *testing.T) {
	o := openOffice(t)
	o.create(nil, identity.Draft{Login: "zhang", Role: identity.Province, Email: "zhang@example.gov.cn"})
	account, err := o.store.Account(t.Context(), "zhang")
	if err != nil || account.Email != "" || len(account.EmailSealed) == 0 || strings.Contains(string(account.EmailSealed), "zhang") {
		t.Errorf("%+v, %v", account, err)
	}
}

func TestWithoutTOTP(t *testing.T) {
	o := openOffice(t, func(n *identity.StaffNeeds) { n.WithoutTOTP = true })
	token := o.logIn("sheng", o.create(nil, identity.Draft{Login: "sheng", Role: identity.Province}), here)
	if err := o.ChangePassword(t.Context(), o.present(token), "", goodPassword, goodPassword); err != nil {
		t.Fatal(err)
	}
	p := o.stands(token, identity.Through)
	secret, _, err := o.BeginTOTP(t.Context(), p) // who wants one may have one, and is asked for it from then on
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ConfirmTOTP(t.Context(), o.present(token), "", o.code(secret)); err != nil {
		t.Fatal(err)
	}
	o.stands(o.logIn("sheng", goodPassword, here), identity.NeedsSecond)

	// Another telephone: the old one serves until the new one is confirmed, and the password is asked for.
	p = o.present(token)
	another, _, err := o.BeginTOTP(t.Context(), p)
	if err != nil || another == secret {
		t.Fatal(err)
	}
	_, err = o.ConfirmTOTP(t.Context(), o.present(token), "wrong", o.code(another))
	kindOf(t, err, fault.Invalid, "现在的密码")
	if _, err := o.ConfirmTOTP(t.Context(), o.present(token), goodPassword, o.code(another)); err != nil {
		t.Fatal(err)
	}
	o.wait(time.Minute)
	p = o.stands(o.logIn("sheng", goodPassword, here), identity.NeedsSecond)
	if _, err := o.Second(t.Context(), p, o.code(secret)); err == nil {
		t.Error("the old telephone still serves")
	}
	if _, err := o.Second(t.Context(), p, o.code(another)); err != nil {
		t.Error(err)
	}
}
