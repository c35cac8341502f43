package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/signature"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/xuri/excelize/v2"
)

// The page of the workbook that holds the list, and where the codes leads in these tests.
const (
	hallsPage = "大厅窗口"
	hallsBase = "https://haochaping.example.gov.cn"
)

// workbook changes the list in a workbook.
func workbook(t *testing.T, file string, change func(set func(cell, value string))) {
	t.Helper()
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close() //nolint:errcheck // it was saved
	change(func(cell, value string) {
		if err := book.SetCellValue(hallsPage, cell, value); err != nil {
			t.Fatal(err)
		}
	})
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
}

// exported reads the list that the system gives out.
func (h *house) exported(t *testing.T) [][]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list.xlsx")
	h.mustRun(t, "export", "halls", file, "--base-url", hallsBase)
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close() //nolint:errcheck // it was only read
	rows, err := book.GetRows(hallsPage)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// scanned reads the code in a picture.
func scanned(t *testing.T, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatalf("no code is found: %v", err)
	}
	return result.GetText()
}

func scannedPNG(t *testing.T, data []byte) string {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return scanned(t, picture)
}

// A hall administrator fills in our spreadsheet, is told every fault, imports it, corrects it, and gets codes and posters.
func TestAHallAdministratorSendsInHisHalls(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		folder := t.TempDir()
		list := filepath.Join(folder, "大厅.xlsx")
		h.mustRun(t, "import", "halls", "--template", list)
		if r := h.run(t, "import", "halls", "--template", list); r.status != 1 || !strings.Contains(r.err, "已经存在") {
			t.Errorf("a list that may have been filled in is overwritten: %+v", r)
		}
		if r := h.run(t, "import", "halls", list); r.status != 1 || !strings.Contains(r.out, "没有一个大厅") {
			t.Errorf("an empty list: %+v", r)
		}

		rows := [][]string{
			{"广州市", "市级", "广州市政务服务中心", "华利路61号", "12345", "周一至周五 9:00—17:00", "广州市公安局", "", "1", "出入境", "GZ-001", "陈志强"},
			{"", "", "", "", "", "", "", "", "", "", "GZ002", "黄丽华"},
			{"", "", "", "", "", "", "广州市市场监督管理局", "", "12", "企业开办", "", ""},
			{"广州市/越秀区/北京街道", "镇街", "北京街道政务服务中心", "忠佑大街48号", "8333333", "全天", "北京街道办事处", "", "A1", "综合受理", "", ""},
		}
		workbook(t, list, func(set func(cell, value string)) {
			for n, row := range rows {
				for i, value := range row {
					set(fmt.Sprintf("%c%d", 'A'+i, n+2), value)
				}
			}
		})
		r := h.run(t, "import", "halls", "--apply", list)
		for _, want := range []string{"有 3 处错误", "B2 层级 应为 市直、区县、镇街、村居 之一", "K2 工号 不能含“-”", "E5 电话"} {
			if r.status != 1 || !strings.Contains(r.out, want) {
				t.Errorf("status %d, without %s:\n%s", r.status, want, r.out)
			}
		}
		if got := h.exported(t); len(got) != 1 {
			t.Fatalf("a list with faults was imported: %v", got)
		}

		workbook(t, list, func(set func(cell, value string)) {
			set("B2", "市直")
			set("K2", "GZ001")
			set("E5", "020-83333333")
		})
		if out := h.mustRun(t, "import", "halls", list); !strings.Contains(out, "新增：大厅 2，窗口 3，工作人员 2") || !strings.Contains(out, "预演") {
			t.Errorf("dry run: %s", out)
		}
		if got := h.exported(t); len(got) != 1 {
			t.Fatalf("a dry run imported %v", got)
		}
		if r := h.run(t, "import", "halls", "--apply", list); r.status != 0 || !strings.Contains(r.err, "] 7 / 7") || !strings.Contains(r.out, "已导入") {
			t.Errorf("apply: %+v", r)
		}
		first := h.exported(t)
		codes := codesOf(first)
		want := [][]string{
			{"440100000001", "4401000000010001", hallsBase + "/ping/window.html?w=4401000000010001"},
			{"440100000001", "4401000000010001", hallsBase + "/ping/window.html?w=4401000000010001"},
			{"440100000001", "4401000000010002", hallsBase + "/ping/window.html?w=4401000000010002"},
			{"440104003001", "4401040030010001", hallsBase + "/ping/window.html?w=4401040030010001"},
		}
		if diff := cmp.Diff(want, codes); diff != "" {
			t.Errorf("codes: %s", diff)
		}

		// The corrected list again.
		workbook(t, list, func(set func(cell, value string)) {
			set("D2", "华利路63号")
			set("G6", "广州市税务局")
			set("I6", "13")
			set("J6", "办税")
			set("C6", "广州市政务服务中心")
			set("A6", "4401")
		})
		out := h.mustRun(t, "import", "halls", "--apply", list)
		for _, want := range []string{"新增：大厅 0，窗口 1，工作人员 0", "更改：大厅 1，窗口 0，工作人员 0", "不变：大厅 1，窗口 3，工作人员 2", "D2 广州市政务服务中心 的地址：华利路61号 → 华利路63号"} {
			if !strings.Contains(out, want) {
				t.Errorf("again, without %s:\n%s", want, out)
			}
		}
		again := codesOf(h.exported(t))
		if diff := cmp.Diff(slices.Insert(want, 3, []string{"440100000001", "4401000000010003", hallsBase + "/ping/window.html?w=4401000000010003"}), again); diff != "" {
			t.Errorf("codes after the correction: %s", diff)
		}
		if out := h.mustRun(t, "import", "halls", "--apply", list); !strings.Contains(out, "没有需要导入的内容") {
			t.Errorf("the same again: %s", out)
		}

		h.drawsWindows(t, folder)
		h.drawsAHall(t, folder)
		h.drawsPosters(t, folder)
	})
}

