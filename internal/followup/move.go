package followup

import "slices"

// Move is what can be done to a case.
type Move string

// What the unit does.
const (
	Rectify    Move = "rectify"     // verified: it is to be put right
	Explain    Move = "explain"     // verified: there is nothing to put right
	AppealMove Move = "appeal"      // says the review is mistaken or malicious
	FeedBack   Move = "feedback"    // answers the reviewer
	Contact    Move = "contact"     // called the reviewer, reached or not
	HeardGood  Move = "heard_good"  // called back: the reviewer is satisfied
	HeardBad   Move = "heard_bad"   // called back: the reviewer is not
	AssignMove Move = "assign"      // to a handler, or to nobody
	Supervise  Move = "supervise"   // the level above presses
	Accept     Move = "accept"      // the appeal is right
	Refuse     Move = "refuse"      // the appeal is not
	Satisfied  Move = "satisfied"   // the reviewer says so
	Complain   Move = "unsatisfied" // the reviewer says that it is not good
	Reopen     Move = "reopen"      // the reviewer comes back to a closed case
	Silence    Move = "silence"     // the reviewer said nothing
	Overdue    Move = "overdue"     // a limit passed
)

var moveWords = map[Move]string{
	Rectify: "核实属实，转入整改", Explain: "核实后解释说明", AppealMove: "提出申诉", FeedBack: "向评价人反馈", Contact: "联系评价人", HeardGood: "回访：满意",
	HeardBad: "回访：不满意", AssignMove: "指派", Supervise: "督办", Accept: "申诉成立，不予采纳", Refuse: "申诉不成立，退回核实", Satisfied: "评价人表示满意",
	Complain: "评价人表示不满意", Reopen: "评价人要求重新处理", Silence: "评价人未回应，自动办结", Overdue: "超过时限，转为督办",
}

// Word is the move's name for people; empty for what is no move.
func (m Move) Word() string { return moveWords[m] }

// Party is whose a move is.
type Party string

// Who moves cases.
const (
	OfUnit     Party = "unit"     // whoever the case lies in the scope of; once it was taken over only a level above the unit
	OfAbove    Party = "above"    // a level above the unit, or for an appeal above who appealed
	OfReviewer Party = "reviewer" // who wrote the review
	OfSystem   Party = "system"   // time
)

// transition is one row of domain.md 3. An empty to leaves the state; words says whether a reason or a text must be given.
type transition struct {
	move  Move
	by    Party
	from  []State
	to    State
	words bool
}

// transitions are the whole state machine. What is not in it is refused. A reviewer who was heard more than MaxReopen+1 times
// closes instead of taking up again (Case.again).
var transitions = []transition{
	{Rectify, OfUnit, []State{Pending}, Rectifying, true},
	{Explain, OfUnit, []State{Pending}, Explained, true},
	{AppealMove, OfUnit, []State{Pending}, Appealed, true},
	{FeedBack, OfUnit, []State{Rectifying, Explained}, Awaiting, true},
	{Contact, OfUnit, []State{Pending, Rectifying, Explained, Awaiting}, "", true},
	{HeardGood, OfUnit, []State{Awaiting}, Closed, false},
	{HeardBad, OfUnit, []State{Awaiting}, Rectifying, true},
	{AssignMove, OfUnit, []State{Pending, Rectifying, Explained, Awaiting}, "", false},

	{Accept, OfAbove, []State{Appealed}, Dismissed, true},
	{Refuse, OfAbove, []State{Appealed}, Pending, true},
	{Supervise, OfAbove, []State{Pending, Rectifying, Explained}, "", true},

	{Satisfied, OfReviewer, []State{Awaiting}, Closed, false},
	{Complain, OfReviewer, []State{Awaiting}, Rectifying, true},
	{Reopen, OfReviewer, []State{Closed}, Rectifying, true},

	{Silence, OfSystem, []State{Awaiting}, Closed, false},
	{Overdue, OfSystem, []State{Pending, Rectifying, Explained, Appealed}, "", false},
}

func transitionOf(m Move) (transition, bool) {
	i := slices.IndexFunc(transitions, func(t transition) bool { return t.move == m })
	if i < 0 {
		return transition{}, false
	}
	return transitions[i], true
}

// NeedsWords says whether a move wants a reason or a text.
func (m Move) NeedsWords() bool {
	t, _ := transitionOf(m)
	return t.words
}

// Party says whose the move is; empty for what is no move.
func (m Move) Party() Party {
	t, _ := transitionOf(m)
	return t.by
}

// Moves are what an actor may do with a case as it stands, in the order of the table; none of a case he does not see.
func Moves(by *Actor, c *Case) (allowed []Move) {
	for _, t := range transitions {
		if t.refusal(by, c) == nil && (t.by == OfUnit || t.by == OfAbove) {
			allowed = append(allowed, t.move)
		}
	}
	return allowed
}
