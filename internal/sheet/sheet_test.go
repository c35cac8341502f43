package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

func TestCellName(t *testing.T) {
	for _, tt := range []struct {
		column, row int
		want        string
	}{{0, 1, "A1"}, {1, 7, "B7"}, {25, 10, "Z10"}, {26, 2, "AA2"}, {701, 3, "ZZ3"}, {702, 4, "AAA4"}} {
		if got := sheet.CellName(tt.column, tt.row); got != tt.want {
			t.Errorf("CellName(%d, %d): got %s, want %s", tt.column, tt.row, got, tt.want)
		}
	}
}

// book makes an xlsx of a page.
func book(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // it is in memory
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, page, cell string, value any) {
	t.Helper()
	if err := f.SetCellValue(page, cell, value); err != nil {
		t.Fatal(err)
	}
}

func TestReadXLSX(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		if err := errors.Join(f.SetSheetName("Sheet1", "说明"), f.SetSheetVisible("说明", true)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.NewSheet("大厅窗口"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "说明", "A1", "怎么填")
		set(t, f, "大厅窗口", "A1", " 区划\u3000")
		set(t, f, "大厅窗口", "C1", "\u200b名称\ufeff")
		set(t, f, "大厅窗口", "A4", 440106001002)
		set(t, f, "大厅窗口", "B4", 12345)
		science, err := f.NewStyle(&excelize.Style{NumFmt: 11}) // shown as 4.40E+11
		if err = errors.Join(err, f.SetCellStyle("大厅窗口", "A4", "A4", science)); err != nil {
			t.Fatal(err)
		}
		set(t, f, "大厅窗口", "Z4", "  ")
		set(t, f, "大厅窗口", "A9", "　")
	})
	want := []sheet.Row{{Number: 1, Cells: []string{"区划", "", "名称"}}, {Number: 4, Cells: []string{"440106001002", "12345"}}}
	got, err := sheet.Read(data, "大厅窗口", sheet.Usual())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got[0].Cell(2) != "名称" || got[0].Cell(7) != "" || got[0].Cell(-1) != "" {
		t.Errorf("cells of %v are not found", got[0])
	}
	got, err = sheet.Read(data, "没有这一页", sheet.Usual())
	if diff := cmp.Diff([]sheet.Row{{Number: 1, Cells: []string{"怎么填"}}}, got); err != nil || diff != "" {
		t.Errorf("without that page the first is read: %v %s", err, diff)
	}
}

func TestAHiddenPageIsNotReadUnasked(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		if _, err := f.NewSheet("名单"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "A1", "藏")
		set(t, f, "名单", "A1", "见")
		f.SetActiveSheet(1)
		if err := f.SetSheetVisible("Sheet1", false); err != nil {
			t.Fatal(err)
		}
	})
	got, err := sheet.Read(data, "", sheet.Usual())
	if err != nil || len(got) != 1 || got[0].Cell(0) != "见" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestReadCSV(t *testing.T) {
	text := "区划,名称\r\n\r\n越秀区,\"一\r\n二\"\r\n海珠区,\"说\"\"好\"\",真好\"\r\n"
	want := []sheet.Row{
		{Number: 1, Cells: []string{"区划", "名称"}},
		{Number: 3, Cells: []string{"越秀区", "一\n二"}},
		{Number: 4, Cells: []string{"海珠区", "说\"好\",真好"}}, // as a spreadsheet program numbers it, not by lines
	}
	encode := func(e interface{ Bytes([]byte) ([]byte, error) }) []byte {
		b, err := e.Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, data := range map[string][]byte{
		"UTF-8":                 []byte(text),
		"UTF-8 with its mark":   []byte("\ufeff" + text),
		"GBK":                   encode(simplifiedchinese.GBK.NewEncoder()),
		"GB 18030":              encode(simplifiedchinese.GB18030.NewEncoder()),
		"UTF-16, Windows":       encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"UTF-16, the other way": encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		"semicolons":            []byte(strings.NewReplacer("区划,", "区划;", "区,", "区;").Replace(text)),
		"tabs":                  []byte(strings.NewReplacer("区划,", "区划\t", "区,", "区\t").Replace(text)),
	} {
		got, err := sheet.Read(data, "", sheet.Usual())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// bomb is a small xlsx whose page unzips to the given size.
func bomb(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	data := book(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "x") })
	from, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range from.File {
		w, err := to.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if part.Name == "xl/worksheets/sheet1.xml" {
			_, err = w.Write(bytes.Repeat([]byte(" "), size))
		} else {
			var r io.ReadCloser
			if r, err = part.Open(); err == nil {
				_, err = io.Copy(w, r) //nolint:gosec // our own
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatCantBeReadIsRefusedInWords(t *testing.T) {
	wide := book(t, func(f *excelize.File) { set(t, f, "Sheet1", "E2", "x") })
	long := book(t, func(f *excelize.File) {
		for n := 1; n <= 4; n++ {
			set(t, f, "Sheet1", "A"+strconv.Itoa(2*n), "x")
		}
	})
	small := sheet.Limits{Bytes: 1 << 20, Unzipped: 1 << 20, Rows: 3, Columns: 4}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"too large a file", bytes.Repeat([]byte("a,b\n"), 1<<19), "1 MB"},
		{"a zip bomb", bomb(t, 2<<20), "内容过大"},
		{"a zip that is no workbook", bomb(t, 10)[:200], "不是可以读取的 xlsx"},
		{"the old format", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), "旧版 xls"},
		{"too many columns", wide, "E2 有内容，超出了 4 列"},
		{"too many rows", long, "3 行的上限"},
		{"too many columns of a csv", []byte("a\n1,2,3,4,5"), "E2 有内容"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "GBK 编码"},
		{"neither UTF-8 nor GBK", []byte("a,b\n\xff\xff\n"), "GBK 编码"},
		{"a quotation mark in the middle", []byte("a,b\nc,d\"e\n"), "第 2 行读不了"},
		{"a quotation that does not end", []byte("a,b\n\"c,d\n"), "第 2 行读不了"},
	} {
		rows, err := sheet.Read(tt.data, "", small)
		if err == nil || !strings.Contains(err.Error(), tt.want) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %d rows, %v; want %s", tt.name, len(rows), err, tt.want)
		}
	}
}

// A row whose last cell is far to the right makes the reader of xlsx give thousands of empty cells.
func TestEmptyCellsCantCostForEver(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		for n := 1; n <= 80; n++ {
			set(t, f, "Sheet1", "XFD"+strconv.Itoa(n), " ")
		}
	})
	_, err := sheet.Read(data, "", sheet.Limits{Bytes: 1 << 20, Unzipped: 1 << 24, Rows: 1000, Columns: 10})
	if err == nil || !strings.Contains(err.Error(), "空白单元格太多") {
		t.Errorf("got %v", err)
	}
}

func TestReadFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "窗口.csv")
	if _, err := sheet.ReadFile(file, "", sheet.Usual()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
	if err := os.WriteFile(file, []byte("a\nb,c"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := sheet.ReadFile(file, "", sheet.Usual()); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := sheet.ReadFile(file, "", sheet.Limits{Bytes: 3, Rows: 9, Columns: 9})
	if err == nil || !strings.HasPrefix(err.Error(), "窗口.csv：") {
		t.Errorf("got %v, want the file's name", err)
	}
}

func TestAForm(t *testing.T) {
	var b bytes.Buffer
	form := sheet.Page{Name: "大厅", Form: true, Columns: []sheet.Column{
		{Name: "区划", Width: 20, Required: true, Hint: "编码或名称"},
		{Name: "层级", Width: 8, Choices: []string{"市直", "区县"}},
		{Name: "备注", Width: 30.5},
	}}
	notes := sheet.Page{Name: "说明", Wrap: true, Columns: []sheet.Column{{Name: "要点", Width: 60, Required: true}}, Rows: [][]string{{"=1+1"}, {"007"}}}
	if err := sheet.Write(&b, form, notes); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if diff := cmp.Diff([]string{"大厅", "说明"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	if got := f.GetSheetName(f.GetActiveSheetIndex()); got != "大厅" {
		t.Errorf("%s shows, want the first page", got)
	}
	rules, err := f.GetDataValidations("大厅")
	if err != nil || len(rules) != 2 || rules[1].Formula1 != `"市直,区县"` || !strings.HasPrefix(rules[1].Sqref, "B2:B") || *rules[0].Prompt != "编码或名称" {
		t.Errorf("rules %+v, %v", rules, err)
	}
	panes, err := f.GetPanes("大厅")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the head is not frozen: %+v, %v", panes, err)
	}
	if width, err := f.GetColWidth("大厅", "C"); err != nil || width != 30.5 {
		t.Errorf("width %v, %v", width, err)
	}
	style, err := f.GetColStyle("大厅", "A")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
		t.Errorf("a column is not text: %+v, %v", s, err)
	}
	if formula, err := f.GetCellFormula("说明", "A2"); err != nil || formula != "" {
		t.Errorf("a text became the formula %s, %v", formula, err)
	}
	rows, err := sheet.Read(b.Bytes(), "大厅", sheet.Usual())
	if diff := cmp.Diff([]sheet.Row{{Number: 1, Cells: []string{"区划*", "层级", "备注"}}}, rows); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	rows, err = sheet.Read(b.Bytes(), "说明", sheet.Usual())
	want := []sheet.Row{{Number: 1, Cells: []string{"要点"}}, {Number: 2, Cells: []string{"=1+1"}}, {Number: 3, Cells: []string{"007"}}}
	if diff := cmp.Diff(want, rows); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`[a-z0-9=+@,;"'<&数厅\-]{0,6}`)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 5), 1, 6).Draw(t, "rows")
		columns := make([]sheet.Column, 5)
		want := []sheet.Row{}
		for i := range columns {
			columns[i] = sheet.Column{Name: "列" + strconv.Itoa(i), Width: 10}
		}
		for n, row := range rows {
			last := len(row)
			for last > 0 && row[last-1] == "" {
				last--
			}
			if last > 0 {
				want = append(want, sheet.Row{Number: n + 2, Cells: row[:last]})
			}
		}
		var b bytes.Buffer
		if err := sheet.Write(&b, sheet.Page{Name: "页", Columns: columns, Rows: rows}); err != nil {
			t.Fatal(err)
		}
		got, err := sheet.Read(b.Bytes(), "页", sheet.Usual())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got[1:]); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\r\n\r\n\"c\nd\",e"))
	f.Add([]byte("\xb4\xf3\xcc\xfc,1"))
	f.Add(book(f, func(x *excelize.File) { set(f, x, "Sheet1", "B2", "x") }))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := sheet.Read(data, "", sheet.Limits{Bytes: 1 << 16, Unzipped: 1 << 20, Rows: 100, Columns: 20})
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("an error without words: %v", err)
		}
		last := 0
		for _, row := range rows {
			if row.Number <= last || len(row.Cells) == 0 || len(row.Cells) > 20 {
				t.Errorf("row %+v after row %d", row, last)
			}
			last = row.Number
		}
	})
}
