package app

import (
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/web/view"
)

// page is the report as it is read and printed.
func (r *monthReport) page() *view.Report {
	page := &view.Report{
		Title: r.name() + "政务服务“好差评”情况", Period: r.period.Title(), Days: r.period.Span.Title(),
		Made: beijing.FormatMinute(r.made), Test: r.test,
		Lead: r.lead(), Figures: r.headFigures(), Sections: r.sections(), Definitions: r.definitions(),
	}
	if r.period.Span.To == beijing.Day(r.made) {
		page.Unfinished = "本月尚未结束，数据到生成时为止；对比的是" + r.earlier() + "（" + r.period.Before().Span.Title() + "）。"
	}
	if r.summary.Counts.Total() > 0 {
		for _, point := range r.course {
			day := view.ReportDay{Label: fmt.Sprintf("%d日", point.Period%100), Count: point.Counts.Total()}
			if day.Count > 0 {
				day.Score = view.Decimal(r.figures.Score(point.Counts))
			}
			page.Course = append(page.Course, day)
		}
	}
	return page
}

// lead says the whole in sentences.
func (r *monthReport) lead() []string {
	f, c := r.figures, r.summary.Counts
	if c.Total() == 0 {
		return []string{r.period.Title() + "没有收到评价。"}
	}
	text := []string{fmt.Sprintf("%s，%s共收到有效评价%s条%s。其中好评%s条，好评率%s%%；差评%s条，差评率%s%%。平均分%s分，满意度%s%%。",
		r.period.Title(), r.name(), view.Amount(c.Total()), bracketed(r.countGrowth()), view.Amount(f.Good(c)), view.Decimal(f.GoodRate(c)),
		view.Amount(f.Bad(c)), view.Decimal(f.BadRate(c)), view.Decimal(f.Score(c)), view.Decimal(f.Satisfaction(c)))}
	if o := r.summary.Response; o.Completed > 0 {
		text = append(text, fmt.Sprintf("办结%s件，其中%s件得到评价，主动评价率%s%%。有办结件的事项%s项，有评价的%s项，覆盖率%s%%。",
			view.Amount(o.Completed), view.Amount(o.Reviewed), view.Decimal(o.Rate()), view.Whole(o.Items), view.Whole(o.ReviewedItems), view.Decimal(o.Coverage())))
	}
	if k := r.summary.Cases; k.Opened > 0 {
		text = append(text, fmt.Sprintf("差评工单%s件，已整改%s件，差评整改率%s%%，按期整改率%s%%；已回访%s件，回访率%s%%%s。",
			view.Whole(k.Opened), view.Whole(k.Rectified), view.Decimal(k.RectifiedRate()), view.Decimal(k.InTimeRate()),
			view.Whole(k.CalledBack), view.Decimal(k.CalledBackRate()), satisfied(k)))
	}
	return text
}

func satisfied(k figures.Cases) string {
	if k.CalledBack == 0 {
		return ""
	}
	return "，回访满意率" + view.Decimal(k.SatisfiedRate()) + "%"
}

func bracketed(text string) string {
	if text == "" {
		return ""
	}
	return "（" + text + "）"
}

// earlier is what the month is compared with: 上月, all of it, or as many days of it.
func (r *monthReport) earlier() string {
	if monthName.MatchString(r.period.Before().Name) {
		return "上月"
	}
	return "上月同期"
}

// growth is by how many per cent the count changed since the period before; false when it had none.
func (r *monthReport) growth() (by float64, known bool) {
	before := r.before.Counts.Total()
	if before == 0 {
		return 0, false
	}
	return 100 * float64(r.summary.Counts.Total()-before) / float64(before), true
}

// countGrowth says in a sentence how the count changed: 较上月增长5.22%.
func (r *monthReport) countGrowth() string {
	by, known := r.growth()
	switch {
	case !known:
		return ""
	case view.Decimal(by) == view.Decimal(0):
		return "与" + r.earlier() + "持平"
	case by < 0:
		return "较" + r.earlier() + "下降" + view.Decimal(-by) + "%"
	default:
		return "较" + r.earlier() + "增长" + view.Decimal(by) + "%"
	}
}

