package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
)

// doctorCommand takes the settings of serve, so that it looks at what serve would use.
type doctorCommand struct {
	config.Storage
	config.Server
	Backups string `help:"备份所在的目录：检查最近一份备份有多旧、剩余空间。" placeholder:"DIR"`
	JSON    bool   `help:"以 JSON 输出。" name:"json"`
}

// condition is how something is.
type condition int

// Conditions.
const (
	good condition = iota
	attention
	bad
)

// finding is what a check found: how it is, what that means, and what to do.
type finding struct {
	condition condition
	says, do  string
}

// patient is what is examined. A check that needs what is not there is left out: another one has said why.
type patient struct {
	*doctorCommand
	now    func() time.Time
	store  *store.Store
	health *store.Health
	keys   *privacy.Keys
	sealer *privacy.Sealer
	faults struct{ settings, store, schema, keys error }
}

// needs are what must be there before a check makes sense.
type needs int

const (
	nothing  needs = iota
	database       // it answers
	schema         // its tables are this program's
)

// checks are all of them, in the order in which they are shown.
var checks = []struct {
	name, title string
	needs       needs
	look        func(ctx context.Context, p *patient) []finding
}{
	{"settings", "设置", nothing, lookAtSettings},
	{"tls", "证书", nothing, lookAtCertificate},
	{"database", "数据库", nothing, lookAtDatabase},
	{"schema", "表结构", database, lookAtSchema},
	{"environment", "环境", schema, lookAtEnvironment},
	{"durability", "持久性", database, lookAtDurability},
	{"connections", "连接数", database, lookAtConnections},
	{"integrity", "数据完整", database, lookAtIntegrity},
	{"clock", "时钟", database, lookAtClock},
	{"neighbour", "认证服务", nothing, lookAtNeighbour},
	{"keys", "密钥文件", nothing, lookAtKeys},
	{"opens", "解密", schema, lookAtSealed},
	{"disk", "磁盘空间", nothing, lookAtDisk},
	{"backups", "备份", nothing, lookAtBackups},
	{"sources", "来源", schema, lookAtSources},
	{"mail", "邮件与通知", nothing, lookAtMail},
	{"jobs", "后台任务", schema, lookAtJobs},
	{"audit", "审计日志", schema, lookAtAudit},
}

// diagnosis is a finding as it is printed.
type diagnosis struct {
	Name  string `json:"name"`
	State string `json:"state"`
	Title string `json:"title"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

// Run examines everything and changes nothing. Exit status 1 when something is bad.
func (d *doctorCommand) Run(c *console) error {
	p := &patient{doctorCommand: d, now: time.Now}
	p.admit(c)
	if p.store != nil {
		defer p.store.Close() //nolint:errcheck // it was only read
	}
	worst, all := p.examine(c)
	if d.JSON {
		if err := c.print(struct {
			Sound  bool        `json:"sound"`
			Checks []diagnosis `json:"checks"`
		}{worst != bad, all}); err != nil {
			return err
		}
	} else {
		show(c, all)
	}
	if worst == bad {
		return exit(1)
	}
	return nil
}

// Check reports everything that is wrong, joined.
func (d *doctorCommand) Check() error {
	return errors.Join(d.Storage.Check(), d.Server.Check(), d.Pages.Check())
}

// errSettings is why a database was not opened that nothing else is said of.
var errSettings = errors.New("settings are wrong")

// admit opens what can be opened.
func (p *patient) admit(ctx context.Context) {
	p.faults.settings = p.Check()
	if p.keys, p.faults.keys = presentKeys(&p.Storage); p.faults.keys == nil {
		if algorithm, known := p.Algorithm(); known {
			p.sealer, p.faults.keys = privacy.NewSealer(p.keys, algorithm)
		}
	}
	if p.faults.store = presentDatabase(&p.Storage); p.faults.store == nil && p.Storage.Check() != nil {
		p.faults.store = errSettings
	}
	if p.faults.store != nil {
		return
	}
	if p.store, p.faults.store = openStore(ctx, &p.Storage, org.NewRegistry(nil, nil)); p.faults.store != nil {
		return
	}
	if p.health, p.faults.store = p.store.Health(ctx); p.faults.store == nil {
		p.faults.schema = p.store.CheckSchema(ctx)
	}
}

func (p *patient) examine(ctx context.Context) (worst condition, all []diagnosis) {
	states := map[condition]string{good: "good", attention: "attention", bad: "bad"}
	for _, check := range checks {
		if check.needs >= database && p.faults.store != nil || check.needs == schema && p.faults.schema != nil {
			continue
		}
		for _, f := range check.look(ctx, p) {
			worst = max(worst, f.condition)
			all = append(all, diagnosis{check.name, states[f.condition], check.title, f.says, f.do})
		}
	}
	return worst, all
}

func show(c *console, all []diagnosis) {
	words := map[string]string{"good": "好　", "attention": "注意", "bad": "坏　"}
	count := map[string]int{}
	for _, d := range all {
		count[d.State]++
		c.printf("[%s] %s：%s\n", words[d.State], d.Title, d.Says)
		if d.Do != "" {
			c.printf("       → %s\n", d.Do)
		}
	}
	c.printf("\n好 %d 项，注意 %d 项，坏 %d 项\n", count["good"], count["attention"], count["bad"])
}

func well(format string, arguments ...any) finding {
	return finding{good, fmt.Sprintf(format, arguments...), ""}
}

// unasked is a check that could not be made, which is a thing to see to.
func unasked(err error) []finding {
	return []finding{{bad, "没能检查：" + words(err), "请先排除上述故障，再运行 doctor"}}
}
