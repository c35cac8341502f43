package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Bounds of the database's checks.
const (
	// fewConnections is how many must be free, so that one more process can start and an operator can log in.
	fewConnections = 16
	// Clocks that differ by this are to be seen to; by that the signatures of callers are refused, or figures go to another day.
	clockSlip  = 2 * time.Second
	clockWrong = 30 * time.Second
)

func lookAtDatabase(_ context.Context, p *patient) []finding {
	switch {
	case errors.Is(p.faults.store, errSettings): // the first check has said which
		return nil
	case p.faults.store != nil:
		return []finding{{bad, "打不开：" + words(p.faults.store), "请核对 --database 的地址、网络和账号，以及数据库是否在运行"}}
	case p.health.ReadOnly:
		return []finding{{bad, "只能读，不能写（可能是备库）", "请把 --database 指向主库"}}
	case p.Embedded():
		return []finding{well("SQLite %s，文件 %s", p.health.Version, p.EmbeddedFile())}
	}
	return []finding{well("PostgreSQL %s", p.health.Version)}
}

func lookAtSchema(_ context.Context, p *patient) []finding {
	if p.faults.schema != nil {
		return []finding{{bad, p.faults.schema.Error(), ""}}
	}
	return []finding{well("是最新的")}
}

// what a durability setting must be, and what comes of it when it is not.
var durabilityWords = map[string]string{
	"fsync":              "断电可能损坏整个数据库",
	"full_page_writes":   "断电可能留下写了一半的页",
	"synchronous_commit": "断电可能丢失已确认的评价",
	"journal_mode":       "断电可能丢失已确认的评价，读写也会互相等待",
	"synchronous":        "断电可能丢失已确认的评价",
}

func lookAtDurability(_ context.Context, p *patient) (found []finding) {
	right := map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "journal_mode": "wal", "synchronous": "FULL"}
	for _, name := range slices.Sorted(maps.Keys(p.health.Faults)) {
		found = append(found, finding{
			bad, fmt.Sprintf("%s 是 %s：%s", name, p.health.Faults[name], durabilityWords[name]), fmt.Sprintf("请把 %s 设为 %s 并重新载入配置", name, right[name]),
		})
	}
	if len(found) == 0 {
		found = append(found, well("断电不丢失已确认的评价"))
	}
	return found
}

func lookAtConnections(_ context.Context, p *patient) []finding {
	switch free := p.health.Free; {
	case free < 0:
		return []finding{well("嵌入式数据库没有连接数的限制")}
	case free < fewConnections:
		return []finding{{attention, fmt.Sprintf("数据库只剩 %d 个空闲连接", free), "请增大 max_connections，或减少连接它的进程（每个 serve 最多用 14 个）"}}
	default:
		return []finding{well("数据库还有 %d 个空闲连接", free)}
	}
}

func lookAtIntegrity(ctx context.Context, p *patient) []finding {
	if !p.Embedded() {
		if !p.health.Checksums {
			return []finding{{attention, "PostgreSQL 未启用数据校验：磁盘损坏时不会被发现", "可停库后运行 pg_checksums --enable"}}
		}
		return []finding{well("PostgreSQL 已启用数据校验，读到损坏的页会报错")}
	}
	faults, err := p.store.Damage(ctx)
	if err != nil {
		faults = []string{err.Error()}
	}
	if len(faults) > 0 {
		return []finding{{bad, "数据库文件已损坏：" + strings.Join(faults, "；"), "请停止服务，保留这个文件，用最近的备份恢复（haochaping restore）"}}
	}
	return []finding{well("quick_check 没有发现损坏")}
}

func lookAtClock(ctx context.Context, p *patient) (found []finding) {
	if !p.health.Clock.IsZero() {
		found = append(found, clockFinding("数据库", p.now().Sub(p.health.Clock)))
	}
	if p.faults.schema == nil {
		beat, err := p.store.LastBeat(ctx)
		if err != nil {
			return unasked(err)
		}
		if ahead := beat.Sub(p.now()); ahead > clockSlip {
			found = append(found, finding{
				bad, fmt.Sprintf("数据库中最近一次写入的时间比现在晚 %s：时钟被往回拨过，或另一台机器的时钟快了", ahead.Round(time.Second)),
				"请在各台机器上启用时间同步（如 chrony），核对后再继续",
			})
		}
	}
	if len(found) == 0 {
		found = append(found, well("没有往回走过"))
	}
	return found
}

// clockFinding judges by how much our clock is ahead of another one.
func clockFinding(whose string, ahead time.Duration) finding {
	way := "快"
	if ahead < 0 {
		way = "慢"
	}
	says := fmt.Sprintf("本机时钟比%s%s %s", whose, way, ahead.Abs().Round(time.Millisecond))
	const do = "请在各台机器上启用时间同步（如 chrony）：时钟不准会使业务系统的签名被拒绝，评价记到别的日期"
	switch {
	case ahead.Abs() > clockWrong:
		return finding{bad, says, do}
	case ahead.Abs() > clockSlip:
		return finding{attention, says, do}
	}
	return well("与%s一致（相差 %s）", whose, ahead.Abs().Round(time.Millisecond))
}
