package venue

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
)

// Fields of a form, as violations name them.
var formNames = map[field]string{
	region: "region", level: "level", hallName: "name", address: "address", telephone: "telephone", hours: "hours",
	departmentName: "departmentName", departmentCode: "department", windowNumber: "number", windowName: "name",
	workNo: "workNo", officerName: "name",
}

// Mark tells apart two states of a hall, a window or an officer: a form holds it, so that who saves it saves over what he saw.
func Mark(thing any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", thing))
	return hex.EncodeToString(sum[:12])
}

// editing is what is stored, for one change of it.
type editing struct {
	halls    []Hall
	windows  []Window
	officers []Officer
	all      []Hall // those that became part of others, too
	registry *org.Registry
	bound    Bound
	wrong    []fault.Violation
}

func (s *Service) edit(ctx context.Context, bound Bound) (*editing, error) {
	halls, windows, officers, err := s.store.Venues(ctx)
	if err != nil {
		return nil, fmt.Errorf("load halls: %w", err)
	}
	now, _ := current(halls, s.registry.Successions())
	return &editing{halls: now, windows: windows, officers: officers, all: halls, registry: s.registry, bound: bound}, nil
}

func (e *editing) refuse(f field, reason string) {
	e.wrong = append(e.wrong, fault.Violation{Field: formNames[f], Reason: columns[f].name + reason})
}

// read gives a field its form, and refuses what it may not hold.
func (e *editing) read(f field, text *string) {
	clean, reason := columns[f].read(strings.TrimSpace(*text))
	switch {
	case reason != "":
		e.refuse(f, reason)
	case clean == "" && columns[f].required:
		e.refuse(f, "不能为空")
	default:
		*text = clean
	}
}

func (e *editing) fault() error {
	if len(e.wrong) == 0 {
		return nil
	}
	return fault.NewInvalid(e.wrong...)
}

func missing() error { return fault.NewMissing("没有找到，或它不在您的管理范围内") }

func find[T any](things []T, is func(*T) bool) (thing T, known bool) {
	for i := range things {
		if is(&things[i]) {
			return things[i], true
		}
	}
	return thing, false
}

// hall finds a hall within the bound.
func (e *editing) hall(code string) (Hall, error) {
	h, known := find(e.halls, func(h *Hall) bool { return h.Code == code })
	if !known || !e.bound.covers(h.RegionCode, "", h.Code) {
		return h, missing()
	}
	return h, nil
}

// window finds a window within the bound, with its hall.
func (e *editing) window(code string) (w Window, h Hall, err error) {
	w, known := find(e.windows, func(w *Window) bool { return w.Code == code })
	if known {
		h, known = find(e.halls, func(h *Hall) bool { return h.Code == w.HallCode })
	}
	if !known || !e.bound.covers(h.RegionCode, w.DepartmentCode, h.Code) {
		return w, h, missing()
	}
	return w, h, nil
}

// save stores a change; stale is what to say when somebody else was faster.
func (s *Service) save(ctx context.Context, changes Changes) error {
	err := s.store.SaveVenues(ctx, changes)
	switch {
	case errors.Is(err, ErrStale):
		return errors.Join(errStale(), s.Load(ctx))
	case errors.Is(err, ErrTaken):
		return errors.Join(fault.NewConflict("另有人刚刚用了同样的名称、号码或编码，请换一个，或返回看看现在的内容"), s.Load(ctx))
	case err != nil:
		return fmt.Errorf("save halls: %w", err)
	}
	return s.Load(ctx)
}

func errStale() error {
	return fault.NewConflict("您打开页面以后，这里改过了，您的修改没有保存。请返回看过现在的内容，再改一次")
}

