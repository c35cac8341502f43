package console

import (
	"context"

	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
)

// CasesWaiting counts cases by urgency for 首页.
type CasesWaiting struct{ Cases Cases }

// Waiting implements Waiting.
func (c CasesWaiting) Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error) {
	if !of.May(identity.SeeCases) {
		return nil, nil
	}
	n, err := c.Cases.Count(ctx, actorOf(of), followup.Scope{})
	if err != nil {
		return nil, err
	}
	var waits []Wait
	add := func(label string, count int, query string, urgency Urgency) {
		if count > 0 {
			waits = append(waits, Wait{Label: label, Count: int64(count), Link: casesPath + query, Urgency: urgency})
		}
	}
	add("差评工单已超期", n.Overdue, "?urgency=overdue", Overdue)
	add("差评工单即将到期", n.Soon, "?urgency=soon", Soon)
	add("督办中的工单", n.Supervised, "?supervised=yes", Overdue)
	if of.May(identity.DecideCases) {
		add("申诉待复核", n.Appealed, "?state="+string(followup.Appealed), Calm)
	}
	if of.May(identity.HandleCases) {
		add("指派给我的工单", n.Mine, "?of="+mineFilter, Calm)
	}
	if of.May(identity.AssignCases) {
		add("还没有指派的工单", n.Unassigned, "?of="+nobodyFilter, Calm)
	}
	add("未办结的差评工单", n.Open, "", Calm)
	return waits, nil
}