// headFigures are those at the head, with their changes.
func (r *monthReport) headFigures() []view.ReportFigure {
	f, now, then := r.figures, r.summary, r.before
	change := func(there bool, by float64, unit string) string {
		if !there {
			return ""
		}
		if view.Decimal(by) == view.Decimal(0) {
			return "与" + r.earlier() + " 持平"
		}
		return "较" + r.earlier() + " " + view.Signed(by) + unit
	}
	grown, counted := r.growth()
	rate := func(title string, there, was bool, value, before float64) view.ReportFigure {
		if !there {
			return view.ReportFigure{Title: title, Value: "—"}
		}
		return view.ReportFigure{Title: title, Value: view.Decimal(value), Unit: "%", Change: change(was, value-before, "个百分点")}
	}
	some, had := now.Counts.Total() > 0, then.Counts.Total() > 0
	score := view.ReportFigure{Title: "平均分（满分10分）", Value: "—"}
	if some {
		score.Value, score.Unit = view.Decimal(f.Score(now.Counts)), "分"
		score.Change = change(had, f.Score(now.Counts)-f.Score(then.Counts), "分")
	}
	return []view.ReportFigure{
		{Title: "评价数", Value: view.Amount(now.Counts.Total()), Unit: "条", Change: change(counted, grown, "%")},
		score,
		rate("好评率", some, had, f.GoodRate(now.Counts), f.GoodRate(then.Counts)),
		rate("差评率", some, had, f.BadRate(now.Counts), f.BadRate(then.Counts)),
		rate("主动评价率", now.Response.Completed > 0, then.Response.Completed > 0, now.Response.Rate(), then.Response.Rate()),
		rate("差评整改率", now.Cases.Opened > 0, then.Cases.Opened > 0, now.Cases.RectifiedRate(), then.Cases.RectifiedRate()),
		rate("按期整改率", now.Cases.Opened > 0, then.Cases.Opened > 0, now.Cases.InTimeRate(), then.Cases.InTimeRate()),
		rate("回访满意率", now.Cases.CalledBack > 0, then.Cases.CalledBack > 0, now.Cases.SatisfiedRate(), then.Cases.SatisfiedRate()),
	}
}

// sections are the parts behind the whole.
func (r *monthReport) sections() []view.ReportSection {
	ranked := []string{"count", "goodRate", "bad", "score"}
	table := func(title, name string, most int, keys ...string) *view.ReportTable {
		return r.table(title, name, most, keys...)
	}
	sections := []view.ReportSection{
		{Title: "评价从哪里来", Tables: []*view.ReportTable{
			table("按渠道", "channels", 0, "name", "count", "share", "goodRate", "bad", "score"),
			table("按评价对象", "entities", 0, "name", "count", "share", "goodRate", "bad", "score"),
			table("按星级", "stars", 0, "star", "name", "count", "share"),
		}},
		{Title: "群众说得最多的", Beside: true, Tables: []*view.ReportTable{
			table("好评集中在", "praised", mostTags, "name", "chosen", "share"), table("差评集中在", "complained", mostTags, "name", "chosen", "share"),
		}},
		{Title: "差评与整改", Tables: []*view.ReportTable{
			table("", "cases", 0, "name", "cases", "rectified", "rectifiedRate", "inTimeRate", "calledBackRate", "satisfiedRate"),
		}},
		{Title: "事项", Tables: []*view.ReportTable{
			table("评价最多的事项", "items", mostItems, append([]string{"name", "place"}, ranked...)...),
			table("差评最多的事项", "baditems", mostItems, append([]string{"name", "place"}, ranked...)...),
		}},
		{Title: r.below() + "排名", Tables: r.ranking("regions", 0)},
		{Title: "部门排名", Tables: append(titled("本级部门", r.ranking("departments", mostDepartments)), titled("含下级的部门", r.ranking("alldepartments", mostDepartments))...)},
		{Title: "大厅排名", Tables: r.ranking("halls", mostHalls)},
		{Title: "主动评价率", Tables: []*view.ReportTable{
			table("", "response", 0, "name", "completed", "reviewed", "responseRate", "items", "reviewedItems", "coverage"),
		}},
	}
	return sections
}

// below is how the regions one level below are called, as on the board.
func (r *monthReport) below() string {
	if children := r.registry.Children(r.region); len(children) > 0 {
		return org.LevelOf(children[0].Code).Each()
	}
	return "下级区划"
}

// titled gives the first of some tables a title.
func titled(title string, tables []*view.ReportTable) []*view.ReportTable {
	tables[0].Title = title
	return tables
}