// SaveHall changes a hall, or adds one where code is empty, and gives its code. mark is that of what the person saw. Violations
// name the fields of a form: region, level, name, address, telephone, hours. A hall of the same name that is closed counts, too.
func (s *Service) SaveHall(ctx context.Context, code, mark string, is Hall, bound Bound) (string, error) {
	e, err := s.edit(ctx, bound)
	if err != nil {
		return "", err
	}
	var was Hall
	if code != "" {
		if was, err = e.hall(code); err != nil {
			return "", err
		}
	}
	is.Code, is.Retired = code, was.Retired
	e.readHall(&is, code, was.RegionCode)
	if err := e.fault(); err != nil {
		return "", err
	}
	if code == "" {
		last := numbers{}
		for _, h := range e.all {
			last.learn(h.Code, hallDigits)
		}
		var ok bool
		if is.Code, ok = last.next(is.RegionCode[:regionDigits], hallDigits); !ok {
			return "", fault.NewConflict("这个区划的大厅编码已用完，请与系统管理员联系")
		}
		return is.Code, s.save(ctx, Changes{
			NewHalls: []Hall{is}, Told: []Note{{Action: "hall.add", Object: "hall:" + is.Code, After: told(Hall{}, is)}},
		})
	}
	if is == was { // also when it was sent twice
		return code, nil
	}
	if Mark(was) != mark {
		return "", errStale()
	}
	return code, s.save(ctx, Changes{
		ChangedHalls: []Hall{is}, Seen: Seen{Halls: []Hall{was}},
		Told: []Note{{Action: "hall.change", Object: "hall:" + code, Before: told(is, was), After: told(was, is)}},
	})
}

func (e *editing) readHall(is *Hall, code, from string) {
	for _, f := range []struct {
		f    field
		text *string
	}{{region, &is.RegionCode}, {level, &is.Level}, {hallName, &is.Name}, {address, &is.Address}, {telephone, &is.Telephone}, {hours, &is.Hours}} {
		e.read(f.f, f.text)
	}
	if len(e.wrong) > 0 {
		return
	}
	where := newPlaces(e.registry)
	found, reason := where.Find(is.RegionCode)
	if reason == "" {
		reason = where.fits(found, is.Level)
	}
	if reason != "" {
		e.refuse(region, "："+reason)
		return
	}
	is.RegionCode = found
	// Moving a hall is for who has both regions: who has the hall alone may not.
	if found != from && !e.bound.covers(found, "", "") {
		e.refuse(region, "不在您的管理范围内")
	}
	for i := range e.halls {
		if h := &e.halls[i]; h.Code != code && h.RegionCode == found && h.Name == is.Name {
			e.refuse(hallName, "与同一区划内的另一大厅（编码 "+h.Code+closed(h.Retired)+"）重名")
		}
	}
}

func closed(retired bool) string {
	if retired {
		return "，已停用，可以重新启用"
	}
	return ""
}

// SaveWindow changes a window, or adds one to the hall is.HallCode where code is empty, and gives its code. Violations name the
// fields number, name, department, departmentName.
func (s *Service) SaveWindow(ctx context.Context, code, mark string, is Window, bound Bound) (string, error) {
	e, err := s.edit(ctx, bound)
	if err != nil {
		return "", err
	}
	var was Window
	var h Hall
	if code == "" {
		if h, _ = find(e.halls, func(h *Hall) bool { return h.Code == is.HallCode }); h.Code == "" {
			return "", missing()
		}
	} else {
		if was, h, err = e.window(code); err != nil {
			return "", err
		}
	}
	is.Code, is.HallCode, is.Retired = code, h.Code, was.Retired
	e.read(windowNumber, &is.Number)
	e.read(windowName, &is.Name)
	e.read(departmentCode, &is.DepartmentCode)
	e.read(departmentName, &is.DepartmentName)
	if !e.bound.covers(h.RegionCode, is.DepartmentCode, h.Code) {
		if code == "" && !e.bound.covers(h.RegionCode, "", h.Code) && is.DepartmentCode == "" {
			return "", missing()
		}
		e.refuse(departmentCode, "不在您的管理范围内")
	}
	for i := range e.windows {
		if w := &e.windows[i]; w.Code != code && w.HallCode == h.Code && w.Number == is.Number {
			e.refuse(windowNumber, "“"+w.Number+"”已是这个大厅另一窗口（编码 "+w.Code+closed(w.Retired)+"）的号码")
		}
	}
	if err := e.fault(); err != nil {
		return "", err
	}
	if code == "" {
		last := numbers{}
		for _, w := range e.windows {
			last.learn(w.Code, windowDigits)
		}
		var ok bool
		if is.Code, ok = last.next(h.Code, windowDigits); !ok {
			return "", fault.NewConflict("这个大厅的窗口编码已用完，请与系统管理员联系")
		}
		return is.Code, s.save(ctx, Changes{
			NewWindows: []Window{is}, Told: []Note{{Action: "window.add", Object: "window:" + is.Code, After: told(Window{}, is)}},
		})
	}
	if is == was { // also when it was sent twice
		return code, nil
	}
	if Mark(was) != mark {
		return "", errStale()
	}
	return code, s.save(ctx, Changes{
		ChangedWindows: []Window{is}, Seen: Seen{Windows: []Window{was}},
		Told: []Note{{Action: "window.change", Object: "window:" + code, Before: told(is, was), After: told(was, is)}},
	})
}

