package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/haochaping/haochaping/internal/web/view"
)

type reportCommand struct {
	config.Storage
	config.Figures
	Month   string `help:"哪个月，如 2026-10。" required:"" placeholder:"yyyy-MM"`
	Region  string `help:"哪个区划，如 44 或 440100000000；缺省为 --root-region。" placeholder:"CODE"`
	Out     string `help:"写到哪个文件夹。" default:"." placeholder:"DIR"`
	Replace bool   `help:"同名文件已存在时替换。"`
	Test    bool   `help:"在报告上标明是测试环境的数据。"`
}

// monthOf is the period of a month.
func monthOf(name string, now time.Time) (figures.Period, error) {
	if !monthName.MatchString(name) {
		return figures.Period{}, errors.New("month 应为年和月，如 2026-10")
	}
	period, err := figures.ParsePeriod(name, now)
	switch {
	case err == nil:
		return period, nil
	case name > now.In(beijing.Zone).Format("2006-01"):
		return period, fmt.Errorf("month 尚未开始：%s，请选择本月或以前的月份", name)
	default:
		return period, errors.New("month 不得早于 1970 年")
	}
}

var monthName = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)

// Run writes a month's report as a page ready for print and as a workbook.
func (r *reportCommand) Run(c *console) error {
	period, err := monthOf(r.Month, time.Now())
	if err := errors.Join(r.Figures.Check(), err); err != nil {
		return err
	}
	h, err := openToRead(c, &r.Storage, r.Embedded())
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // nothing was written
	region, err := h.region(cmp.Or(r.Region, r.RootRegion))
	if err != nil {
		return err
	}
	formulas, err := h.formulasOf(c, r.Formulas())
	if err != nil {
		return err
	}
	report := &monthReport{
		house: h, figures: h.figuresBy(formulas), region: region, period: period, made: time.Now(), test: r.Test,
	}
	if err := report.read(c); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Out, 0o755); err != nil { //nolint:gosec // what is written there is published
		return fmt.Errorf("无法建立文件夹 %s：%w", r.Out, err)
	}
	name := filepath.Join(r.Out, "report-"+region+"-"+period.Name)
	files := []struct {
		name  string
		write func(to io.Writer) error
	}{
		{name + ".html", func(to io.Writer) error { return view.WriteReport(to, report.page()) }},
		{name + ".xlsx", func(to io.Writer) error { return sheet.WriteFigures(to, report.sheets()...) }},
	}
	for _, file := range files {
		if _, err := os.Lstat(file.name); err == nil && !r.Replace {
			return fmt.Errorf("%s 已经存在，什么也没有写；要替换请加 --replace", file.name)
		}
	}
	for _, file := range files {
		if err := replaceFile(file.name, file.write); err != nil {
			return err
		}
		c.printf("已写入 %s\n", file.name)
	}
	c.printf("用浏览器打开 html，打印或另存为 PDF（A4）即可。\n")
	return nil
}

// region is the full code of a region that is known.
func (h *house) region(code string) (string, error) {
	if code == org.AllRegions {
		return code, nil
	}
	full, ok := org.NormalizeRegion(code)
	if !ok {
		return "", errors.New("region 应为 12 位数字的区划编码")
	}
	region, known := h.registry.Region(full)
	if !known {
		return "", fmt.Errorf("没有区划 %s", full)
	}
	return region.Code, nil
}

// monthReport is what a report is made of: the same tables as everywhere.
type monthReport struct {
	*house
	figures *figures.Service
	region  string
	period  figures.Period
	made    time.Time
	test    bool

	summary, before figures.Summary
	tables          map[string]*figures.Table
	order           []string // of the tables
	course          []figures.Point
}

// Most rows of what has no end; the tables of whom is ranked are whole in the workbook.
const (
	mostItems       = 20
	mostTags        = 10
	mostDepartments = 50
	mostHalls       = 50
	mostTooFew      = 20
)

// read reads every figure.
func (r *monthReport) read(ctx context.Context) (err error) {
	scope, before := figures.Scope{Region: r.region, Span: r.period.Span}, figures.Scope{Region: r.region, Span: r.period.Before().Span}
	if r.summary, err = r.figures.Summary(ctx, scope); err != nil {
		return err
	}
	if r.before, err = r.figures.Summary(ctx, before); err != nil {
		return err
	}
	if r.course, err = r.figures.Trend(ctx, scope); err != nil {
		return err
	}
	r.tables = map[string]*figures.Table{}
	add := func(table figures.Table, err error) error {
		r.tables[table.Name] = &table
		r.order = append(r.order, table.Name)
		return err
	}
	for _, name := range figures.TableNames() {
		if name == "hours" {
			continue // of today
		}
		if err := add(r.figures.Table(ctx, name, scope, r.period)); err != nil {
			return err
		}
	}
	return errors.Join(add(r.figures.CaseTable(ctx, scope)),
		add(r.figures.ItemTable(ctx, scope, false, mostItems)), add(r.figures.ItemTable(ctx, scope, true, mostItems)))
}

// name is how the region is called.
func (r *monthReport) name() string {
	if r.region == org.AllRegions {
		return "全部地区"
	}
	return r.registry.RegionName(r.region)
}
