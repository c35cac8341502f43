package followup

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
)

// Step is a move with what it needs.
type Step struct {
	Move Move
	// Words are a reason or a text; Move.NeedsWords says whether they must be there. Of FeedBack they are what the reviewer reads.
	Words string
	// Claim and Evidence are for AppealMove; there is at least one file.
	Claim    Claim
	Evidence []File
	// Reached is for Contact.
	Reached bool

	// to is who a case is assigned to, for AssignMove.
	to *Actor
}

// check finds fault with what a person gave, and tidies it up.
func (s *Step) check() error {
	t, known := transitionOf(s.Move)
	if !known {
		return fault.NewInvalidPage("没有这种操作，请返回再试")
	}
	s.Words = strings.TrimSpace(strings.ReplaceAll(s.Words, "\r\n", "\n"))
	var violations []fault.Violation
	if n := utf8.RuneCountInString(s.Words); n > MaxWords {
		violations = append(violations, fault.Violation{Field: "words", Reason: "不能超过500个字"})
	} else if n == 0 && t.words {
		violations = append(violations, fault.Violation{Field: "words", Reason: "请填写说明"})
	}
	if !utf8.ValidString(s.Words) || strings.ContainsRune(s.Words, 0) {
		violations = append(violations, fault.Violation{Field: "words", Reason: "含有无法保存的字符"})
	}
	if held := numbersIn(s.Words); s.Move == FeedBack && len(held) > 0 {
		violations = append(violations, fault.Violation{Field: "words", Reason: "评价人会原样看到这段答复，请不要写" + strings.Join(held, "、")})
	}
	files, wrong := checkFiles(s.Evidence)
	s.Evidence = files
	violations = append(violations, wrong...)
	if s.Move == AppealMove {
		if s.Claim.Word() == "" {
			violations = append(violations, fault.Violation{Field: "claim", Reason: "请选择误评或恶意评价"})
		}
		if len(s.Evidence) == 0 && len(wrong) == 0 {
			violations = append(violations, fault.Violation{Field: "evidence", Reason: "请上传至少一个证据附件"})
		}
	} else if len(s.Evidence) > 0 || s.Claim != "" {
		violations = append(violations, fault.Violation{Field: "evidence", Reason: "只有申诉可以上传证据"})
	}
	if len(violations) > 0 {
		return fault.NewInvalid(violations...)
	}
	return nil
}

// numbersIn are the kinds of numbers in a text that belong to a person, in words. The telephone and the address of an office are none.
func numbersIn(text string) (held []string) {
	for _, f := range moderation.Check(text, nil, nil).Findings {
		switch f.Kind {
		case moderation.Mobile, moderation.Certificate, moderation.Document, moderation.Card:
			if word := f.Kind.String(); !slices.Contains(held, word) {
				held = append(held, word)
			}
		default:
		}
	}
	return held
}

// missing is what a person is told of a case that is not there, or not for him: both look the same.
func missing() error { return fault.NewMissing("没有这张工单，或不在您的管辖范围内") }

// refusal is why an actor may not make this transition; nil when he may.
func (t *transition) refusal(by *Actor, c *Case) error {
	if (t.by == OfUnit || t.by == OfAbove) && !by.Sees(c) {
		return missing()
	}
	if !slices.Contains(t.from, c.State) {
		return fault.NewConflict("工单现在是“" + c.State.Word() + "”，不能" + t.move.Word())
	}
	switch {
	case t.by == OfUnit && c.TakenOver() && by.Scope.Level() >= c.unitLevel():
		return fault.NewConflict("评价人多次不满意，工单已由上级接办，请联系上级部门")
	case t.move == AppealMove && c.Appeals > 0:
		return fault.NewConflict("每张工单只能申诉一次，请继续核实处理")
	case t.move == AppealMove && c.Rounds > 0:
		return fault.NewConflict("评价人要求重新处理的工单不能再申诉")
	case t.move == AppealMove && by.Scope.Level() == 0:
		return fault.NewConflict("申诉须由上级复核，您已没有上级，请转交下级单位提出")
	case t.by == OfAbove && t.from[0] == Appealed && by.Scope.Level() >= c.AppealLevel:
		return fault.NewConflict("申诉须由提出单位的上级复核，请联系上级部门")
	case t.by == OfAbove && t.move == Supervise && by.Scope.Level() >= c.unitLevel():
		return fault.NewConflict("只有上级部门可以督办")
	case t.move == Supervise && c.Supervised, t.move == Overdue && c.Supervised:
		return fault.NewConflict("工单已在督办中")
	}
	return nil
}

