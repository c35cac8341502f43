package app

import (
	"context"
	"encoding/csv"
	"io"
	"strings"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/sheet"
)

type exportRejectedCommand struct {
	config.Storage
	File   string `arg:"" help:"要生成的 csv 文件；含个人信息，请妥善保管。"`
	Source string `help:"只导出这一来源；缺省为全部。" placeholder:"NAME"`
}

// Run writes the rows that could not be taken, with why. Corrected, the list can be imported again.
func (e *exportRejectedCommand) Run(c *console) error {
	h, err := openToRead(c, &e.Storage, e.Storage.Embedded())
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // nothing was written
	count := 0
	err = createList(e.File, 0o600, func(to io.Writer) error {
		count, err = writeRejected(c, h.affairs, e.Source, to)
		return err
	})
	if err != nil {
		return err
	}
	c.printf("已导出未收的 %d 行到 %s；改正后导入：haochaping import affairs 文件 --apply\n", count, e.File)
	return nil
}

// rejectedRows are where rejected rows are.
type rejectedRows interface {
	RejectedAfter(ctx context.Context, source, after string, do func(affair.RejectedRow) error) error
}

// writeRejected writes a row for each, its cells under the titles of our fields whatever they were called.
func writeRejected(ctx context.Context, rows rejectedRows, source string, to io.Writer) (count int, err error) {
	out, err := newList(to)
	if err != nil {
		return 0, err
	}
	var titles []string
	at := map[string]int{}
	for i, f := range affair.Fields() {
		titles = append(titles, f.Title)
		at[f.Name] = i
	}
	out.write(append(titles, affair.ColumnReason, affair.ColumnSource, affair.ColumnWhere, affair.ColumnCorrects)...)
	err = rows.RejectedAfter(ctx, source, "", func(row affair.RejectedRow) error {
		cells := make([]string, len(titles), len(titles)+4)
		for i, title := range row.Columns {
			if f := affair.FieldByTitle(title); f != nil && i < len(row.Cells) {
				cells[at[f.Name]] = row.Cells[i]
			}
		}
		var reasons []string
		for _, v := range row.Violations {
			reasons = append(reasons, strings.TrimSpace(titleOf(v.Field)+" "+v.Reason))
		}
		count++
		out.write(append(cells, strings.Join(reasons, "；"), row.Source, row.Where, row.Key)...)
		return out.csv.Error()
	})
	out.csv.Flush()
	if err == nil {
		err = out.csv.Error()
	}
	return count, err
}

func titleOf(field string) string {
	if f := affair.FieldByTitle(field); f != nil {
		return f.Title
	}
	return ""
}

// list is a csv for people: spreadsheet programs see by its mark that it is UTF-8.
type list struct{ csv *csv.Writer }

func newList(to io.Writer) (*list, error) {
	_, err := io.WriteString(to, "\ufeff")
	return &list{csv.NewWriter(to)}, err
}

// write writes a row; that it failed is told by the writer's Error. A cell that a spreadsheet program would compute, or make
// a number of and so cut off, begins with a tab, which an import cuts off again.
func (l *list) write(cells ...string) {
	for i, cell := range cells {
		if sheet.Computed(cell) || len(cell) > longestNumber && onlyDigits(cell) {
			cells[i] = "\t" + cell
		}
	}
	_ = l.csv.Write(cells) // stays until Error
}

// longestNumber is how many digits a spreadsheet program keeps and shows of a number.
const longestNumber = 11

func onlyDigits(cell string) bool {
	return !strings.ContainsFunc(cell, func(r rune) bool { return r < '0' || r > '9' })
}

type exportOrphansCommand struct {
	config.Storage
	File string `arg:"" help:"要生成的 csv 文件。"`
	Days int    `help:"评价多少天之后仍没有办件。" default:"7"`
}

// orphanPage is how many orphans are read at a time.
const orphanPage = 1000

// Run writes the reviews whose affairs did not come within so many days.
func (e *exportOrphansCommand) Run(c *console) error {
	h, err := openToRead(c, &e.Storage, e.Storage.Embedded())
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // nothing was written
	count := 0
	err = createList(e.File, 0o644, func(to io.Writer) error {
		out, err := newList(to)
		if err != nil {
			return err
		}
		out.write("评价流水号", "办件编号", "应用编码", "实施清单编码", "事项名称", "评价时间", "是否计入统计")
		for after := (*affair.OrphanPosition)(nil); ; {
			orphans, err := h.affairs.Orphans(c, e.Days, after, orphanPage)
			if err != nil {
				return err
			}
			for _, o := range orphans {
				counted := "是"
				if o.Unverified {
					counted = "否（待核验）"
				}
				out.write(o.Serial, o.SerialNo, o.AppCode, o.ItemCode, o.ItemName, beijing.FormatSecond(o.EvalTime), counted)
			}
			count += len(orphans)
			if len(orphans) < orphanPage {
				break
			}
			last := orphans[len(orphans)-1]
			after = &affair.OrphanPosition{EvalTime: last.EvalTime, Serial: last.Serial}
		}
		out.csv.Flush()
		return out.csv.Error()
	})
	if err != nil {
		return err
	}
	c.printf("已导出评价 %d 天后仍没有办件的 %d 条到 %s\n", e.Days, count, e.File)
	return nil
}
