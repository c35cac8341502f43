package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/frontdb"
	"github.com/haochaping/haochaping/internal/org"
)

type affairsCommands struct {
	Check  affairsCheckCommand  `cmd:"" help:"检查一个来源的配置：列的对应、最新十行（已遮盖）和可疑之处；不写任何数据。"`
	Status affairsStatusCommand `cmd:"" help:"显示各来源同步到哪里、有无故障。"`
}

type affairsCheckCommand struct {
	config.SourcesFile
	Source string `arg:"" help:"来源的 name。"`
}

// checkedRows is how many of the newest rows check judges, shownRows how many it prints.
const (
	checkedRows = 500
	shownRows   = 10
)

// sortedRows is from how many rows on it matters that each page sorts them: planners sort a few rather than use an index.
const sortedRows = 10_000

// Run looks at a source as it is read, and says what is doubtful. Exit status 1 when rows would be rejected.
func (a *affairsCheckCommand) Run(c *console) error {
	s, err := a.source()
	if err != nil {
		return err
	}
	front, err := openFront(s)
	if err != nil {
		return err
	}
	defer front.Close() //nolint:errcheck // it was only read
	seen, err := front.Examine(c, checkedRows)
	if err != nil {
		return fmt.Errorf("来源 %s：%w", s.Name, err)
	}
	reader, err := affair.NewReader(seen.Sample.Columns)
	if err != nil {
		return err
	}
	e := &examined{settings: s, Examination: seen, reader: reader}
	c.printf("%s", e.head())
	c.printf("%s", e.mapping())
	c.printf("%s", e.sample())
	errs, doubts := e.doubts()
	if len(errs)+len(doubts) == 0 {
		c.printf("\n没有可疑之处。\n")
		return nil
	}
	c.printf("\n可疑之处\n")
	for _, text := range errs {
		c.printf("  × %s\n", text)
	}
	for _, text := range doubts {
		c.printf("  ! %s\n", text)
	}
	if len(errs) > 0 {
		return exit(1)
	}
	return nil
}

func (a *affairsCheckCommand) source() (*config.Source, error) {
	all, err := readSources(&a.SourcesFile)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range all {
		if all[i].Name == a.Source {
			return &all[i], nil
		}
		names = append(names, all[i].Name)
	}
	if len(names) == 0 && a.Sources != "" {
		return nil, fmt.Errorf("来源配置 %s 中没有来源：sources 是空的", a.Sources)
	}
	if len(names) == 0 {
		return nil, errors.New("没有来源：须用 --sources（或 HAOCHAPING_SOURCES）指定来源的配置文件")
	}
	return nil, fmt.Errorf("配置中没有来源 %s，有的是 %s", a.Source, strings.Join(names, "、"))
}

// examined is a source with what was seen in it.
type examined struct {
	settings *config.Source
	*frontdb.Examination
	reader *affair.Reader
}

func (e *examined) head() string {
	var text strings.Builder
	what := "表 " + e.settings.Table
	if e.settings.Table == "" {
		what = "自定义查询"
	}
	fmt.Fprintf(&text, "来源 %s：%s %s/%s，%s\n", e.settings.Name,
		map[string]string{frontdb.PostgreSQL: "PostgreSQL", frontdb.MySQL: "MySQL"}[e.settings.Engine()],
		e.settings.Host(), e.settings.Database(), what)
	fmt.Fprintf(&text, "游标 %s（%s），键 %s（%s）\n", e.Cursor.Name, e.Cursor.Type, e.Key.Name, e.Key.Type)
	fmt.Fprintf(&text, "估计 %d 行；读最新 %d 行用时 %.2f 秒\n", e.Estimate, len(e.Sample.Rows), e.Took.Seconds())
	return text.String()
}

func (e *examined) mapping() string {
	var text strings.Builder
	text.WriteString("\n字段的对应\n")
	var unmapped []string
	for _, field := range affair.Fields() {
		column, mapped := e.Mapped[field.Name]
		if !mapped {
			unmapped = append(unmapped, field.Name+" "+field.Title)
			continue
		}
		fmt.Fprintf(&text, "  %s %s ← %s（%s）\n", field.Name, field.Title, column.Name, column.Type)
	}
	if len(unmapped) > 0 {
		fmt.Fprintf(&text, "  没有对应的字段：%s\n", strings.Join(unmapped, "、"))
	}
	if len(e.Unmapped) > 0 {
		fmt.Fprintf(&text, "  来源中没有用到的列：%s\n", strings.Join(e.Unmapped, "、"))
	}
	return text.String()
}

