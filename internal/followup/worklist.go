package followup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// MaxPage is the most cases a list gives.
const MaxPage = 200

// Filter is what a person looks for; the zero value is every open case of his scope.
type Filter struct {
	// State is one of States; empty with Ended false is every open one, with Ended true every ended one.
	State State
	Ended bool
	// Within narrows the person's scope; what is outside of it is never given.
	Within     Scope
	Urgency    Urgency // empty is any; it bounds open cases alone
	Supervised bool    // those alone
	Assignee   string  // a login; Unassigned is nobody
	DueBefore  time.Time
	Serial     string // how it begins
}

// Unassigned is the assignee of a filter for cases that have none.
const Unassigned = "-"

// Position is a place in a worklist.
type Position struct {
	Due    time.Time
	Slot   int
	Serial string
}

// PositionOf is where a case stands in a worklist.
func PositionOf(c *Case) *Position { return &Position{c.Due, c.Slot, c.Serial} }

// Query is a filter as it is asked of the store. All conditions hold together.
type Query struct {
	Filter
	// Scope is the person's own; WorkNo is a number whose cases are left out.
	Scope  Scope
	WorkNo string
	// Now, and Soon until when what is due is due soon.
	Now, Soon time.Time
	// After and Before are exclusive places to go on from, forwards or backwards; at most one of them. The answer is in order of
	// due, slot and serial number either way.
	After, Before *Position
	Limit         int
}

// Counts are open cases by urgency.
type Counts struct {
	Open, Overdue, Soon, Supervised, Appealed, Unassigned int
	Mine                                                  int // assigned to who asks
}

// List gives a page of the worklist, the most urgent first, after or before a place (nil begins). It shows cases that were opened:
// a new one is there after the next round of Keep.
func (s *Service) List(ctx context.Context, by Actor, f Filter, after, before *Position, limit int) ([]Case, error) {
	q, err := s.query(&by, f)
	if err != nil {
		return nil, err
	}
	q.After, q.Before, q.Limit = after, before, min(max(limit, 1), MaxPage)
	return s.store.ListCases(ctx, q)
}

// Count counts the open cases of a person's scope, or of a part of it, by urgency.
func (s *Service) Count(ctx context.Context, by Actor, within Scope) (Counts, error) {
	q, err := s.query(&by, Filter{Within: within})
	if err != nil {
		return Counts{}, err
	}
	q.Assignee = by.Login
	return s.store.CountCases(ctx, q)
}

func (s *Service) query(by *Actor, f Filter) (Query, error) {
	if f.State != "" {
		if f.State.Word() == "" {
			return Query{}, fault.NewInvalidPage("没有这种工单状态，请重新选择")
		}
		f.Ended = f.State.Ended()
	}
	if f.Urgency != "" && f.Urgency.Word() == "" {
		return Query{}, fault.NewInvalidPage("没有这种紧急程度，请重新选择")
	}
	if code, ok := org.NormalizeRegion(f.Within.Region); f.Within.Region != "" {
		if !ok {
			return Query{}, fault.NewInvalidPage("区划代码应为2到12位数字")
		}
		f.Within.Region = code
	}
	if len(f.Serial) > 64 || len(f.Assignee) > 128 || len(f.Within.Department) > maxCode || len(f.Within.Hall) > maxCode {
		return Query{}, fault.NewInvalidPage("查询条件过长，请缩短后重试")
	}
	if f.Ended {
		f.Urgency = "" // nothing that has ended is urgent
	}
	f.Serial = strings.ToUpper(strings.TrimSpace(f.Serial))
	now := s.now()
	at := terms{now: now, calendar: s.calendar}
	return Query{Filter: f, Scope: by.Scope, WorkNo: by.WorkNo, Now: now, Soon: at.soon()}, nil
}

