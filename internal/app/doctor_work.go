package app

import (
	"context"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
)

const (
	// recentFailures is how far back a job that failed for good is still news; overdueJobs how late one may be.
	recentFailures = 7 * 24 * time.Hour
	overdueJobs    = 15 * time.Minute
	// manyChanges is how many batches may wait to be folded before figures cost much.
	manyChanges = 20_000
	// auditTail is how many links at the end of the audit chain are looked at.
	auditTail = 200
)

func lookAtJobs(ctx context.Context, p *patient) (found []finding) {
	now := p.now()
	b, err := p.store.Backlog(ctx, now.Add(-recentFailures), now.Add(-overdueJobs))
	if err != nil {
		return unasked(err)
	}
	if b.Failed > 0 {
		found = append(found, finding{
			attention, fmt.Sprintf("7 天内有 %d 个任务多次尝试后失败，最近的原因：%s", b.Failed, b.Fault), "请在管理后台的“通知”页查看发送记录，排除原因后重发",
		})
	}
	if b.Overdue > 0 {
		found = append(found, finding{bad, fmt.Sprintf("%d 个任务到期 15 分钟仍未执行", b.Overdue), "请确认至少有一个 serve 在运行，并看它的日志"})
	}
	if b.Changes > manyChanges {
		found = append(found, finding{attention, fmt.Sprintf("%d 批统计尚未归并，查询会变慢", b.Changes), "请确认 serve 在运行；归并会自行赶上"})
	}
	if len(found) == 0 {
		found = append(found, well("没有失败或积压"))
	}
	return found
}

// lookAtAudit looks at the end of the chain; all of it is for audit verify.
func lookAtAudit(ctx context.Context, p *patient) []finding {
	head, last, err := p.store.AuditHead(ctx)
	if err != nil {
		return unasked(err)
	}
	wrong := func(number int64) []finding {
		return []finding{{bad, fmt.Sprintf("链的末尾不符（第 %d 条）：有记录被删改", number), "请运行 haochaping audit verify，保留现场，并报告安全负责人"}}
	}
	if last != head.Number {
		return wrong(max(last, head.Number))
	}
	var before audit.Anchor
	broken := int64(0)
	_, err = p.store.AuditLinks(ctx, max(0, last-auditTail), auditTail, func(l *audit.Link) error {
		if next := before.Next(l.Entry); before.Number > 0 && (next.Number != l.Number || next.Hash != l.Hash) && broken == 0 {
			broken = l.Number
		}
		before = l.Anchor()
		return nil
	})
	switch {
	case err != nil:
		return unasked(err)
	case broken > 0:
		return wrong(broken)
	case before != head:
		return wrong(head.Number)
	}
	return []finding{well("共 %d 条，末尾相符；全部核对请运行 haochaping audit verify", last)}
}
