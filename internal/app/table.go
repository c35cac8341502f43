package app

import (
	"io"
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// printTable writes columns under their heads, in line on a terminal, where a Chinese character takes two places.
func printTable(to io.Writer, head []string, rows [][]string) error {
	lines := slices.Concat([][]string{head}, rows)
	widths := make([]int, len(head))
	for _, line := range lines {
		for n, cell := range line {
			widths[n] = max(widths[n], places(cell))
		}
	}
	var text strings.Builder
	for _, line := range lines {
		for n, cell := range line {
			text.WriteString(cell)
			if n < len(line)-1 {
				text.WriteString(strings.Repeat(" ", widths[n]-places(cell)+2))
			}
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// places is how many places a text takes on a terminal.
func places(text string) (n int) {
	for _, r := range text {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
