// Package followup knows the cases of bad reviews: every one is followed up until the person who wrote it has an answer
// (domain.md 3). It holds the states and who may change them, deadlines in working days, appeals, and what the reviewer sees.
package followup

import (
	"time"

	"github.com/haochaping/haochaping/internal/org"
)

// State of a case.
type State string

// The states of domain.md 3.
const (
	// Pending (待核实) is how every case begins: the unit is to contact the reviewer and verify.
	Pending State = "pending"
	// Rectifying (整改中): what was complained of is being put right.
	Rectifying State = "rectifying"
	// Explained (解释说明): there is nothing to put right, but something to explain.
	Explained State = "explained"
	// Appealed (申诉中): the unit says that the review is mistaken or malicious; a higher level decides.
	Appealed State = "appealed"
	// Awaiting (待回访): the reviewer was answered and may say what he thinks of it.
	Awaiting State = "awaiting"
	// Closed (已办结): the reviewer is satisfied, was silent, or was heard as often as there is.
	Closed State = "closed"
	// Dismissed (不予采纳) is a case whose review was withdrawn: it leaves the figures.
	Dismissed State = "dismissed"
)

// States are all of them, in the order of domain.md 3.
var States = []State{Pending, Rectifying, Explained, Appealed, Awaiting, Closed, Dismissed}

var stateWords = map[State]string{
	Pending: "待核实", Rectifying: "整改中", Explained: "解释说明", Appealed: "申诉中", Awaiting: "待回访", Closed: "已办结", Dismissed: "不予采纳",
}

// Word is the state's name for people; empty for what is no state.
func (s State) Word() string { return stateWords[s] }

// Ended says whether nothing is left to do for anybody.
func (s State) Ended() bool { return s == Closed || s == Dismissed }

// Case is the follow-up of one bad review, with what of the review decides about it. It holds no personal data.
type Case struct {
	Serial string // of the review
	Slot   int
	State  State
	// Version grows by one with every change: who changes a case says which one he saw.
	Version int
	Stars   int
	// Where the review counts; that is where the case belongs. WorkNo is the officer who was rated: he never sees the case.
	Region, Department, Hall, WorkNo string
	// What was reviewed.
	Entity, Channel, ItemName, DepartmentName string
	ReviewedAt                                time.Time
	Opened                                    time.Time // when the review began to count
	// Since is when the present state began. Due is until when it is to end, zero before the case was opened (see Service.Keep);
	// of an ended case it is when it ended.
	Since, Due time.Time
	Assignee   string // a handler's login; empty for nobody
	// Supervised (督办) cases are shown to the level above.
	Supervised bool
	Late       bool // a limit of rectification was missed
	Rounds     int  // how often the reviewer was not satisfied
	Appeals    int
	// AppealLevel is of who appealed, Claim what for; of the last appeal.
	AppealLevel Level
	Claim       Claim
	Told        bool // that it is due soon
	Progress    Progress
}

// MaxReopen is how often the reviewer may have a case taken up again; after that the level above takes over (domain.md 3).
const MaxReopen = 2

// TakenOver says whether the unit had its chances: only a level above it acts now.
func (c *Case) TakenOver() bool { return c.Rounds > MaxReopen }

// Unit is who answers a case.
type Unit struct {
	Kind UnitKind
	Code string
}

// UnitKind is what a unit is.
type UnitKind string

// A case belongs to a department, a hall, or where neither is known to the region itself.
const (
	DepartmentUnit UnitKind = "department"
	HallUnit       UnitKind = "hall"
	RegionUnit     UnitKind = "region"
)

// windowEntity is the evaluation object of reviews that rate a window: its hall answers them.
const windowEntity = "hallAffair"

// Unit is the one responsible, by rule: the hall for what was said about a window, otherwise the department, else the hall,
// else the region. It is never a person.
func (c *Case) Unit() Unit {
	switch {
	case c.Hall != "" && (c.Entity == windowEntity || c.Department == ""):
		return Unit{HallUnit, c.Hall}
	case c.Department != "":
		return Unit{DepartmentUnit, c.Department}
	}
	return Unit{RegionUnit, c.Region}
}

// Level is how high a person stands: the smaller, the higher. Regions are as org.Level, units stand below all of them.
type Level int

// UnitLevel is that of departments and halls.
const UnitLevel = Level(org.LevelVillage) + 1

// Scope bounds what a person sees; an empty field bounds nothing. Region is a code of 12 digits and stands for all below it.
type Scope struct{ Region, Department, Hall string }

// Level is that of a person with this scope.
func (s Scope) Level() Level {
	if s.Department != "" || s.Hall != "" {
		return UnitLevel
	}
	return Level(org.LevelOf(s.Region))
}

// Covers says whether a case lies within the scope.
func (s Scope) Covers(c *Case) bool {
	from, to := org.Range(s.Region)
	return (s.Region == "" || from <= c.Region && c.Region < to) &&
		(s.Department == "" || s.Department == c.Department) && (s.Hall == "" || s.Hall == c.Hall)
}

// Actor is who does something: a member of staff.
type Actor struct {
	Login, Name string
	// WorkNo is his number as an officer, if he has one: whoever is rated in a review never sees its case.
	WorkNo string
	Scope  Scope
}

// Sees says whether a person may know of a case: it lies within his scope, and it is not about himself.
func (a *Actor) Sees(c *Case) bool {
	return a.Scope.Covers(c) && (a.WorkNo == "" || a.WorkNo != c.WorkNo)
}