// codesOf are a hall's code, a window's and its address, in each row of an exported list.
func codesOf(rows [][]string) [][]string {
	var codes [][]string
	for _, row := range rows[1:] {
		codes = append(codes, row[12:15])
	}
	return codes
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file) //nolint:gosec // our own
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (h *house) drawsWindows(t *testing.T, folder string) {
	t.Helper()
	const code = "4401000000010001"
	address := hallsBase + "/ping/window.html?w=" + code
	if got := h.mustRun(t, "qr", "window", code, "--base-url", hallsBase); strings.TrimSpace(got) != address {
		t.Errorf("qr window: %s", got)
	}
	file := filepath.Join(folder, "1.png")
	for _, pixels := range []string{"120", "800"} {
		h.mustRun(t, "qr", "window", code, "--base-url", hallsBase, "--out", file, "--pixels", pixels)
		if got := scannedPNG(t, read(t, file)); got != address {
			t.Errorf("%s pixels: got %s", pixels, got)
		}
	}
	h.mustRun(t, "qr", "window", code, "--environment", "test", "--out", filepath.Join(folder, "1.svg"))
	if svg := string(read(t, filepath.Join(folder, "1.svg"))); !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, "#c6362c") {
		t.Errorf("an SVG of the test environment is %.200s", svg)
	}
	if r := h.run(t, "qr", "window", "4401000000010009"); r.status != 1 || !strings.Contains(r.err, "没有编码为 4401000000010009 的窗口") {
		t.Errorf("a window that is not there: %+v", r)
	}
	if r := h.run(t, "qr", "window", code, "--base-url", "h", "--environment", "x"); r.status != 1 || !strings.Contains(r.err, "base-url") || !strings.Contains(r.err, "environment") {
		t.Errorf("settings that are wrong: %+v", r)
	}
}

