package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

func readCSV(data []byte, limits Limits) ([]Row, error) {
	text, err := decode(data)
	if err != nil {
		return nil, err
	}
	if returns(text) {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	bound := &bounded{source: strings.NewReader(text)}
	reader := csv.NewReader(bound)
	reader.Comma = comma(text)
	reader.FieldsPerRecord = -1
	c := &collector{limits: limits}
	// The reader passes over empty lines and a cell may hold line breaks, so that the number of a row is neither the
	// number of a line nor that of a record: end is the line where the last row ended.
	number, end := 0, 0
	for {
		bound.left = longestRow
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return c.rows, nil
		}
		if errors.Is(err, errLongRow) {
			return nil, refuse("第 %d 行之后有一行超过了 %d MB，可能双引号没有成对", end, longestRow>>20)
		}
		if err != nil {
			line := 0
			var wrong *csv.ParseError
			if errors.As(err, &wrong) {
				line = wrong.StartLine
			}
			return nil, refuse("第 %d 行读不了：双引号没有成对，或位置不对", line)
		}
		start, _ := reader.FieldPos(0)
		number += start - end
		end = start
		for _, cell := range cells {
			end += strings.Count(cell, "\n")
		}
		if err := c.add(number, cells); err != nil {
			return nil, err
		}
	}
}

// decode gives the text of a csv, whatever its encoding. GBK is taken only for what can't be UTF-8.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return decodeAs(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder(), data)
	case utf8.Valid(data):
		return checked(strings.TrimPrefix(string(data), "\ufeff"))
	default:
		return decodeAs(simplifiedchinese.GB18030.NewDecoder(), data)
	}
}

func decodeAs(decoder transform.Transformer, data []byte) (string, error) {
	text, _, err := transform.Bytes(decoder, data)
	if err != nil {
		return "", errNoTable()
	}
	return checked(string(text))
}

// checked refuses what is no text: a picture, an archive.
func checked(text string) (string, error) {
	if strings.ContainsRune(text, 0) || strings.ContainsRune(text, utf8.RuneError) {
		return "", errNoTable()
	}
	return text, nil
}

func errNoTable() error {
	return refuse("不是 xlsx，也不是 UTF-8 或 GBK 编码的 csv；请用表格软件另存为 xlsx")
}

// returns says whether lines end with a carriage return alone, as programs on a Mac write them, by how a text begins.
func returns(text string) bool {
	return strings.IndexByte(text, '\r') >= 0 && strings.IndexByte(text, '\n') < 0
}

// comma is what parts the cells: whichever of the three the first line has most of.
func comma(text string) rune {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	best := ','
	for _, candidate := range "\t;" {
		if strings.Count(line, string(candidate)) > strings.Count(line, string(best)) {
			best = candidate
		}
	}
	return best
}
