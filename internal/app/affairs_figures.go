package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// figuresCommands print supervisors' figures.
type figuresCommands struct {
	Affairs figuresAffairsCommand `cmd:"" help:"已办事项的主动评价率、未评率、覆盖率。"`
}

type figuresAffairsCommand struct {
	config.Storage
	By     string `help:"按什么分：${enum}。" enum:"region,department,item,hall,window,officer,app" default:"region"`
	Region string `help:"区划编码：下一级区划，或其中的部门；缺省为全部。" placeholder:"CODE"`
	From   string `help:"办结日期，从这一天起，yyyy-MM-dd；缺省不限。" placeholder:"DATE"`
	To     string `help:"到这一天为止，含当天。" placeholder:"DATE"`
	CSV    string `help:"写入 csv 文件，不显示。" name:"csv" placeholder:"FILE"`
}

// tellers are the ways to tell responses apart.
var tellers = map[string]struct {
	by    figures.By
	title string
}{
	"region": {figures.ByRegion, "区划"}, "department": {figures.ByDepartment, "部门"}, "item": {figures.ByItem, "事项"}, "hall": {figures.ByHall, "大厅"},
	"window": {figures.ByWindow, "窗口"}, "officer": {figures.ByOfficer, "工作人员"}, "app": {figures.ByApp, "应用或来源"},
}

// covered are those for which coverage is counted.
var covered = []figures.By{figures.ByRegion, figures.ByDepartment, figures.ByHall}

// Run prints a table, or writes a csv.
func (f *figuresAffairsCommand) Run(c *console) error {
	scope, err := f.scope()
	if err != nil {
		return err
	}
	h, err := openToRead(c, &f.Storage, f.Storage.Embedded())
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // nothing was written
	if scope.Region, err = h.region(scope.Region); err != nil {
		return err
	}
	service := h.figuresBy(figures.Formulas{ThreeIsGood: true})
	teller := tellers[f.By]
	responses, err := service.Responses(c, scope, teller.by)
	if err != nil {
		return err
	}
	for i := range responses {
		if responses[i].Name, err = h.nameOf(c, teller.by, &responses[i]); err != nil {
			return err
		}
	}
	head, rows := responseTable(teller.title, slices.Contains(covered, teller.by), responses)
	if f.CSV == "" && len(rows) == 0 {
		c.printf("没有符合条件的已办事项。\n")
		return nil
	}
	if f.CSV == "" {
		return printTable(c.out, head, rows)
	}
	err = createList(f.CSV, 0o644, func(to io.Writer) error {
		out, err := newList(to)
		if err != nil {
			return err
		}
		out.write(head...)
		for _, row := range rows {
			out.write(row...)
		}
		out.csv.Flush()
		return out.csv.Error()
	})
	if err == nil {
		c.printf("已写入 %s：%d 行\n", f.CSV, len(rows))
	}
	return err
}

// figuresBy are the figures of a house by these formulas.
func (h *house) figuresBy(formulas figures.Formulas) *figures.Service {
	return figures.NewService(figures.Needs{
		Store: h.store, Formulas: formulas, Registry: h.registry, Entities: h.entities, Tags: h.tags, Halls: h.halls, Items: h.store, Now: time.Now,
	})
}

func (f *figuresAffairsCommand) scope() (figures.Scope, error) {
	scope := figures.Scope{Region: org.AllRegions, Span: figures.Span{From: 0, To: 99991231}}
	var faults []error
	if f.Region != "" {
		region, ok := org.NormalizeRegion(f.Region)
		if !ok {
			faults = append(faults, errors.New("region 应为 12 位数字的区划编码"))
		}
		scope.Region = region
	}
	for _, day := range []struct {
		name, text string
		to         *int
	}{{"from", f.From, &scope.Span.From}, {"to", f.To, &scope.Span.To}} {
		if day.text == "" {
			continue
		}
		at, _, real := beijing.Parse14(strings.ReplaceAll(day.text, "-", "") + "000000")
		if !real {
			faults = append(faults, fmt.Errorf("%s 应为 yyyy-MM-dd 格式的日期", day.name))
			continue
		}
		*day.to = beijing.Day(at)
	}
	if len(faults) == 0 && scope.Span.From > scope.Span.To {
		faults = append(faults, errors.New("to 不得早于 from"))
	}
	return scope, errors.Join(faults...)
}

// nameOf is how people call what a response is of; its code where nobody named it.
func (h *house) nameOf(ctx context.Context, by figures.By, r *figures.Response) (string, error) {
	switch by {
	case figures.ByItem:
		name, err := h.store.ItemName(ctx, r.Code)
		if err != nil || name != "" {
			return name, err
		}
	case figures.ByHall:
		if hall, ok := h.halls.Hall(r.Code); ok {
			return hall.Name, nil
		}
	case figures.ByWindow:
		if window, ok := h.halls.Window(r.Code); ok {
			hall, _ := h.halls.Hall(window.HallCode)
			return hall.Name + window.Number + "号窗口", nil
		}
	case figures.ByOfficer:
		hall, workNo, _ := strings.Cut(r.Code, "-")
		if officer, ok := h.halls.Officer(hall, workNo); ok {
			return officer.Name, nil
		}
	}
	return r.Name, nil
}

func responseTable(title string, covered bool, responses []figures.Response) (head []string, rows [][]string) {
	head = []string{"编码", title, "已办件数", "已评件数", "主动评价率%", "未评率%"}
	if covered {
		head = append(head, "有办件的事项", "有评价的事项", "覆盖率%")
	}
	percent := func(rate float64) string { return strconv.FormatFloat(rate, 'f', 2, 64) }
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	for i := range responses {
		r := &responses[i]
		row := []string{r.Code, r.Name, count(r.Completed), count(r.Reviewed), percent(r.Rate()), percent(r.UnreviewedRate())}
		if covered {
			row = append(row, count(r.Items), count(r.ReviewedItems), percent(r.Coverage()))
		}
		rows = append(rows, row)
	}
	return head, rows
}
