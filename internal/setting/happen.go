package setting

import (
	"fmt"

	"github.com/haochaping/haochaping/internal/moderation"
)

// Happens says what a difference will do once it counts, for who is asked whether he is sure.
func (d *Difference) Happens() []string {
	said := []string{fmt.Sprintf("%s：%s → %s", d.Kind.Title, d.Was, d.Is)}
	if d.from == d.to {
		return append(said, "实际生效的值不变；以后启动参数改变时，设置在这里的不跟着变")
	}
	switch d.Kind.Name {
	case Three:
		said = append(said, "好评数、好评率、公平名次和公开页面马上按新的口径计算，以往各期也一样；平均分和差评数不变，平均分相同的名次可能变化")
	case Minimum:
		said = append(said, "排名马上改变：评价数不足"+d.Kind.Words(d.to)+"的不参加排名，以往各期也一样")
	case Remarks:
		said = append(said, remarksHappen[moderation.Mode(d.to)])
	case Pause:
		said = append(said, "以后新建的通知按它；已有的通知不变")
	case Retain:
		if d.to == "0" {
			return append(said, "以后不再按时间删除个人信息；已经删除的不能恢复")
		}
		said = append(said, "收到超过"+d.Kind.Words(d.to)+"的评价和办件，其中的个人信息、评价文字、工单文字和材料将在一天内开始删除，不能恢复；星级、标签和统计数保留；工单还没有办结的，办结后再删除")
	case Idle, Absolute:
		said = append(said, "已经登录的也按新的时间，超过的马上退出登录，没有保存的内容会丢失")
	}
	return said
}

var remarksHappen = map[moderation.Mode]string{
	moderation.Before:         "以后收到的评价内容遮盖个人信息后自动公开，含词表中的词的由人审核；正在等待审核的仍由人审核，已经公开的不变",
	moderation.Strict:         "以后收到的评价内容逐条由人审核后才公开，请安排人员每天审核；已经公开的不变",
	moderation.OffPublication: "所有评价内容马上不再公开，包括已经公开的；星级和标签照常公开，审核结果保留",
}
