package sheet

import (
	"encoding/xml"
	"strings"
	"testing"
)

// FuzzMarkup: what passes costs a parser no more than was looked for: it nests no deeper, opens no more tags and items, and declares
// nothing. Bytes may come in any pieces.
func FuzzMarkup(f *testing.F) {
	for _, seed := range []string{
		`<?xml version="1.0" encoding="UTF-8"?><a b='>/>'><!-- <x> --><![CDATA[<y>]]></a>`, strings.Repeat("<a>", 70), strings.Repeat(`<a b="/>">`, 70), "<!DOCTYPE a>", "<!-->-->", "<!--->",
		"<?xml encoding='utf-16'?>", "<si><si/><si ></si><six/>", "<a/ >", "<![CDATA[]]]]>", "</a></a>" + strings.Repeat("<a>", 70), `<a b=">`, "<?xml?>", "< a>", "<x:si/>",
	} {
		f.Add(seed, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, piece uint8) {
		var whole, pieces markup
		fault := whole.read([]byte(text))
		var other string
		for rest := text; rest != "" && other == ""; {
			n := min(len(rest), int(piece)+1)
			other, rest = pieces.read([]byte(rest[:n])), rest[n:]
		}
		if fault != other {
			t.Fatalf("%q: %q at once, %q in pieces of %d", text, fault, other, piece+1)
		}
		if fault != "" {
			return
		}
		d := xml.NewDecoder(strings.NewReader(text))
		depth, tags, items := 0, 0, 0
		for {
			token, err := d.RawToken()
			if err != nil {
				break
			}
			switch one := token.(type) {
			case xml.StartElement:
				tags++
				if depth++; depth > mostDepth {
					t.Fatalf("%q nests %d deep", text, depth)
				}
				if one.Name.Local == "si" {
					items++
				}
			case xml.EndElement:
				depth--
			case xml.Directive:
				t.Fatalf("%q declares %s", text, one)
			}
		}
		if tags > whole.tags || items > whole.items {
			t.Errorf("%q has %d tags and %d items, %d and %d were seen", text, tags, items, whole.tags, whole.items)
		}
	})
}
