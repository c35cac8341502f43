package sheet

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// text gives a stream as UTF-8. A mark at its beginning tells the encoding, else the first character that is not ASCII
// does, with what follows it. What can't be read is the caller's to find: the character of that name stands for it, or the
// bytes as they are.
type text struct {
	source *bufio.Reader
	judged io.Reader // nil until the encoding is known
}

func newText(source *bufio.Reader) (io.Reader, error) {
	start, _ := source.Peek(source.Size())
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return transform.NewReader(source, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), nil
	case bytes.IndexByte(start, 0) >= 0:
		return nil, errNoTable()
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, _ = source.Discard(len("\ufeff")) // it was peeked at
		return source, nil
	}
	return &text{source: source}, nil
}

func (t *text) Read(p []byte) (int, error) {
	if t.judged != nil {
		return t.judged.Read(p)
	}
	if _, err := t.source.Peek(1); err != nil {
		return 0, err
	}
	window, _ := t.source.Peek(min(t.source.Buffered(), len(p)))
	plain := 0
	for plain < len(window) && window[plain] < utf8.RuneSelf {
		plain++
	}
	if plain == 0 {
		t.judge()
		return t.judged.Read(p)
	}
	copy(p, window[:plain])
	return t.source.Discard(plain)
}

// judge tells the encoding by what comes next: in UTF-8 hardly a character is wrong, in GBK read as such nearly all are.
func (t *text) judge() {
	window, _ := t.source.Peek(t.source.Size())
	wrong, others := 0, 0
	for len(window) > 0 {
		r, size := utf8.DecodeRune(window)
		switch {
		case r < utf8.RuneSelf:
		case r == utf8.RuneError && size == 1:
			if !utf8.FullRune(window) { // cut off at the window's end
				size = len(window)
				break
			}
			wrong++
		default:
			others++
		}
		window = window[size:]
	}
	if wrong > others/8 {
		t.judged = transform.NewReader(t.source, simplifiedchinese.GB18030.NewDecoder())
		return
	}
	t.judged = t.source
}
