package respond

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Readable says whether a text is one: UTF-8 without U+0000. No browser sends anything else, and no database has to be asked what
// it thinks of it.
func Readable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// ReadableValues says the same of all names and values of an address or a form.
func ReadableValues(values url.Values) bool {
	for name, all := range values {
		if !Readable(name) {
			return false
		}
		for _, value := range all {
			if !Readable(value) {
				return false
			}
		}
	}
	return true
}
