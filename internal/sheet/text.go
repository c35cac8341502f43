package sheet

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Head is a head without what says that it is required.
func Head(cell string) string {
	head := strings.NewReplacer("*", "", "＊", "", "（必填）", "", "(必填)", "", "（选填）", "", "(选填)", "").Replace(cell)
	return strings.Join(strings.Fields(head), "")
}

// Text gives a cell the form of a text of at most so many characters, a plain one without full-width letters and digits, and
// says in Chinese what is wrong with what stands in it.
func Text(cell string, most int, plain bool) (text, reason string) {
	text = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
	if plain {
		text = width.Fold.String(text)
	}
	switch {
	case slices.Contains([]string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}, text):
		return text, "是出错的公式“" + text + "”，请改为文字"
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable):
		return text, "含有看不见的控制字符，请重新输入"
	case utf8.RuneCountInString(text) > most:
		return text, "最多 " + strconv.Itoa(most) + " 个字符，现有 " + strconv.Itoa(utf8.RuneCountInString(text)) + " 个"
	}
	return text, ""
}

func unprintable(r rune) bool {
	return !unicode.IsPrint(r) && !unicode.IsSpace(r) || r == '\u2028' || r == '\u2029'
}
