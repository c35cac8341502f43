package sheet

import (
	"bytes"
	"strings"
)

// markup goes through XML byte by byte and keeps nothing of it but how far it is: a parser would build what it reads before anybody
// could say that it is too much.
type markup struct {
	bytes int64
	tags  int // that open
	items int // of a table of shared texts
	depth int

	where markupState
	quote byte   // within a tag, the quotation mark that is open
	run   int    // bytes of the text or tag under way
	start []byte // the first bytes of the tag under way
	last  [2]byte
}

type markupState int

const (
	inText  markupState = iota
	inTag               // <a ...>
	inNote              // <!-- ... -->
	inData              // <![CDATA[ ... ]]>
	inOrder             // <? ... ?>
)

// startSize is how much of a tag is kept: an instruction's encoding stands at its beginning.
const startSize = 256

// read goes on by some bytes, and says what is wrong with them.
func (m *markup) read(some []byte) (fault string) {
	m.bytes += int64(len(some))
	for len(some) > 0 {
		if m.where == inText {
			n := bytes.IndexByte(some, '<')
			if n < 0 {
				n = len(some)
			}
			if m.run += n; m.run > mostText {
				return "有一段文字太长"
			}
			if some = some[n:]; len(some) > 0 {
				m.where, m.run, m.start, m.quote, m.last = inTag, 0, m.start[:0], 0, [2]byte{}
				some = some[1:]
			}
			continue
		}
		c := some[0]
		some = some[1:]
		if fault := m.within(c); fault != "" {
			return fault
		}
		m.last = [2]byte{m.last[1], c}
	}
	return ""
}

// within takes a byte that is no text.
func (m *markup) within(c byte) (fault string) {
	m.run++
	if len(m.start) < startSize {
		m.start = append(m.start, c)
	}
	most := mostTag
	switch m.where {
	case inText:
	case inTag:
		return m.tag(c)
	case inNote:
		m.endAt(c == '>' && m.last == [2]byte{'-', '-'} && m.run > len("!--->"))
	case inData:
		most = mostText
		m.endAt(c == '>' && m.last == [2]byte{']', ']'})
	case inOrder:
		if c == '>' && m.last[1] == '?' {
			if foreign(m.start) {
				return "不是 UTF-8 编码"
			}
			m.endAt(true)
		}
	}
	if m.run > most {
		return "有一个标记太长"
	}
	return ""
}

// tag takes a byte of a tag, or of what only begins as one.
func (m *markup) tag(c byte) (fault string) {
	switch text := string(m.start[:min(len(m.start), len("![CDATA["))]); {
	case text == "?":
		m.where = inOrder
		return ""
	case text == "!--":
		m.where = inNote
		return ""
	case text == "![CDATA[":
		m.where = inData
		return ""
	case text[0] == '!':
		if !strings.HasPrefix("!--", text) && !strings.HasPrefix("![CDATA[", text) {
			return "有文档类型定义" // and so entities
		}
		return ""
	}
	switch {
	case m.run > mostTag:
		return "有一个标记太长"
	case m.quote != 0:
		if c == m.quote {
			m.quote = 0
		}
	case c == '"' || c == '\'':
		m.quote = c
	case c == '<':
		return "标记不完整"
	case c == '>':
		m.ended()
		if m.depth > mostDepth {
			return "嵌套太深"
		}
		m.endAt(true)
	}
	return ""
}

// ended counts a tag at its end.
func (m *markup) ended() {
	if m.start[0] == '/' {
		m.depth--
		return
	}
	m.tags++
	if isItem(m.start) {
		m.items++
	}
	if m.last[1] != '/' {
		m.depth++
	}
}

func (m *markup) endAt(end bool) {
	if end {
		m.where, m.run = inText, 0
	}
}

// isItem says whether a tag is an item of a table of texts, under whatever prefix.
func isItem(start []byte) bool {
	end := bytes.IndexAny(start, " \t\r\n/>")
	if end < 0 {
		return false
	}
	name := start[:end]
	if prefix := bytes.IndexByte(name, ':'); prefix >= 0 {
		name = name[prefix+1:]
	}
	return string(name) == "si"
}

// foreign says whether an instruction names another encoding than UTF-8: what is read after it would be other text than what was
// looked at.
func foreign(start []byte) bool {
	text := strings.ToLower(string(start))
	_, encoding, named := strings.Cut(text, "encoding")
	if !strings.HasPrefix(text, "?xml") || !named && len(start) < startSize {
		return false
	}
	return !strings.HasPrefix(strings.Trim(encoding, " =\t\r\n\"'"), "utf-8")
}
