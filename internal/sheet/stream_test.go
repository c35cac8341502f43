package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/sheet"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

func streamed(t testing.TB, data []byte) ([]sheet.Row, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "名单")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return streamedFile(name)
}

func streamedFile(name string) (rows []sheet.Row, err error) {
	s, err := sheet.Open(name, "名单", sheet.Long())
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // it was only read
	for {
		row, err := s.Next()
		if errors.Is(err, io.EOF) {
			if done, of := s.Progress(); !s.Workbook && done != of {
				return rows, fmt.Errorf("at the end %d of %d bytes are read", done, of)
			}
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

func encoded(t testing.TB, text string, e interface{ Bytes([]byte) ([]byte, error) }) []byte {
	t.Helper()
	b, err := e.Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whatever the encoding, a stream gives what Read gives; the encoding may show late.
func TestStreamReadsWhatReadReads(t *testing.T) {
	lead := strings.Repeat("a,b,\"c\nd\"\n", 30_000) // longer than any buffer
	for _, text := range []string{
		"", "\n\n", "区划,名称\r\n\r\n越秀区,\"一\r\n二\"\r\n\u3000,\r\n海珠区,\"说\"\"好\"\",真好\"\r\n", "a,b\n1;2;3\n", "区划;名称\n一;二,三\n", "无换行",
		lead + "一,二\n𠮷,㐀\n" + strings.Repeat("号码,姓名\n", 20_000),
	} {
		for name, data := range map[string][]byte{
			"UTF-8": []byte(text), "UTF-8 with its mark": []byte("\ufeff" + text),
			"GB 18030":              encoded(t, text, simplifiedchinese.GB18030.NewEncoder()),
			"UTF-16, Windows":       encoded(t, text, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
			"UTF-16, the other way": encoded(t, text, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		} {
			want, err := sheet.Read(data, "", sheet.Usual())
			if err != nil {
				t.Fatal(err)
			}
			got, err := streamed(t, data)
			if err != nil || !reflect.DeepEqual(want, got) {
				t.Errorf("%s of %.20q: %v %.600s", name, text, err, cmp.Diff(want, got))
			}
		}
	}
}

// What csv.Writer wrote comes back, cut anywhere by the buffers.
func TestStreamProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// Without 一, whose two bytes in GBK are a letter in UTF-8, too: a list of it alone can't be told apart.
		cell := rapid.StringMatching(`[a-c二][丁-三𠮷",;\n]{0,4}[x-z]`)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 4), 1, 50).Draw(rt, "rows")
		var b bytes.Buffer
		b.WriteString(strings.Repeat("甲,乙\n", rapid.IntRange(0, 60_000).Draw(rt, "lead")))
		lead := strings.Count(b.String(), "\n")
		w := csv.NewWriter(&b)
		if err := w.WriteAll(rows); err != nil {
			rt.Fatal(err)
		}
		data := b.Bytes()
		if strings.Count(strings.SplitN(b.String(), "\n", 2)[0], ";") > 0 {
			return // then the first line might be parted by semicolons
		}
		if rapid.Bool().Draw(rt, "GBK") {
			data = encoded(t, b.String(), simplifiedchinese.GB18030.NewEncoder())
		}
		got, err := streamed(t, data)
		if err != nil || len(got) != lead+len(rows) {
			rt.Fatalf("%d of %d rows, %v", len(got), lead+len(rows), err)
		}
		for i, row := range rows {
			if diff := cmp.Diff(row, got[lead+i].Cells); diff != "" {
				rt.Fatal(diff)
			}
		}
	})
}

// A row that can't be taken apart stops nothing, and a character that can't be read does not change how the others are.
func TestStreamGoesOnPastBadRows(t *testing.T) {
	wide := strings.Repeat(",", 200) + "x"
	got, err := streamed(t, []byte("号,名\n1,张\"三\n2,\"李\"四\n3,王\xff五\n4,"+wide+"\n5,赵六，钱七，孙八，周九，吴十\n"))
	if err != nil || len(got) != 6 {
		t.Fatalf("%v, %v", got, err)
	}
	for i, want := range []string{"", "第 2 行读不了", "第 3 行读不了", "", "超出了 128 列", ""} {
		if got[i].Number != i+1 || (want == "") != (got[i].Fault == "") || !strings.Contains(got[i].Fault, want) {
			t.Errorf("row %d: %+v, want fault %q", i+1, got[i], want)
		}
	}
	if !strings.ContainsRune(got[3].Cell(1), utf8.RuneError) || got[5].Cell(1) != "赵六，钱七，孙八，周九，吴十" {
		t.Errorf("got %+v", got[3:])
	}
}

func TestStreamRefusesInWords(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "GBK 编码"},
		{"the old format", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "旧版 xls"},
		{"a zip that is no workbook", "PK\x03\x04rest", "不是可以读取的 xlsx"},
		{"a quotation that does not end", "a,b\n\"c" + strings.Repeat("d,e\n", 1<<20), "可能双引号没有成对"},
	} {
		rows, err := streamed(t, []byte(tt.data))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %d rows, %v; want %s", tt.name, len(rows), err, tt.want)
		}
	}
	if _, err := sheet.Open(t.TempDir(), "", sheet.Long()); err == nil {
		t.Error("a folder is opened")
	}
}

func TestStreamXLSX(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		if _, err := f.NewSheet("名单"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "A1", "怎么填")
		set(t, f, "名单", "A1", " 号\u3000")
		set(t, f, "名单", "B3", 45366.5)
		set(t, f, "名单", "C3", " ")
	})
	got, err := streamed(t, data)
	if diff := cmp.Diff([]sheet.Row{{Number: 1, Cells: []string{"号"}}, {Number: 3, Cells: []string{"", "45366.5"}}}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// Memory does not grow with the file: ten times the rows, the same heap.
func TestStreamMemoryIsFlat(t *testing.T) {
	name := filepath.Join(t.TempDir(), "长.csv")
	line := strings.Repeat("440100199001011234,", 12) + "张三\n"
	file, err := os.Create(name) //nolint:gosec // of the test
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if _, err := file.WriteString(strings.Repeat(line, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := sheet.Open(name, "", sheet.Long())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it was only read
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for n := 1; ; n++ {
		_, err := s.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if n%100_000 == 0 {
			if now := heap(); now > before+4<<20 {
				t.Fatalf("after %d rows of %d bytes the heap grew by %d kB", n, len(line), (now-before)>>10)
			}
		}
	}
}
