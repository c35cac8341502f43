package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// longestRow is how much of a csv one row may have: a quotation mark without its pair would take in all that follows.
	longestRow = 1 << 20
	// csvBuffer is how much is read of a file at a time, and how much is looked at to tell its encoding.
	csvBuffer = 256 << 10
)

// csvRows streams a csv.
type csvRows struct {
	reader *csv.Reader
	bound  *bounded
	number int
	end    int // the line where the last row ended
}

func streamCSV(file io.Reader) (*csvRows, error) {
	text, err := newText(bufio.NewReaderSize(file, csvBuffer))
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(text, csvBuffer)
	start, err := buffered.Peek(csvBuffer / 4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	bound := &bounded{source: buffered}
	begin := string(start)
	if returns(begin) {
		begin, bound.source = strings.ReplaceAll(begin, "\r", "\n"), &fed{buffered}
	}
	reader := csv.NewReader(bound)
	reader.Comma, reader.FieldsPerRecord = comma(begin), -1
	return &csvRows{reader: reader, bound: bound}, nil
}

// next numbers rows as readCSV does.
func (c *csvRows) next() (Row, error) {
	c.bound.left = longestRow
	cells, err := c.reader.Read()
	var wrong *csv.ParseError
	switch {
	case errors.Is(err, errLongRow):
		return Row{}, refuse("第 %d 行之后有一行超过了 %d MB，可能双引号没有成对", c.end, longestRow>>20)
	case errors.As(err, &wrong):
		c.number += wrong.StartLine - c.end
		c.end = wrong.Line
		where := fmt.Sprintf("第 %d 行", wrong.StartLine)
		if wrong.Line > wrong.StartLine {
			where = fmt.Sprintf("第 %d 到 %d 行", wrong.StartLine, wrong.Line)
		}
		return Row{Number: c.number, Fault: where + "读不了：双引号没有成对，或位置不对"}, nil
	case err != nil:
		return Row{}, err
	}
	start, _ := c.reader.FieldPos(0)
	c.number += start - c.end
	c.end = start
	for _, cell := range cells {
		c.end += strings.Count(cell, "\n")
	}
	return Row{Number: c.number, Cells: cells}, nil
}

// fed gives a text with line feeds in the place of carriage returns.
type fed struct{ source io.Reader }

func (f *fed) Read(p []byte) (int, error) {
	n, err := f.source.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

func (c *csvRows) Close() error { return nil }

var errLongRow = errors.New("row is too long")

// bounded gives no more than left bytes until it is told to go on.
type bounded struct {
	source io.Reader
	left   int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRow
	}
	n, err := b.source.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
