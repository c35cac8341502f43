package app

import (
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// pageWidth is how many places a line of a help page has at most, as the parser reckons it: COLUMNS, or 80.
func pageWidth() int {
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	return 80
}

// deepest is the indentation of an option's name; what stands deeper goes on with the line before.
const deepest = 6

// joined are the lines of a help page with what was broken put together again.
func joined(page string) (lines []string) {
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if indent <= deepest || len(lines) == 0 {
			lines = append(lines, line)
			continue
		}
		last := &lines[len(lines)-1]
		switch alone := textColumn(*last) <= deepest; {
		case !alone:
			*last += " " + line[indent:]
		case places(*last)+2 <= indent:
			*last += line[places(*last):]
		default: // a long name has a line of its own
			lines = append(lines, line)
		}
	}
	return lines
}

// wrap breaks a line of a help page where a terminal is at its end: the parser counts characters, and ours take two places. What
// goes on stands under the text behind the name.
func wrap(line string, most int) string {
	begin := textColumn(line)
	indent := places(line[:begin])
	if places(line) <= most || indent > most/2 {
		return line
	}
	lines := []string{line[:begin]}
	at := indent
	for _, word := range wordsOf(line[begin:]) {
		if at+places(strings.TrimRight(word, " ")) > most && at > indent {
			lines = append(lines, strings.Repeat(" ", indent))
			at = indent
		}
		lines[len(lines)-1] += word
		at += places(word)
	}
	for n := range lines {
		lines[n] = strings.TrimRight(lines[n], " ")
	}
	return strings.Join(lines, "\n")
}

// textColumn is where the text begins that stands behind a name: behind two spaces.
func textColumn(line string) int {
	name := len(line) - len(strings.TrimLeft(line, " "))
	if gap := strings.Index(line[name:], "  "); name > 0 && gap > 0 {
		name += gap
		return name + len(line[name:]) - len(strings.TrimLeft(line[name:], " "))
	}
	return name
}

// wordsOf are the pieces of a text that stay together: words with the spaces behind them, and single characters of ours, with the
// punctuation that no line begins or ends with.
func wordsOf(text string) (pieces []string) {
	var before rune
	for _, r := range text {
		if before == 0 || mayBreak(before, r) {
			pieces = append(pieces, "")
		}
		pieces[len(pieces)-1] += string(r)
		before = r
	}
	return pieces
}

func mayBreak(before, r rune) bool {
	switch {
	case r == ' ' || strings.ContainsRune("，。；：、）！？”》…", r) || strings.ContainsRune("（“《", before):
		return false
	case before == ' ', before == ';': // the default of --oidc-claims has no spaces
		return true
	}
	return wide(before) || wide(r)
}

func wide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return unicode.Is(unicode.Han, r) || kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}