// table shows some columns of a table, at most so many rows; 0 is all.
func (r *monthReport) table(title, name string, most int, keys ...string) *view.ReportTable {
	table := r.tables[name]
	shown := r.columns(title, table, keys)
	for _, row := range table.Rows {
		if most > 0 && len(shown.Rows) == most {
			shown.Note = fmt.Sprintf("共%d行，列出前%d行，全部见电子表格。", len(table.Rows), most)
			break
		}
		shown.Rows = append(shown.Rows, cellsOf(table, row, keys))
	}
	shown.Note += table.Note
	return shown
}

func (r *monthReport) columns(title string, table *figures.Table, keys []string) *view.ReportTable {
	shown := &view.ReportTable{Title: title}
	for _, key := range keys {
		c := table.Columns[table.Column(key)]
		named := key == "name" || key == "place"
		shown.Columns = append(shown.Columns, view.ReportColumn{Title: headOf(c), Number: !named, Wide: key == "name"})
	}
	return shown
}

func cellsOf(table *figures.Table, row []any, keys []string) (cells []string) {
	for _, key := range keys {
		cells = append(cells, cellOf(row[table.Column(key)]))
	}
	return cells
}

func cellOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "—"
	case int64:
		return view.Whole(value)
	case float64:
		return view.Decimal(value)
	default:
		return fmt.Sprint(value)
	}
}

// ranking is who is ranked, with both ranks and how the official one changed, and below it who has too few reviews.
func (r *monthReport) ranking(name string, most int) []*view.ReportTable {
	table := r.tables[name]
	keys := []string{"rank", "fairRank", "name", "count", "goodRate", "bad", "score", "fair"}
	ranked, few := r.columns("", table, keys), r.columns("样本不足，不排名", table, []string{"name", "count", "goodRate", "bad", "score"})
	ranked.Columns = append(ranked.Columns, view.ReportColumn{Title: "名次变化", Number: true})
	total := 0
	for _, row := range table.Rows {
		if row[table.Column("rank")] == nil {
			few.Rows = append(few.Rows, cellsOf(table, row, []string{"name", "count", "goodRate", "bad", "score"}))
			continue
		}
		if total++; most == 0 || total <= most {
			ranked.Rows = append(ranked.Rows, append(cellsOf(table, row, keys), moved(row[table.Column("rank")], row[table.Column("before")])))
		}
	}
	if most > 0 && total > most {
		ranked.Note = fmt.Sprintf("参加排名的共%d个，列出前%d个，全部见电子表格。", total, most)
	}
	if len(few.Rows) > mostTooFew {
		few.Note = fmt.Sprintf("共%d个，列出%d个，全部见电子表格。", len(few.Rows), mostTooFew)
		few.Rows = few.Rows[:mostTooFew]
	}
	tables := []*view.ReportTable{ranked}
	switch {
	case len(table.Rows) == 0:
		ranked.Note = table.Note
	case total == 0:
		ranked.Note = "没有评价数达到排名要求的。"
	}
	if len(few.Rows) > 0 {
		tables = append(tables, few)
	}
	if len(table.Rows) > 0 {
		tables[len(tables)-1].Note += table.Apart
	}
	return tables
}

// moved says how a rank changed since the period before.
func moved(rank, before any) string {
	now, _ := rank.(int64)
	then, had := before.(int64)
	switch {
	case !had:
		return "新"
	case then > now:
		return fmt.Sprintf("↑%d", then-now)
	case then < now:
		return fmt.Sprintf("↓%d", now-then)
	}
	return "不变"
}

// definitions are those of every figure that the report shows, once each; where tables make a figure of the same name in different
// ways, each says of which tables it is.
func (r *monthReport) definitions() (all []view.ReportDefinition) {
	type made struct{ title, formula string }
	tables, ways := map[made][]string{}, map[string]int{}
	var order []figures.Column
	for _, name := range r.order {
		for _, c := range r.tables[name].Columns {
			if c.Formula == "" || strings.HasPrefix(c.Key, "before") && c.Key != "before" {
				continue
			}
			key := made{c.Title, c.Formula}
			if tables[key] == nil {
				ways[c.Title]++
				order = append(order, c)
			}
			tables[key] = append(tables[key], r.tables[name].Title)
		}
	}
	for _, c := range order {
		title := c.Title
		if ways[title] > 1 {
			title += "（" + strings.Join(tables[made{c.Title, c.Formula}], "、") + "）"
		}
		all = append(all, view.ReportDefinition{Title: title, Formula: c.Formula, Unit: c.Unit})
	}
	return all
}
