package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/sheet"
)

// fuzzLimits let what a fuzzer makes come to its bounds.
var fuzzLimits = sheet.Limits{Bytes: 1 << 20, Unzipped: 1 << 20, Rows: 50, Columns: 8}

// holdRows wants rows within limits, in their order.
func holdRows(t *testing.T, rows []sheet.Row, err error) {
	t.Helper()
	if err != nil {
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v", err)
		}
		return
	}
	last := 0
	for _, row := range rows {
		if row.Number <= last || len(row.Cells) > fuzzLimits.Columns || len(row.Cells) == 0 && row.Fault == "" {
			t.Fatalf("row %d after %d: %q, %s", row.Number, last, row.Cells, row.Fault)
		}
		last = row.Number
	}
}

func streamAll(name string, data []byte) (rows []sheet.Row, err error) {
	s, err := sheet.OpenData(name, data, "", fuzzLimits)
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // it was only read
	for {
		row, err := s.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

// FuzzStream: any file is a list within limits, or is refused in words.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\ufeffa\tb\n", "\xff\xfea\x00,\x00", "a\n\"b\nc\"\n\"", "\xb9\xe3\xd6\xdd,1\n", "PK\x03\x04", "\xd0\xcf\x11\xe0", "a;b\r\n\r\n;;\r\n", "a,b\n\"x\"y,2\n3"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := streamAll("list", data)
		holdRows(t, rows, err)
		_, err = sheet.Read(data, "", fuzzLimits)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v", err)
		}
	})
}

// FuzzWorkbook: whatever stands in a workbook's parts, it is a list within limits, or is refused in words.
func FuzzWorkbook(f *testing.F) {
	f.Add(oneCell, "<sst><si><t>x</t></si></sst>")
	f.Add(oneText, "<sst><si><t>x</t></si></sst>")
	f.Add(`<worksheet><sheetData><row r="5"><c r="XFD5" t="s"><v>9</v></c></row><row r="2"/><row r="-1"/></sheetData></worksheet>`, "<sst/>")
	f.Add(`<row r="1048576"><c r="A1"><f>1+1</f><v>1e999</v></c></row>`, "<sst count='-1'><si><r><t>a</t></r></si></sst>")
	f.Add(`<sheetData><row><c t="s"><v>-1</v></c><c t="e"><v>#N/A</v></c><c t="b"><v>7</v></c><c t="d"/></row></sheetData>`, "\xff")
	f.Fuzz(func(t *testing.T, page, texts string) {
		var b bytes.Buffer
		to := zip.NewWriter(&b)
		from, err := zip.NewReader(bytes.NewReader(fuzzBook), int64(len(fuzzBook)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range from.File {
			if p.Name != "xl/worksheets/sheet1.xml" {
				err = errors.Join(err, to.Copy(p))
			}
		}
		for name, text := range map[string]string{"xl/worksheets/sheet1.xml": page, "xl/sharedStrings.xml": texts} {
			w, created := to.Create(name)
			if err = errors.Join(err, created); err == nil {
				_, err = io.WriteString(w, text)
			}
		}
		if err = errors.Join(err, to.Close()); err != nil {
			t.Fatal(err)
		}
		rows, err := sheet.Read(b.Bytes(), "", fuzzLimits)
		holdRows(t, rows, err)
		_, streamed := streamAll("list", b.Bytes())
		if streamed != nil && fault.KindOf(streamed) != fault.Invalid {
			t.Errorf("%v", streamed)
		}
	})
}

// fuzzBook is a workbook whose page is exchanged.
var fuzzBook = craft(nil)
