package citizen

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// message is what a dynamic code says (3.4.1.4): appCode-workNo-hallCode-affairSerialNo-affairCode.
type message struct {
	AppCode        string // String(10)
	WorkNo         string // String(10)
	HallCode       string // String(20)
	AffairSerialNo string // String(50); may itself hold "-"
	AffairCode     string // String(32)
}

// maxMessage is the most bytes of a message as it stands in an address: every character of every part percent-encoded.
const maxMessage = 4 * 3 * (10 + 10 + 20 + 50 + 32 + 4)

// errMessage says that a message can't be read. Its content is never shown again.
var errMessage = errors.New("message of a dynamic code can't be read")

// readMessage reads the parameter msg out of a raw query. The parts are told apart before they are decoded: the first
// three and the last are cut off, what is left in the middle is the serial number (contract.md 5).
func readMessage(rawQuery string) (message, error) {
	raw, found := rawParameter(rawQuery, "msg")
	if !found || len(raw) > maxMessage {
		return message{}, errMessage
	}
	parts := strings.Split(raw, "-")
	last := len(parts) - 1
	if last < 4 {
		return message{}, errMessage
	}
	texts := []string{parts[0], parts[1], parts[2], strings.Join(parts[3:last], "-"), parts[last]}
	for i, most := range []int{10, 10, 20, 50, 32} {
		text, err := url.PathUnescape(texts[i])
		if err != nil || !acceptable(text, most) {
			return message{}, errMessage
		}
		texts[i] = text
	}
	return message{texts[0], texts[1], texts[2], texts[3], texts[4]}, nil
}

func rawParameter(rawQuery, name string) (string, bool) {
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value, true
		}
	}
	return "", false
}

// acceptable says whether a part is text of 1 to most characters without control characters and without blanks at its ends.
func acceptable(text string, most int) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= most &&
		strings.TrimSpace(text) == text && !strings.ContainsFunc(text, unicode.IsControl)
}

// signed is the text that &k= signs: the parts as they are after decoding.
func (m message) signed() string {
	return strings.Join([]string{m.AppCode, m.WorkNo, m.HallCode, m.AffairSerialNo, m.AffairCode}, "-")
}

// encode writes the message for an address. A hyphen is encoded unless it is in the serial number.
func (m message) encode() string {
	parts := []string{m.AppCode, m.WorkNo, m.HallCode, m.AffairSerialNo, m.AffairCode}
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
		if i != 3 {
			parts[i] = strings.ReplaceAll(parts[i], "-", "%2D")
		}
	}
	return strings.Join(parts, "-")
}
