package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// bookRows writes a workbook of one page straight into its zip (ECMA-376, SpreadsheetML): excelize, which reads and writes the
// small ones, keeps the page in a file until it is whole, so that whoever waits for a million rows would see nothing come.
type bookRows struct {
	zip    *zip.Writer
	page   io.Writer
	line   bytes.Buffer
	number int
}

// Bounds of a workbook, which its readers have: characters of a page's name, rows, and the UTF-16 units of a cell.
const (
	maxPageName = 31
	maxBookRows = 1 << 20
	maxCell     = 32767
)

// columnWidth is that of every column, in characters.
const columnWidth = 18

// packing is how hard a workbook is packed: fast, and half as big again as the best.
const packing = 3

// Styles of cells, by their place in bookStyles.
const (
	headStyle = "1"
	textStyle = "2"
)

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainXML   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	officeXML = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	kindXML   = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
	packXML   = `http://schemas.openxmlformats.org/package/2006/`
)

// bookStyles are two: a white head on blue, and text (number format 49) at the top of its cell.
const bookStyles = xmlHead + `<styleSheet ` + mainXML + `>` +
	`<fonts count="2"><font><sz val="11"/><name val="` + fontName + `"/></font><font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="` + fontName + `"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
	`<fill><patternFill patternType="solid"><fgColor rgb="FF` + headRequired + `"/></patternFill></fill></fills>` +
	`<borders count="1"><border/></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="center"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

func newBookRows(to io.Writer, page string, columns []string) (*bookRows, error) {
	if page == "" || utf8.RuneCountInString(page) > maxPageName || strings.ContainsAny(page, `[]:*?/\'`) {
		return nil, fmt.Errorf("a page can't be called %q", page)
	}
	b := &bookRows{zip: zip.NewWriter(to)}
	b.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, packing) })
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="` + packXML + `content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + kindXML + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + kindXML + `styles+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + kindXML + `worksheet+xml"/></Types>`},
		{"_rels/.rels", relations(`<Relationship Id="rId1" Type="` + officeXML + `/officeDocument" Target="xl/workbook.xml"/>`)},
		{"xl/workbook.xml", xmlHead + `<workbook ` + mainXML + ` xmlns:r="` + officeXML + `"><sheets><sheet name="` + escaped(page) + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", relations(`<Relationship Id="rId1" Type="` + officeXML + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + officeXML + `/styles" Target="styles.xml"/>`)},
		{"xl/styles.xml", bookStyles},
	} {
		w, err := b.zip.Create(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, part.text); err != nil {
			return nil, err
		}
	}
	var err error
	if b.page, err = b.zip.Create("xl/worksheets/sheet1.xml"); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b.line, `%s<worksheet %s><sheetViews><sheetView tabSelected="1" workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>`+
		`</sheetView></sheetViews><cols><col min="1" max="%d" width="%d" customWidth="1"/></cols><sheetData>`, xmlHead, mainXML, max(1, len(columns)), columnWidth)
	return b, b.row(columns, headStyle, ` ht="26" customHeight="1"`)
}

func relations(of string) string {
	return xmlHead + `<Relationships xmlns="` + packXML + `relationships">` + of + `</Relationships>`
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // into memory
	return b.String()
}

func (b *bookRows) write(row []string) error { return b.row(row, textStyle, "") }

// row writes a row; cells without text are left out. Text can't be a formula: its kind says that it is text, and its number
// format that it stays so when somebody edits it.
func (b *bookRows) row(cells []string, style, height string) error {
	if b.number++; b.number > maxBookRows {
		return fmt.Errorf("a workbook has at most %d rows", maxBookRows)
	}
	number := strconv.Itoa(b.number)
	b.line.WriteString(`<row r="` + number + `"` + height + `>`)
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		for _, text := range []string{`<c r="`, ColumnName(i), number, `" s="`, style, `" t="inlineStr"><is><t xml:space="preserve">`} {
			b.line.WriteString(text)
		}
		if err := xml.EscapeText(&b.line, []byte(bookText(cell))); err != nil {
			return err
		}
		b.line.WriteString(`</t></is></c>`)
	}
	b.line.WriteString(`</row>`)
	_, err := b.line.WriteTo(b.page)
	return err
}

// coded is how a workbook writes a character by its number (ECMA-376, ST_Xstring).
var coded = regexp.MustCompile(`_(x[0-9A-Fa-f]{4}_)`)

// bookText is a text as a cell holds it: what only looks like a coded character is kept as it is, and one that is too long ends
// with an ellipsis. Characters that XML can't hold become U+FFFD when they are escaped.
func bookText(cell string) string {
	cell = strings.ToValidUTF8(cell, "\ufffd")
	if strings.Contains(cell, "_x") {
		cell = coded.ReplaceAllString(cell, "_x005F_$1")
	}
	if len(cell) <= maxCell {
		return cell
	}
	units := 0
	cut := len(cell)
	for i, r := range cell {
		size := max(1, utf16.RuneLen(r))
		if units+size <= maxCell-1 {
			cut = i + utf8.RuneLen(r)
		}
		if units += size; units > maxCell {
			return cell[:cut] + "…"
		}
	}
	return cell
}

func (b *bookRows) close() error {
	if _, err := io.WriteString(b.page, `</sheetData></worksheet>`); err != nil {
		return err
	}
	return b.zip.Close()
}
