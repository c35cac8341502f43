package identity

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
)

// Bounds of an account's fields, in characters.
const (
	maxStaffName = 50
	maxWorkNo    = 30
	maxEmail     = 254
	maxReason    = 200
)

var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{2,31}$`)

// Draft is an account as somebody wants it.
type Draft struct {
	Login string // only for a new one
	Name  string
	Role  Role
	Scope
	WorkNo, Email string
}

// normalized trims it.
func (d Draft) normalized() (Draft, bool) {
	d.Login = strings.ToLower(strings.TrimSpace(d.Login))
	d.Name, d.WorkNo, d.Email = strings.TrimSpace(d.Name), strings.TrimSpace(d.WorkNo), strings.TrimSpace(d.Email)
	scope, ok := normalizeScope(d.Scope)
	d.Scope = scope
	return d, ok
}

// check reports everything that is wrong with it, for who is to make it; by is nil for the operator at the command line.
func (s *StaffService) check(by *Staff, d *Draft, regionOK bool) (seat string, err error) {
	var violations []fault.Violation
	refuse := func(when bool, field, reason string) bool {
		if when {
			violations = append(violations, fault.Violation{Field: field, Reason: reason})
		}
		return when
	}
	refuse(d.Name == "" || utf8.RuneCountInString(d.Name) > maxStaffName, "name", fmt.Sprintf("请填写姓名，最多%d个字", maxStaffName))
	refuse(utf8.RuneCountInString(d.WorkNo) > maxWorkNo || strings.Contains(d.WorkNo, "-"), "workNo", fmt.Sprintf("工号最多%d个字符，不含“-”", maxWorkNo))
	if d.Email != "" {
		parsed, err := mail.ParseAddress(d.Email)
		refuse(err != nil || parsed.Address != d.Email || len(d.Email) > maxEmail, "email", "请填写邮箱地址，如 name@example.gov.cn；没有可不填")
	}
	refuse(!regionOK || d.Region != "" && !s.places.HasRegion(d.Region), "region", "没有这个区划，请填12位区划编码")
	seat = d.Region
	if d.Department != "" {
		region, ok := s.places.DepartmentRegion(d.Department)
		if !refuse(!ok, "department", "没有这个部门，请核对部门编码") && seat == "" {
			seat = region
		}
	}
	if d.Hall != "" {
		region, ok := s.places.HallRegion(d.Hall)
		if !refuse(!ok, "hall", "没有这个大厅，请核对大厅编码") && seat == "" {
			seat = region
		}
	}
	if !refuse(!d.Role.Known(), "role", "请选择角色") && !refuse(by != nil && !slices.Contains(by.Role.Makes(), d.Role), "role", "您不能设置这个角色") {
		if field, reason := scopeFault(d.Role, d.Scope); reason != "" {
			refuse(true, field, reason)
		}
	}
	if by != nil && violations == nil && !d.Scope.Within(withSeat(by.Scope, d.Scope, seat)) {
		refuse(true, firstBound(by.Scope), "超出您自己的管理范围")
	}
	if violations != nil {
		return "", fault.NewInvalid(violations...)
	}
	return seat, nil
}

// withSeat is what bounds a draft: the region of who makes it bounds by where the draft's unit is, when it names none itself.
func withSeat(own, draft Scope, seat string) Scope {
	if draft.Region == "" && own.Covers(Place{Region: seat, Department: draft.Department, Hall: draft.Hall}) && (draft.Department != "" || draft.Hall != "") {
		own.Region = ""
	}
	return own
}

func firstBound(s Scope) string {
	switch {
	case s.Hall != "":
		return "hall"
	case s.Department != "":
		return "department"
	default:
		return "region"
	}
}

// scopeFault says what a role's scope lacks or has too much.
func scopeFault(role Role, s Scope) (field, reason string) {
	switch {
	case role == Regional && s.Region == "":
		return "region", "区域管理员要填管理的区划"
	case role == Department && s.Department == "":
		return "department", "部门管理员要填管理的部门"
	case role == Hall && s.Hall == "":
		return "hall", "大厅管理员要填管理的大厅"
	case role == Handler && s.Department == "" && s.Hall == "":
		return "department", "工单处理员要填所在的部门或大厅"
	case (role == Province || role == Regional) && s.Department != "":
		return "department", "这个角色不按部门限定，请留空"
	case (role == Province || role == Regional || role == Department) && s.Hall != "":
		return "hall", "这个角色不按大厅限定，请留空"
	}
	return "", ""
}

// MayManage says whether somebody may change an account: a role that he may make, within his scope, not himself.
func MayManage(by *Staff, of *Staff) bool {
	return by.May(ChangeStaff) && by.Login != of.Login && slices.Contains(by.Role.Makes(), of.Role) && sees(by, of)
}

// sees says whether an account stands in the scope of somebody.
func sees(by *Staff, of *Staff) bool { return by.Scope.Covers(of.Standing()) }

// Standing is where an account belongs: its unit, and the region that it is for or that its unit is in.
func (s *Staff) Standing() Place {
	return Place{Region: s.Seat, Department: s.Department, Hall: s.Hall}
}

// Create makes an account and gives its one-time password. by is nil for the operator.
func (s *StaffService) Create(ctx context.Context, by *Staff, d Draft) (password string, err error) {
	d, regionOK := d.normalized()
	seat, err := s.check(by, &d, regionOK)
	if !loginForm.MatchString(d.Login) {
		err = joinViolation(err, fault.Violation{Field: "login", Reason: "应为3到32位小写字母、数字、点、下划线或短横线，以字母开头"})
	}
	if err != nil {
		return "", err
	}
	password = oneTimePassword()
	account := Account{PasswordHash: HashPassword(password), Staff: Staff{
		Login: d.Login, Name: d.Name, Role: d.Role, Scope: d.Scope, WorkNo: d.WorkNo, Seat: seat, State: Active, MustChange: true,
		CreatedAt: s.now(), Version: 1,
	}}
	s.sealEmail(&account, d.Email)
	err = s.store.CreateAccount(ctx, account, audit.Entry{Action: "staff.create", Object: object(d.Login), After: Told(&account.Staff)})
	if errors.Is(err, ErrLoginTaken) {
		return "", fault.NewInvalid(fault.Violation{Field: "login", Reason: "这个账号已经有了，请换一个"})
	}
	if err != nil {
		return "", fmt.Errorf("create an account: %w", err)
	}
	return password, nil
}

// joinViolation adds a violation before those of err.
func joinViolation(err error, v fault.Violation) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return fault.NewInvalid(append([]fault.Violation{v}, f.Violations...)...)
	}
	if err != nil {
		return err
	}
	return fault.NewInvalid(v)
}

// Told is an account in the audit log, without what is personal.
func Told(s *Staff) string {
	return fmt.Sprintf("role=%s region=%s department=%s hall=%s state=%s", s.Role, s.Region, s.Department, s.Hall, s.State)
}

// Get finds an account within the scope of somebody.
func (s *StaffService) Get(ctx context.Context, by *Staff, login string) (*Staff, error) {
	account, err := s.account(ctx, login)
	if err != nil {
		return nil, err
	}
	if by != nil && !sees(by, &account.Staff) {
		return nil, noStaff()
	}
	return &account.Staff, nil
}

// List gives the accounts within the scope of somebody, by login, after one. E-mail addresses stay sealed.
func (s *StaffService) List(ctx context.Context, by *Staff, filter StaffFilter, after string, limit int) ([]Staff, error) {
	if by != nil {
		filter.Bounds = by.Bounds()
	}
	staff, err := s.store.Staff(ctx, filter, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return staff, nil
}

// Change gives an account another name, role, scope, work number and e-mail address. version is the one that the person saw.
func (s *StaffService) Change(ctx context.Context, by *Staff, login string, version int, d Draft) error {
	d, regionOK := d.normalized()
	seat, err := s.check(by, &d, regionOK)
	if err != nil {
		return err
	}
	return s.manage(ctx, by, login, version, "staff.change", "", func(account *Account) bool {
		account.Name, account.Role, account.Scope, account.WorkNo, account.Seat = d.Name, d.Role, d.Scope, d.WorkNo, seat
		s.sealEmail(account, d.Email)
		return false
	})
}

// Reset gives an account a new one-time password and drops its second factor; its sessions end.
func (s *StaffService) Reset(ctx context.Context, by *Staff, login string, version int, reason string) (password string, err error) {
	password = oneTimePassword()
	hash := HashPassword(password)
	err = s.manage(ctx, by, login, version, "staff.reset", reason, func(account *Account) bool {
		account.PasswordHash, account.MustChange = hash, true
		account.TOTP, account.TOTPSealed, account.PendingSealed, account.TOTPStep, account.Recovery = false, nil, nil, 0, nil
		return true
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// SetState locks, disables or activates an account; sessions of one that may not be used end.
func (s *StaffService) SetState(ctx context.Context, by *Staff, login string, version int, state State, reason string) error {
	if state != Active && state != Locked && state != Disabled {
		return fault.NewInvalid(fault.Violation{Field: "state", Reason: "请选择状态"})
	}
	return s.manage(ctx, by, login, version, "staff."+string(state), reason, func(account *Account) bool {
		account.State = state
		return state != Active
	})
}

// anyVersion is for the operator, who saw none.
const anyVersion = 0

// manage changes an account as an administrator. change says whether its sessions end.
func (s *StaffService) manage(ctx context.Context, by *Staff, login string, version int, action, reason string, change func(*Account) bool) error {
	if utf8.RuneCountInString(reason) > maxReason {
		return fault.NewInvalid(fault.Violation{Field: "reason", Reason: fmt.Sprintf("原因最多%d个字", maxReason)})
	}
	err := s.store.ChangeAccount(ctx, login, func(account *Account) (AccountChange, error) {
		switch {
		case by != nil && !sees(by, &account.Staff):
			return AccountChange{}, noStaff()
		case by != nil && !MayManage(by, &account.Staff):
			return AccountChange{}, fault.NewConflict("您不能修改这个账号")
		case version != anyVersion && version != account.Version:
			return AccountChange{}, fault.NewConflict("这个账号在您打开页面以后改过了，没有保存。请返回看过现在的内容再改")
		}
		before := Told(&account.Staff)
		end := change(account)
		account.Version++
		return AccountChange{EndSessions: end, Entry: audit.Entry{
			Action: action, Object: object(login), Before: before, After: Told(&account.Staff), Reason: reason,
		}}, nil
	})
	if errors.Is(err, ErrNoStaff) {
		return noStaff()
	}
	return err
}

// SessionsOf are the sessions of an account within the scope of somebody.
func (s *StaffService) SessionsOf(ctx context.Context, by *Staff, login string) ([]ListedSession, error) {
	if _, err := s.Get(ctx, by, login); err != nil {
		return nil, err
	}
	return s.sessions(ctx, login, [16]byte{})
}

// EndSession ends a session of an account that somebody may change, or all when id is empty.
func (s *StaffService) EndSession(ctx context.Context, by *Staff, login, id string) error {
	of, err := s.Get(ctx, by, login)
	if err != nil {
		return err
	}
	if by != nil && !MayManage(by, of) {
		return fault.NewConflict("您不能修改这个账号")
	}
	entry := audit.Entry{Action: "staff.session-ended", Object: object(login)}
	_, err = s.store.EndStaffSessions(ctx, login, func(o *StoredSession) bool { return id == "" || sessionID(o.Token) == id }, entry)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}