// SaveOfficer changes the officer of a hall who has that work number, or adds one where it is empty. Another work number is
// another officer: the former one is retired, and his figures stay his. Violations name the fields workNo, name, window.
func (s *Service) SaveOfficer(ctx context.Context, number, mark string, is Officer, bound Bound) error {
	e, err := s.edit(ctx, bound)
	if err != nil {
		return err
	}
	h, err := e.hall(is.HallCode)
	if err != nil {
		return err
	}
	is.HallCode = h.Code
	at := func(no string) (Officer, bool) {
		return find(e.officers, func(o *Officer) bool { return o.HallCode == h.Code && o.WorkNo == no })
	}
	was, known := at(number)
	if number != "" && !known {
		return missing()
	}
	e.read(workNo, &is.WorkNo)
	e.read(officerName, &is.Name)
	if is.WorkNo == "" && len(e.wrong) == 0 {
		e.refuse(workNo, "不能为空")
	}
	if is.WorkNo != number {
		if other, taken := at(is.WorkNo); taken && number == "" && other == is { // it was sent twice
			return nil
		} else if taken && is.WorkNo != "" {
			e.refuse(workNo, "“"+is.WorkNo+"”已是这个大厅另一人的工号"+closed(other.Retired))
		}
	}
	if is.WindowCode != "" {
		w, known := find(e.windows, func(w *Window) bool { return w.Code == is.WindowCode && w.HallCode == h.Code })
		if !known || w.Retired {
			e.wrong = append(e.wrong, fault.Violation{Field: "window", Reason: "请选择这个大厅在用的窗口"})
		}
	}
	if err := e.fault(); err != nil {
		return err
	}
	is.Retired = known && is.WorkNo == number && was.Retired
	if known && is != was && Mark(was) != mark {
		return errStale()
	}
	changes := Changes{Officers: []Officer{is}}
	object := "officer:" + h.Code + "/"
	switch {
	case !known:
		changes.Told = []Note{{Action: "officer.add", Object: object + is.WorkNo, After: "窗口：" + cmp.Or(is.WindowCode, "不固定")}}
	case is == was:
		return nil
	case is.WorkNo == number:
		changes.Seen.Officers = []Officer{was}
		note := Note{Action: "officer.change", Object: object + number}
		if is.Name != was.Name { // names of persons stay out of the audit log
			note.After = "改了姓名；"
		}
		if is.WindowCode != was.WindowCode {
			note.Before, note.After = "窗口："+cmp.Or(was.WindowCode, "不固定"), note.After+"窗口："+cmp.Or(is.WindowCode, "不固定")
		}
		changes.Told = []Note{note}
	default:
		changes.Seen.Officers = []Officer{was}
		was.Retired = true
		changes.Officers = append(changes.Officers, was)
		changes.Told = []Note{{Action: "officer.number", Object: object + number, Before: number, After: is.WorkNo}}
	}
	return s.save(ctx, changes)
}

// told are the facts of a hall or a window that differ from another's, in words.
func told[T Hall | Window](from, is T) string {
	a, b := facts(any(from)), facts(any(is))
	var parts []string
	for i := range b {
		if b[i] != a[i] {
			parts = append(parts, b[i][0]+"："+b[i][1])
		}
	}
	return strings.Join(parts, "；")
}

func facts(thing any) [][2]string {
	name := func(f field) string { return columns[f].name }
	switch t := thing.(type) {
	case Hall:
		return [][2]string{
			{name(region), t.RegionCode},
			{name(level), t.Level},
			{name(hallName), t.Name},
			{name(address), t.Address},
			{name(telephone), t.Telephone},
			{name(hours), t.Hours},
		}
	case Window:
		return [][2]string{
			{name(windowNumber), t.Number}, {name(windowName), t.Name}, {name(departmentCode), t.DepartmentCode}, {name(departmentName), t.DepartmentName},
		}
	default:
		return nil
	}
}
