// Package notice tells the people responsible that something happened to a case: by mail, gathered in digests, and by
// webhooks. What is told holds no personal data: serial number, unit, state, when it is due, and where to look.
package notice

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/followup"
)

// Event is something about a case that can be told.
type Event = followup.News

// Test is told on demand only, to see whether it arrives.
const Test Event = "test"

// events are all that can be asked for, in the order in which they are shown.
var events = []struct {
	event Event
	words string
}{
	{followup.NewsOpened, "新工单"},
	{followup.NewsAssigned, "指派给我"},
	{followup.NewsDueSoon, "即将到期"},
	{followup.NewsSupervised, "超期督办"},
	{followup.NewsReopened, "评价人不满意，重新办理"},
	{followup.NewsTakenOver, "由上级接办"},
	{followup.NewsAppealed, "申诉待复核"},
	{followup.NewsDecided, "申诉有结果"},
	{followup.NewsClosed, "已办结"},
}

// Events are all that can be asked for, in the order in which they are shown.
func Events() []Event {
	all := make([]Event, len(events))
	for i := range events {
		all[i] = events[i].event
	}
	return all
}

// Words name an event for people; empty for what is none.
func Words(e Event) string {
	for i := range events {
		if events[i].event == e {
			return events[i].words
		}
	}
	return ""
}

// CaseEvent is the payload of a job of the kind followup.JobKind: something happened to a case. Who is told is found when the
// job is done: the mail and webhook subscriptions that are active, ask for the event, and in whose scope the case lies. An
// assignment is told to the assignee's own subscriptions alone, and nobody is told of a case about himself.
type CaseEvent = followup.CaseNews

func parseCaseEvent(payload []byte) (CaseEvent, error) {
	var e CaseEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return e, fmt.Errorf("read a case event: %w", err)
	}
	if e.Serial == "" || Words(e.Event) == "" {
		return e, fmt.Errorf("a case event names no case or an event that nobody knows: %.40q", e.Event)
	}
	return e, nil
}

// wants says whether a subscription is to be told.
func (s *Subscription) wants(e Event, c *followup.Case) bool {
	switch {
	case !s.Active || !slices.Contains(s.Events, e) || !s.Scope.Covers(c):
		return false
	case s.WorkNo != "" && s.WorkNo == c.WorkNo:
		return false
	case e == followup.NewsAssigned:
		return s.Login != "" && s.Login == c.Assignee
	}
	return true
}