// Urgency says how a case stands with its limit now, and Left how many working days are left: 0 is today, less than 0 is past.
// certain is false when the limit lies in a year whose holidays were not published, and weekdays stand in for them.
func (s *Service) Urgency(c *Case) (urgency Urgency, left int, certain bool) {
	now := s.now()
	at := terms{now: now, calendar: s.calendar}
	return UrgencyOf(c, now, at.soon()), s.calendar.Between(now, c.Due), s.calendar.KnownThrough(now, c.Due)
}

// Detail is all about one case.
type Detail struct {
	Case   Case
	Events []Event // oldest first
	Files  []Attachment
	Moves  []Move // that this person may make now
}

// Attachment is evidence without its content.
type Attachment struct {
	ID, Name string
	Kind     FileKind
	Size     int
	At       time.Time
	Actor    string
}

// Detail gives one case; fault.Missing when there is none that this person may see.
func (s *Service) Detail(ctx context.Context, by Actor, serial string) (Detail, error) {
	c, err := s.seen(ctx, &by, serial)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Case: c, Moves: Moves(&by, &c)}
	if d.Events, err = s.store.CaseEvents(ctx, serial); err != nil {
		return Detail{}, err
	}
	if err := s.open(d.Events); err != nil {
		return Detail{}, err
	}
	files, err := s.store.CaseFiles(ctx, serial)
	if err != nil {
		return Detail{}, err
	}
	for _, f := range files {
		if len(f.Name) == 0 {
			d.Files = append(d.Files, Attachment{f.ID, "（已按规定删除）", f.Kind, f.Size, f.At, f.Actor})
			continue
		}
		name, err := s.sealer.Open(f.Name, NameContext(serial, f.ID))
		if errors.Is(err, privacy.ErrForged) {
			name, err = []byte(unreadable), nil
		}
		if err != nil {
			return Detail{}, fmt.Errorf("open the name of evidence %s: %w", f.ID, err)
		}
		d.Files = append(d.Files, Attachment{f.ID, string(name), f.Kind, f.Size, f.At, f.Actor})
	}
	return d, nil
}

// Evidence gives one file of a case. It is to be sent as an attachment with its Kind and nosniff, never shown within a page.
func (s *Service) Evidence(ctx context.Context, by Actor, serial, id string) (File, error) {
	if _, err := s.seen(ctx, &by, serial); err != nil {
		return File{}, err
	}
	f, err := s.store.CaseFile(ctx, serial, id)
	if err != nil {
		return File{}, err
	}
	if len(f.Name) == 0 {
		return File{}, fault.NewMissing("这份材料已按规定删除")
	}
	content, err := s.sealer.Open(f.Content, FileContext(serial, id))
	if errors.Is(err, privacy.ErrForged) {
		return File{}, fault.NewUnavailable("这份附件打不开，可能缺少密钥或文件已损坏；请把工单流水号告诉技术人员，或请申诉单位另行提供", 0, fmt.Errorf("open evidence %s: %w", id, err))
	}
	if err != nil {
		return File{}, fmt.Errorf("open evidence %s: %w", id, err)
	}
	name, err := s.sealer.Open(f.Name, NameContext(serial, id))
	if errors.Is(err, privacy.ErrForged) {
		name, err = []byte(fileName("", f.Kind)), nil
	}
	if err != nil {
		return File{}, fmt.Errorf("open the name of evidence %s: %w", id, err)
	}
	return File{string(name), f.Kind, content}, nil
}

func (s *Service) seen(ctx context.Context, by *Actor, serial string) (Case, error) {
	if _, ours := review.SlotOfSerial(serial); !ours {
		return Case{}, missing()
	}
	c, err := s.store.FindCase(ctx, serial)
	if fault.KindOf(err) == fault.Missing || err == nil && !by.Sees(&c) {
		return Case{}, missing()
	}
	if err != nil {
		return Case{}, err
	}
	if c.Due.IsZero() {
		at, err := s.terms(ctx)
		if err != nil {
			return Case{}, err
		}
		c.Due = at.opening(&c)
	}
	return c, nil
}

// LastKnownYear is the last year whose holidays were published: limits in later ones count weekdays.
func (s *Service) LastKnownYear() int { return s.calendar.LastKnown() }
