package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Rows writes a table row by row, as CSV or as a workbook of one page. What is written goes out at once; nothing of it is kept in
// memory or in a file, however long the table is. Every cell is text; one that a spreadsheet would compute from is made to be
// read as text.
type Rows struct {
	to   *bufio.Writer
	csv  *csv.Writer
	safe []string
	book *bookRows
}

// bom tells spreadsheets that a CSV file is UTF-8.
const bom = "\ufeff"

// NewRows begins a table; page names the page of a workbook, at most 31 characters.
func NewRows(to io.Writer, workbook bool, page string, columns []string) (*Rows, error) {
	r := &Rows{to: bufio.NewWriterSize(to, 32<<10)}
	if workbook {
		var err error
		if r.book, err = newBookRows(r.to, page, columns); err != nil {
			return nil, fmt.Errorf("begin a workbook: %w", err)
		}
		return r, nil
	}
	_, _ = r.to.WriteString(bom) // into memory
	r.csv = csv.NewWriter(r.to)
	r.csv.UseCRLF = true
	return r, r.csv.Write(columns)
}

// Write adds a row.
func (r *Rows) Write(row []string) error {
	if r.book != nil {
		return r.book.write(row)
	}
	r.safe = r.safe[:0]
	for _, cell := range row {
		r.safe = append(r.safe, Inert(cell))
	}
	return r.csv.Write(r.safe)
}

// Close ends the table and sends what is left of it. One that is not closed is no whole file: a reader finds no end in it.
func (r *Rows) Close() error {
	if r.book != nil {
		return errors.Join(r.book.close(), r.to.Flush())
	}
	r.csv.Flush()
	return errors.Join(r.csv.Error(), r.to.Flush())
}

// negative is a number below nothing: it begins as a formula does and is none.
var negative = regexp.MustCompile(`^-[0-9]+(\.[0-9]+)?%?$`)

// Computed says whether a spreadsheet may take a cell of a csv for a formula, also after blanks or by a full-width sign.
func Computed(cell string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0\u3000"))
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && !negative.MatchString(cell)
}

// Inert is a text that no spreadsheet takes for a formula; and without U+0000, at which some end the file.
func Inert(cell string) string {
	cell = strings.ReplaceAll(strings.ToValidUTF8(cell, "\ufffd"), "\x00", "\ufffd")
	if Computed(cell) {
		return "'" + cell
	}
	return cell
}
