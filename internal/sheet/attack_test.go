package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

const (
	bookHead = `<?xml version="1.0" encoding="UTF-8"?>`
	mainNS   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	partType = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	oneCell  = `<worksheet ` + mainNS + `><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c></row></sheetData></worksheet>`
	oneText  = `<worksheet ` + mainNS + `><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`
)

// part is one of a workbook that is made by hand; it is written piece by piece, so that a large one costs no memory.
type part struct {
	name  string
	piece string
	times int
	tail  string
}

// crafted is a workbook of one page with its parts replaced by others, and more of them.
func crafted(t *testing.T, others ...part) []byte {
	t.Helper()
	return craft(others)
}

func craft(others []part) []byte {
	parts := []part{
		{name: "[Content_Types].xml", piece: bookHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`, times: 1},
		{name: "_rels/.rels", piece: bookHead + relationsOf("rId1", "officeDocument", "xl/workbook.xml"), times: 1},
		{name: "xl/workbook.xml", piece: bookHead + `<workbook ` + mainNS + ` xmlns:r="` + partType[:len(partType)-1] + `"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`, times: 1},
		{name: "xl/_rels/workbook.xml.rels", piece: bookHead + relationsOf("rId1", "worksheet", "worksheets/sheet1.xml"), times: 1},
		{name: "xl/worksheets/sheet1.xml", piece: bookHead + oneCell, times: 1},
	}
	for _, other := range others {
		if i := slices.IndexFunc(parts, func(p part) bool { return p.name == other.name }); i >= 0 {
			parts[i] = other
		} else {
			parts = append(parts, other)
		}
	}
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	packer, _ := flate.NewWriter(io.Discard, flate.BestSpeed) // that level is known
	to.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		packer.Reset(w) // one part is written after the other
		return packer, nil
	})
	for _, p := range parts {
		w, err := to.Create(p.name)
		many := max(1, (64<<10)/max(1, len(p.piece))) // pieces at a time
		for left := p.times; left > 0 && err == nil; left -= many {
			_, err = io.WriteString(w, strings.Repeat(p.piece, min(left, many)))
		}
		if err == nil {
			_, err = io.WriteString(w, p.tail)
		}
		if err != nil {
			panic(err) // into memory
		}
	}
	_ = to.Close() // into memory
	return b.Bytes()
}

func relationsOf(id, kind, target string) string {
	return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="` + id + `" Type="` + partType + kind + `" Target="` + target + `"/></Relationships>`
}

// liar is a workbook whose page holds far more than its head says.
func liar(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	honest := crafted(t, part{"xl/worksheets/sheet1.xml", oneCell, 20_000, ""})
	whole, err := zip.NewReader(bytes.NewReader(honest), int64(len(honest)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range whole.File {
		header := p.FileHeader
		if p.Name == "xl/worksheets/sheet1.xml" {
			header.UncompressedSize64, header.UncompressedSize, header.CRC32 = uint64(len(oneCell)), 0, crc32.ChecksumIEEE([]byte(oneCell)) //nolint:staticcheck // both are written
			header.Flags &^= 8
		}
		w, err := to.CreateRaw(&header)
		raw, opened := p.OpenRaw()
		if err = errors.Join(err, opened); err == nil {
			_, err = io.Copy(w, raw)
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

// Small files that are huge when they are unpacked or understood are refused before anything is built from them, and parts that no
// list needs are never unpacked: neither memory nor time grows beyond the file's own size.
func TestBombsAreRefusedBeforeTheyGrow(t *testing.T) {
	blank, lines := strings.Repeat(" ", 1<<20), strings.Repeat("<a/>", 1<<18)
	sheetOf := func(piece string, times int, tail string) part {
		return part{"xl/worksheets/sheet1.xml", piece, times, tail}
	}
	textsOf := func(piece string, times int) []byte {
		return crafted(t, sheetOf(oneText, 1, ""), part{"xl/sharedStrings.xml", piece, times, ""})
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string // of the refusal; empty: it is read as if nothing were the matter
	}{
		{"a picture of 32 MB", crafted(t, part{"xl/media/image1.png", blank, 32, ""}), ""},
		{"macros, drawings and what nobody knows", crafted(t, part{"xl/vbaProject.bin", blank, 9, ""}, part{"xl/drawings/drawing1.xml", "<a>", 1 << 20, ""}, part{"custom/x.xml", blank, 9, ""}), ""},
		{"names that lead out", crafted(t, part{"../../../../tmp/evil.xml", "x", 1, ""}, part{"/etc/evil.xml", "x", 1, ""}, part{`..\..\evil.xml`, "x", 1, ""}, part{"xl/worksheets/../../../evil.xml", "x", 1, ""}), ""},
		{"an order of calculation", crafted(t, part{"xl/calcChain.xml", `<c r="A1"/>`, 100_000, ""}), ""},
		{"a page of 32 MB", crafted(t, sheetOf(blank, 32, "")), "解开后超过"},
		{"pages that are too large together", crafted(t, sheetOf(oneCell, 1, ""), part{"xl/worksheets/sheet2.xml", lines, 5, ""}, part{"xl/worksheets/sheet3.xml", lines, 5, ""}), "解开后超过"},
		{"a page that holds more than it says", liar(t), "内容过大"},
		{"elements within elements", crafted(t, sheetOf("<a>", 1<<19, "")), "嵌套太深"},
		{"elements that only look closed", crafted(t, sheetOf(`<a b='/>'>`, 1<<19, "")), "嵌套太深"},
		{"a cell of 7 MB", crafted(t, sheetOf(blank, 7, "<a/>")), "有一段文字太长"},
		{"data of 7 MB", crafted(t, sheetOf("<![CDATA["+blank, 7, "]]>")), "有一个标记太长"},
		{"a comment of 7 MB", crafted(t, sheetOf("<!--"+strings.Repeat("<", 1<<20), 7, "-->")), "有一个标记太长"},
		{"an attribute of 7 MB", crafted(t, sheetOf(`<a b="`+strings.Repeat(">", 1<<20), 7, "")), "有一个标记太长"},
		{"an instruction of 7 MB", crafted(t, sheetOf("<?a "+blank, 7, "?>")), "有一个标记太长"},
		{"entities that multiply", crafted(t, sheetOf(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`, 1, "")), "有文档类型定义"},
		{"an entity that is a file", crafted(t, sheetOf(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>`, 1, "")), "有文档类型定义"},
		{"another encoding", crafted(t, sheetOf(`<?xml version="1.0" encoding="UTF-16"?>`+oneCell, 1, "")), "不是 UTF-8"},
		{"another encoding far within", crafted(t, sheetOf(oneCell+`<?xml version="1.0" `+strings.Repeat(" ", 300)+`encoding="gbk"?>`, 1, "")), "不是 UTF-8"},
		{"a million texts", textsOf("<si/>", 1_000_000), "文字太多"},
		{"10,000 parts", crafted(t, manyParts(10_000)...), "个部分"},
		{"5,000 pages", crafted(t, part{"xl/workbook.xml", bookHead + "<workbook " + mainNS + "><sheets>" + strings.Repeat(`<sheet name="a" sheetId="1"/>`, 5000), 1, "</sheets></workbook>"}), "有 5000 个工作表"},
		{"100,000 pages", crafted(t, part{"xl/workbook.xml", bookHead + "<workbook " + mainNS + "><sheets>" + strings.Repeat(`<sheet name="a" sheetId="1"/>`, 100_000), 1, "</sheets></workbook>"}), "xlsx"},
		{"100,000 relations", crafted(t, part{"xl/_rels/workbook.xml.rels", `<Relationship Id="rId1" Type="x" Target="y"/>`, 100_000, ""}), "读不了"},
		{"a csv of one row of 16 MB", bytes.Repeat([]byte("x"), 16<<20), "MB"},
		{"a csv of a row of 7 million cells", bytes.Repeat([]byte(","), 7<<20), "一行超过了 1 MB"},
		{"a csv whose quotation never ends", append([]byte("a\n\""), bytes.Repeat([]byte("x\n"), 3<<20)...), "一行超过了 1 MB"},
	} {
		limits := sheet.Usual()
		limits.Bytes, limits.Unzipped, limits.Rows = 8<<20, 8<<20, 50_000 // smaller than is usual, as the bombs are
		for how, read := range map[string]func() (int, error){
			"at once": func() (int, error) {
				rows, err := sheet.Read(tt.data, "", limits)
				return len(rows), err
			},
			"as a stream": func() (n int, err error) {
				s, err := sheet.OpenData("名单", tt.data, "", limits)
				if err != nil {
					return 0, err
				}
				defer s.Close() //nolint:errcheck // it was only read
				for ; ; n++ {
					if _, err := s.Next(); errors.Is(err, io.EOF) {
						return n, nil
					} else if err != nil {
						return n, err
					}
				}
			},
		} {
			began, before := time.Now(), allocated()
			rows, err := read()
			switch {
			case tt.want == "" && (err != nil || rows != 1):
				t.Errorf("%s, %s: got %d rows, %v", tt.name, how, rows, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || fault.KindOf(err) != fault.Invalid):
				t.Errorf("%s, %s: got %d rows, %v; want %s", tt.name, how, rows, err, tt.want)
			}
			if got := allocated() - before; got > 6<<20+2*len(tt.data) && !strings.HasPrefix(tt.name, "a csv of a row of") || got > 184<<20 { // a MB of a row may hold a million cells
				t.Errorf("%s, %s: %d kB of %d took %d MB", tt.name, how, len(tt.data)>>10, limits.Bytes>>10, got>>20)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%s, %s: took %v", tt.name, how, took)
			}
		}
	}
}

func manyParts(n int) (all []part) {
	for i := range n {
		all = append(all, part{fmt.Sprintf("xl/worksheets/s%d.xml", i), "<a/>", 1, ""})
	}
	return all
}

// allocated is all that was ever asked for.
func allocated() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.TotalAlloc) //nolint:gosec // no test asks for so much
}