func (e *examined) sample() string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n最新 %d 行（个人信息已遮盖）\n", min(shownRows, len(e.Sample.Rows)))
	for n, row := range e.Sample.Rows {
		if n == shownRows {
			break
		}
		fmt.Fprintf(&text, "  %d.", n+1)
		for i, name := range e.Sample.Columns {
			if row[i] != "" {
				fmt.Fprintf(&text, " %s=%s", name, affair.MaskCell(name, row[i]))
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}

// doubts are what is wrong with the sample, and what may be.
func (e *examined) doubts() (errs, doubts []string) {
	total := len(e.Sample.Rows)
	rejected, empty := map[string]int{}, map[string]int{}
	example := map[string]string{}
	var order []string
	for _, row := range e.Sample.Rows {
		for i, name := range e.Sample.Columns {
			if row[i] == "" {
				empty[name]++
			}
		}
		_, violations := e.reader.Read(row)
		for _, v := range violations {
			key := v.Field + "：" + v.Reason
			if rejected[key]++; rejected[key] == 1 {
				order = append(order, key)
				if i := slices.Index(e.Sample.Columns, v.Field); i >= 0 && row[i] != "" {
					example[key] = "，例如 " + affair.MaskCell(v.Field, row[i])
				}
			}
		}
	}
	for _, key := range order {
		field, _, _ := strings.Cut(key, "：")
		errs = append(errs, fmt.Sprintf("%s（列 %s）：%d 行中有 %d 行会被拒收%s", key, e.Mapped[field].Name, total, rejected[key], example[key]))
	}
	for _, name := range e.Sample.Columns {
		if n := empty[name]; n > 0 && n == total {
			doubts = append(doubts, fmt.Sprintf("%s（列 %s）：最新 %d 行都是空的", name, e.Mapped[name].Name, total))
		}
	}
	return errs, append(doubts, e.doubtsOfReading()...)
}

func (e *examined) doubtsOfReading() (doubts []string) {
	doubt := func(when bool, format string, arguments ...any) {
		if when {
			doubts = append(doubts, fmt.Sprintf(format, arguments...))
		}
	}
	doubt(len(e.Sample.Rows) == 0, "来源中没有数据，或该用户看不到")
	doubt(e.Sorts && e.Estimate >= sortedRows, "每页都要排序全表：请来源方在 (%s, %s) 上建索引", e.Cursor.Name, e.Key.Name)
	doubt(e.NoCursor, "有的行 %s 或 %s 为空，这些行永远不会被同步", e.Cursor.Name, e.Key.Name)
	doubt(e.Daily, "%s 只精确到天：当天的数据次日才同步", e.Cursor.Name)
	_, settle, _, _ := e.settings.Durations()
	doubt(!e.Clock, "%s 不是时间列：settle（%v）须长于来源方最长的事务，修改旧行时它也须增大", e.Cursor.Name, settle)
	doubt(e.Newest.After(time.Now().Add(time.Hour)), "最新一行的 %s 是 %s，晚于现在：请核对 time_zone", e.Cursor.Name, beijing.FormatSecond(e.Newest))
	doubt(e.MayWrite, "该用户不只能读：请换成只读用户")
	return doubts
}

type affairsStatusCommand struct {
	config.Storage
	config.SourcesFile
}

// Run prints how every source is doing, as the process that pulls it last said. Exit status 1 when one fails. It needs no key.
func (a *affairsStatusCommand) Run(c *console) error {
	if err := a.Check(); err != nil {
		return err
	}
	settings, err := readSources(&a.SourcesFile)
	if err != nil {
		return err
	}
	if err := presentDatabase(&a.Storage); err != nil {
		return err
	}
	s, err := openStore(c, &a.Storage, org.NewRegistry(nil, nil))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // nothing was written
	if err := s.CheckSchema(c); err != nil {
		return err
	}
	states, err := s.Sources(c)
	if err != nil {
		return err
	}
	for _, one := range settings {
		if !slices.ContainsFunc(states, func(state affair.SourceState) bool { return state.Source == one.Name }) {
			states = append(states, affair.SourceState{Source: one.Name})
		}
	}
	if len(states) == 0 {
		c.printf("没有来源。\n")
		return nil
	}
	failing := false
	for _, state := range states {
		waiting, err := s.CountRefusals(c, state.Source)
		if err != nil {
			return err
		}
		c.printf("%s", statusOf(state, waiting, time.Now()))
		failing = failing || state.Failing != ""
	}
	if failing {
		return exit(1)
	}
	return nil
}

// statusOf is what is said of a source.
func statusOf(state affair.SourceState, waiting int, now time.Time) string {
	var text strings.Builder
	condition := "正常"
	switch {
	case state.Owner == "":
		condition = "从未同步"
	case state.Failing != "":
		condition = "故障，自 " + beijing.FormatSecond(state.FailingSince)
	case now.Sub(state.NotedAt) > affair.Noted:
		condition = "没有进程在同步"
	case state.PulledAt.IsZero():
		condition = "首次同步中"
	}
	fmt.Fprintf(&text, "%s：%s\n", state.Source, condition)
	if state.Failing != "" {
		fmt.Fprintf(&text, "  原因：%s\n", state.Failing)
	}
	if !state.Reached.IsZero() {
		fmt.Fprintf(&text, "  已同步到 %s，落后 %s\n", beijing.FormatSecond(state.Reached), now.Sub(state.Reached).Round(time.Second))
	}
	if waiting > 0 {
		fmt.Fprintf(&text, "  有 %d 行被拒收，待改正：haochaping export rejected 文件.csv\n", waiting)
	}
	if state.Owner != "" {
		fmt.Fprintf(&text, "  本次启动以来：新增 %d，更新 %d，不变 %d，拒收 %d\n", state.New, state.Changed, state.Same, state.Rejected)
		fmt.Fprintf(&text, "  进程 %s\n", state.Owner)
	}
	return text.String()
}
