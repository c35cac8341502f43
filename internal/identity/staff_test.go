package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
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

func TestWhoMayMakeWhom(t *testing.T) {
	o := openOffice(t)
	guangzhou, tianhe, shenzhen := identity.Scope{Region: "440100000000"}, identity.Scope{Region: "440106000000"}, identity.Scope{Region: "440300000000"}
	by := map[string]*identity.Staff{}
	for login, d := range map[string]identity.Draft{
		"sheng": {Role: identity.Province}, "guangzhou": {Role: identity.Regional, Scope: guangzhou},
		"bumen": {Role: identity.Department, Scope: identity.Scope{Department: "D1"}}, "dating": {Role: identity.Hall, Scope: identity.Scope{Hall: "H1"}},
		"gongdan": {Role: identity.Handler, Scope: identity.Scope{Department: "D1"}}, "shenji": {Role: identity.Auditor},
	} {
		d.Login = login
		o.create(nil, d)
		by[login] = o.get(login)
	}
	for n, tt := range []struct {
		by    string
		role  identity.Role
		scope identity.Scope
		says  string // empty: he may
	}{
		{"sheng", identity.Province, identity.Scope{}, ""},
		{"sheng", identity.Auditor, identity.Scope{}, ""},
		{"sheng", identity.Hall, identity.Scope{Hall: "H9"}, ""},
		{"guangzhou", identity.Province, identity.Scope{}, "不能设置这个角色"},
		{"guangzhou", identity.Auditor, guangzhou, "不能设置这个角色"},
		{"guangzhou", identity.Regional, guangzhou, ""},
		{"guangzhou", identity.Regional, tianhe, ""},
		{"guangzhou", identity.Regional, shenzhen, "超出"},
		{"guangzhou", identity.Regional, identity.Scope{Region: "440000000000"}, "超出"},
		{"guangzhou", identity.Regional, identity.Scope{}, "要填管理的区划"},
		{"guangzhou", identity.Department, identity.Scope{Department: "D1"}, ""},
		{"guangzhou", identity.Department, identity.Scope{Department: "D2"}, "超出"},
		{"guangzhou", identity.Hall, identity.Scope{Hall: "H1"}, ""},
		{"guangzhou", identity.Handler, identity.Scope{Hall: "H1", Department: "D1"}, ""},
		{"bumen", identity.Regional, guangzhou, "不能设置这个角色"},
		{"bumen", identity.Department, identity.Scope{Department: "D1"}, ""},
		{"bumen", identity.Handler, identity.Scope{Department: "D1"}, ""},
		{"bumen", identity.Handler, identity.Scope{Department: "D2"}, "超出"},
		{"bumen", identity.Handler, identity.Scope{Hall: "H1"}, "超出"},
		{"bumen", identity.Handler, identity.Scope{Department: "D1", Hall: "H1"}, ""},
		{"dating", identity.Handler, identity.Scope{Hall: "H1"}, ""},
		{"dating", identity.Handler, identity.Scope{Hall: "H2"}, "超出"},
		{"dating", identity.Department, identity.Scope{Department: "D1"}, "不能设置这个角色"},
		{"gongdan", identity.Handler, identity.Scope{Department: "D1"}, "不能设置这个角色"},
		{"shenji", identity.Handler, identity.Scope{Department: "D1"}, "不能设置这个角色"},
		{"sheng", identity.Handler, identity.Scope{}, "要填所在"},
		{"sheng", identity.Hall, identity.Scope{}, "要填管理的大厅"},
		{"sheng", identity.Department, identity.Scope{}, "要填管理的部门"},
		{"sheng", identity.Department, identity.Scope{Department: "D9"}, "没有这个部门"},
		{"sheng", identity.Hall, identity.Scope{Hall: "X"}, "没有这个大厅"},
		{"sheng", identity.Regional, identity.Scope{Region: "33"}, "没有这个区划"},
		{"sheng", identity.Regional, identity.Scope{Region: "guangzhou"}, "没有这个区划"},
		{"sheng", identity.Regional, identity.Scope{Region: "4401"}, ""},
		{"sheng", identity.Province, identity.Scope{Department: "D1"}, "请留空"},
		{"sheng", identity.Department, identity.Scope{Department: "D1", Hall: "H1"}, "请留空"},
		{"sheng", "root", identity.Scope{}, "请选择角色"},
	} {
		_, err := o.Create(t.Context(), by[tt.by], identity.Draft{Login: fmt.Sprint("new", n), Name: "新人", Role: tt.role, Scope: tt.scope})
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error()+fmt.Sprint(violations(err)), tt.says)) {
			t.Errorf("%s makes %s of %+v: got %v, want %q", tt.by, tt.role, tt.scope, err, tt.says)
		}
	}
	if got := o.get("new32"); got.Region != "440100000000" || got.Seat != "440100000000" {
		t.Errorf("a region of four digits became %+v", got)
	}
}

func violations(err error) []fault.Violation {
	var f *fault.Error
	errors.As(err, &f)
	if f == nil {
		return nil
	}
	return f.Violations
}

