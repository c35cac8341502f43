package view

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
)

// Report is a period's report of a region, as it is published: one file that stands alone, ready for print.
type Report struct {
	Title string // 广东省政务服务“好差评”情况
	// Period is what it is about, Days its first and last day, Made when it was made, Unfinished what is to be known of a period
	// that is not over; may be empty.
	Period, Days, Made, Unfinished string
	Test                           bool
	Lead                           []string // the whole in sentences
	Figures                        []ReportFigure
	Course                         []ReportDay // reviews by day; empty when there are none
	Sections                       []ReportSection
	// Definitions say how every figure is made.
	Definitions []ReportDefinition
}

// ReportFigure is a figure with its change to what the period is compared with.
type ReportFigure struct {
	Title, Value, Unit string
	Change             string // 较上月 +1.20%, 与上月 持平; may break in two at the space; may be empty
}

// ReportDay is one bar of the course of a period.
type ReportDay struct {
	Label string
	Count int64
	Score string // empty when nothing was counted
}

// ReportSection is a part of the report.
type ReportSection struct {
	Title  string
	Text   []string
	Tables []*ReportTable
	// Beside puts the tables next to each other: narrow ones.
	Beside bool
}

// ReportTable is a table. Cells that are numbers stand on the right.
type ReportTable struct {
	Title   string
	Columns []ReportColumn
	Rows    [][]string
	Note    string
}

// Short says that the table is to stand on one sheet of paper.
func (t *ReportTable) Short() bool { return len(t.Rows) <= shortTable }

// shortTable is how many rows a table has at most that is not parted.
const shortTable = 22

// ReportColumn is a column of a report's table.
type ReportColumn struct {
	Title  string
	Number bool
	Wide   bool // takes what room is left
}

// ReportDefinition says how a figure is made.
type ReportDefinition struct{ Title, Formula, Unit string }

//go:embed report.html
var reportSource string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"numeral": numeral, "bars": bars}).Parse(reportSource))

// WriteReport writes a report whole or not at all.
func WriteReport(to io.Writer, report *Report) error {
	var page bytes.Buffer
	if err := reportTemplate.Execute(&page, report); err != nil {
		return fmt.Errorf("draw report: %w", err)
	}
	_, err := page.WriteTo(to)
	return err
}

// numeral is the Chinese numeral of a section, from 0, behind the first, which is the whole: 二 to 十.
func numeral(n int) string {
	if numerals := []rune("二三四五六七八九十"); n < len(numerals) {
		return string(numerals[n])
	}
	return strconv.Itoa(n + 2)
}

// The picture of a course: a box of so many units, with room for the numbers and the days.
const (
	courseWidth, courseHeight = 720.0, 160.0
	courseLeft, courseTop     = 62.0, 10.0
	courseBottom              = 24.0
)

// shortestMonth is how many days have room at least: those that are still to come of a month that has just begun.
const shortestMonth = 28

// bar is one bar of a course, with its label where there is room for one.
type bar struct {
	X, Y, Width, Height, Middle float64
	Label, Text                 string
}

// rule is a line across a course at a round number.
type rule struct {
	Y    float64
	Text string
}

// course is a picture of bars.
type course struct {
	Width, Height, Left, Right, Floor float64
	Bars                              []bar
	Rules                             []rule
}

// bars draws the course of a period.
func bars(days []ReportDay) course {
	c := course{Width: courseWidth, Height: courseHeight, Left: courseLeft, Right: courseWidth, Floor: courseHeight - courseBottom}
	var most int64
	for _, day := range days {
		most = max(most, day.Count)
	}
	step := roundStep(most)
	top := max(step, (most+step-1)/step*step)
	height := func(n int64) float64 { return (c.Floor - courseTop) * float64(n) / float64(top) }
	for n := int64(0); n <= top; n += step {
		c.Rules = append(c.Rules, rule{c.Floor - height(n), Amount(n)})
	}
	slot := (c.Right - c.Left) / float64(max(shortestMonth, len(days)))
	for i, day := range days {
		b := bar{X: c.Left + slot*(float64(i)+.14), Width: slot * .72, Height: height(day.Count), Middle: c.Left + slot*(float64(i)+.5)}
		b.Y = c.Floor - b.Height
		if i%5 == 0 || len(days) <= 16 {
			b.Label = day.Label
		}
		b.Text = day.Label + " " + Whole(day.Count) + " 条"
		if day.Score != "" {
			b.Text += "，平均分 " + day.Score
		}
		c.Bars = append(c.Bars, b)
	}
	return c
}

// roundStep is a round number of which about four make most.
func roundStep(most int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, factor := range []int64{1, 2, 5} {
			if step := factor * unit; 4*step >= most {
				return step
			}
		}
	}
}
