package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/sheet"
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
	list, err := openAffairs(i.File)
	if err != nil {
		return err
	}
	defer list.Close() //nolint:errcheck // it was only read
	h, err := open(c, &i.Storage, i.Storage.Embedded())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	for _, column := range list.ignored {
		c.printf("不认识的列，略过：%s\n", column)
	}
	taken, word := &taking{count: map[affair.State]int{}}, "检查"
	judged := func(batch affair.Batch, verdicts []affair.Verdict) error {
		taken.add(list, &batch, verdicts)
		_, _ = fmt.Fprintf(c.err, "\r%s", taken.gauge(word, list))
		return nil
	}
	if i.Apply {
		word = "导入"
		err = h.affairs.Stream(c, list.batches(i.Source), judged)
	} else {
		err = preview(c, h.affairs, list.batches(i.Source), judged)
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
		if taken.count[affair.Rejected] > 0 {
			c.printf("未收的各行可以导出，改正后再导入：haochaping export rejected 文件.csv\n")
		}
	}
	return nil
}

// taking is what became of a list so far.
type taking struct {
	rows  int
	count map[affair.State]int
	first []string // of what is rejected
}

// shownRejected is how many rejected rows are told.
const shownRejected = 20

func (t *taking) add(l *affairList, batch *affair.Batch, verdicts []affair.Verdict) {
	t.rows += len(verdicts)
	for i, verdict := range verdicts {
		t.count[verdict.State]++
		if verdict.State != affair.Rejected || len(t.first) == shownRejected {
			continue
		}
		var reasons []string
		for _, v := range verdict.Violations {
			reasons = append(reasons, l.place(v.Field)+v.Reason)
		}
		t.first = append(t.first, batch.Rows[i].Where+"："+strings.Join(reasons, "；"))
	}
}

func (t *taking) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "共 %d 行：新增 %d，更新 %d，不变 %d，未收 %d\n",
		t.rows, t.count[affair.New], t.count[affair.Changed], t.count[affair.Same], t.count[affair.Rejected])
	for _, line := range t.first {
		fmt.Fprintf(&text, "  %s\n", line)
	}
	if rest := t.count[affair.Rejected] - len(t.first); rest > 0 {
		fmt.Fprintf(&text, "  ……其余 %d 行从略\n", rest)
	}
	return text.String()
}

// gauge is one line of progress.
func (t *taking) gauge(what string, l *affairList) string {
	done, of := l.Progress()
	if of == 0 {
		return fmt.Sprintf("%s %d 行", what, t.rows)
	}
	share := float64(done) / float64(of)
	filled := int(barWidth * share)
	return fmt.Sprintf("%s [%s%s] %3.0f%%  %d 行", what, strings.Repeat("█", filled), strings.Repeat("·", barWidth-filled), 100*share, t.rows)
}

// batches reads the list batch by batch.
func (l *affairList) batches(source string) iter.Seq2[affair.Batch, error] {
	return func(yield func(affair.Batch, error) bool) {
		for {
			batch := affair.Batch{Source: source, Columns: l.columns, Rows: make([]affair.Row, 0, affair.MaxBatch)}
			var end error
			for len(batch.Rows) < affair.MaxBatch && end == nil {
				var row sheet.Row
				if row, end = l.Next(); end == nil {
					batch.Rows = append(batch.Rows, l.row(row))
				}
			}
			switch {
			case len(batch.Rows) > 0 && !yield(batch, nil), errors.Is(end, io.EOF):
				return
			case end != nil:
				yield(affair.Batch{}, end)
				return
			}
		}
	}
}

// preview says of every batch what taking it would do.
func preview(ctx context.Context, affairs *affair.Service, batches iter.Seq2[affair.Batch, error], judged func(affair.Batch, []affair.Verdict) error) error {
	for batch, err := range batches {
		if err != nil {
			return err
		}
		verdicts, err := affairs.Preview(ctx, batch)
		if err != nil {
			return err
		}
		if err := judged(batch, verdicts); err != nil {
			return err
		}
	}
	return nil
}