func (h *house) drawsAHall(t *testing.T, folder string) {
	t.Helper()
	file := filepath.Join(folder, "codes.zip")
	h.mustRun(t, "qr", "hall", "440100000001", "--base-url", hallsBase, "--out", file)
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close() //nolint:errcheck // it was only read
	want := map[string]string{"1-出入境": "4401000000010001", "12-企业开办": "4401000000010002", "13-办税": "4401000000010003"}
	if len(archive.File) != 2*len(want) {
		t.Errorf("%d pictures, want %d", len(archive.File), 2*len(want))
	}
	for _, f := range archive.File {
		name, extension := strings.TrimSuffix(f.Name, filepath.Ext(f.Name)), filepath.Ext(f.Name)
		code, known := want[name]
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil || !known || extension != ".png" && extension != ".svg" {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if extension == ".png" {
			if got := scannedPNG(t, data); got != hallsBase+"/ping/window.html?w="+code {
				t.Errorf("%s: got %s", f.Name, got)
			}
		}
	}
}

// drawsPosters: one sheet of A4 a window, nothing cut off, and the printed codes are read.
func (h *house) drawsPosters(t *testing.T, folder string) {
	t.Helper()
	file := filepath.Join(folder, "posters.html")
	h.mustRun(t, "qr", "hall", "440100000001", "--base-url", hallsBase, "--environment", "test", "--out", file)
	browser := posterBrowser(t)
	err := chromedp.Do(browser, chromedp.EmulateViewport(900, 1200), chromedp.Navigate("file://"+file))
	if err != nil {
		t.Fatal(err)
	}
	texts := inBrowser(t, browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".sheet")].map(s => s.innerText)`))
	cut := inBrowser(t, browser, chromedp.Evaluate[int](cutOff))
	paper := inBrowser(t, browser, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if got := len(regexp.MustCompile(`/Type\s*/Page\b[^s]`).FindAll(paper, -1)); got != 3 || len(texts) != 3 {
		t.Errorf("%d sheets are printed on %d pages, want 3", len(texts), got)
	}
	if cut > 0 {
		t.Errorf("%d things do not fit on their sheets", cut)
	}
	for i, want := range []string{"1", "12", "13"} {
		address := strings.TrimPrefix(hallsBase, "https://") + fmt.Sprintf("/ping/window.html?w=440100000001%04d", i+1)
		for _, words := range []string{"广州市政务服务中心", want + "号窗口", "扫码评价", "扫一扫", "点星星", "点提交", "测试环境 仅供测试", "12345", address} {
			if !strings.Contains(strings.ReplaceAll(texts[i], "\n号窗口", "号窗口"), words) {
				t.Errorf("sheet %d does not say %s:\n%s", i+1, words, texts[i])
			}
		}
		picture := inBrowser(t, browser, chromedp.Screenshot(chromedp.CSS(fmt.Sprintf(".sheet:nth-of-type(%d)", i+1))))
		if got := scannedPNG(t, picture); got != "https://"+address {
			t.Errorf("sheet %d: the code holds %s", i+1, got)
		}
	}
}

// cutOff counts what does not fit on its sheet.
const cutOff = `[...document.querySelectorAll(".sheet")].map(sheet => {
	const edge = sheet.getBoundingClientRect()
	return [...sheet.querySelectorAll("*")].filter(e => {
		const box = e.getBoundingClientRect()
		return box.left < edge.left || box.right > edge.right || box.top < edge.top || box.bottom > edge.bottom
	}).length
}).reduce((a, b) => a + b, 0)`

// posterBrowser is a tab of the tests' browser that ends with the test; it shows files, no server's pages.
func posterBrowser(t *testing.T) context.Context {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	tab, done := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(done)
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	limited, cancel := context.WithTimeout(tab, 2*patience)
	t.Cleanup(cancel)
	return limited
}

func inBrowser[T any](t *testing.T, browser context.Context, do chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(browser, do)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// A business system's dynamic code, signed, as an address and as a picture (contract 5).
func TestABusinessSystemMakesADynamicCode(t *testing.T) {
	h := onSQLite(t)
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("test-token-0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	parts := []string{"--app-code", "gzga01", "--work-no", "016", "--hall-code", "440100000001", "--serial-no", "GZ-2026-1", "--affair-code", "11440100007482532C3000109001000"}
	msg := "gzga01-016-440100000001-GZ-2026-1-11440100007482532C3000109001000"
	plain := hallsBase + "/ping/hallqr.html?msg=" + msg
	signed := plain + "&k=" + signature.CodeKey("test-token-0123456789abcdef", msg)
	run := func(command []string, more ...string) string {
		return strings.TrimSpace(h.mustRun(t, slices.Concat(command, parts, []string{"--base-url", hallsBase}, more)...))
	}
	for _, tt := range []struct{ name, got, want string }{
		{"the address, as before there were others", run([]string{"qr"}), plain},
		{"the address", run([]string{"qr", "affair"}), plain},
		{"signed", run([]string{"qr", "affair"}, "--secret-file", secret), signed},
		{"for the tablet", run([]string{"qr", "affair"}, "--tablet", "--secret-file", secret), strings.Replace(signed, "/ping/", "/ping/pb/", 1)},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	for _, environment := range []string{"production", "test"} {
		file := filepath.Join(folder, environment+".png")
		run([]string{"qr", "affair"}, "--secret-file", secret, "--out", file, "--pixels", "120", "--environment", environment)
		if got := scannedPNG(t, read(t, file)); got != signed {
			t.Errorf("%s: the picture holds %s", environment, got)
		}
	}
}
