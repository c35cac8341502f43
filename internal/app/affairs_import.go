package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/config"
)

type importAffairsCommand struct {
	config.Storage
	File   string `arg:"" help:"csv（UTF-8、GBK、UTF-16）或 xlsx；首行为列名。"`
	Source string `help:"来源名称；同一来源请一直用同一个。" default:"file" placeholder:"NAME"`
	Apply  bool   `help:"执行导入；缺省只逐行检查并显示会有什么变化。"`
}

// Run says what importing the file would do, and does so when it is told to. A row that can't be taken stops nothing.
func (i *importAffairsCommand) Run(c *console) (err error) {
	begin := time.Now()
	list, err := affair.OpenList(i.File)
	if err != nil {
		return err
	}
	defer list.Close() //nolint:errcheck // it was only read
	if err := presentToTry(&i.Storage, i.Apply); err != nil {
		return err
	}
	h, err := open(c, &i.Storage, i.Storage.Embedded())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	defer h.keepKeys(c)()
	for _, column := range list.Ignored {
		c.printf("不认识的列，略过：%s\n", column)
	}
	if lacking := list.Lacking(); len(list.Ignored) > 0 && len(lacking) > 0 {
		c.printf("  如果它就是以下之一，请把列名改成这样：%s\n", strings.Join(lacking, "、"))
	}
	taken, word := taking{affair.NewTally()}, "检查"
	judged := func(batch affair.Batch, verdicts []affair.Verdict) error {
		taken.Add(list, &batch, verdicts)
		_, _ = fmt.Fprintf(c.err, "\r%s", taken.gauge(word, list))
		return nil
	}
	if i.Apply {
		word = "导入"
		err = h.affairs.Stream(c, list.Batches(i.Source), judged)
	} else {
		err = h.affairs.PreviewAll(c, list.Batches(i.Source), judged)
	}
	_, _ = fmt.Fprintln(c.err)
	c.printf("%s", taken)
	switch {
	case c.Err() != nil && i.Apply:
		return errors.New("已中断；以上各行已经导入，重新导入整个文件即可，不会重复")
	case c.Err() != nil:
		return errors.New("已中断")
	case err != nil && i.Apply:
		return fmt.Errorf("%w（以上各行已经导入；改正后重新导入整个文件即可，不会重复）", err)
	case err != nil:
		return err
	case !i.Apply:
		c.printf("以上是预演，什么也没有改动；确认无误后加 --apply 导入。\n")
	default:
		c.printf("已导入，用时 %.1f 秒。\n", time.Since(begin).Seconds())
		if taken.Count[affair.Rejected] > 0 {
			c.printf("未收的各行可以导出，改正后再导入：haochaping export rejected 文件.csv\n")
		}
	}
	return nil
}

// taking is a tally as the command shows it.
type taking struct{ *affair.Tally }

func (t taking) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "共 %d 行：新增 %d，更新 %d，不变 %d，未收 %d\n",
		t.Rows, t.Count[affair.New], t.Count[affair.Changed], t.Count[affair.Same], t.Count[affair.Rejected])
	for _, line := range t.First {
		fmt.Fprintf(&text, "  %s\n", line)
	}
	if rest := t.Count[affair.Rejected] - len(t.First); rest > 0 {
		fmt.Fprintf(&text, "  ……其余 %d 行从略\n", rest)
	}
	return text.String()
}

// gauge is one line of progress.
func (t taking) gauge(what string, l *affair.List) string {
	done, of := l.Progress()
	if of == 0 {
		return fmt.Sprintf("%s %d 行", what, t.Rows)
	}
	share := float64(done) / float64(of)
	filled := int(barWidth * share)
	return fmt.Sprintf("%s [%s%s] %3.0f%%  %d 行", what, strings.Repeat("█", filled), strings.Repeat("·", barWidth-filled), 100*share, t.Rows)
}
