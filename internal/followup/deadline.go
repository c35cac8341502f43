package followup

import (
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
)

// Limits are how many working days each step may take.
type Limits struct {
	Verify  int // from opening, or from an appeal that was refused, to what the unit makes of it
	Rectify int // from there to the answer to the reviewer, for explanations too
	Decide  int // of an appeal
}

// Standard are the limits where no rule says otherwise (domain.md 3).
var Standard = Limits{Verify: 3, Rectify: 10, Decide: 3}

// MaxLimit is the longest limit, in working days.
const MaxLimit = 60

// silentDays is how many days a reviewer has to say what he thinks of an answer (domain.md 3). They are days, not working days.
const silentDays = 7

// reopenDays is how long after a case was closed its reviewer may come back to it.
const reopenDays = 30

// Rule sets limits for a region and all below it, for a department, or for a department's cases of a region; an empty field is
// any.
type Rule struct {
	Region, Department string
	Limits
}

// Words are the limits in words.
func (l Limits) Words() string {
	return fmt.Sprintf("联系核实%d、整改或解释%d、申诉复核%d个工作日", l.Verify, l.Rectify, l.Decide)
}

// Check finds fault with a rule.
func (r *Rule) Check() error {
	var violations []fault.Violation
	for field, days := range map[string]int{"verify": r.Verify, "rectify": r.Rectify, "decide": r.Decide} {
		if days < 1 || days > MaxLimit {
			violations = append(violations, fault.Violation{Field: field, Reason: "请填写1到60之间的工作日数"})
		}
	}
	if code, ok := org.NormalizeRegion(r.Region); r.Region != "" && (!ok || code != r.Region) {
		violations = append(violations, fault.Violation{Field: "region", Reason: "请填写12位区划代码，或留空"})
	}
	if len(r.Department) > maxCode {
		violations = append(violations, fault.Violation{Field: "department", Reason: "部门代码过长"})
	}
	if len(violations) > 0 {
		return fault.NewInvalid(violations...)
	}
	return nil
}

// maxCode is the longest code of a department, in bytes.
const maxCode = 64

// LimitsOf are those of a case: the most special rule wins, a department's before a region's, a lower region's before a higher
// one's.
func LimitsOf(rules []Rule, c *Case) Limits {
	limits, best := Standard, -1
	for i := range rules {
		r := &rules[i]
		from, to := org.Range(r.Region)
		if r.Region != "" && (c.Region < from || c.Region >= to) || r.Department != "" && r.Department != c.Department {
			continue
		}
		special := 0
		if r.Department != "" {
			special = 100
		}
		if r.Region != "" {
			special += 1 + int(org.LevelOf(r.Region))
		}
		if special > best {
			limits, best = r.Limits, special
		}
	}
	return limits
}

// Calendar reckons in working days; workday.Calendar is one.
type Calendar interface {
	// Add gives the end of the working day that is days after the day of from.
	Add(from time.Time, days int) time.Time
	// KnownThrough says whether the holidays of all years between were published.
	KnownThrough(from, to time.Time) bool
	// LastKnown is the last year whose holidays were published; 0 when none were.
	LastKnown() int
	// Between counts the working days after from up to and with to.
	Between(from, to time.Time) int
}

// terms are what deadlines are reckoned by.
type terms struct {
	now      time.Time
	calendar Calendar
	rules    []Rule
}

// due is when a state that begins now is to end.
func (t *terms) due(c *Case, state State) time.Time {
	limits := LimitsOf(t.rules, c)
	switch state {
	case Pending:
		return t.calendar.Add(t.now, limits.Verify)
	case Rectifying, Explained:
		return t.calendar.Add(t.now, limits.Rectify)
	case Appealed:
		return t.calendar.Add(t.now, limits.Decide)
	case Awaiting:
		end := beijing.DayStart(beijing.AddDays(beijing.Day(t.now), silentDays+1))
		return end.Add(-time.Second)
	default:
		return t.now
	}
}

// opening is when a case that was not opened yet is to be verified.
func (t *terms) opening(c *Case) time.Time {
	return t.calendar.Add(c.Opened, LimitsOf(t.rules, c).Verify)
}

// soon is until when what is due is due soon: the end of the next working day.
func (t *terms) soon() time.Time { return t.calendar.Add(t.now, 1) }

// Urgency says how a case stands with its limit.
type Urgency string

// Urgencies. What waits for the reviewer, and what has ended, is never urgent.
const (
	PastDue Urgency = "overdue" // 已超期
	DueSoon Urgency = "soon"    // 即将到期: by the end of the next working day
	InTime  Urgency = "normal"  // 正常
)

var urgencyWords = map[Urgency]string{PastDue: "已超期", DueSoon: "即将到期", InTime: "正常"}

// Word is the urgency's name for people; empty for what is none.
func (u Urgency) Word() string { return urgencyWords[u] }

// UrgencyOf says how a case stands at now; soon is until when what is due is due soon.
func UrgencyOf(c *Case, now, soon time.Time) Urgency {
	switch {
	case c.State.Ended() || c.State == Awaiting || c.Due.IsZero() || c.Due.After(soon):
		return InTime
	case c.Due.Before(now):
		return PastDue
	default:
		return DueSoon
	}
}