func TestDraftsSayAllThatIsWrong(t *testing.T) {
	o := openOffice(t)
	_, err := o.Create(t.Context(), nil, identity.Draft{Login: "1x", Role: "x", WorkNo: "a-b", Email: "no address", Scope: identity.Scope{Region: "x"}})
	var fields []string
	for _, v := range violations(err) {
		fields = append(fields, v.Field)
	}
	if got := strings.Join(fields, " "); got != "login name workNo email region role" {
		t.Errorf("got %s: %v", got, err)
	}
	o.create(nil, identity.Draft{Login: "zhang", Role: identity.Province})
	_, err = o.Create(t.Context(), nil, identity.Draft{Login: "ZHANG", Name: "张", Role: identity.Province})
	kindOf(t, err, fault.Invalid, "已经有了")
}

func TestManaging(t *testing.T) {
	o := openOffice(t)
	o.create(nil, identity.Draft{Login: "sheng", Role: identity.Province})
	o.create(nil, identity.Draft{Login: "guangzhou", Role: identity.Regional, Scope: identity.Scope{Region: "440100000000"}})
	o.create(nil, identity.Draft{Login: "tianhe", Role: identity.Handler, Scope: identity.Scope{Hall: "H1"}, Email: "wang@example.gov.cn"})
	o.create(nil, identity.Draft{Login: "shenzhen", Role: identity.Handler, Scope: identity.Scope{Department: "D2"}})
	sheng, guangzhou := o.get("sheng"), o.get("guangzhou")
	ctx := audit.With(t.Context(), audit.Origin{Actor: "guangzhou"})

	for _, login := range []string{"shenzhen", "nobody"} { // the same answer, so that nobody learns who is elsewhere
		_, err := o.Get(ctx, guangzhou, login)
		kindOf(t, err, fault.Missing, "没有这个账号")
		_, err = o.Reset(ctx, guangzhou, login, 1, "")
		kindOf(t, err, fault.Missing, "没有这个账号")
		kindOf(t, o.EndSession(ctx, guangzhou, login, ""), fault.Missing, "没有这个账号")
		_, err = o.SessionsOf(ctx, guangzhou, login)
		kindOf(t, err, fault.Missing, "没有这个账号")
	}
	_, err := o.Get(ctx, guangzhou, "sheng")
	kindOf(t, err, fault.Missing, "")
	kindOf(t, o.SetState(ctx, guangzhou, "guangzhou", 1, identity.Disabled, ""), fault.Conflict, "不能修改")
	kindOf(t, o.SetState(ctx, sheng, "sheng", 1, identity.Disabled, ""), fault.Conflict, "不能修改")
	kindOf(t, o.SetState(ctx, guangzhou, "tianhe", 1, "gone", ""), fault.Invalid, "状态")

	staff, err := o.List(ctx, guangzhou, identity.StaffFilter{}, "", 10)
	if err != nil || len(staff) != 2 || staff[0].Login != "guangzhou" || staff[1].Login != "tianhe" || staff[1].Email != "" {
		t.Errorf("listed: %+v, %v", staff, err)
	}
	if got, err := o.Get(ctx, guangzhou, "tianhe"); err != nil || got.Email != "wang@example.gov.cn" {
		t.Errorf("%+v, %v", got, err)
	}
	draft := identity.Draft{Name: "王五", Role: identity.Hall, Scope: identity.Scope{Hall: "H2"}, WorkNo: "7"}
	if err := o.Change(ctx, guangzhou, "tianhe", 1, draft); err != nil {
		t.Fatal(err)
	}
	kindOf(t, o.Change(ctx, guangzhou, "tianhe", 1, draft), fault.Conflict, "刚被别人修改过")
	if got := o.get("tianhe"); got.Role != identity.Hall || got.Hall != "H2" || got.Version != 2 || got.Email != "" || got.Name != "王五" {
		t.Errorf("%+v", got)
	}
	kindOf(t, o.Change(ctx, guangzhou, "tianhe", 2, identity.Draft{Name: "王五", Role: identity.Province}), fault.Invalid, "不能设置")

	// Lowered, he loses what he may at once; a reset ends everything.
	token, _ := o.admin("yuexiu", identity.Regional, identity.Scope{Region: "440104000000"})
	if err := o.Change(ctx, sheng, "yuexiu", 1, identity.Draft{Name: "李", Role: identity.Handler, Scope: identity.Scope{Hall: "H1"}}); err != nil {
		t.Fatal(err)
	}
	if p := o.stands(token, identity.Through); p.Staff.May(identity.ChangeStaff) {
		t.Error("he keeps what he might before")
	}
	password, err := o.Reset(ctx, sheng, "yuexiu", 2, "忘记密码")
	if err != nil || o.present(token) != nil {
		t.Fatalf("a reset leaves the session: %v", err)
	}
	o.stands(o.logIn("yuexiu", password, here), identity.NeedsPassword)
	_, err = o.LogIn(t.Context(), "yuexiu", goodPassword, here, "")
	kindOf(t, err, fault.Conflict, "不对")
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