// unitLevel is that of the unit a case belongs to.
func (c *Case) unitLevel() Level {
	if c.Unit().Kind == RegionUnit {
		return Scope{Region: c.Region}.Level()
	}
	return UnitLevel
}

// next is what becomes of a case by a step that may be made. It is reckoned within the transaction that stores it, from the case
// as it stands there, and has no effect of its own.
func (t *transition) next(c Case, step *Step, by *Actor, at *terms) Change {
	if c.Due.IsZero() {
		c.Due = at.opening(&c)
	}
	event := &Event{
		Serial: c.Serial, Slot: c.Slot, Version: c.Version + 1, At: at.now, Party: t.by, Actor: by.Login, Name: by.Name, Move: t.move,
		From: c.State, Words: step.Words, Claim: step.Claim, Reached: step.Reached,
	}
	was := c
	if t.to != "" {
		c.State = t.to
	}
	change := Change{Event: event}
	switch t.move {
	case AppealMove:
		c.Appeals++
		c.AppealLevel, c.Claim = by.Scope.Level(), step.Claim
		change.News = []News{NewsAppealed}
	case FeedBack: // an explanation is an answer, too: what was explained counts as rectified
		c.Late = c.Late || at.now.After(c.Due)
		c.Progress.Rectified, c.Progress.InTime = true, !c.Late
		c.Supervised = c.TakenOver()
	case Contact:
		c.Progress.CalledBack = c.Progress.CalledBack || step.Reached
	case HeardGood, Satisfied:
		c.Progress.CalledBack, c.Progress.Satisfied = true, true
	case HeardBad, Complain, Reopen:
		change.News = c.again()
	case AssignMove:
		c.Assignee = step.to.Login
		event.Assignee = c.Assignee
		if c.Assignee != "" {
			change.News = []News{NewsAssigned}
		}
	case Supervise, Overdue:
		c.Supervised = true
		c.Told = c.Told || t.move == Overdue // it is not due soon any more
		change.News = []News{NewsSupervised}
	case Accept:
		change.Withdrawn = "申诉成立：" + c.Claim.Word()
		change.News = []News{NewsDecided}
	case Refuse:
		change.News = []News{NewsDecided}
	}
	if c.State != was.State {
		c.Since, c.Due, c.Told = at.now, at.due(&c, c.State), false
		if c.State.Ended() {
			c.Supervised = false
		}
		if c.State == Closed {
			change.News = append(change.News, NewsClosed)
		}
	}
	event.To = c.State
	c.Version++
	change.Case = c
	return change
}

// again takes a case up once more because its reviewer is not satisfied: after MaxReopen times the level above takes over, and
// whoever was not satisfied with that, either, has been heard as often as there is.
func (c *Case) again() []News {
	c.Progress.CalledBack, c.Progress.Satisfied = true, false
	if c.TakenOver() {
		c.State = Closed
		return nil
	}
	c.Rounds++
	c.Progress.Rectified, c.Progress.InTime = false, false
	if c.TakenOver() {
		c.Supervised = true
		return []News{NewsTakenOver}
	}
	return []News{NewsReopened}
}

// mayReopen says whether the reviewer may come back to a closed case.
func mayReopen(c *Case, now time.Time) bool {
	return c.State == Closed && !c.TakenOver() && now.Before(c.Since.AddDate(0, 0, reopenDays))
}

// changed is what a person is told whose case was changed by another one meanwhile: who did what.
func changed(c *Case, last *Event) error {
	told := "工单刚刚有变化"
	if last != nil {
		who := last.Name
		switch {
		case last.Party == OfReviewer:
			who = "评价人"
		case last.Party == OfSystem:
			who = "系统"
		case who == "":
			who = last.Actor
		}
		told = "工单已由" + who + "于" + beijing.FormatMinute(last.At) + "操作：" + last.Move.Word()
	}
	return fault.NewConflict(told + "，现在是“" + c.State.Word() + "”。您的操作没有保存，请看过现在的情况再处理")
}
