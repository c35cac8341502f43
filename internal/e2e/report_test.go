package e2e

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	printing "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/haochaping/haochaping/client"
	"github.com/xuri/excelize/v2"
)

// reportTown is a database of two months' reviews: in the last month one good one each of sixty departments of twenty
// cities, and five bad ones; in the month before fifty good ones.
func reportTown(t *testing.T) (h *house, month, before time.Time) {
	t.Helper()
	h = onSQLite(t)
	a := h.register(t, "report")
	s := h.serve(t, "--rate", "0")
	now := time.Now().In(shanghai)
	month = time.Date(now.Year(), now.Month()-1, 3, 10, 0, 0, 0, shanghai)
	before = month.AddDate(0, -1, 0)
	n := 0
	send := func(city, office, stars int, tag string, at time.Time) {
		n++
		code := fmt.Sprintf("11%s00%09dN", reportCities[city], office)
		message := client.AffairEval{
			AppCode: a.Code, EvalEntityCode: client.EgovAffair,
			Department: client.Department{
				DepartmentCode: code, DepartmentName: fmt.Sprintf("第%d部门", office) + strings.Repeat("名称很长的", 3) + "局",
			},
			Affair: client.Affair{
				AffairSerialNo: fmt.Sprintf("R%05d", n), AffairCode: code + fmt.Sprintf("3442014%06d", office), AffairName: fmt.Sprintf("第%d事项", office) + strings.Repeat("长名", 8),
				AffairDealOfficer: "陈志强", AffairApplyTime: client.Time(at), AffairDoneTime: client.Time(at),
			},
			User: client.User{
				UserID: fmt.Sprintf("u%05d", n), UserName: "张三", ContactPhone: "13800138000", PassportName: "zhangsan", CertificateType: 10,
				CertificateNo: "440100199001011234",
			},
			TagList: client.TagList{{TagID: tag}}, GeneralStars: stars, EvalTime: client.Time(at),
		}
		if _, err := s.client(a).SubmitAffair(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	for office := range 60 {
		send(office%20, office, 5, "510", month.Add(time.Duration(office)*time.Hour))
	}
	for office := range 5 {
		send(0, office, 1, "108", month.Add(time.Duration(office)*time.Minute))
	}
	for office := range 50 {
		send(office%20, office, 5, "511", before.Add(time.Duration(office)*time.Hour))
	}
	if status := s.stop(t); status != 0 {
		t.Fatalf("exit status %d", status)
	}
	return h, month, before
}

var reportCities = []string{
	"4401", "4402", "4403", "4404", "4405", "4406", "4407", "4408", "4409", "4412", "4413", "4414", "4415", "4416", "4417", "4418", "4419", "4420", "4451", "4452",
}

// A month's report: a page and a workbook with the same figures, and every figure's definition.
func TestReport(t *testing.T) {
	h, month, _ := reportTown(t)
	folder := t.TempDir()
	arguments := []string{"report", "--month", month.Format("2006-01"), "--region", "44", "--out", folder, "--minimum", "1"}
	out := h.mustRun(t, arguments...)
	name := filepath.Join(folder, "report-440000000000-"+month.Format("2006-01"))
	for _, file := range []string{name + ".html", name + ".xlsx"} {
		if !strings.Contains(out, file) {
			t.Errorf("does not tell of %s:\n%s", file, out)
		}
	}
	text, err := os.ReadFile(name + ".html") //nolint:gosec // in the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"广东省政务服务“好差评”情况", fmt.Sprintf("%d年%d月", month.Year(), month.Month()), month.AddDate(0, 1, -3).Format("1月2日；"),
		"共收到有效评价65条（较上月增长30.00%）。其中好评60条，好评率92.31%；差评5条，差评率7.69%。平均分9.38分，满意度93.85%。",
		"差评工单5件，已整改0件，差评整改率0.00%", "较上月 −0.62分", "较上月 −7.69个百分点",
		"一窗受理一次办结", "在办事指南之外增加新的审批条件", "各市排名", "评价数不足1条的为样本不足", "5星、4星与3星的评价数之和",
	} {
		if !strings.Contains(html.UnescapeString(string(text)), want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	for _, personal := range []string{"张三", "13800138000", "440100199001011234", "陈志强", "u00001"} {
		if strings.Contains(html.UnescapeString(string(text)), personal) {
			t.Errorf("the page tells %s", personal)
		}
	}
	holdReportWorkbook(t, name+".xlsx")

	refused := h.run(t, arguments...)
	if refused.status != 1 || !strings.Contains(refused.err, "已经存在") {
		t.Errorf("over a file that is there: exit status %d, %s", refused.status, refused.err)
	}
	h.mustRun(t, append(arguments, "--replace", "--three-is-bad")...)
	if text, err = os.ReadFile(name + ".html"); err != nil || !strings.Contains(html.UnescapeString(string(text)), "5星与4星的评价数之和") { //nolint:gosec // in the test's own folder
		t.Errorf("where three is bad the page does not say so: %v", err)
	}
}

// holdReportWorkbook: numbers are numbers, one page a table, and what every figure means.
func holdReportWorkbook(t *testing.T, name string) {
	t.Helper()
	book, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close() //nolint:errcheck // it was read
	pages := []string{
		"总体情况", "地区排名", "本级部门排名", "部门排名（含下级）", "大厅排名", "按评价对象", "按渠道", "按星级", "好评集中在", "差评集中在", "变化趋势", "主动评价率", "差评整改",
		"评价最多的事项", "差评最多的事项", "指标口径",
	}
	if got := book.GetSheetList(); !slices.Equal(got, pages) {
		t.Errorf("pages %v", got)
	}
	for _, c := range []struct{ page, column, cell, want string }{
		{"总体情况", "评价数", "C3", "65"},
		{"总体情况", "评价数", "C4", "50"},
		{"总体情况", "好评率（%）", "E3", "92.31"},
		{"总体情况", "平均分", "H3", "9.38"},
		{"按星级", "评价数", "C3", "60"},
		{"按星级", "评价数", "C7", "5"},
		{"按渠道", "评价数", "C3", "65"},
		{"差评集中在", "选择次数", "C3", "5"},
	} {
		head, err := book.GetCellValue(c.page, c.cell[:1]+"2")
		if err != nil || head != c.column {
			t.Errorf("%s: over %s stands %s, %v", c.page, c.cell, head, err)
		}
		got, err := book.GetCellValue(c.page, c.cell, excelize.Options{RawCellValue: true})
		kind, _ := book.GetCellType(c.page, c.cell)
		if err != nil || got != c.want || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
			t.Errorf("%s, %s: got %s of type %v, %v; want the number %s", c.page, c.cell, got, kind, err, c.want)
		}
	}
	rows, err := book.GetRows("指标口径")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(rows, func(row []string) bool {
		return slices.Equal(row, []string{"总体情况", "差评率", "%", "差评数 ÷ 评价数 × 100"})
	}) {
		t.Errorf("definitions: %v", rows)
	}
	ranked, err := book.GetRows("部门排名（含下级）")
	if err != nil || len(ranked) != 66 { // a title and a head over sixty-four, for four bad reviews are of other departments
		t.Errorf("%d rows of departments, %v", len(ranked), err)
	}
}

// What can't be reported is refused in words.
func TestReportsThatAreRefused(t *testing.T) {
	h := onSQLite(t)
	next := time.Now().In(shanghai).AddDate(0, 1, 0).Format("2006-01")
	for _, c := range []struct{ month, region, want string }{
		{"2026-13", "44", "month 应为年和月"},
		{"2026", "44", "month 应为年和月"},
		{"30d", "44", "month 应为年和月"},
		{next, "44", "month 尚未开始"},
		{"2026-01", "4", "region 应为 12 位数字"},
		{"2026-01", "999999", "没有区划 999999000000"},
	} {
		r := h.run(t, "report", "--month", c.month, "--region", c.region, "--out", t.TempDir())
		if r.status != 1 || !strings.Contains(r.err, c.want) {
			t.Errorf("%s of %s: exit status %d, %s; want %s", c.month, c.region, r.status, r.err, c.want)
		}
	}
	empty := h.mustRun(t, "report", "--month", "2026-01", "--region", "0", "--out", filepath.Join(t.TempDir(), "reports", "2026")) // made when it is not there
	if !strings.Contains(empty, "report-0-2026-01.html") {
		t.Errorf("of a month without a review: %s", empty)
	}
}

// The page stands alone, and printed it makes sheets of A4 on which no row is cut, no short table parted, no table wider than
// the paper, and no heading left alone.
func TestReportIsPrinted(t *testing.T) {
	h, month, _ := reportTown(t)
	folder := t.TempDir()
	h.mustRun(t, "report", "--month", month.Format("2006-01"), "--out", folder, "--minimum", "1")
	b := tabOn(t, "nowhere", size{681, 900, false}) // as wide as A4 without its margins
	b.do(chromedp.Navigate("file://" + filepath.Join(folder, "report-440000000000-"+month.Format("2006-01")+".html")))
	tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if wide := ask[[]string](b, `[...document.querySelectorAll("table, td, th, li, p, svg, html")].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 ||
		e.getBoundingClientRect().right > 682).map(e => e.outerHTML.slice(0, 200))`); len(wide) > 0 {
		t.Errorf("wider than the paper: %v", wide)
	}
	b.mu.Lock()
	if len(b.requests) != 1 {
		t.Errorf("the page asked for %d files", len(b.requests))
	}
	b.mu.Unlock()

	yes := true
	printed := tell(b, printing.PrintToPDF, printing.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes, GenerateTaggedPDF: &yes})
	p := readPDF(t, printed.Data)
	for box := range p.sizes {
		if !regexp.MustCompile(`^0 0 59[45][.\d]* 84[12][.\d]*$`).MatchString(box) {
			t.Errorf("a sheet is %s points, not A4", box)
		}
	}
	rows, parted := 0, 0
	parts := p.parts()
	for i, part := range parts {
		switch part.tag {
		case "TR":
			if rows++; len(part.sheets) != 1 {
				t.Errorf("a row stands on sheets %v", part.sheets)
			}
		case "Table":
			if len(part.sheets) > 1 {
				parted++
			}
			if len(part.sheets) > 1 && part.rows <= 12 {
				t.Errorf("a table of %d rows stands on sheets %v", part.rows, part.sheets)
			}
		case "H2", "H3":
			for _, next := range parts[i+1:] {
				if (next.tag == "TR" || next.tag == "P") && len(next.sheets) > 0 {
					if next.sheets[0] != part.sheets[0] {
						t.Errorf("a heading stands on sheet %v, what it is over on %v", part.sheets, next.sheets)
					}
					break
				}
			}
		}
	}
	want := ask[int](b, `document.querySelectorAll("tr").length`)
	if rows != want || parted == 0 || len(p.pages) < 5 {
		t.Errorf("%d rows of %d, %d tables over more than one sheet, %d sheets", rows, want, parted, len(p.pages))
	}
}
